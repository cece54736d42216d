"""Which organizations want a second factor of their members."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.kit.tables import with_strict

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    with_strict(op)
    op.add_column(
        "organizations",
        sa.Column(
            "second_factor_required", sa.Boolean, nullable=False, server_default=sa.text("false")
        ),
    )
