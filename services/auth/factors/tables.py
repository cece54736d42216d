"""Second factors, what stands in for them, and devices that need not show one."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.auth.tables import metadata, users

TIME = TIMESTAMP(timezone=True)

second_factors = sa.Table(
    "second_factors",
    metadata,
    sa.Column("user", sa.Uuid, sa.ForeignKey(users.c.id, ondelete="cascade"), primary_key=True),
    # The secret, sealed with the id of the user.
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    # Since when it guards the account, if it does.
    sa.Column("confirm_time", TIME),
    # The time step of the last code that was taken: none that is older is taken again.
    sa.Column("last_step", sa.BigInteger, nullable=False),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("user", sa.Uuid, sa.ForeignKey(users.c.id, ondelete="cascade"), primary_key=True),
    # HMAC of the code, under a key that is not in the database.
    sa.Column("digest", sa.LargeBinary, primary_key=True),
)

devices = sa.Table(
    "devices",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user", sa.Uuid, sa.ForeignKey(users.c.id, ondelete="cascade"), nullable=False),
    # SHA-256 of the token.
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("expire_time", TIME, nullable=False),
    sa.Index("devices_user_idx", "user"),
)

__all__ = ["devices", "metadata", "recovery_codes", "second_factors"]
