"""The sessions whose access tokens are refused."""

from __future__ import annotations

from alembic import op

from services.kit.tables import with_revoked

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with_revoked(op)
