"""Signing keys are published before they are used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("signing_keys", sa.Column("sign_time", TIMESTAMP(timezone=True)))
    op.execute("update signing_keys set sign_time = create_time")
    op.alter_column("signing_keys", "sign_time", nullable=False)
