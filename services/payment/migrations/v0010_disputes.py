"""Payments that the owners of the cards do not accept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0010"
down_revision = "0009"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column(
        "payments", sa.Column("disputed_minor", sa.BigInteger, nullable=False, server_default="0")
    )
    op.create_check_constraint("payments_disputed_check", "payments", "disputed_minor >= 0")
    op.create_index("attempts_reference_idx", "attempts", ["organization", "provider", "reference"])
    op.create_table(
        "disputes",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("payment", sa.Uuid, nullable=False),
        sa.Column("attempt", sa.Uuid, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("due_time", TIME),
        sa.Column("withdrawn_minor", sa.BigInteger),
        sa.Column("said_time", TIME, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("close_time", TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="disputes_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "payment"],
            ["payments.organization", "payments.id"],
            name="disputes_organization_fkey",
        ),
        sa.UniqueConstraint("organization", "provider", "reference", name="disputes_reference_key"),
        sa.CheckConstraint(
            "state in ('needs_response', 'under_review', 'won', 'lost')",
            name="disputes_state_check",
        ),
        sa.CheckConstraint("amount_minor > 0", name="disputes_amount_check"),
    )
    op.create_index("disputes_payment_idx", "disputes", ["organization", "payment", "id"])
    op.create_table(
        "sandbox_disputes",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("key", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("due_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("organization", "key", name="sandbox_disputes_pkey"),
    )
    for table in ("disputes", "sandbox_disputes"):
        for statement in owned(table):
            op.execute(statement)
