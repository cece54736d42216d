"""Every scan that was told, and what the organizer wants of the door."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.booking.tables import metadata

scans = sa.Table(
    "scans",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    # Drawn by the device, so that it may tell the same scan again.
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("ticket", sa.Uuid),
    sa.Column("scan_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("creator", sa.Text, nullable=False),
    sa.Column("gate", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("winner", sa.Uuid),
    sa.CheckConstraint("outcome in ('admitted', 'conflict', 'refused')", name="outcome"),
    # Of the scans of a ticket one counts at most.
    sa.Index(
        "scans_admitted_key",
        "organization",
        "ticket",
        unique=True,
        postgresql_where=sa.literal_column("outcome = 'admitted'"),
    ),
    sa.Index("scans_event_idx", "organization", "event", "id"),
    sa.Index("scans_ticket_idx", "organization", "ticket"),
)

doors = sa.Table(
    "doors",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    # Whether who arrives by location's word is in.
    sa.Column("check_in_on_arrival", sa.Boolean, nullable=False),
    # Whether a code must be one that is over in a minute.
    sa.Column("fresh_codes", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

OWNED = (scans, doors)
