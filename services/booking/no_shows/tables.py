"""Who is expected when, at events whose organizer gives the seats of no-shows away."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.booking.tables import metadata

# Gone when the event begins, for nothing is decided by it any more.
expected = sa.Table(
    "expected",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    # When they will be there as likely as not; null of who is there.
    sa.Column("time", TIMESTAMP(timezone=True)),
    # Until when that counts.
    sa.Column("expire_time", TIMESTAMP(timezone=True)),
)

OWNED = (expected,)
