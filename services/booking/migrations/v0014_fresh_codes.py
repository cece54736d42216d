"""Doors that want codes which are over in a minute."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    fresh = sa.Column("fresh_codes", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("doors", fresh)
    op.alter_column("doors", "fresh_codes", server_default=None)
