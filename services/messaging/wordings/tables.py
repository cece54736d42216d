"""By which template messages of a kind are written."""

from __future__ import annotations

import sqlalchemy as sa

from services.messaging.tables import metadata

notice_templates = sa.Table(
    "notice_templates",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    # None: by the words that are built in. What it names may be gone.
    sa.Column("template", sa.Uuid),
    sa.Column("version", sa.Integer, nullable=False),
)
