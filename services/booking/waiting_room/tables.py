"""Waiting rooms and the places in them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.booking.tables import metadata

numbers = sa.Sequence("waiting_room_numbers", metadata=metadata)

rooms = sa.Table(
    "rooms",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("rate", sa.Integer, nullable=False),
    sa.Column("shuffles", sa.Boolean, nullable=False),
    sa.Column("open_time", TIMESTAMP(timezone=True)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("admit_time", TIMESTAMP(timezone=True)),
    sa.Column("drawn", sa.Boolean, nullable=False),
    sa.Column("guarded", sa.Boolean, nullable=False),
    sa.CheckConstraint("mode in ('off', 'on', 'automatic')", name="mode"),
    sa.CheckConstraint("rate > 0", name="rate"),
)

places = sa.Table(
    "places",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("admit_time", TIMESTAMP(timezone=True)),
    sa.Column("version", sa.Integer, nullable=False),
    # However often and by however many connections one asks.
    sa.UniqueConstraint("organization", "event", "person", name="places_person_key"),
    sa.Index(
        "places_waiting_idx",
        "organization",
        "event",
        "number",
        postgresql_where=sa.literal_column("admit_time is null"),
    ),
)

OWNED = (rooms, places)
