"""The table of the events whose money is given back."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.payment.tables import metadata

event_refunds = sa.Table(
    "event_refunds",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    # The event.
    sa.Column("id", sa.Uuid, primary_key=True),
    # The last payment that was looked at.
    sa.Column("last", sa.Uuid, nullable=False),
    sa.Column("running", sa.Boolean, nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("finish_time", TIMESTAMP(timezone=True)),
    sa.Column("version", sa.Integer, nullable=False),
)

OWNED = (event_refunds,)
