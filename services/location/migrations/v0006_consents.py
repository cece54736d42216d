"""What somebody agreed to beside the event, pauses, and the proof of a consent taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    words = {"purpose": "", "viewers": "staff", "precision": "exact", "source": "app"}
    for name, default in words.items():
        op.add_column("journeys", sa.Column(name, sa.Text, nullable=False, server_default=default))
    op.add_column("journeys", sa.Column("lead_seconds", sa.Double))
    op.add_column(
        "journeys", sa.Column("pauses", ARRAY(sa.BigInteger), nullable=False, server_default="{}")
    )
    op.add_column("journeys", sa.Column("withdraw_time", TIMESTAMP(timezone=True)))
    op.add_column(
        "journeys", sa.Column("deleted_count", sa.BigInteger, nullable=False, server_default="0")
    )
    allowed = {
        "viewers": "viewers in ('organizers', 'staff', 'participants', 'links')",
        "precision": "precision in ('exact', 'coarse')",
        "source": "source in ('app', 'link', 'message')",
    }
    for name, rule in allowed.items():
        op.create_check_constraint(f"journeys_{name}_check", "journeys", rule)
