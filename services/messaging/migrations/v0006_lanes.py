"""Lanes that messages wait in, whether they may go, and what happened to each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0006"
down_revision = "0005"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    messages()
    events()
    lanes()
    for table in ("message_events", "lanes", "dispatchers"):
        for statement in owned(table):
            op.execute(statement)


def messages() -> None:
    for column in (
        sa.Column("priority", sa.SmallInteger, nullable=False, server_default="3"),
        sa.Column("failure", sa.Text, nullable=False, server_default=""),
        sa.Column("deliver_time", TIME),
        sa.Column("read_time", TIME),
        sa.Column("wait_time", TIME),
    ):
        op.add_column("messages", column)
    lane = ["organization", "channel"]
    under_way = "state in ('queued', 'sending')"
    for name, columns, where in (
        ("messages_ready_idx", [*lane, "priority", "id"], f"wait_time is null and {under_way}"),
        ("messages_wait_idx", [*lane, "wait_time"], "wait_time is not null"),
        ("messages_sent_idx", ["organization", "send_time", "id"], "send_time is not null"),
        ("messages_reached_idx", [*lane, "address", "send_time"], "send_time is not null"),
    ):
        op.create_index(name, "messages", columns, postgresql_where=sa.text(where))


def events() -> None:
    op.create_table(
        "message_events",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("message", sa.Uuid, nullable=False),
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("event_time", TIME, nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("provider_message", sa.Text, nullable=False),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organization", "message", "position", name="message_events_pkey"),
    )
    op.create_index(
        "message_events_provider_idx",
        "message_events",
        ["organization", "provider", "provider_message"],
        postgresql_where=sa.text("provider_message <> ''"),
    )


def lanes() -> None:
    op.create_table(
        "lanes",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("count", sa.Integer),
        sa.Column("seconds", sa.Integer),
        sa.Column("used", sa.Integer, nullable=False, server_default="0"),
        sa.Column("since", TIME),
        sa.Column("next_time", TIME),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("organization", "channel", name="lanes_pkey"),
    )
    op.create_table(
        "dispatchers",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("resume_time", TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", name="dispatchers_pkey"),
    )
