"""Links to receipts that were revoked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "revoked_receipts",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("invoice", sa.Uuid, nullable=False),
        sa.Column("through", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization", "invoice", name="revoked_receipts_pkey"),
    )
    for statement in owned("revoked_receipts"):
        op.execute(statement)
