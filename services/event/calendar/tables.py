"""The addresses that users gave to their calendars. They belong to no organization."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.event.tables import metadata

calendar_feeds = sa.Table(
    "calendar_feeds",
    metadata,
    sa.Column("user", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("read_time", TIMESTAMP(timezone=True)),
    # The address says the id alone.
    sa.UniqueConstraint("id", name="calendar_feeds_id_key"),
)
