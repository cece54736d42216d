"""Facts that have to wait. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from services.kit.db import Tx, given, sql
from services.kit.names import Name
from services.messaging.tables import waiting

_kept = given(**{column.name: column.type for column in waiting.c})
_WAIT = sql(sa.insert(waiting).from_select([c.name for c in waiting.c], sa.select(*_kept.c)))
_this = (
    waiting.c.organization == sa.bindparam("organization", type_=sa.Uuid),
    waiting.c.id == sa.bindparam("id", type_=sa.Uuid),
)
_WAITING = sql(sa.select(waiting).where(*_this))
_WAIT_NO_MORE = sql(sa.delete(waiting).where(*_this))


def wait(tx: Tx, kept: Sequence[tuple[Name, str, bytes]], now: datetime) -> None:
    """Keeps facts, of a type each, until what they speak of is known; on the way to the commit."""
    if kept:
        tx.write(
            _WAIT,
            organization=[name.organization for name, _, _ in kept],
            id=[name.id for name, _, _ in kept],
            type=[type for _, type, _ in kept],
            body=[body for _, _, body in kept],
            create_time=[now] * len(kept),
        )


async def waiting_fact(tx: Tx, name: Name) -> tuple[str, bytes, datetime] | None:
    row = await tx.maybe(_WAITING, organization=name.organization, id=name.id)
    return None if row is None else (row.type, row.body, row.create_time)


async def wait_no_more(tx: Tx, name: Name) -> None:
    await tx.run(_WAIT_NO_MORE, organization=name.organization, id=name.id)
