"""What people write to us, and by what they are known who do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import owned

revision = "0005"
down_revision = "0004"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    senders()
    inbound_messages()


def senders() -> None:
    op.add_column("participants", sa.Column("event", sa.Uuid))
    op.create_index(
        "participants_email_idx", "participants", ["organization", sa.text("lower(email)")]
    )
    op.create_index("participants_phone_idx", "participants", ["organization", "phone"])
    op.create_index(
        "messages_address_idx",
        "messages",
        ["organization", sa.text("lower(address)"), "create_time"],
    )
    op.create_index(
        "messages_provider_idx",
        "messages",
        ["organization", "provider_message", "create_time"],
        postgresql_where=sa.text("provider_message <> ''"),
    )


def inbound_messages() -> None:
    op.create_table(
        "inbound_messages",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
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
        sa.Column("send_time", TIME, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="inbound_messages_pkey"),
        sa.UniqueConstraint(
            "organization",
            "channel",
            "provider_message",
            name="inbound_messages_organization_channel_provider_message_key",
        ),
    )
    op.create_index(
        "inbound_messages_list_idx", "inbound_messages", ["organization", "create_time", "id"]
    )
    op.create_index(
        "inbound_messages_participant_idx",
        "inbound_messages",
        ["organization", "participant", "create_time", "id"],
    )
    for statement in owned("inbound_messages"):
        op.execute(statement)
