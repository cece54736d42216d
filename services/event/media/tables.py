"""What is known of media. Their bytes are in object storage."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.event.tables import metadata

media = sa.Table(
    "media",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event", sa.Uuid, nullable=False),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("cover", sa.Boolean, nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("expire_time", TIMESTAMP(timezone=True), nullable=False),
    # Empty until it is completed.
    sa.Column("renditions", JSONB, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization", "event"], ["events.organization", "events.id"], ondelete="cascade"
    ),
    sa.Index("media_event_idx", "organization", "event", "id"),
)
OWNED = (media,)
