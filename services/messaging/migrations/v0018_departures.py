"""Who has to leave now, who will be late, and what is of no use after a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0018"
down_revision = "0017"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "departures",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("distance", sa.Float, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("likely", sa.Float, nullable=False),
        sa.Column("surely", sa.Float, nullable=False),
        sa.Column("left_time", TIME),
        sa.Column("told_to_leave", sa.Boolean, nullable=False),
        sa.Column("told_late", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="departures_pkey"),
    )
    for statement in owned("departures"):
        op.execute(statement)
    op.add_column("messages", sa.Column("expire_time", TIME))
    op.add_column(
        "sending_policies",
        sa.Column("leave_notices", sa.Boolean, nullable=False, server_default=sa.text("true")),
    )
    op.add_column("sending_policies", sa.Column("late_seconds", sa.Integer))
