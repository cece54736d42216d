"""What auth keeps of API keys. Each function is one statement."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.auth.api_keys.domain import ApiKey
from services.auth.tables import api_keys
from services.kit.db import Tx, sql
from services.kit.names import Name
from services.kit.pages import Page

_of = api_keys.c.organization == sa.bindparam("organization")
_this = sa.select(api_keys).where(_of, api_keys.c.id == sa.bindparam("id"))
_READ = sql(_this)
_LOCK = sql(_this.with_for_update())
_FIND = sql(
    sa.select(api_keys).where(
        sa.or_(
            api_keys.c.digest == sa.bindparam("digest"),
            api_keys.c.previous == sa.bindparam("digest"),
        )
    )
)
_last_time = sa.bindparam("last_time", type_=api_keys.c.create_time.type)
_LIST = sql(
    sa.select(api_keys)
    .where(
        _of,
        sa.or_(
            _last_time.is_(None),
            sa.tuple_(api_keys.c.create_time, api_keys.c.id)
            > sa.tuple_(_last_time, sa.bindparam("last_id", type_=sa.Uuid)),
        ),
    )
    .order_by(api_keys.c.create_time, api_keys.c.id)
    .limit(sa.bindparam("most"))
)
_in_use = sa.and_(
    _of, api_keys.c.revoke_time.is_(None), api_keys.c.expire_time > sa.bindparam("at")
)
_COUNT = sql(sa.select(sa.func.count().label("in_use")).where(_in_use))
_LOCK_ALL = sql(sa.select(api_keys).where(_in_use).order_by(api_keys.c.id).with_for_update())
_ADD = sql(sa.insert(api_keys))
_CHANGED = (
    "digest",
    "previous",
    "previous_end_time",
    "rotate_time",
    "revoke_time",
    "version",
)
_at = (api_keys.c.organization == sa.bindparam("of"), api_keys.c.id == sa.bindparam("which"))
_KEEP = sql(
    sa.update(api_keys)
    .where(*_at)
    .values({c: sa.bindparam(f"new_{c}", type_=api_keys.c[c].type) for c in _CHANGED})
)
_USE = sql(sa.update(api_keys).where(*_at).values(use_time=sa.bindparam("now")))
_REMOVE = sql(sa.delete(api_keys).where(*_at))


async def api_key(tx: Tx, name: Name) -> ApiKey | None:
    row = await tx.maybe(_READ, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def lock(tx: Tx, name: Name) -> ApiKey | None:
    """Reads it, and keeps every other change of it waiting."""
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def find(tx: Tx, digest: bytes) -> ApiKey | None:
    """The key of a secret, whosever it is; for services that act for no organization."""
    row = await tx.maybe(_FIND, digest=digest)
    return None if row is None else _read(row)


async def api_keys_of(tx: Tx, organization: uuid.UUID, page: Page) -> list[ApiKey]:
    """Oldest first."""
    at = page.keys("last_time", "last_id")
    rows = await tx.all(_LIST, organization=organization, most=page.limit, **at)
    return [_read(row) for row in rows]


def key(value: ApiKey) -> tuple[datetime, uuid.UUID]:
    return value.create_time, value.name.id


async def count(tx: Tx, organization: uuid.UUID, now: datetime) -> int:
    """How many are in use."""
    return int((await tx.one(_COUNT, organization=organization, at=now)).in_use)


async def lock_all(tx: Tx, organization: uuid.UUID, now: datetime) -> list[ApiKey]:
    """Those in use; none of them changes before the transaction ends."""
    rows = await tx.all(_LOCK_ALL, organization=organization, at=now)
    return [_read(row) for row in rows]


async def add(tx: Tx, value: ApiKey) -> None:
    await tx.run(
        _ADD,
        organization=value.name.organization,
        id=value.name.id,
        display_name=value.display_name,
        permissions=list(value.permissions),
        creator=value.creator,
        create_time=value.create_time,
        expire_time=value.expire_time,
        use_time=value.use_time,
        **_changed(value),
    )


async def keep(tx: Tx, value: ApiKey) -> None:
    new = {f"new_{c}": v for c, v in _changed(value).items()}
    await tx.run(_KEEP, of=value.name.organization, which=value.name.id, **new)


async def use(tx: Tx, name: Name, now: datetime) -> None:
    await tx.run(_USE, of=name.organization, which=name.id, now=now)


async def remove(tx: Tx, name: Name) -> None:
    await tx.run(_REMOVE, of=name.organization, which=name.id)


def _changed(value: ApiKey) -> dict[str, Any]:
    return {c: getattr(value, c) for c in _CHANGED}


def _read(row: Any) -> ApiKey:
    return ApiKey(
        name=Name(row.organization, row.id),
        display_name=row.display_name,
        permissions=tuple(row.permissions),
        creator=row.creator,
        digest=row.digest,
        create_time=row.create_time,
        expire_time=row.expire_time,
        previous=row.previous,
        previous_end_time=row.previous_end_time,
        rotate_time=row.rotate_time,
        revoke_time=row.revoke_time,
        use_time=row.use_time,
        version=row.version,
    )
