"""Which organizations want a second factor of their members."""

from __future__ import annotations

from alembic import op

from services.kit.tables import with_strict

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with_strict(op)
