"""Accounts at those who carry messages, and which of them hears for a number."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import vault_keys
from services.messaging.tables import metadata

channel_accounts = sa.Table(
    "channel_accounts",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("settings", JSONB, nullable=False),
    sa.Column("credentials", sa.LargeBinary, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("max_messages_per_second", sa.Integer, nullable=False),
    sa.Column("verify_time", TIMESTAMP(timezone=True)),
    sa.Column("verify_problem", sa.Text, nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    # Lists of name, language and status.
    sa.Column("templates", JSONB, nullable=False, server_default=sa.text("'[]'")),
    sa.Column("template_time", TIMESTAMP(timezone=True)),
    sa.Index("channel_accounts_channel_idx", "organization", "channel", "priority", "id"),
)

# Whose a number is at a provider that tells us of all numbers at one address. Not owned: what
# comes there belongs to nobody until this was asked, so it holds ids and nothing else.
channel_routes = sa.Table(
    "channel_routes",
    metadata,
    sa.Column("provider", sa.Text, primary_key=True),
    sa.Column("sender", sa.Text, primary_key=True),
    sa.Column("organization", sa.Uuid, nullable=False),
    sa.Column("account", sa.Uuid, nullable=False),
    sa.Index("channel_routes_account_idx", "account"),
)

vault_keys.to_metadata(metadata)
