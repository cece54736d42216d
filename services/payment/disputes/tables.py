"""The table of disputes."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.payment.tables import metadata, payments

TIME = TIMESTAMP(timezone=True)

disputes = sa.Table(
    "disputes",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("payment", sa.Uuid, nullable=False),
    sa.Column("attempt", sa.Uuid, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("due_time", TIME),
    # What the provider took for it.
    sa.Column("withdrawn_minor", sa.BigInteger),
    # When the provider said that.
    sa.Column("said_time", TIME, nullable=False),
    sa.Column("create_time", TIME, nullable=False),
    sa.Column("update_time", TIME, nullable=False),
    sa.Column("close_time", TIME),
    sa.Column("version", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["organization", "payment"], [payments.c.organization, payments.c.id]),
    sa.UniqueConstraint("organization", "provider", "reference", name="disputes_reference_key"),
    sa.CheckConstraint("state in ('needs_response', 'under_review', 'won', 'lost')", name="state"),
    sa.CheckConstraint("amount_minor > 0", name="amount"),
    sa.Index("disputes_payment_idx", "organization", "payment", "id"),
)

OWNED = (disputes,)
