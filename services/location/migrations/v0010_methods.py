"""What an estimate rests on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    for name, default in (("method", "velocity"), ("apparent_mode", "unknown")):
        op.add_column("journeys", sa.Column(name, sa.Text, nullable=False, server_default=default))
    op.add_column("journeys", sa.Column("route_time", TIMESTAMP(timezone=True)))
