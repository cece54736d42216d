"""What goes by another channel when it does not arrive, and by which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0011"
down_revision = "0010"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("messages", sa.Column("cascade", sa.Uuid))
    op.create_index(
        "messages_cascade_idx",
        "messages",
        ["organization", "cascade", "id"],
        postgresql_where=sa.text("cascade is not null"),
    )
    op.create_table(
        "cascades",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("deadline_time", TIME),
        sa.PrimaryKeyConstraint("organization", "id", name="cascades_pkey"),
    )
    op.create_table(
        "cascade_plans",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("steps", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "kind", name="cascade_plans_pkey"),
    )
    for table in ("cascades", "cascade_plans"):
        for statement in owned(table):
            op.execute(statement)
