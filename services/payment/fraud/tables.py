"""The tables of what is looked at before it is charged."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.payment.tables import metadata, payments

TIME = TIMESTAMP(timezone=True)

rules = sa.Table(
    "fraud_rules",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    # What `wire` makes of each rule.
    sa.Column("rules", JSONB, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

checks = sa.Table(
    "fraud_checks",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    # The attempt.
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("payment", sa.Uuid, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("card", sa.Text, nullable=False),
    sa.Column("payer", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    # What tells the card from others, once the provider said so.
    sa.Column("fingerprint", sa.Text, nullable=False, server_default=""),
    # What the rules had to say: for each what was to be done, and why.
    sa.Column("findings", JSONB, nullable=False),
    sa.Column("create_time", TIME, nullable=False),
    sa.Column("decider", sa.Text, nullable=False),
    sa.Column("decide_time", TIME),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["organization", "payment"], [payments.c.organization, payments.c.id]),
    sa.CheckConstraint("state in ('passed', 'held', 'approved', 'rejected')", name="state"),
    sa.Index("fraud_checks_time_idx", "organization", "create_time"),
    sa.Index(
        "fraud_checks_held_idx",
        "organization",
        "id",
        postgresql_where=sa.literal_column("state = 'held'"),
    ),
    # What is to be forgotten once it is old.
    sa.Index(
        "fraud_checks_personal_idx",
        "create_time",
        postgresql_where=sa.literal_column(
            "(card <> '' or address <> '' or device <> '' or fingerprint <> '')"
        ),
    ),
)

OWNED = (rules, checks)
