"""Comparisons with what the provider knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import owned

revision = "0006"
down_revision = "0005"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    for table in ("sandbox_charges", "sandbox_refunds"):
        op.add_column(
            table, sa.Column("create_time", TIME, nullable=False, server_default=sa.func.now())
        )
    op.create_table(
        "reconciliations",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("start_time", TIME, nullable=False),
        sa.Column("end_time", TIME, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("compared", sa.Integer, nullable=False),
        sa.Column("found", sa.Integer, nullable=False),
        sa.Column("differences", JSONB, nullable=False),
        sa.Column("finish_time", TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="reconciliations_pkey"),
        sa.CheckConstraint("state in ('running', 'done')", name="reconciliations_state_check"),
    )
    for statement in owned("reconciliations"):
        op.execute(statement)
