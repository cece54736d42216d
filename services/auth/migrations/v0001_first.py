"""People, sessions, signing keys, organizations and their members."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import CALLER, TENANT, kit_tables, owned, public

revision = "0001"
down_revision = None

TIME = TIMESTAMP(timezone=True)

# Beside its own rows an organization sees nothing. Where no organization is meant, a caller sees
# where they are a member, which is how people find their organizations.
NOWHERE = f"{TENANT} is null"
MINE = f"""{NOWHERE} and 'users/' || "user" = {CALLER}"""
JOINED = (
    f"{NOWHERE} and exists"
    " (select from members where members.organization = organizations.organization)"
)


def upgrade() -> None:
    # Members are auth's own here, and not a copy.
    kit_tables(op, with_members=False)
    users()
    sessions()
    refresh_tokens()
    signing_keys()
    organizations()
    members()
    for table in ("organizations", "members"):
        for statement in owned(table):
            op.execute(statement)
    op.execute(public("members", MINE, policy="membership"))
    op.execute(public("organizations", JOINED, policy="membership"))


def users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="users_pkey"),
        sa.UniqueConstraint("email", name="users_email_key"),
    )


def sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user", sa.Uuid, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("expire_time", TIME, nullable=False),
        sa.Column("revoke_time", TIME),
        sa.PrimaryKeyConstraint("id", name="sessions_pkey"),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name="sessions_user_fkey", ondelete="cascade"
        ),
    )
    op.create_index("sessions_user_idx", "sessions", ["user"])


def refresh_tokens() -> None:
    op.create_table(
        "refresh_tokens",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("session", sa.Uuid, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("expire_time", TIME, nullable=False),
        sa.Column("use_time", TIME),
        sa.Column("successor", sa.LargeBinary),
        sa.PrimaryKeyConstraint("digest", name="refresh_tokens_pkey"),
        sa.ForeignKeyConstraint(
            ["session"], ["sessions.id"], name="refresh_tokens_session_fkey", ondelete="cascade"
        ),
    )
    op.create_index("refresh_tokens_session_idx", "refresh_tokens", ["session"])
    op.create_index(
        "refresh_tokens_successor_idx",
        "refresh_tokens",
        ["session"],
        postgresql_where=sa.text("successor is not null"),
    )


def signing_keys() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("public", JSONB, nullable=False),
        sa.Column("private", sa.LargeBinary, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="signing_keys_pkey"),
    )


def organizations() -> None:
    op.create_table(
        "organizations",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("contact_email", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", name="organizations_pkey"),
    )


def members() -> None:
    op.create_table(
        "members",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("user", sa.Uuid, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "user", name="members_pkey"),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.organization"],
            name="members_organization_fkey",
            ondelete="cascade",
        ),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name="members_user_fkey"),
    )
    op.create_index("members_user_idx", "members", ["user"])
