"""The tables of auth. People and sessions belong to no organization; the rest is owned by one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

from services.kit.tables import NAMING

metadata = sa.MetaData(naming_convention=NAMING)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable)


users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    # In lower case: the same person does not come twice.
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("display_name", sa.Text, nullable=False),
    # What `passwords.Hasher` makes of the password.
    sa.Column("password", sa.Text, nullable=False),
    _time("create_time"),
    _time("update_time"),
    sa.Column("version", sa.Integer, nullable=False),
    # Since when the account is closed, if it is.
    _time("deactivate_time", nullable=True),
    # When a code that went there came back.
    _time("email_verify_time", nullable=True),
    # In E.164, or empty.
    sa.Column("phone", sa.Text, nullable=False, server_default=""),
    _time("phone_verify_time", nullable=True),
)

# A family of refresh tokens, each the successor of another, begun by one login.
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user", sa.Uuid, sa.ForeignKey(users.c.id, ondelete="cascade"), nullable=False),
    _time("create_time"),
    _time("expire_time"),
    _time("revoke_time", nullable=True),
    # What it was last used with, from where, and when; `version` counts the uses.
    sa.Column("user_agent", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    _time("use_time"),
    sa.Column("version", sa.Integer, nullable=False),
    # Whether its tokens say that the user runs the platform.
    sa.Column("administrator", sa.Boolean, nullable=False, server_default=sa.text("false")),
    # Whether more than the password was shown.
    sa.Column("second_factor", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Index("sessions_user_idx", "user"),
)

refresh_tokens = sa.Table(
    "refresh_tokens",
    metadata,
    # SHA-256 of the token.
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column(
        "session",
        sa.Uuid,
        sa.ForeignKey(sessions.c.id, ondelete="cascade"),
        nullable=False,
    ),
    _time("create_time"),
    _time("expire_time"),
    _time("use_time", nullable=True),
    # What came after it, sealed with the token itself; gone once that was given again or used.
    sa.Column("successor", sa.LargeBinary),
    sa.Index("refresh_tokens_session_idx", "session"),
    sa.Index(
        "refresh_tokens_successor_idx",
        "session",
        postgresql_where=sa.literal_column("successor is not null"),
    ),
)

signing_keys = sa.Table(
    "signing_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("public", JSONB, nullable=False),
    sa.Column("private", sa.LargeBinary, nullable=False),
    _time("create_time"),
    # From when tokens are signed with it; it is published before.
    _time("sign_time"),
)

organizations = sa.Table(
    "organizations",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("contact_email", sa.Text, nullable=False),
    # Told in the table `strict` too, where access looks in every service.
    sa.Column(
        "second_factor_required", sa.Boolean, nullable=False, server_default=sa.text("false")
    ),
    _time("create_time"),
    _time("update_time"),
    sa.Column("version", sa.Integer, nullable=False),
)

# Read by the access interceptor too, which in the other services has a copy of it.
members = sa.Table(
    "members",
    metadata,
    sa.Column(
        "organization",
        sa.Uuid,
        sa.ForeignKey(organizations.c.organization, ondelete="cascade"),
        primary_key=True,
    ),
    sa.Column("user", sa.Uuid, sa.ForeignKey(users.c.id), primary_key=True),
    # A value of `turnout.access.v1.Role` without its prefix, such as OWNER.
    sa.Column("role", sa.Text, nullable=False),
    _time("create_time"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("members_user_idx", "user"),
)

# Who did what. Added to and read; the service's role can do nothing else with it.
audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    # None for what people do with their own accounts.
    sa.Column("organization", sa.Uuid),
    # The account that it was done with; stays when that is deleted, and then says nothing.
    sa.Column("user", sa.Uuid),
    # A resource name, or empty.
    sa.Column("actor", sa.Text, nullable=False),
    # A value of `turnout.auth.v1.AuditEntry.Action` without its prefix.
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    # Why it was refused; empty if it was done.
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("details", JSONB, nullable=False),
    _time("create_time"),
    sa.Index("audit_entries_organization_idx", "organization", "create_time", "id"),
    sa.Index(
        "audit_entries_user_idx",
        "user",
        "create_time",
        "id",
        postgresql_where=sa.literal_column("organization is null"),
    ),
    sa.Index(
        "audit_entries_failed_idx",
        "create_time",
        postgresql_where=sa.literal_column("action = 'LOGIN' and reason <> ''"),
    ),
)

# From where it was done: the part that is personal, and goes with the account (D18).
audit_origins = sa.Table(
    "audit_origins",
    metadata,
    sa.Column("entry", sa.Uuid, primary_key=True),
    sa.Column("user", sa.Uuid, sa.ForeignKey(users.c.id, ondelete="cascade")),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("user_agent", sa.Text, nullable=False),
    sa.Index("audit_origins_user_idx", "user"),
)

invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column(
        "organization",
        sa.Uuid,
        sa.ForeignKey(organizations.c.organization, ondelete="cascade"),
        primary_key=True,
    ),
    sa.Column("id", sa.Uuid, primary_key=True),
    # Where it goes; both empty once it was accepted.
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    # PENDING, ACCEPTED or REVOKED; what is pending may have expired.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("inviter", sa.Text, nullable=False),
    # Who came of it.
    sa.Column("user", sa.Uuid),
    _time("create_time"),
    _time("send_time"),
    _time("expire_time"),
    sa.Column("version", sa.Integer, nullable=False),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column(
        "organization",
        sa.Uuid,
        sa.ForeignKey(organizations.c.organization, ondelete="cascade"),
        primary_key=True,
    ),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    # Values of `turnout.access.v1.Permission` without their prefix.
    sa.Column("permissions", ARRAY(sa.Text), nullable=False),
    sa.Column("creator", sa.Text, nullable=False),
    # SHA-256 of the secret, and of the one before it for as long as that is good.
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("previous", sa.LargeBinary, unique=True),
    _time("previous_end_time", nullable=True),
    _time("create_time"),
    _time("expire_time"),
    _time("rotate_time", nullable=True),
    _time("revoke_time", nullable=True),
    _time("use_time", nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
)

identity_providers = sa.Table(
    "identity_providers",
    metadata,
    sa.Column(
        "organization",
        sa.Uuid,
        sa.ForeignKey(organizations.c.organization, ondelete="cascade"),
        primary_key=True,
    ),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    # Sealed with the name of the provider.
    sa.Column("client_secret", sa.LargeBinary, nullable=False),
    sa.Column("domains", ARRAY(sa.Text), nullable=False),
    # A role; empty when nobody gets an account by it.
    sa.Column("provision_role", sa.Text, nullable=False),
    sa.Column("redirect_uris", ARRAY(sa.Text), nullable=False),
    _time("create_time"),
    sa.Column("version", sa.Integer, nullable=False),
)

# Who is who at an issuer.
identities = sa.Table(
    "identities",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("provider", sa.Uuid, primary_key=True),
    # The `sub` of the issuer's tokens.
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("user", sa.Uuid, sa.ForeignKey(users.c.id, ondelete="cascade"), nullable=False),
    _time("create_time"),
    sa.ForeignKeyConstraint(
        ["organization", "provider"],
        [identity_providers.c.organization, identity_providers.c.id],
        ondelete="cascade",
    ),
    sa.Index("identities_user_idx", "user"),
)
