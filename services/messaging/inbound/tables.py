"""What people wrote to us."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.messaging.tables import metadata

inbound_messages = sa.Table(
    "inbound_messages",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("sender_name", sa.Text, nullable=False),
    sa.Column("provider_message", sa.Text, nullable=False),
    sa.Column("reply_to", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("button", sa.Text, nullable=False),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("attachments", JSONB, nullable=False),
    sa.Column("participant", sa.Uuid),
    sa.Column("event", sa.Uuid),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("intent", sa.Text, nullable=False),
    sa.Column("guests", sa.Integer, nullable=False),
    sa.Column("late_minutes", sa.Integer, nullable=False),
    sa.Column("send_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("organization", "channel", "provider_message"),
    sa.Index("inbound_messages_list_idx", "organization", "create_time", "id"),
    sa.Index(
        "inbound_messages_participant_idx", "organization", "participant", "create_time", "id"
    ),
)
