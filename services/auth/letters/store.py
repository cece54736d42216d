"""What auth keeps of letters. Each function is one statement."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from services.auth.letters.tables import letters
from services.kit.db import Tx, sql

_ADD = sql(sa.insert(letters))
_LETTER = sql(sa.select(letters).where(letters.c.id == sa.bindparam("id")))
_REMOVE = sql(sa.delete(letters).where(letters.c.id == sa.bindparam("id")))


def add(tx: Tx, id: uuid.UUID, sealed: bytes, now: datetime) -> None:
    """Adds it with the commit."""
    tx.write(_ADD, id=id, sealed=sealed, create_time=now)


async def letter(tx: Tx, id: uuid.UUID) -> tuple[bytes, datetime] | None:
    """What is sealed in a letter, and when it was written."""
    row = await tx.maybe(_LETTER, id=id)
    return None if row is None else (row.sealed, row.create_time)


async def remove(tx: Tx, id: uuid.UUID) -> None:
    await tx.run(_REMOVE, id=id)
