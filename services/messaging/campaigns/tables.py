"""Campaigns, and which messages are theirs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

from services.messaging.tables import metadata

campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("template", sa.Uuid, nullable=False),
    sa.Column("template_version", sa.Integer, nullable=False),
    sa.Column("variables", JSONB, nullable=False),
    sa.Column("channels", ARRAY(sa.Text), nullable=False),
    sa.Column("start_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("after", sa.Uuid),
    sa.Column("complete", sa.Boolean, nullable=False),
    sa.Column("written", sa.Integer, nullable=False),
    sa.Column("unreachable", sa.Integer, nullable=False),
    sa.Column("suppressed", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("without_consent", sa.Integer, nullable=False, server_default="0"),
    # Of whom it is for: what they answered, and what they read. Empty for all.
    sa.Column("answers", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("languages", ARRAY(sa.Text), nullable=False, server_default="{}"),
)

campaign_messages = sa.Table(
    "campaign_messages",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("campaign", sa.Uuid, primary_key=True),
    sa.Column("message", sa.Uuid, primary_key=True),
)
