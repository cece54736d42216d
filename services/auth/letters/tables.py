"""Letters that wait to be handed to messaging."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.auth.tables import metadata

letters = sa.Table(
    "letters",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    # A `SendNoticeRequest`, sealed with the id: it says who, where to, and perhaps a code.
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
)

__all__ = ["letters", "metadata"]
