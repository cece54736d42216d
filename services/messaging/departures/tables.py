"""Where people on the way set out from, for as long as they are on it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.messaging.tables import metadata

departures = sa.Table(
    "departures",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    # That of the journey.
    sa.Column("id", sa.Uuid, primary_key=True),
    # Metres from the venue, when they were first heard of.
    sa.Column("distance", sa.Float, nullable=False),
    sa.Column("since", TIMESTAMP(timezone=True), nullable=False),
    # How long the way is, in seconds: in one of two cases, and in nine of ten.
    sa.Column("likely", sa.Float, nullable=False),
    sa.Column("surely", sa.Float, nullable=False),
    # Null while they have not left.
    sa.Column("left_time", TIMESTAMP(timezone=True)),
    sa.Column("told_to_leave", sa.Boolean, nullable=False),
    sa.Column("told_late", sa.Boolean, nullable=False),
)
