"""How long organizations keep positions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.kit.tables import owned

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "retentions",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("compress_after_days", sa.Integer, nullable=False),
        sa.Column("delete_after_days", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", name="retentions_pkey"),
        sa.CheckConstraint(
            "0 < compress_after_days and compress_after_days <= delete_after_days",
            name="retentions_days_check",
        ),
    )
    for statement in owned("retentions"):
        op.execute(statement)
    # Who makes or drops a day waits for nobody for long.
    for function in ("days_ahead", "drop_days"):
        op.execute(f"alter function {function} (date) set lock_timeout = '2s'")
