"""What providers pay out, and movements in the books that belong to no payment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0014"
down_revision = "0013"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "payouts",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("arrival_time", TIME, nullable=False),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("said_time", TIME, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="payouts_pkey"),
        sa.UniqueConstraint("organization", "provider", "reference", name="payouts_reference_key"),
        sa.CheckConstraint(
            "state in ('pending', 'paid', 'failed', 'cancelled')", name="payouts_state_check"
        ),
        sa.CheckConstraint("amount_minor <> 0", name="payouts_amount_check"),
    )
    for statement in owned("payouts"):
        op.execute(statement)
    op.alter_column("ledger_transactions", "payment", nullable=True)
    op.add_column("ledger_transactions", sa.Column("payout", sa.Uuid))
    op.create_check_constraint(
        "ledger_transactions_about_check",
        "ledger_transactions",
        "num_nonnulls(payment, payout) = 1",
    )
