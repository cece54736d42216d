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
    # How many wait for such seats; `waitlist` counts them under the lock of the offers.
    sa.Column("waiting", sa.Integer, nullable=False, server_default=sa.text("0")),
    # What `rooms` says, where every order reads it anyway.
    sa.Column("guarded", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("room_load", sa.Integer, nullable=False, server_default=sa.text("0")),
    # What else its seats come out of; empty for nothing.
    sa.Column("pool", sa.Text, nullable=False, server_default=""),
    # 0: any number.
    sa.Column("per_person", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("least", sa.Integer, nullable=False, server_default=sa.text("1")),
    sa.Column("most", sa.Integer, nullable=False, server_default=sa.text("10")),
    sa.Column("hidden", sa.Boolean, nullable=False, server_default=sa.false()),
    # Prices before the usual one: for each the amount, the seconds since 1970 at which it ends
    # or null, and the seats that end it or 0.
    sa.Column("steps", JSONB, nullable=False, server_default="[]"),
    # The ids of the sections that one sits or stands in.
    sa.Column("sections", JSONB, nullable=False, server_default="[]"),
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
    # What was booked, in order: for each type its id, how many seats, the price of one, and the
    # names of the seats.
    sa.Column("items", JSONB, nullable=False),
    # The code that it was made with, and what that took off.
    sa.Column("promo", sa.Uuid),
    sa.Column("promo_code", sa.Text, nullable=False, server_default=""),
    sa.Column("discount_minor", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    # Who comes: for each a name and a ticket type.
    sa.Column("attendees", JSONB, nullable=False, server_default="[]"),
    sa.Column("extended", sa.Boolean, nullable=False, server_default=sa.false()),
    # The owner of the card does not accept the payment: no ticket of it opens a door.
    sa.Column("disputed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("state in ('held', 'confirmed', 'lapsed', 'cancelled')", name="state"),
    sa.CheckConstraint("state <> 'held' or expire_time is not null", name="holds_end"),
    sa.CheckConstraint(
        "state <> 'confirmed' or total_minor = 0 or payment is not null", name="paid_or_free"
    ),
    sa.CheckConstraint("total_minor >= 0", name="total"),
    sa.Index("bookings_event_idx", "organization", "event", "id"),
    sa.Index("bookings_buyer_idx", "buyer", "organization", "id"),
    sa.Index(
        "bookings_held_idx",
        "organization",
        "event",
        "expire_time",
        postgresql_where=sa.literal_column("state = 'held'"),
    ),
)

# Seats that several types of an event have in common. What is taken of a pool is what is taken of
# its types; `ceiling` is to it what it is to an offer.
pools = sa.Table(
    "pools",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("pool", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("ceiling", sa.Integer, nullable=False),
    sa.Column("held", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("sold", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.CheckConstraint("held >= 0 and sold >= 0", name="counts"),
    sa.CheckConstraint("ceiling = greatest(capacity, held + sold)", name="never_oversold"),
)

# The seats of an event that have names, one row each, so that nobody shares one. Who has it is
# the booking, while that is held or confirmed. Seats that the layout has no more are not listed.
seats = sa.Table(
    "seats",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("section", sa.Text, primary_key=True),
    sa.Column("row", sa.Text, primary_key=True),
    sa.Column("seat", sa.Text, primary_key=True),
    # Where it is in the layout, which goes from the front to the back and the left to the right.
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("accessible", sa.Boolean, nullable=False),
    sa.Column("gap", sa.Boolean, nullable=False),
    sa.Column("listed", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("booking", sa.Uuid),
    sa.Index(
        "seats_booking_idx",
        "organization",
        "event",
        "booking",
        postgresql_where=sa.literal_column("booking is not null"),
    ),
)

promos = sa.Table(
    "promos",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    # In capital letters.
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("percent", sa.Integer, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    # 0: any number.
    sa.Column("most_uses", sa.Integer, nullable=False),
    sa.Column("per_person", sa.Integer, nullable=False),
    sa.Column("uses", sa.Integer, nullable=False, server_default=sa.text("0")),
    # Empty: all.
    sa.Column("ticket_types", JSONB, nullable=False),
    sa.Column("unlocks", sa.Boolean, nullable=False),
    _time("start_time", nullable=True),
    _time("end_time", nullable=True),
    _time("create_time"),
    _time("update_time"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("organization", "event", "code"),
    sa.CheckConstraint("uses >= 0 and (most_uses = 0 or uses <= most_uses)", name="uses"),
    sa.CheckConstraint("percent between 0 and 100 and amount_minor >= 0", name="off"),
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
    # `{section}/{row}/{seat}`; empty where seats have no names.
    sa.Column("seat", sa.Text, nullable=False, server_default=""),
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

OWNED = (offers, pools, seats, promos, bookings, movements, tickets, gatherings)
