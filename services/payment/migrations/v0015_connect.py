"""Accounts that are connected to the platform's, and what that keeps of payments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("merchant_accounts", sa.Column("connection", JSONB))
    op.add_column(
        "payments", sa.Column("fee_minor", sa.BigInteger, nullable=False, server_default="0")
    )
    op.create_table(
        "connected_accounts",
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("account", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("provider", "reference", name="connected_accounts_pkey"),
    )
    op.create_index(
        "connected_accounts_account_key", "connected_accounts", ["account"], unique=True
    )
