"""What auth keeps of codes. Each function is one statement."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from services.auth.codes.domain import Challenge, Subject
from services.auth.codes.tables import challenges
from services.kit.db import Tx, sql

_ADD = sql(sa.insert(challenges))
_COUNT = sql(
    sa.update(challenges)
    .where(challenges.c.id == sa.bindparam("of"))
    .values(tries=challenges.c.tries + 1)
)
_LOCK = sql(sa.select(challenges).where(challenges.c.id == sa.bindparam("id")).with_for_update())
_BELONG = sql(
    sa.update(challenges)
    .where(challenges.c.id == sa.bindparam("of"))
    .values(user=sa.bindparam("owner"))
)
_REMOVE = sql(sa.delete(challenges).where(challenges.c.id == sa.bindparam("id")))
_REMOVE_ALL = sql(
    sa.delete(challenges).where(
        challenges.c.user == sa.bindparam("user"), challenges.c.subject == sa.bindparam("subject")
    )
)


def add(tx: Tx, challenge: Challenge) -> None:
    """Adds it with the commit."""
    tx.write(
        _ADD,
        id=challenge.id,
        user=challenge.user,
        subject=challenge.subject.value,
        address=challenge.address,
        digest=challenge.digest,
        tries=challenge.tries,
        expire_time=challenge.expire_time,
    )


async def count(tx: Tx, id: uuid.UUID) -> None:
    """Counts a try, if there is such a challenge."""
    await tx.run(_COUNT, of=id)


async def lock(tx: Tx, id: uuid.UUID) -> Challenge | None:
    row = await tx.maybe(_LOCK, id=id)
    if row is None:
        return None
    return Challenge(
        row.id, Subject(row.subject), row.user, row.address, row.digest, row.expire_time, row.tries
    )


async def belong(tx: Tx, id: uuid.UUID, user: uuid.UUID) -> None:
    await tx.run(_BELONG, of=id, owner=user)


async def remove(tx: Tx, id: uuid.UUID) -> None:
    await tx.run(_REMOVE, id=id)


async def remove_all(tx: Tx, user: uuid.UUID, subject: Subject) -> None:
    """Removes all that an account was sent for the same."""
    await tx.run(_REMOVE_ALL, user=user, subject=subject.value)
