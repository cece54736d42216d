"""Apps and browsers that show notifications."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.messaging.tables import metadata

push_devices = sa.Table(
    "push_devices",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("display_name", sa.Text, nullable=False),
    # Of the address, which is one person's at a time.
    sa.Column("digest", sa.LargeBinary, nullable=False),
    # The address, sealed with the name.
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("organization", "digest", name="push_devices_digest_key"),
    sa.Index("push_devices_person_idx", "person", "organization", "create_time"),
)
