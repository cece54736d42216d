"""Who runs the platform, and the sessions in which they do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0010"
down_revision = "0009"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column(
        "sessions",
        sa.Column("administrator", sa.Boolean, nullable=False, server_default=sa.text("false")),
    )
    op.create_table(
        "administrators",
        sa.Column("user", sa.Uuid, nullable=False),
        sa.Column("creator", sa.Uuid),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("user", name="administrators_pkey"),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name="administrators_user_fkey"),
    )
    op.create_table(
        "bootstraps",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("use_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="bootstraps_pkey"),
    )
