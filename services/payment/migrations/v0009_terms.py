"""What goes back by the terms of an event, and when it is called off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import owned

revision = "0009"
down_revision = "0008"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("payments", sa.Column("terms", JSONB(none_as_null=True)))
    op.create_index(
        "payments_event_idx",
        "payments",
        ["organization", "event", "id"],
        postgresql_where=sa.text("event is not null"),
    )
    op.create_table(
        "gatherings",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("start_time", TIME, nullable=False),
        sa.Column("terms", JSONB(none_as_null=True)),
        sa.Column("kinds", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="gatherings_pkey"),
    )
    op.create_table(
        "event_refunds",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("last", sa.Uuid, nullable=False),
        sa.Column("running", sa.Boolean, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("finish_time", TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="event_refunds_pkey"),
    )
    for table in ("gatherings", "event_refunds"):
        for statement in owned(table):
            op.execute(statement)
