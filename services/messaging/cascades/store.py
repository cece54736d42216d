"""Plans and cascades. Each function is one statement, in the caller's transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, given, sql
from services.kit.names import Name
from services.messaging.cascades.domain import USUAL, Cascade, Plan, Step, Way
from services.messaging.messages.domain import Channel, Kind
from services.messaging.tables import cascade_plans, cascades, messages

_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_ID = sa.bindparam("id", type_=sa.Uuid)
_KIND = sa.bindparam("kind", type_=sa.Text)

_plan = (cascade_plans.c.organization == _ORGANIZATION, cascade_plans.c.kind == _KIND)
_PLAN = sql(sa.select(cascade_plans).where(*_plan))
_LOCK_PLAN = sql(sa.select(cascade_plans).where(*_plan).with_for_update())
_PLANS = sql(sa.select(cascade_plans).where(cascade_plans.c.organization == _ORGANIZATION))
_OPEN_PLAN = sql(
    insert(cascade_plans)
    .values(
        organization=_ORGANIZATION,
        kind=_KIND,
        steps=sa.bindparam("steps", type_=sa.Text),
        version=1,
    )
    .on_conflict_do_nothing(index_elements=["organization", "kind"])
)
_CHANGE_PLAN = sql(
    sa.update(cascade_plans)
    .where(*_plan)
    .values(steps=sa.bindparam("new_steps", type_=sa.Text), version=cascade_plans.c.version + 1)
)

_OWN = ("organization", "id", "sealed", "deadline_time")
_begun = given(**{name: cascades.c[name].type for name in _OWN})
_BEGIN = sql(sa.insert(cascades).from_select(_OWN, sa.select(*_begun.c)))
_OF_CIRCULAR = ("organization", "deadline_time", "id", "circular", "steps")
_many = given(**{name: cascades.c[name].type for name in _OF_CIRCULAR[2:]})
_BEGIN_CIRCULAR = sql(
    sa.insert(cascades).from_select(
        _OF_CIRCULAR,
        sa.select(
            _ORGANIZATION,
            sa.bindparam("deadline_time", type_=cascades.c.deadline_time.type),
            *_many.c,
        ),
    )
)
_this = (cascades.c.organization == _ORGANIZATION, cascades.c.id == _ID)
_LOCK = sql(sa.select(cascades).where(*_this).with_for_update())
_END = sql(sa.delete(cascades).where(*_this))
_GO_ON = sql(
    sa.update(cascades)
    .where(*_this)
    .values(
        sealed=sa.bindparam("new_sealed", type_=sa.LargeBinary),
        deadline_time=sa.bindparam("new_deadline_time", type_=cascades.c.deadline_time.type),
        circular=None,
        steps=None,
    )
)
_TRIED = sql(
    sa.select(messages.c.id)
    .where(messages.c.organization == _ORGANIZATION, messages.c.cascade == _ID)
    .order_by(messages.c.id)
)


# --- plans


async def plan(tx: Tx, organization: uuid.UUID, kind: Kind) -> Plan:
    row = await tx.maybe(_PLAN, organization=organization, kind=kind.value)
    return Plan(organization, kind) if row is None else read_plan(row)


async def lock_plan(tx: Tx, organization: uuid.UUID, kind: Kind) -> Plan:
    key = {"organization": organization, "kind": kind.value}
    await tx.run(_OPEN_PLAN, **key, steps=_written(USUAL))
    return read_plan(await tx.one(_LOCK_PLAN, **key))


async def plans(tx: Tx, organization: uuid.UUID) -> dict[Kind, Plan]:
    """Those that somebody has changed."""
    rows = await tx.all(_PLANS, organization=organization)
    return {found.kind: found for found in map(read_plan, rows)}


async def change_plan(tx: Tx, changed: Plan) -> None:
    key = {"organization": changed.organization, "kind": changed.kind.value}
    await tx.run(_CHANGE_PLAN, **key, new_steps=_written(changed.steps))


def _written(steps: Sequence[Step]) -> str:
    return json.dumps([[step.channel.value, _seconds(step.deadline)] for step in steps])


def read_plan(row: Any) -> Plan:
    """A plan out of its row, or out of one that has its columns."""
    steps = [Step(Channel(channel), _span(seconds)) for channel, seconds in json.loads(row.steps)]
    return Plan(row.organization, Kind(row.kind), steps, row.version)


# --- cascades


def begin(tx: Tx, begun: Sequence[tuple[Cascade, bytes]]) -> None:
    """Keeps cascades, each with what is left of it, sealed; on the way to the commit."""
    if begun:
        tx.write(
            _BEGIN,
            organization=[each.name.organization for each, _ in begun],
            id=[each.name.id for each, _ in begun],
            sealed=[sealed for _, sealed in begun],
            deadline_time=[each.deadline_time for each, _ in begun],
        )


def begin_circular(
    tx: Tx,
    organization: uuid.UUID,
    begun: Sequence[tuple[uuid.UUID, uuid.UUID, str]],
    deadline_time: datetime | None,
) -> None:
    """Keeps cascades of what many are told: of each its id, the circular, and how else to say it
    (see `packed_steps`); on the way to the commit."""
    if begun:
        ids, circulars, steps = (list(column) for column in zip(*begun, strict=True))
        tx.write(
            _BEGIN_CIRCULAR,
            organization=organization,
            deadline_time=deadline_time,
            id=ids,
            circular=circulars,
            steps=steps,
        )


@dataclass(frozen=True)
class Kept:
    """What is left of a cascade: what is left to try, sealed, or the steps of a circular."""

    sealed: bytes | None
    deadline_time: datetime | None
    circular: uuid.UUID | None
    steps: Sequence[Way]


async def lock(tx: Tx, name: Name) -> Kept | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    if row is None:
        return None
    steps = unpacked_steps(row.steps) if row.steps else []
    return Kept(row.sealed, row.deadline_time, row.circular, steps)


async def go_on(tx: Tx, cascade: Cascade, sealed: bytes | None) -> None:
    await tx.run(
        _GO_ON,
        organization=cascade.name.organization,
        id=cascade.name.id,
        new_sealed=sealed,
        new_deadline_time=cascade.deadline_time,
    )


async def end(tx: Tx, name: Name) -> None:
    await tx.run(_END, organization=name.organization, id=name.id)


async def tried(tx: Tx, name: Name) -> list[uuid.UUID]:
    """The messages of a cascade, the first one first."""
    rows = await tx.all(_TRIED, organization=name.organization, id=name.id)
    return [row.id for row in rows]


def packed(ways: Sequence[Way]) -> bytes:
    rows = [
        [w.channel.value, w.address, _seconds(w.deadline), w.subject, w.shown, w.body] for w in ways
    ]
    return json.dumps(rows).encode()


def unpacked(data: bytes) -> list[Way]:
    return [
        Way(Channel(channel), address, _span(seconds), subject, shown, body)
        for channel, address, seconds, subject, shown, body in json.loads(data)
    ]


def packed_steps(ways: Sequence[Way]) -> str:
    """Ways without their words. One without an address leads to wherever somebody is by then."""
    return json.dumps([[way.channel.value, way.address, _seconds(way.deadline)] for way in ways])


def unpacked_steps(text: str) -> list[Way]:
    return [
        Way(Channel(channel), address, _span(seconds))
        for channel, address, seconds in json.loads(text)
    ]


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


def _span(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
