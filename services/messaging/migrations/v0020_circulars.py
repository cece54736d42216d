"""What many are written in the same words, kept once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from services.kit.tables import owned

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "circulars",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("translation", JSONB, nullable=False),
        sa.Column("filled", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="circulars_pkey"),
    )
    for statement in owned("circulars"):
        op.execute(statement)
    op.add_column("messages", sa.Column("circular", sa.Uuid))
    op.add_column("cascades", sa.Column("circular", sa.Uuid))
    op.add_column("cascades", sa.Column("steps", sa.Text))
