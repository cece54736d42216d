"""Second factors, recovery codes and remembered devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0011"
down_revision = "0010"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column(
        "sessions",
        sa.Column("second_factor", sa.Boolean, nullable=False, server_default=sa.text("false")),
    )
    op.create_table(
        "second_factors",
        sa.Column("user", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("confirm_time", TIME),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user", name="second_factors_pkey"),
        _of_user("second_factors"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user", sa.Uuid, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("user", "digest", name="recovery_codes_pkey"),
        _of_user("recovery_codes"),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user", sa.Uuid, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("expire_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="devices_pkey"),
        sa.UniqueConstraint("digest", name="devices_digest_key"),
        _of_user("devices"),
    )
    op.create_index("devices_user_idx", "devices", ["user"])


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user"], ["users.id"], name=f"{table}_user_fkey", ondelete="cascade"
    )
