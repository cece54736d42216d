"""Journeys of which nothing is kept, and clocks of devices that are off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column(
        "journeys", sa.Column("live_only", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column(
        "journeys",
        sa.Column("clock_offset_micros", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_check_constraint(
        "journeys_live_only_check", "journeys", "not live_only or position_count = 0"
    )
