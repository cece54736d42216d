"""The accounts of organizations. Owned: keyed by the organization, and confined to it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.payment.tables import metadata

TIME = TIMESTAMP(timezone=True)

merchant_accounts = sa.Table(
    "merchant_accounts",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("publishable_key", sa.Text, nullable=False),
    sa.Column("capture", sa.Text, nullable=False),
    sa.Column("statement_suffix", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    # The ends of the key and of the secrets, for people to tell them apart.
    sa.Column("api_key_hint", sa.Text, nullable=False),
    sa.Column("secret_hints", JSONB, nullable=False),
    # What the provider says of an account that is connected to the platform's. Null: it is not.
    sa.Column("connection", JSONB(none_as_null=True)),
    # The key and the secrets, sealed by `kit.vault`.
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("create_time", TIME, nullable=False),
    sa.Column("update_time", TIME, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("mode in ('test', 'live')", name="mode"),
    sa.CheckConstraint("capture in ('automatic', 'manual')", name="capture"),
    sa.CheckConstraint("state in ('disabled', 'enabled')", name="state"),
    # New payments go one way.
    sa.Index(
        "merchant_accounts_enabled_key",
        "organization",
        unique=True,
        postgresql_where=sa.literal_column("state = 'enabled'"),
    ),
)

# Whose an account is that a provider names. Not owned: webhooks of the platform name nobody else.
connected_accounts = sa.Table(
    "connected_accounts",
    metadata,
    sa.Column("provider", sa.Text, primary_key=True),
    sa.Column("reference", sa.Text, primary_key=True),
    sa.Column("organization", sa.Uuid, nullable=False),
    sa.Column("account", sa.Uuid, nullable=False),
    sa.Index("connected_accounts_account_key", "account", unique=True),
)

OWNED = (merchant_accounts,)
