"""The audit log, which the service may write and read, and neither change nor shorten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import TENANT, owned

revision = "0005"
down_revision = "0004"

ENTRIES, ORIGINS = "audit_entries", "audit_origins"
# Where no organization is meant, people act on their accounts, which tells of many.
ANYWHERE = f"organization is null or {TENANT} is null"
# What members did with their own accounts since they joined.
OF_MEMBERS = (
    f"organization is null and exists (select from members where members.organization = {TENANT}"
    f' and members."user" = {ENTRIES}."user" and members.create_time <= {ENTRIES}.create_time)'
)
# Policies apply inside of policies: of an origin one sees what one sees of its entry.
OF_ENTRIES = f"exists (select from {ENTRIES} where {ENTRIES}.id = {ORIGINS}.entry)"


def upgrade() -> None:
    entries()
    origins()
    for statement in owned(ENTRIES):
        op.execute(statement)
    op.execute(f"create policy unowned on {ENTRIES} for insert with check ({ANYWHERE})")
    op.execute(f"create policy of_members on {ENTRIES} for select using ({OF_MEMBERS})")
    op.execute(f"alter table {ORIGINS} enable row level security")
    op.execute(f"alter table {ORIGINS} force row level security")
    op.execute(f"create policy told on {ORIGINS} for select using ({OF_ENTRIES})")
    op.execute(f"create policy told_with on {ORIGINS} for insert with check (true)")
    for table in (ENTRIES, ORIGINS):
        op.execute(f"revoke update, delete, truncate on {table} from turnout_auth")


def entries() -> None:
    op.create_table(
        ENTRIES,
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("organization", sa.Uuid),
        sa.Column("user", sa.Uuid),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="audit_entries_pkey"),
    )
    op.create_index(
        "audit_entries_organization_idx", ENTRIES, ["organization", "create_time", "id"]
    )
    op.create_index(
        "audit_entries_user_idx",
        ENTRIES,
        ["user", "create_time", "id"],
        postgresql_where=sa.text("organization is null"),
    )


def origins() -> None:
    op.create_table(
        ORIGINS,
        sa.Column("entry", sa.Uuid, nullable=False),
        sa.Column("user", sa.Uuid),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("entry", name="audit_origins_pkey"),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name="audit_origins_user_fkey", ondelete="cascade"
        ),
    )
    op.create_index("audit_origins_user_idx", ORIGINS, ["user"])
