"""What providers and the platform took of charges, and what tells one card from another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.kit.tables import owned

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "charge_costs",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("payment", sa.Uuid, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("processing_minor", sa.BigInteger, nullable=False),
        sa.Column("application_minor", sa.BigInteger, nullable=False),
        sa.Column("returned_minor", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="charge_costs_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "payment"],
            ["payments.organization", "payments.id"],
            name="charge_costs_organization_fkey",
        ),
    )
    for statement in owned("charge_costs"):
        op.execute(statement)
    op.add_column(
        "fraud_checks", sa.Column("fingerprint", sa.Text, nullable=False, server_default="")
    )
