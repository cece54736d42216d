"""Codes that were sent and have not come back."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.auth.tables import metadata, users

challenges = sa.Table(
    "challenges",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    # Nobody, if somebody asked for an account that there is not.
    sa.Column("user", sa.Uuid, sa.ForeignKey(users.c.id, ondelete="cascade")),
    sa.Column("subject", sa.Text, nullable=False),
    # Where the code went.
    sa.Column("address", sa.Text, nullable=False),
    # HMAC of the code with the id, under a key that is not in the database.
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("expire_time", TIMESTAMP(timezone=True), nullable=False),
    sa.Index("challenges_user_idx", "user"),
)

__all__ = ["challenges", "metadata"]
