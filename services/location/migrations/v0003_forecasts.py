"""What was first expected of a journey."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for name in ("forecast_time", "forecast_made_time"):
        op.add_column("journeys", sa.Column(name, TIMESTAMP(timezone=True)))
