"""What many are written in the same words."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from services.messaging.tables import metadata

circulars = sa.Table(
    "circulars",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    # The words in one language, and what is filled in for everybody.
    sa.Column("translation", JSONB, nullable=False),
    sa.Column("filled", JSONB, nullable=False),
)
