"""Who runs the platform, and which bootstrap secrets were used."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.auth.tables import metadata, users

administrators = sa.Table(
    "administrators",
    metadata,
    sa.Column("user", sa.Uuid, sa.ForeignKey(users.c.id), primary_key=True),
    # Who made it one; nobody if it was the bootstrap secret.
    sa.Column("creator", sa.Uuid),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
)

bootstraps = sa.Table(
    "bootstraps",
    metadata,
    # HMAC of the secret, under a key that is not in the database.
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("use_time", TIMESTAMP(timezone=True), nullable=False),
)

__all__ = ["administrators", "bootstraps", "metadata"]
