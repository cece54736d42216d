"""The line of each event, and how its organizer wants it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.booking.tables import metadata

# Drawn while the offers of the event are locked, so that numbers follow the order of joining.
numbers = sa.Sequence("waitlist_numbers", metadata=metadata)

waitlist = sa.Table(
    "waitlist",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("ticket_types", ARRAY(sa.Text), nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    # What became of an offer, its booking says.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("booking", sa.Uuid),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("state in ('waiting', 'offered', 'left')", name="state"),
    sa.CheckConstraint("state <> 'offered' or booking is not null", name="offered"),
    sa.CheckConstraint("quantity > 0", name="quantity"),
    # One place per person, and one offer per booking.
    sa.Index(
        "waitlist_person_key",
        "organization",
        "event",
        "person",
        unique=True,
        postgresql_where=sa.literal_column("state = 'waiting'"),
    ),
    sa.Index("waitlist_booking_key", "organization", "booking", unique=True),
    sa.Index("waitlist_event_idx", "organization", "event", "number"),
    sa.Index("waitlist_owner_idx", "organization", "person", "id"),
)

waitlist_policies = sa.Table(
    "waitlist_policies",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("skips", sa.Boolean, nullable=False),
    sa.Column("offer_seconds", sa.Integer, nullable=False),
    # Null: nobody loses a seat for not being there.
    sa.Column("lead_seconds", sa.Integer),
    sa.Column("version", sa.Integer, nullable=False),
)

OWNED = (waitlist, waitlist_policies)
