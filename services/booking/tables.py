"""The tables of booking. Each is owned: keyed by the organization, and confined to it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import NAMING

metadata = sa.MetaData(naming_convention=NAMING)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable)


# What is on sale: one row for each ticket type of an event, and the lock of everyone who takes
# seats of it. `ceiling` is what may be taken at most: the capacity, or what was taken already
# when the capacity was cut below it. Taking a seat never raises it, so the check forbids to
# sell one too many, and giving one back lowers it until it is the capacity again.
offers = sa.Table(
    "offers",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("ticket_type", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("price_minor", sa.BigInteger, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("ceiling", sa.Integer, nullable=False),
    sa.Column("held", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("sold", sa.Integer, nullable=False, server_default=sa.text("0")),
    _time("sale_start_time", nullable=True),
    _time("sale_end_time", nullable=True),
    sa.Column("listed", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("cancelled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("held >= 0 and sold >= 0", name="counts"),
    sa.CheckConstraint("ceiling = greatest(capacity, held + sold)", name="never_oversold"),
    sa.CheckConstraint("capacity >= 0 and price_minor >= 0", name="announced"),
)

# Who sells an event, for those who name the event alone. Not owned: whoever asks may know, and it
# holds ids and nothing else.
sellers = sa.Table(
    "sellers",
    metadata,
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("organization", sa.Uuid, nullable=False),
)

bookings = sa.Table(
    "bookings",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("buyer", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("total_minor", sa.BigInteger, nullable=False),
    sa.Column("payment", sa.Uuid),
    _time("expire_time", nullable=True),
    _time("create_time"),
    _time("update_time"),
    sa.Column("version", sa.Integer, nullable=False),
    # What was booked, in order: for each type its id and how many seats.
    sa.Column("items", JSONB, nullable=False),
    sa.CheckConstraint("state in ('held', 'confirmed', 'lapsed', 'cancelled')", name="state"),
    sa.CheckConstraint("state <> 'held' or expire_time is not null", name="holds_end"),
    sa.CheckConstraint(
        "state <> 'confirmed' or total_minor = 0 or payment is not null", name="paid_or_free"
    ),
    sa.CheckConstraint("total_minor >= 0", name="total"),
    sa.Index("bookings_event_idx", "organization", "event", "id"),
    sa.Index("bookings_buyer_idx", "organization", "buyer", "id"),
    sa.Index(
        "bookings_held_idx",
        "organization",
        "event",
        "expire_time",
        postgresql_where=sa.literal_column("state = 'held'"),
    ),
)

# Every seat that moved, ever: what each booking took of a type and what it gave back. Rows are
# added and never changed, and those of a type sum to what its offer says is held and sold.
movements = sa.Table(
    "movements",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("booking", sa.Uuid, nullable=False),
    sa.Column("ticket_type", sa.Text, nullable=False),
    sa.Column("held", sa.Integer, nullable=False),
    sa.Column("sold", sa.Integer, nullable=False),
    _time("create_time"),
    sa.CheckConstraint("held <> 0 or sold <> 0", name="moves"),
)

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("booking", sa.Uuid, nullable=False),
    sa.Column("ticket_type", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="valid"),
    # Which of its codes is the newest.
    sa.Column("issue", sa.Integer, nullable=False, server_default=sa.text("1")),
    # The offer of it to somebody else, if there is one.
    sa.Column("transfer", sa.Uuid),
    sa.Column("transfer_recipient", sa.Text),
    _time("transfer_expire_time", nullable=True),
    _time("update_time"),
    sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
    # The scan that somebody came in by, and when an entry was last taken back.
    sa.Column("entry_scan", sa.Uuid),
    _time("entry_time", nullable=True),
    sa.Column("entry_gate", sa.Text),
    _time("undo_time", nullable=True),
    sa.ForeignKeyConstraint(["organization", "booking"], [bookings.c.organization, bookings.c.id]),
    sa.CheckConstraint("state in ('valid', 'returned')", name="state"),
    sa.CheckConstraint("(transfer is null) = (transfer_expire_time is null)", name="offered"),
    sa.Index("tickets_booking_idx", "organization", "booking"),
    sa.Index("tickets_event_idx", "organization", "event", "id"),
    sa.Index(
        "tickets_used_idx",
        "organization",
        "event",
        "ticket_type",
        postgresql_where=sa.literal_column("entry_time is not null"),
    ),
    sa.Index("tickets_holder_idx", "organization", "holder", "id"),
)

# What tickets say of their event, as it was announced last.
gatherings = sa.Table(
    "gatherings",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    _time("start_time"),
    _time("end_time"),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
)

OWNED = (offers, bookings, movements, tickets, gatherings)
