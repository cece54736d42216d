"""Webhook endpoints, and what they are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit.tables import owned

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    _endpoints()
    _deliveries()
    for table in ("webhook_endpoints", "webhook_deliveries"):
        for statement in owned(table):
            op.execute(statement)


def _endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        _id("organization"),
        _id("id"),
        _text("uri"),
        sa.Column("kinds", ARRAY(sa.Text), nullable=False, server_default="{}"),
        _text("description"),
        _text("state"),
        _text("pause_reason"),
        sa.Column("generation", sa.Integer, nullable=False),
        _time("overlap_end", nullable=True),
        sa.Column("failures", sa.Integer, nullable=False),
        _time("create_time"),
        _time("update_time"),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="webhook_endpoints_pkey"),
        sa.CheckConstraint("state in ('enabled', 'paused')", name="webhook_endpoints_state_check"),
    )


def _deliveries() -> None:
    name = "webhook_deliveries"
    op.create_table(
        name,
        _id("organization"),
        _id("id"),
        _id("endpoint"),
        _id("fact"),
        _text("kind"),
        _text("subject"),
        _text("body"),
        _time("fact_time"),
        _text("fate"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        _text("response"),
        _text("problem"),
        _time("attempt_time", nullable=True),
        _time("next_time", nullable=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name=f"{name}_pkey"),
        sa.CheckConstraint("fate in ('pending', 'delivered', 'failed')", name=f"{name}_fate_check"),
        sa.ForeignKeyConstraint(
            ["organization", "endpoint"],
            ["webhook_endpoints.organization", "webhook_endpoints.id"],
            name=f"{name}_organization_endpoint_fkey",
            ondelete="cascade",
        ),
        sa.UniqueConstraint("organization", "endpoint", "fact", name=f"{name}_fact_key"),
    )
    op.create_index(f"{name}_endpoint_idx", name, ["organization", "endpoint", "id"])
    op.create_index(
        f"{name}_pending_idx",
        name,
        ["organization", "endpoint", "subject", "id"],
        postgresql_where=sa.text("fate = 'pending'"),
    )


def _id(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable)
