"""Why the last message to a participant did not get there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    reason = sa.Column("undelivered_reason", sa.Text, nullable=False, server_default="")
    op.add_column("participants", reason)
    op.add_column("participants", sa.Column("heard_time", TIMESTAMP(timezone=True)))
