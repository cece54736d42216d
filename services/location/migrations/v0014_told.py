"""What other services were told last of when somebody is expected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    for name in ("told_time", "told_p50_time", "told_p90_time"):
        op.add_column("journeys", sa.Column(name, TIMESTAMP(timezone=True)))
