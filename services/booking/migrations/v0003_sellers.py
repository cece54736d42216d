"""Who sells an event, for those who name the event alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "sellers",
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("event", name="sellers_pkey"),
    )
    # The offers of everybody are read here, by their owner and once.
    op.execute("alter table offers no force row level security")
    op.execute(
        "insert into sellers (event, organization)"
        " select distinct event, organization from offers on conflict do nothing"
    )
    op.execute("alter table offers force row level security")
