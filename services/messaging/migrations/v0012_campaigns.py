"""Campaigns, and which messages are theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

from services.kit.tables import owned

revision = "0012"
down_revision = "0011"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_index("participants_event_idx", "participants", ["organization", "event", "id"])
    op.create_table(
        "campaigns",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("template", sa.Uuid, nullable=False),
        sa.Column("template_version", sa.Integer, nullable=False),
        sa.Column("variables", JSONB, nullable=False),
        sa.Column("channels", ARRAY(sa.Text), nullable=False),
        sa.Column("start_time", TIME, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("after", sa.Uuid),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("written", sa.Integer, nullable=False),
        sa.Column("unreachable", sa.Integer, nullable=False),
        sa.Column("suppressed", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="campaigns_pkey"),
    )
    op.create_table(
        "campaign_messages",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("campaign", sa.Uuid, nullable=False),
        sa.Column("message", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint(
            "organization", "campaign", "message", name="campaign_messages_pkey"
        ),
    )
    for table in ("campaigns", "campaign_messages"):
        for statement in owned(table):
            op.execute(statement)
