"""An organization's own templates for what is told by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.kit.tables import owned

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "notice_templates",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("template", sa.Uuid),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "kind", name="notice_templates_pkey"),
    )
    for statement in owned("notice_templates"):
        op.execute(statement)
