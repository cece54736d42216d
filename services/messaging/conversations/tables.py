"""Conversations, what was said in them, and by which addresses people are known in them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.messaging.tables import metadata

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("participant", sa.Uuid),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("event", sa.Uuid),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("assignee", sa.Uuid),
    sa.Column("entry_count", sa.Integer, nullable=False),
    sa.Column("snippet", sa.Text, nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("conversations_list_idx", "organization", "update_time", "id"),
    sa.Index("conversations_state_idx", "organization", "state", "update_time", "id"),
    sa.Index("conversations_participant_idx", "organization", "participant"),
)

conversation_entries = sa.Table(
    "conversation_entries",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("conversation", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("inbound", sa.Uuid),
    sa.Column("message", sa.Uuid),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
)

# Whose conversation is whose: an address is in one at the most.
conversation_addresses = sa.Table(
    "conversation_addresses",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("conversation", sa.Uuid, nullable=False),
)
