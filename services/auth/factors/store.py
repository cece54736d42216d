"""What auth keeps of second factors. Each function is one statement."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.auth.factors.domain import State
from services.auth.factors.tables import devices, recovery_codes, second_factors
from services.kit.db import Tx, sql

_USER = sa.bindparam("user", type_=sa.Uuid)
_LOCK = sql(sa.select(second_factors).where(second_factors.c.user == _USER).with_for_update())
_enrolling = insert(second_factors).values({c.key: sa.bindparam(c.key) for c in second_factors.c})
_ENROLL = sql(
    _enrolling.on_conflict_do_update(
        index_elements=[second_factors.c.user],
        set_={
            "sealed": _enrolling.excluded.sealed,
            "confirm_time": None,
            "last_step": _enrolling.excluded.last_step,
        },
    )
)
_TAKE = sql(
    sa.update(second_factors)
    .where(second_factors.c.user == sa.bindparam("of"))
    .values(
        last_step=sa.bindparam("step"),
        confirm_time=sa.func.coalesce(second_factors.c.confirm_time, sa.bindparam("at")),
    )
)
_REMOVE = sql(sa.delete(second_factors).where(second_factors.c.user == _USER))
_ADD_CODE = sql(sa.insert(recovery_codes))
_USE_CODE = sql(
    sa.delete(recovery_codes).where(
        recovery_codes.c.user == _USER, recovery_codes.c.digest == sa.bindparam("digest")
    )
)
_REMOVE_CODES = sql(sa.delete(recovery_codes).where(recovery_codes.c.user == _USER))
_ADD_DEVICE = sql(sa.insert(devices))
_DEVICE = sql(
    sa.select(devices.c.id).where(
        devices.c.user == _USER,
        devices.c.digest == sa.bindparam("digest"),
        devices.c.expire_time > sa.bindparam("at"),
    )
)
_REMOVE_DEVICES = sql(sa.delete(devices).where(devices.c.user == _USER))
_REMOVE_DEVICE = sql(sa.delete(devices).where(devices.c.id == sa.bindparam("id")))


def _number(table: sa.Table, *more: Any) -> Any:
    return (
        sa.select(sa.func.count())
        .select_from(table)
        .where(table.c.user == _USER, *more)
        .scalar_subquery()
    )


_STATE = sql(
    sa.select(
        sa.select(second_factors.c.confirm_time)
        .where(second_factors.c.user == _USER)
        .scalar_subquery()
        .label("confirm_time"),
        _number(recovery_codes).label("codes"),
        _number(devices, devices.c.expire_time > sa.bindparam("at")).label("devices"),
    )
)


async def lock(tx: Tx, user: uuid.UUID) -> Any:
    """The row of a second factor, so that a code is taken once; None if there is none."""
    return await tx.maybe(_LOCK, user=user)


async def enroll(tx: Tx, user: uuid.UUID, sealed: bytes) -> None:
    await tx.run(_ENROLL, user=user, sealed=sealed, confirm_time=None, last_step=0)


async def take(tx: Tx, user: uuid.UUID, step: int, now: datetime) -> None:
    """Writes down which code was taken, and since when the factor guards the account."""
    await tx.run(_TAKE, of=user, step=step, at=now)


async def remove(tx: Tx, user: uuid.UUID) -> None:
    await tx.run(_REMOVE, user=user)


async def add_codes(tx: Tx, user: uuid.UUID, digests: list[bytes]) -> None:
    await tx.many(_ADD_CODE, [{"user": user, "digest": digest} for digest in digests])


async def use_code(tx: Tx, user: uuid.UUID, digest: bytes) -> bool:
    """False if there is no such code, or it was used."""
    return await tx.run(_USE_CODE, user=user, digest=digest) == 1


async def remove_codes(tx: Tx, user: uuid.UUID) -> None:
    await tx.run(_REMOVE_CODES, user=user)


async def add_device(
    tx: Tx, id: uuid.UUID, user: uuid.UUID, digest: bytes, expire_time: datetime
) -> None:
    await tx.run(_ADD_DEVICE, id=id, user=user, digest=digest, expire_time=expire_time)


async def is_device(tx: Tx, user: uuid.UUID, digest: bytes, now: datetime) -> bool:
    return await tx.maybe(_DEVICE, user=user, digest=digest, at=now) is not None


async def remove_devices(tx: Tx, user: uuid.UUID) -> None:
    await tx.run(_REMOVE_DEVICES, user=user)


async def remove_device(tx: Tx, id: uuid.UUID) -> None:
    await tx.run(_REMOVE_DEVICE, id=id)


async def state(tx: Tx, user: uuid.UUID, now: datetime) -> State:
    row = await tx.one(_STATE, user=user, at=now)
    return State(row.confirm_time, row.codes, row.devices)
