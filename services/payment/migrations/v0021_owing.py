"""What has to go back once no bank has it any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column(
        "payments", sa.Column("owing_minor", sa.BigInteger, nullable=False, server_default="0")
    )
    op.create_check_constraint("payments_owing_check", "payments", "owing_minor >= 0")
