"""Facts that have to wait. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.messaging.tables import waiting

_WAIT = sql(sa.insert(waiting))
_this = (
    waiting.c.organization == sa.bindparam("organization", type_=sa.Uuid),
    waiting.c.id == sa.bindparam("id", type_=sa.Uuid),
)
_WAITING = sql(sa.select(waiting).where(*_this))
_WAIT_NO_MORE = sql(sa.delete(waiting).where(*_this))


async def wait(tx: Tx, name: Name, *, type: str, body: bytes, now: datetime) -> None:
    """Keeps a fact until what it speaks of is known."""
    await tx.run(
        _WAIT, organization=name.organization, id=name.id, type=type, body=body, create_time=now
    )


async def waiting_fact(tx: Tx, name: Name) -> tuple[str, bytes, datetime] | None:
    row = await tx.maybe(_WAITING, organization=name.organization, id=name.id)
    return None if row is None else (row.type, row.body, row.create_time)


async def wait_no_more(tx: Tx, name: Name) -> None:
    await tx.run(_WAIT_NO_MORE, organization=name.organization, id=name.id)
