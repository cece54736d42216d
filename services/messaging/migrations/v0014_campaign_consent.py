"""Whom campaigns leave out because they have not agreed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column(
        "campaigns", sa.Column("without_consent", sa.Integer, nullable=False, server_default="0")
    )
