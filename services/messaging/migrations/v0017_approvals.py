"""What WhatsApp says of templates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    templates = sa.Column("templates", JSONB, nullable=False, server_default=sa.text("'[]'"))
    op.add_column("channel_accounts", templates)
    op.add_column("channel_accounts", sa.Column("template_time", TIMESTAMP(timezone=True)))
