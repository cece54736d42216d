"""What auth keeps of administrators. Each function is one statement."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.auth.administrators.domain import Administrator
from services.auth.administrators.tables import administrators, bootstraps
from services.auth.tables import users
from services.kit.db import Tx, sql
from services.kit.pages import Page

# Any number that no other lock of this database has: who makes and unmakes administrators.
CHANGING = 7_105_102

_LOCK = sql(sa.select(sa.func.pg_advisory_xact_lock(CHANGING)))
_COUNT = sql(sa.select(sa.func.count().label("number")).select_from(administrators))
_ADD = sql(sa.insert(administrators))
_REMOVE = sql(sa.delete(administrators).where(administrators.c.user == sa.bindparam("user")))
_USE_UP = sql(
    insert(bootstraps)
    .values({c.key: sa.bindparam(c.key) for c in bootstraps.c})
    .on_conflict_do_nothing()
)
_last_time = sa.bindparam("last_time", type_=administrators.c.create_time.type)
_all = sa.select(administrators, users.c.email, users.c.display_name).join(
    users, users.c.id == administrators.c.user
)
_ONE = sql(_all.where(administrators.c.user == sa.bindparam("user")))
_LIST = sql(
    _all.where(
        sa.or_(
            _last_time.is_(None),
            sa.tuple_(administrators.c.create_time, administrators.c.user)
            > sa.tuple_(_last_time, sa.bindparam("last_user", type_=sa.Uuid)),
        )
    )
    .order_by(administrators.c.create_time, administrators.c.user)
    .limit(sa.bindparam("most"))
)


async def lock(tx: Tx) -> None:
    """Lets one transaction at a time see how many there are, and change it."""
    await tx.one(_LOCK)


async def count(tx: Tx) -> int:
    return int((await tx.one(_COUNT)).number)


async def add(tx: Tx, user: uuid.UUID, creator: uuid.UUID | None, now: datetime) -> None:
    await tx.run(_ADD, user=user, creator=creator, create_time=now)


async def remove(tx: Tx, user: uuid.UUID) -> bool:
    """False if the user is none."""
    return await tx.run(_REMOVE, user=user) == 1


async def use_up(tx: Tx, digest: bytes, now: datetime) -> bool:
    """False if the bootstrap secret was used before."""
    return await tx.run(_USE_UP, digest=digest, use_time=now) == 1


async def administrator(tx: Tx, user: uuid.UUID) -> Administrator | None:
    row = await tx.maybe(_ONE, user=user)
    return None if row is None else _read(row)


async def administrators_of(tx: Tx, page: Page) -> list[Administrator]:
    """The one of longest standing first."""
    rows = await tx.all(_LIST, most=page.limit, **page.keys("last_time", "last_user"))
    return [_read(row) for row in rows]


def key(administrator: Administrator) -> tuple[datetime, uuid.UUID]:
    return administrator.create_time, administrator.user


def _read(row: Any) -> Administrator:
    return Administrator(row.user, row.email, row.display_name, row.creator, row.create_time)
