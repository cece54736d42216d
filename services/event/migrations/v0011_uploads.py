"""How far streams of participants have come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.kit.tables import owned

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("kept_through", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="uploads_pkey"),
    )
    for statement in owned("uploads"):
        op.execute(statement)
