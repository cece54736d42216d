"""Messages, and copies of the people and events that they speak of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import kit_tables, owned

revision = "0001"
down_revision = None

TIME = TIMESTAMP(timezone=True)
OWNED = ("organizations", "events", "participants", "bookings", "waiting", "messages")


def upgrade() -> None:
    kit_tables(op)
    people()
    gatherings()
    waiting()
    messages()
    for table in OWNED:
        for statement in owned(table):
            op.execute(statement)


def people() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="users_pkey"),
    )
    op.create_table(
        "organizations",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("contact_email", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organization", name="organizations_pkey"),
    )
    op.create_table(
        "participants",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("link", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="participants_pkey"),
    )


def gatherings() -> None:
    op.create_table(
        "events",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("start_time", TIME, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("called_off", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("cancel_reason", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("organization", "id", name="events_pkey"),
    )
    op.create_table(
        "bookings",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="bookings_pkey"),
    )


def waiting() -> None:
    op.create_table(
        "waiting",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="waiting_pkey"),
    )


def messages() -> None:
    op.create_table(
        "messages",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("to_name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("event", sa.Uuid),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("sealed_body", sa.LargeBinary),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("provider_message", sa.Text, nullable=False),
        sa.Column("failure_reason", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("open_attempt", sa.Boolean, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("send_time", TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="messages_pkey"),
    )
    for name, columns in {
        "messages_list_idx": [],
        "messages_event_idx": ["event"],
        "messages_recipient_idx": ["recipient"],
    }.items():
        op.create_index(name, "messages", ["organization", *columns, "create_time", "id"])
