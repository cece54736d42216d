"""Who is expected when, and how long before the start seats go to who waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0013"
down_revision = "0012"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("waitlist_policies", sa.Column("lead_seconds", sa.Integer))
    op.create_table(
        "expected",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("time", TIME),
        sa.Column("expire_time", TIME),
        sa.PrimaryKeyConstraint("organization", "event", "person", name="expected_pkey"),
    )
    for statement in owned("expected"):
        op.execute(statement)
