"""What tells whether a session goes on."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from services.auth.tables import sessions, users
from services.kit.db import Tx, sql

_GOES_ON = sql(
    sa.select(sessions.c.id)
    .join(users, users.c.id == sessions.c.user)
    .where(
        sessions.c.id == sa.bindparam("session"),
        sessions.c.revoke_time.is_(None),
        sessions.c.expire_time > sa.bindparam("at"),
        users.c.deactivate_time.is_(None),
    )
)


async def goes_on(tx: Tx, session: uuid.UUID | None, now: datetime) -> bool:
    """Whether there is such a session, and neither ended nor is its account closed."""
    return await tx.maybe(_GOES_ON, session=session, at=now) is not None
