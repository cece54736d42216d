"""What the credentials of organizations are sealed with."""

from __future__ import annotations

from alembic import op

from services.kit.tables import with_vault

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    with_vault(op)
