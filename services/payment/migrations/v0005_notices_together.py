"""One commit keeps what several providers said, to whatever organizations."""

from __future__ import annotations

from alembic import op

from services.kit.tables import batched

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(batched("notices"))
