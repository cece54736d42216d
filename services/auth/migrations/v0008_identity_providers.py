"""Issuers of OpenID Connect, and who is who there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit.tables import owned

revision = "0008"
down_revision = "0007"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "identity_providers",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("client_secret", sa.LargeBinary, nullable=False),
        sa.Column("domains", ARRAY(sa.Text), nullable=False),
        sa.Column("provision_role", sa.Text, nullable=False),
        sa.Column("redirect_uris", ARRAY(sa.Text), nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="identity_providers_pkey"),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.organization"],
            name="identity_providers_organization_fkey",
            ondelete="cascade",
        ),
    )
    op.create_table(
        "identities",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("provider", sa.Uuid, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("user", sa.Uuid, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("organization", "provider", "subject", name="identities_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "provider"],
            ["identity_providers.organization", "identity_providers.id"],
            name="identities_organization_provider_fkey",
            ondelete="cascade",
        ),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name="identities_user_fkey", ondelete="cascade"
        ),
    )
    op.create_index("identities_user_idx", "identities", ["user"])
    for table in ("identity_providers", "identities"):
        for statement in owned(table):
            op.execute(statement)
