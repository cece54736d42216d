"""The tables of the books. The service may add to them and read them, and nothing else."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.payment.tables import metadata

TIME = TIMESTAMP(timezone=True)

transactions = sa.Table(
    "ledger_transactions",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    # The attempt or the refund, or what follows from a version of something else.
    sa.Column("source", sa.Uuid, nullable=False),
    # What it belongs to: the one or the other.
    sa.Column("payment", sa.Uuid),
    sa.Column("payout", sa.Uuid),
    sa.Column("create_time", TIME, nullable=False),
    # Each movement is booked once.
    sa.UniqueConstraint("organization", "kind", "source", name="ledger_transactions_source_key"),
    sa.CheckConstraint("num_nonnulls(payment, payout) = 1", name="about"),
    sa.Index("ledger_transactions_payment_idx", "organization", "payment"),
)

# The time stands here too: balances and lists go by it. What belongs to a transaction sums to
# zero; a trigger looks at the commit.
entries = sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("transaction", sa.Uuid, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("currency", sa.Text, primary_key=True),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("create_time", TIME, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization", "transaction"],
        [transactions.c.organization, transactions.c.id],
        name="ledger_entries_transaction_fkey",
    ),
    sa.CheckConstraint("amount_minor <> 0", name="amount"),
    sa.Index("ledger_entries_time_idx", "organization", "create_time", "transaction", "account"),
    sa.Index("ledger_entries_account_idx", "organization", "account", "create_time"),
)

OWNED = (transactions, entries)
