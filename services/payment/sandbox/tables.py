"""The tables of the sandbox, which payment itself never reads."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.payment.tables import metadata


def _begun() -> sa.Column[Any]:
    time = TIMESTAMP(timezone=True)
    return sa.Column("create_time", time, nullable=False, server_default=sa.func.now())


charges = sa.Table(
    "sandbox_charges",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("key", sa.Uuid, primary_key=True),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("failure", sa.Text, nullable=False),
    _begun(),
)

refunds = sa.Table(
    "sandbox_refunds",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("key", sa.Uuid, primary_key=True),
    sa.Column("charge", sa.Uuid, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("failure", sa.Text, nullable=False),
    _begun(),
    sa.Index("sandbox_refunds_charge_idx", "organization", "charge"),
)

# Charges that the owners of the cards do not accept, by the keys of the charges.
disputes = sa.Table(
    "sandbox_disputes",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("key", sa.Uuid, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("due_time", TIMESTAMP(timezone=True), nullable=False),
)

# Webhooks to send; one that was sent has its time.
deliveries = sa.Table(
    "sandbox_deliveries",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("deliver_time", TIMESTAMP(timezone=True)),
)

OWNED = (charges, refunds, disputes, deliveries)
