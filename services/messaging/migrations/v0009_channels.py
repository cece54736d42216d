"""Accounts at providers, and what those tell us."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import batched, owned, with_vault

revision = "0009"
down_revision = "0008"

TIME = TIMESTAMP(timezone=True)
OWNED = ("channel_accounts", "channel_posts", "channel_contacts")


def upgrade() -> None:
    with_vault(op)
    accounts()
    routes()
    posts()
    contacts()
    for table in OWNED:
        for statement in owned(table):
            op.execute(statement)
    # What comes together is kept together, whoever's it is.
    op.execute(batched("channel_posts"))


def accounts() -> None:
    op.create_table(
        "channel_accounts",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("settings", JSONB, nullable=False),
        sa.Column("credentials", sa.LargeBinary, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("max_messages_per_second", sa.Integer, nullable=False),
        sa.Column("verify_time", TIME),
        sa.Column("verify_problem", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="channel_accounts_pkey"),
    )
    columns = ["organization", "channel", "priority", "id"]
    op.create_index("channel_accounts_channel_idx", "channel_accounts", columns)


def routes() -> None:
    op.create_table(
        "channel_routes",
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("account", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("provider", "sender", name="channel_routes_pkey"),
    )
    op.create_index("channel_routes_account_idx", "channel_routes", ["account"])


def posts() -> None:
    op.create_table(
        "channel_posts",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("account", sa.Uuid, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="channel_posts_pkey"),
        sa.UniqueConstraint("organization", "account", "digest", name="channel_posts_digest_key"),
    )
    op.create_index(
        "channel_posts_create_time_idx", "channel_posts", ["organization", "create_time"]
    )


def contacts() -> None:
    op.create_table(
        "channel_contacts",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("account", sa.Uuid, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("hear_time", TIME),
        sa.PrimaryKeyConstraint("organization", "account", "address", name="channel_contacts_pkey"),
    )
