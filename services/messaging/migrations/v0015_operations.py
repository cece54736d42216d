"""What whoever runs the platform did to the service."""

from __future__ import annotations

from alembic import op

from services.kit.tables import with_operations

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    with_operations(op)
