"""Lanes, and whether they move. Each function is one statement, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit.db import Tx, given, sql
from services.messaging.dispatch.domain import Dispatcher, Gate, Lane, Rate
from services.messaging.messages.domain import Channel, Priority
from services.messaging.tables import dispatchers, lanes, messages

_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_CHANNEL = sa.bindparam("channel", type_=sa.Text)
_time = messages.c.create_time.type

_lane = (lanes.c.organization == _ORGANIZATION, lanes.c.channel == _CHANNEL)
_OPEN = sql(
    insert(lanes)
    .values(organization=_ORGANIZATION, channel=_CHANNEL)
    .on_conflict_do_nothing(index_elements=[lanes.c.organization, lanes.c.channel])
)
_ENTER = sql(sa.select(lanes).where(*_lane).with_for_update(read=True, key_share=True))
_LOCK = sql(sa.select(lanes).where(*_lane).with_for_update())
_LANES = sql(sa.select(lanes).where(lanes.c.organization == _ORGANIZATION))
_SPEND = sql(
    sa.update(lanes)
    .where(*_lane)
    .values(
        used=sa.bindparam("new_used"),
        since=sa.bindparam("new_since", type_=_time),
        next_time=sa.bindparam("new_next_time", type_=_time),
    )
)
_CHANGE = sql(
    sa.update(lanes)
    .where(*_lane)
    .values(
        # What the old rate made them wait for is over.
        next_time=None,
        count=sa.bindparam("new_count"),
        seconds=sa.bindparam("new_seconds"),
        version=lanes.c.version + 1,
    )
)

_its = (messages.c.organization == _ORGANIZATION, messages.c.channel == _CHANNEL)
_under_way = messages.c.state.in_([sa.literal_column("'queued'"), sa.literal_column("'sending'")])
# What goes with another message is taken with that.
_alone = messages.c.digest.is_(None)
_ready = (*_its, messages.c.wait_time.is_(None), _under_way, _alone)
_RELEASE = sql(
    sa.update(messages)
    .where(*_its, messages.c.wait_time <= sa.bindparam("now", type_=_time))
    .values(wait_time=None)
)


def _next(*priority: sa.ColumnElement[bool]) -> Any:
    ordered = sa.select(messages.c.id).where(*_ready, *priority)
    ordered = ordered.order_by(messages.c.priority, messages.c.id)
    return sql(ordered.limit(sa.bindparam("most")).with_for_update(skip_locked=True))


_immediate: sa.ColumnElement[int] = sa.literal_column(str(int(Priority.IMMEDIATE)))
_NEXT_IMMEDIATE = _next(messages.c.priority == _immediate)
_NEXT = _next(messages.c.priority > _immediate)
_HOLD = sql(
    sa.update(messages)
    .where(
        messages.c.organization == _ORGANIZATION,
        messages.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
    )
    .values(wait_time=sa.bindparam("until", type_=_time))
)
_WAITS = sql(
    sa.select(
        sa.exists().where(*_ready, messages.c.priority == _immediate).label("immediate"),
        sa.exists().where(*_ready).label("ready"),
        sa.select(sa.func.min(messages.c.wait_time))
        .where(*_its, messages.c.wait_time.is_not(None))
        .scalar_subquery()
        .label("wait_time"),
    )
)
_ends = given(channel=sa.Text, priority=sa.SmallInteger)
# One look into the index for each; a scan would read all that waits.
_OLDEST = sql(
    sa.select(
        sa.select(messages.c.create_time)
        .where(
            messages.c.organization == _ORGANIZATION,
            messages.c.channel == _ends.c.channel,
            messages.c.priority == _ends.c.priority,
            messages.c.wait_time.is_(None),
            _under_way,
            _alone,
        )
        .order_by(messages.c.id)
        .limit(1)
        .scalar_subquery()
        .label("create_time")
    ).select_from(_ends)
)

_gate = dispatchers.c.organization == _ORGANIZATION
_DISPATCHER = sql(sa.select(dispatchers).where(_gate))
_LOCK_DISPATCHER = sql(sa.select(dispatchers).where(_gate).with_for_update())
_OPEN_DISPATCHER = sql(
    insert(dispatchers)
    .values(organization=_ORGANIZATION, state=Gate.RUNNING.value, resume_time=None, version=1)
    .on_conflict_do_nothing(index_elements=[dispatchers.c.organization])
)
_MOVE = sql(
    sa.update(dispatchers)
    .where(_gate)
    .values(
        state=sa.bindparam("new_state"),
        resume_time=sa.bindparam("new_resume_time", type_=_time),
        version=sa.bindparam("new_version"),
    )
)


# --- lanes


async def enter(tx: Tx, organization: uuid.UUID, channel: Channel) -> Lane:
    """The lane, with nobody taking from it until the transaction ends."""
    key = {"organization": organization, "channel": channel.value}
    row = await tx.maybe(_ENTER, **key)
    if row is None:
        await tx.run(_OPEN, **key)
        row = await tx.one(_ENTER, **key)
    return _read(row)


async def lock_lane(tx: Tx, organization: uuid.UUID, channel: Channel) -> Lane:
    """The lane, for nobody else to take from or to enter."""
    key = {"organization": organization, "channel": channel.value}
    row = await tx.maybe(_LOCK, **key)
    if row is None:
        await tx.run(_OPEN, **key)
        row = await tx.one(_LOCK, **key)
    return _read(row)


async def lanes_of(tx: Tx, organization: uuid.UUID) -> dict[Channel, Lane]:
    """The lanes that somebody has entered or changed."""
    rows = await tx.all(_LANES, organization=organization)
    return {lane.channel: lane for lane in map(_read, rows)}


async def spend(tx: Tx, lane: Lane) -> None:
    new = {"new_used": lane.used, "new_since": lane.since, "new_next_time": lane.next_time}
    tx.write(_SPEND, **_of(lane), **new)


async def change(tx: Tx, lane: Lane, rate: Rate) -> None:
    seconds = int(rate.interval.total_seconds())
    await tx.run(_CHANGE, **_of(lane), new_count=rate.count, new_seconds=seconds)


async def release(tx: Tx, lane: Lane, now: datetime) -> None:
    """Puts back in line what has waited long enough, or was taken by somebody who died."""
    await tx.run(_RELEASE, **_of(lane), now=now)


async def next_immediate(tx: Tx, lane: Lane, most: int) -> list[uuid.UUID]:
    return [row.id for row in await tx.all(_NEXT_IMMEDIATE, **_of(lane), most=most)]


async def next_ones(tx: Tx, lane: Lane, most: int) -> list[uuid.UUID]:
    """Who is next, first come, first served within their priority."""
    return [row.id for row in await tx.all(_NEXT, **_of(lane), most=most)] if most > 0 else []


async def hold(tx: Tx, organization: uuid.UUID, ids: Iterable[uuid.UUID], until: datetime) -> None:
    """Has nobody else take those messages before that."""
    await tx.run(_HOLD, organization=organization, ids=list(ids), until=until)


async def give_back(tx: Tx, organization: uuid.UUID, ids: Iterable[uuid.UUID]) -> None:
    """Lets others take those messages."""
    await tx.run(_HOLD, organization=organization, ids=list(ids), until=None)


async def waits(tx: Tx, lane: Lane) -> Any:
    """Whether something is ready, and when something will be: see `_WAITS`."""
    return await tx.one(_WAITS, **_of(lane))


async def oldest(tx: Tx, organization: uuid.UUID) -> datetime | None:
    """When the message was queued that is ready for longest."""
    ends = [(channel.value, int(priority)) for channel in Channel for priority in Priority]
    channels, priorities = zip(*ends, strict=True)
    rows = await tx.all(
        _OLDEST, organization=organization, channel=list(channels), priority=list(priorities)
    )
    return min((row.create_time for row in rows if row.create_time), default=None)


def _of(lane: Lane) -> dict[str, Any]:
    return {"organization": lane.organization, "channel": lane.channel.value}


def _read(row: Any) -> Lane:
    rate = Rate(row.count, timedelta(seconds=row.seconds)) if row.count else None
    return Lane(
        organization=row.organization,
        channel=Channel(row.channel),
        rate=rate,
        used=row.used,
        since=row.since,
        next_time=row.next_time,
        version=row.version,
    )


# --- dispatchers


async def dispatcher(tx: Tx, organization: uuid.UUID) -> Dispatcher:
    row = await tx.maybe(_DISPATCHER, organization=organization)
    return Dispatcher(organization) if row is None else _gate_of(row)


async def lock_dispatcher(tx: Tx, organization: uuid.UUID) -> Dispatcher:
    await tx.run(_OPEN_DISPATCHER, organization=organization)
    return _gate_of(await tx.one(_LOCK_DISPATCHER, organization=organization))


async def move(tx: Tx, moved: Dispatcher) -> None:
    await tx.run(
        _MOVE,
        organization=moved.organization,
        new_state=moved.state.value,
        new_resume_time=moved.resume_time,
        new_version=moved.version,
    )


def _gate_of(row: Any) -> Dispatcher:
    return Dispatcher(row.organization, Gate(row.state), row.resume_time, row.version)
