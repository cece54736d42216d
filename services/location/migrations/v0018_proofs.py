"""The words by which people agreed in a message to be seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("journeys", sa.Column("proof_message", sa.Text))
    op.add_column("journeys", sa.Column("proof_text", sa.Text))
    op.add_column("journeys", sa.Column("proof_time", TIMESTAMP(timezone=True)))
