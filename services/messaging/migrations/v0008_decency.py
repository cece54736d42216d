"""Whom an organization does not write to, who agreed, and when people are left in peace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit.tables import owned

revision = "0008"
down_revision = "0007"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    lists()
    policies()
    for table in ("suppressions", "consents", "sending_policies"):
        for statement in owned(table):
            op.execute(statement)
    op.drop_index("messages_reached_idx", "messages")
    op.create_index(
        "messages_got_idx",
        "messages",
        ["organization", "recipient", "send_time"],
        postgresql_where=sa.text("send_time is not null"),
    )


def lists() -> None:
    op.create_table(
        "suppressions",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="suppressions_pkey"),
        sa.UniqueConstraint(
            "organization",
            "address",
            "channel",
            name="suppressions_organization_address_channel_key",
        ),
    )
    op.create_table(
        "consents",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("proof", sa.Text, nullable=False),
        sa.Column("agree_time", TIME, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("withdraw_time", TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="consents_pkey"),
    )
    op.create_index("consents_address_idx", "consents", ["organization", "address", "id"])


def policies() -> None:
    op.create_table(
        "sending_policies",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("quiet_start", sa.Integer),
        sa.Column("quiet_end", sa.Integer),
        sa.Column("daily_cap", sa.Integer, nullable=False, server_default="0"),
        sa.Column("consent_channels", ARRAY(sa.Text), nullable=False, server_default="{whatsapp}"),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("organization", name="sending_policies_pkey"),
    )
