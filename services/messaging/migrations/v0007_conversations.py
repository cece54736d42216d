"""What people wrote that only people can answer, and the answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0007"
down_revision = "0006"

TIME = TIMESTAMP(timezone=True)
OWNED = ("conversations", "conversation_entries", "conversation_addresses")


def upgrade() -> None:
    conversations()
    op.create_table(
        "conversation_entries",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("conversation", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("inbound", sa.Uuid),
        sa.Column("message", sa.Uuid),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint(
            "organization", "conversation", "number", name="conversation_entries_pkey"
        ),
    )
    op.create_table(
        "conversation_addresses",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("conversation", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("organization", "address", name="conversation_addresses_pkey"),
    )
    for table in OWNED:
        for statement in owned(table):
            op.execute(statement)


def conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("participant", sa.Uuid),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("event", sa.Uuid),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("assignee", sa.Uuid),
        sa.Column("entry_count", sa.Integer, nullable=False),
        sa.Column("snippet", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="conversations_pkey"),
    )
    for name, columns in {
        "conversations_list_idx": ["update_time", "id"],
        "conversations_state_idx": ["state", "update_time", "id"],
        "conversations_participant_idx": ["participant"],
    }.items():
        op.create_index(name, "conversations", ["organization", *columns])
