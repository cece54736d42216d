"""The tables of invoices. The service may add invoices and read them, and nothing else."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.payment.tables import metadata

TIME = TIMESTAMP(timezone=True)

invoices = sa.Table(
    "invoices",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    # The payment, or the refund.
    sa.Column("source", sa.Uuid, nullable=False),
    sa.Column("payment", sa.Uuid, nullable=False),
    sa.Column("booking", sa.Uuid, nullable=False),
    sa.Column("payer", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("total_minor", sa.BigInteger, nullable=False),
    # For each line its description, quantity, amount and rate.
    sa.Column("lines", JSONB, nullable=False),
    # The name, address, tax id and note of who sells, as they were then.
    sa.Column("seller", JSONB, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("corrects", sa.Uuid),
    sa.Column("create_time", TIME, nullable=False),
    sa.CheckConstraint("kind in ('invoice', 'credit_note', 'reversal')", name="kind"),
    sa.CheckConstraint("(corrects is null) = (kind = 'invoice')", name="corrects"),
    sa.UniqueConstraint("organization", "year", "number", name="invoices_number_key"),
    # Everything is on paper once.
    sa.UniqueConstraint("organization", "kind", "source", name="invoices_source_key"),
    sa.Index("invoices_payment_idx", "organization", "payment", "id"),
    sa.Index("invoices_payer_idx", "organization", "payer", "id"),
)

# The last number of each year.
counters = sa.Table(
    "invoice_counters",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)

# Which links to the page of an invoice are good for nothing: those that end at a time, or before.
revoked_links = sa.Table(
    "revoked_receipts",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("invoice", sa.Uuid, primary_key=True),
    sa.Column("through", TIME, nullable=False),
)

settings = sa.Table(
    "invoice_settings",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("seller", JSONB, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

OWNED = (invoices, counters, revoked_links, settings)
