"""Keys by which programs act for organizations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit.tables import CALLER, TENANT, owned, public

revision = "0007"
down_revision = "0006"

TIME = TIMESTAMP(timezone=True)

# Whose a key is, is asked by services only, and before anybody knows which organization is meant.
ASKED = f"{TENANT} is null and {CALLER} like 'services/%'"


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("permissions", ARRAY(sa.Text), nullable=False),
        sa.Column("creator", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("previous", sa.LargeBinary),
        sa.Column("previous_end_time", TIME),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("expire_time", TIME, nullable=False),
        sa.Column("rotate_time", TIME),
        sa.Column("revoke_time", TIME),
        sa.Column("use_time", TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="api_keys_pkey"),
        sa.UniqueConstraint("digest", name="api_keys_digest_key"),
        sa.UniqueConstraint("previous", name="api_keys_previous_key"),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.organization"],
            name="api_keys_organization_fkey",
            ondelete="cascade",
        ),
    )
    for statement in owned("api_keys"):
        op.execute(statement)
    op.execute(public("api_keys", ASKED, policy="resolving"))
