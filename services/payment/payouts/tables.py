"""The table of payouts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.payment.tables import metadata

TIME = TIMESTAMP(timezone=True)

payouts = sa.Table(
    "payouts",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("arrival_time", TIME, nullable=False),
    sa.Column("failure", sa.Text, nullable=False),
    # When the provider said that.
    sa.Column("said_time", TIME, nullable=False),
    sa.Column("create_time", TIME, nullable=False),
    sa.Column("update_time", TIME, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("organization", "provider", "reference", name="payouts_reference_key"),
    sa.CheckConstraint("state in ('pending', 'paid', 'failed', 'cancelled')", name="state"),
    sa.CheckConstraint("amount_minor <> 0", name="amount"),
)

OWNED = (payouts,)
