"""Apps and browsers in Postgres. Each function is one statement, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.devices.domain import Device
from services.messaging.devices.tables import push_devices

_c = push_devices.c
_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_PERSON = sa.bindparam("person", type_=sa.Text)
_this = (_c.organization == _ORGANIZATION, _c.id == sa.bindparam("id", type_=sa.Uuid))
_own = (_c.organization == _ORGANIZATION, _c.person == _PERSON)
_adding = insert(push_devices).values({c.name: sa.bindparam(c.name, type_=c.type) for c in _c})
# Who has the device now has it, whoever had it before.
_REGISTER = sql(
    _adding.on_conflict_do_update(
        constraint="push_devices_digest_key",
        set_={
            "id": _adding.excluded.id,
            "person": _adding.excluded.person,
            "display_name": _adding.excluded.display_name,
            "sealed": _adding.excluded.sealed,
            "create_time": _adding.excluded.create_time,
        },
    )
)
_KNOWN = sql(
    sa.select(_c.id).where(*_own, _c.digest == sa.bindparam("digest", type_=sa.LargeBinary))
)
_newest = (
    sa.select(_c.id)
    .where(*_own)
    .order_by(_c.create_time.desc(), _c.id.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_DROP_OLDEST = sql(sa.delete(push_devices).where(*_own, _c.id.not_in(_newest)))
_FIND = sql(sa.select(push_devices).where(*_this, _c.person == _PERSON))
_last = sa.bindparam("last", type_=sa.Uuid)
_PAGE = sql(
    sa.select(push_devices)
    .where(*_own, sa.or_(_last.is_(None), _c.id > _last))
    .order_by(_c.id)
    .limit(sa.bindparam("page_size", type_=sa.Integer))
)
_NAMES = sql(_newest)
_OF_ALL = sql(
    sa.select(_c.person, _c.id)
    .where(
        _c.organization == _ORGANIZATION,
        _c.person == sa.any_(sa.bindparam("people", type_=ARRAY(sa.Text))),
    )
    .order_by(_c.create_time.desc(), _c.id.desc())
)
_SEALED = sql(
    sa.select(_c.id, _c.sealed).where(
        _c.organization == _ORGANIZATION,
        _c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
    )
)
_DROP = sql(sa.delete(push_devices).where(*_this))
_DROP_ALL = sql(sa.delete(push_devices).where(*_own))
_OF_PERSON = sql(sa.select(_c.organization, _c.id).where(_c.person == _PERSON))


async def register(tx: Tx, device: Device, sealed: bytes) -> None:
    await tx.run(
        _REGISTER,
        organization=device.name.organization,
        id=device.name.id,
        person=device.person,
        display_name=device.display_name,
        digest=device.digest,
        sealed=sealed,
        create_time=device.create_time,
        version=device.version,
    )


async def known(tx: Tx, device: Device) -> Name | None:
    """The name that the same device of the same person has already."""
    organization, digest = device.name.organization, device.digest
    row = await tx.maybe(_KNOWN, organization=organization, person=device.person, digest=digest)
    return None if row is None else Name(organization, row.id)


async def drop_oldest(tx: Tx, organization: uuid.UUID, person: str, kept: int) -> None:
    await tx.run(_DROP_OLDEST, organization=organization, person=person, most=kept)


async def find(tx: Tx, name: Name, person: str) -> Device | None:
    """Somebody's own device, without its address."""
    row = await tx.maybe(_FIND, organization=name.organization, id=name.id, person=person)
    return None if row is None else _read(row)


async def page(tx: Tx, organization: uuid.UUID, person: str, page: Page) -> list[Device]:
    """Somebody's own devices, without their addresses, oldest first."""
    rows = await tx.all(
        _PAGE,
        organization=organization,
        person=person,
        page_size=page.limit,
        **page.keys("last"),
    )
    return [_read(row) for row in rows]


async def of(tx: Tx, organization: uuid.UUID, person: str, most: int) -> list[Name]:
    """Where somebody is notified, what was registered last first."""
    rows = await tx.all(_NAMES, organization=organization, person=person, most=most)
    return [Name(organization, row.id) for row in rows]


async def of_all(tx: Tx, organization: uuid.UUID, people: Iterable[str]) -> dict[str, list[Name]]:
    """Where each of many is notified, what was registered last first."""
    rows = await tx.all(_OF_ALL, organization=organization, people=list(people))
    found: dict[str, list[Name]] = {}
    for row in rows:
        found.setdefault(row.person, []).append(Name(organization, row.id))
    return found


async def sealed(
    tx: Tx, organization: uuid.UUID, ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, bytes]:
    """The sealed addresses of devices."""
    rows = await tx.all(_SEALED, organization=organization, ids=list(ids))
    return {row.id: bytes(row.sealed) for row in rows}


async def drop(tx: Tx, name: Name) -> None:
    await tx.run(_DROP, organization=name.organization, id=name.id)


async def drop_all(tx: Tx, organization: uuid.UUID, person: str) -> None:
    await tx.run(_DROP_ALL, organization=organization, person=person)


async def of_person(tx: Tx, person: str) -> list[Name]:
    """The devices of somebody with all organizations; see `kit.tables.personal`."""
    rows = await tx.all(_OF_PERSON, person=person)
    return [Name(row.organization, row.id) for row in rows]


def _read(row: Any) -> Device:
    return Device(
        name=Name(row.organization, row.id),
        person=row.person,
        display_name=row.display_name,
        address="",
        create_time=row.create_time,
        version=row.version,
    )
