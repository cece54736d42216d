"""What people answered, and which of them a campaign is for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("participants", sa.Column("answer", sa.Text, nullable=False, server_default=""))
    for name in ("answers", "languages"):
        op.add_column(
            "campaigns", sa.Column(name, ARRAY(sa.Text), nullable=False, server_default="{}")
        )
