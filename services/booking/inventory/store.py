"""Pools and the ledger. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.booking.domain import Pool
from services.booking.tables import movements, offers, pools
from services.kit.db import Tx, given, sql
from services.kit.names import Name

_organization = pools.c.organization == sa.bindparam("organization")
_AT_EVENT = (_organization, pools.c.event == sa.bindparam("event"))
_POOLS = (
    sa.select(pools)
    .where(_organization, pools.c.event == sa.any_(sa.bindparam("events", type_=ARRAY(sa.Uuid))))
    .order_by(pools.c.event, pools.c.position, pools.c.pool)
)
_READ = sql(_POOLS)
_LOCK = sql(_POOLS.with_for_update())

_told = given(pool=sa.Text, position=sa.Integer, capacity=sa.Integer)


def _taken(column: str) -> Any:
    """What the types of a pool have taken of it."""
    return (
        sa.select(sa.func.coalesce(sa.func.sum(offers.c[column]), 0))
        .where(
            offers.c.organization == sa.bindparam("organization"),
            offers.c.event == sa.bindparam("event"),
            offers.c.pool == _told.c.pool,
        )
        .scalar_subquery()
    )


_announce = insert(pools).from_select(
    ["organization", "event", "pool", "position", "capacity", "held", "sold", "ceiling"],
    sa.select(
        sa.bindparam("organization", type_=sa.Uuid),
        sa.bindparam("event", type_=sa.Uuid),
        *_told.c,
        _taken("held"),
        _taken("sold"),
        sa.func.greatest(_told.c.capacity, _taken("held") + _taken("sold")),
    ),
    include_defaults=False,
)
_COUNTED = ("position", "capacity", "held", "sold", "ceiling")
_ANNOUNCE = sql(
    _announce.on_conflict_do_update(
        index_elements=[c.name for c in pools.primary_key.columns],
        set_={key: _announce.excluded[key] for key in _COUNTED},
    )
)
_DROP = sql(
    sa.delete(pools).where(
        *_AT_EVENT,
        pools.c.pool != sa.all_(sa.bindparam("pools", type_=ARRAY(sa.Text))),
    )
)

_shifts = given(event=sa.Uuid, pool=sa.Text, held=sa.Integer, sold=sa.Integer)
_held, _sold = pools.c.held + _shifts.c.held, pools.c.sold + _shifts.c.sold
_MOVE = sql(
    sa.update(pools)
    .where(_organization, pools.c.event == _shifts.c.event, pools.c.pool == _shifts.c.pool)
    .values(
        held=_held,
        sold=_sold,
        ceiling=sa.case(
            (_shifts.c.held + _shifts.c.sold > 0, pools.c.ceiling),
            else_=sa.func.greatest(pools.c.capacity, _held + _sold),
        ),
    )
)
_MOVEMENTS = sql(
    sa.select(movements)
    .where(
        movements.c.organization == sa.bindparam("organization"),
        movements.c.event == sa.bindparam("event"),
        movements.c.position > sa.bindparam("after", type_=sa.BigInteger),
    )
    .order_by(movements.c.position)
    .limit(sa.bindparam("size", type_=sa.Integer))
)

Pools = Mapping[str, Pool]


@dataclass(frozen=True)
class Movement:
    """An entry of the ledger."""

    position: int
    booking: Name
    ticket_type: str
    held: int
    sold: int
    create_time: datetime


async def read_pools(tx: Tx, event: Name) -> Pools:
    """What the types of an event have in common, in the order of the event."""
    found = await tx.all(_READ, organization=event.organization, events=[event.id])
    return _by_event(found).get(event.id, {})


async def lock_pools(
    tx: Tx, organization: uuid.UUID, events: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Pools]:
    """The pools of events, kept from every other writer; offers are locked before."""
    return _by_event(await tx.all(_LOCK, organization=organization, events=list(events)))


async def announce(tx: Tx, event: Name, told: Sequence[Pool]) -> None:
    """Has the pools be those, each with what its types have taken by now."""
    at = {"organization": event.organization, "event": event.id}
    ids = [pool.id for pool in told]
    if told:
        capacities = [pool.capacity for pool in told]
        await tx.run(_ANNOUNCE, **at, pool=ids, position=list(range(len(ids))), capacity=capacities)
    await tx.run(_DROP, **at, pools=ids)


def move(
    tx: Tx, organization: uuid.UUID, shifts: Mapping[tuple[uuid.UUID, str], tuple[int, int]]
) -> None:
    """Moves seats of pools, by event and pool, with the commit. The table refuses one too many."""
    keys = sorted(shifts)
    tx.write(
        _MOVE,
        organization=organization,
        event=[event for event, _ in keys],
        pool=[pool for _, pool in keys],
        held=[shifts[key][0] for key in keys],
        sold=[shifts[key][1] for key in keys],
    )


async def movements_of(tx: Tx, event: Name, after: int, size: int) -> list[Movement]:
    """The ledger of an event from after a position on."""
    at = {"organization": event.organization, "event": event.id}
    return [
        Movement(
            row.position,
            Name(row.organization, row.booking),
            row.ticket_type,
            row.held,
            row.sold,
            row.create_time,
        )
        for row in await tx.all(_MOVEMENTS, **at, after=after, size=size)
    ]


def _by_event(rows: Sequence[Any]) -> dict[uuid.UUID, Pools]:
    found: dict[uuid.UUID, dict[str, Pool]] = {}
    for row in rows:
        pool = Pool(row.pool, row.capacity, row.held, row.sold)
        found.setdefault(row.event, {})[row.pool] = pool
    return dict(found)
