"""Which organizations want a second factor of their members."""

from __future__ import annotations

from alembic import op

from services.kit.tables import with_strict

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with_strict(op)
