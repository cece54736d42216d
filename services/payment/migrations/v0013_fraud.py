"""What is looked at before it is charged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import owned

revision = "0013"
down_revision = "0012"

TIME = TIMESTAMP(timezone=True)
WORDS = ("card", "payer", "address", "device", "region", "state")


def upgrade() -> None:
    op.create_table(
        "fraud_rules",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("rules", JSONB, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", name="fraud_rules_pkey"),
    )
    op.create_table(
        "fraud_checks",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("payment", sa.Uuid, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        *(sa.Column(word, sa.Text, nullable=False) for word in WORDS),
        sa.Column("findings", JSONB, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("decider", sa.Text, nullable=False),
        sa.Column("decide_time", TIME),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="fraud_checks_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "payment"],
            ["payments.organization", "payments.id"],
            name="fraud_checks_organization_fkey",
        ),
        sa.CheckConstraint(
            "state in ('passed', 'held', 'approved', 'rejected')", name="fraud_checks_state_check"
        ),
    )
    op.create_index("fraud_checks_time_idx", "fraud_checks", ["organization", "create_time"])
    op.create_index(
        "fraud_checks_held_idx",
        "fraud_checks",
        ["organization", "id"],
        postgresql_where=sa.text("state = 'held'"),
    )
    for table in ("fraud_rules", "fraud_checks"):
        for statement in owned(table):
            op.execute(statement)
