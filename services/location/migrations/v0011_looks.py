"""Who looked at whom, by the hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import batched, owned

revision = "0011"
down_revision = "0010"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    keys = ["organization", "event", "journey", "viewer", "distance", "hour"]
    op.create_table(
        "looks",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("journey", sa.Uuid, nullable=False),
        sa.Column("viewer", sa.Text, nullable=False),
        sa.Column("distance", sa.Integer, nullable=False),
        sa.Column("hour", TIME, nullable=False),
        sa.Column("first_time", TIME, nullable=False),
        sa.Column("last_time", TIME, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint(*keys, name="looks_pkey"),
    )
    op.create_index("looks_journey_idx", "looks", ["organization", "journey", "hour"])
    for statement in (*owned("looks"), batched("looks")):
        op.execute(statement)
