"""The line of each event, and how many wait for each of its ticket types."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit.tables import owned

revision = "0008"
down_revision = "0007"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column(
        "offers", sa.Column("waiting", sa.Integer, nullable=False, server_default=sa.text("0"))
    )
    op.execute(sa.schema.CreateSequence(sa.Sequence("waitlist_numbers")))
    waitlist()
    op.create_table(
        "waitlist_policies",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("skips", sa.Boolean, nullable=False),
        sa.Column("offer_seconds", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "event", name="waitlist_policies_pkey"),
    )
    for table in ("waitlist", "waitlist_policies"):
        for statement in owned(table):
            op.execute(statement)


def waitlist() -> None:
    op.create_table(
        "waitlist",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("ticket_types", ARRAY(sa.Text), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("booking", sa.Uuid),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="waitlist_pkey"),
        sa.CheckConstraint("state in ('waiting', 'offered', 'left')", name="waitlist_state_check"),
        sa.CheckConstraint(
            "state <> 'offered' or booking is not null", name="waitlist_offered_check"
        ),
        sa.CheckConstraint("quantity > 0", name="waitlist_quantity_check"),
    )
    op.create_index(
        "waitlist_person_key",
        "waitlist",
        ["organization", "event", "person"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("waitlist_booking_key", "waitlist", ["organization", "booking"], unique=True)
    op.create_index("waitlist_event_idx", "waitlist", ["organization", "event", "number"])
    op.create_index("waitlist_owner_idx", "waitlist", ["organization", "person", "id"])
