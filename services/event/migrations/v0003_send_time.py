"""The time that is known of an invitation is that of its sending."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.alter_column("participants", "deliver_time", new_column_name="send_time")
