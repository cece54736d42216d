"""What location keeps of hours. One statement per function."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.location.hours.domain import Hour, Sum
from services.location.instants import instant
from services.location.journeys.domain import Journey
from services.location.journeys.store import OF_EVENT, WITH_EVENT, journey
from services.location.rows import TIME, unnest
from services.location.tables import events, hours, journeys

_BEHIND = sql(
    WITH_EVENT.add_columns(journeys.c.counted_through)
    .where(*OF_EVENT, journeys.c.counted_through < journeys.c.kept_through)
    .order_by(journeys.c.id)
    .limit(sa.bindparam("most"))
)
_counted = unnest(id=sa.Uuid, counted_through=sa.BigInteger)
_COUNTED = sql(
    sa.update(journeys)
    .where(
        journeys.c.organization == sa.bindparam("organization", type_=sa.Uuid),
        journeys.c.id == _counted.c.id,
    )
    .values(counted_through=_counted.c.counted_through)
)
_KEY = (hours.c.organization, hours.c.event, hours.c.hour)
_given = unnest(
    organization=sa.Uuid,
    event=sa.Uuid,
    hour=TIME,
    position_count=sa.BigInteger,
    meters=sa.Double,
    seconds=sa.Double,
)
_SUMS = ("position_count", "meters", "seconds")
_adding = insert(hours).from_select(
    ["organization", "event", "hour", *_SUMS], sa.select(*_given.c), include_defaults=False
)
_ADD = sql(
    _adding.on_conflict_do_update(
        index_elements=_KEY,
        set_={name: hours.c[name] + _adding.excluded[name] for name in _SUMS},
    )
)
_LATE = sa.extract("epoch", journeys.c.arrive_time - events.c.start_time)
_ARRIVED = ("arrival_count", "punctual_count", "lateness_seconds")
_hour = sa.func.date_trunc("hour", journeys.c.arrive_time, sa.literal_column("'UTC'"))
_arriving = insert(hours).from_select(
    ["organization", "event", "hour", *_ARRIVED],
    sa.select(
        journeys.c.organization,
        journeys.c.event,
        _hour.label("hour"),
        sa.func.count(),
        sa.func.count().filter(_LATE <= 0),
        sa.func.sum(sa.cast(_LATE, sa.Double)),
    )
    .join(
        events,
        (events.c.organization == journeys.c.organization) & (events.c.id == journeys.c.event),
    )
    .where(*OF_EVENT, journeys.c.state == sa.literal_column("'arrived'"))
    .group_by(journeys.c.organization, journeys.c.event, _hour),
    include_defaults=False,
)
_ARRIVALS = sql(
    _arriving.on_conflict_do_update(
        index_elements=_KEY,
        set_={name: _arriving.excluded[name] for name in _ARRIVED},
    )
)
_PAGE = sql(
    sa.select(hours)
    .where(
        hours.c.organization == sa.bindparam("organization", type_=sa.Uuid),
        sa.or_(
            sa.bindparam("event", type_=sa.Uuid).is_(None),
            hours.c.event == sa.bindparam("event", type_=sa.Uuid),
        ),
        sa.or_(
            sa.bindparam("after_event", type_=sa.Uuid).is_(None),
            sa.tuple_(hours.c.hour, hours.c.event)
            < sa.tuple_(
                sa.bindparam("after_hour", type_=TIME), sa.bindparam("after_event", type_=sa.Uuid)
            ),
        ),
    )
    .order_by(hours.c.hour.desc(), hours.c.event.desc())
    .limit(sa.bindparam("most"))
)


async def behind(tx: Tx, event: Name, most: int) -> list[tuple[Journey, int]]:
    """Journeys with positions that are not counted, and up to which number they are."""
    rows = await tx.all(_BEHIND, organization=event.organization, event=event.id, most=most)
    return [(journey(row), row.counted_through) for row in rows]


async def counted(tx: Tx, organization: uuid.UUID, through: Mapping[Name, int]) -> None:
    """Notes up to which number positions are counted."""
    await tx.run(
        _COUNTED,
        organization=organization,
        id=[name.id for name in through],
        counted_through=list(through.values()),
    )


async def add(tx: Tx, event: Name, sums: Mapping[int, Sum]) -> None:
    """Adds what is new to the hours of an event."""
    found = sorted(sums.items())
    await tx.run(
        _ADD,
        organization=[event.organization] * len(found),
        event=[event.id] * len(found),
        hour=[instant(begin) for begin, _ in found],
        position_count=[new.positions for _, new in found],
        meters=[new.meters for _, new in found],
        seconds=[new.seconds for _, new in found],
    )


async def count_arrivals(tx: Tx, event: Name) -> None:
    """Counts anew who arrived when."""
    await tx.run(_ARRIVALS, organization=event.organization, event=event.id)


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    event: uuid.UUID | None,
    after_hour: datetime | None,
    after_event: uuid.UUID | None,
    most: int,
) -> Sequence[Hour]:
    """Hours, the newest first: of one event or all."""
    rows = await tx.all(
        _PAGE,
        organization=organization,
        event=event,
        after_hour=after_hour,
        after_event=after_event,
        most=most,
    )
    return [_hour_of(row) for row in rows]


def _hour_of(row: Any) -> Hour:
    return Hour(
        Name(row.organization, row.event),
        row.hour,
        row.position_count,
        row.meters,
        row.seconds,
        row.arrival_count,
        row.punctual_count,
        row.lateness_seconds,
    )
