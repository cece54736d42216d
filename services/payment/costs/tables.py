"""The table of costs."""

from __future__ import annotations

import sqlalchemy as sa

from services.payment.tables import metadata, payments

charge_costs = sa.Table(
    "charge_costs",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    # The attempt.
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("payment", sa.Uuid, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("processing_minor", sa.BigInteger, nullable=False),
    sa.Column("application_minor", sa.BigInteger, nullable=False),
    sa.Column("returned_minor", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["organization", "payment"], [payments.c.organization, payments.c.id]),
)

OWNED = (charge_costs,)
