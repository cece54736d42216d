"""Links that show the way to an event to whoever has them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0008"
down_revision = "0007"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "shares",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("journey", sa.Uuid),
        sa.Column("precision", sa.Text, nullable=False),
        sa.Column("expire_time", TIME, nullable=False),
        sa.Column("creator", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("revoke_time", TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="shares_pkey"),
        sa.CheckConstraint("precision in ('exact', 'coarse')", name="shares_precision_check"),
    )
    op.create_index("shares_creator_idx", "shares", ["organization", "creator", "id"])
    for statement in owned("shares"):
        op.execute(statement)
