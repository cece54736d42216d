"""What was on the way to events, hour by hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column(
        "journeys", sa.Column("counted_through", sa.BigInteger, nullable=False, server_default="0")
    )
    op.create_table(
        "hours",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("hour", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("position_count", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("meters", sa.Double, nullable=False, server_default="0"),
        sa.Column("seconds", sa.Double, nullable=False, server_default="0"),
        sa.Column("arrival_count", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("punctual_count", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("lateness_seconds", sa.Double, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("organization", "event", "hour", name="hours_pkey"),
    )
    op.create_index("hours_hour_idx", "hours", ["organization", "hour", "event"])
    for statement in owned("hours"):
        op.execute(statement)
