"""The table of the events that people pay for."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.payment.tables import metadata

gatherings = sa.Table(
    "gatherings",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("start_time", TIMESTAMP(timezone=True), nullable=False),
    # Pairs of days and shares. Null: everything goes back.
    sa.Column("terms", JSONB(none_as_null=True)),
    # The names and taxes of the ticket types, by their ids.
    sa.Column("kinds", JSONB, nullable=False),
)

OWNED = (gatherings,)
