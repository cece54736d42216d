"""Messages that go with others to the same person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("messages", sa.Column("digest", sa.Uuid))
    op.create_index(
        "messages_digest_idx",
        "messages",
        ["organization", "digest"],
        postgresql_where=sa.text("digest is not null"),
    )
    op.add_column("sending_policies", sa.Column("digest_seconds", sa.Integer))
