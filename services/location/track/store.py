"""The statements of the group commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.location.events.domain import Event
from services.location.geofences import store as geofences_store
from services.location.geofences.domain import Geofence
from services.location.journeys.domain import LASTING
from services.location.journeys.store import PUT_IF, WITH_EVENT, changes, journey
from services.location.rows import unnest
from services.location.segments import packing
from services.location.segments import store as segments_store
from services.location.segments.columns import Report
from services.location.tables import events, journeys, segments
from services.location.track.domain import Passage

# Segments that one look at what the estimate does not know yet reads.
MOST_SEGMENTS = 1000

_asked = unnest(organization=sa.Uuid, id=sa.Uuid)
_LOCK_MANY = sql(
    WITH_EVENT.add_columns(
        journeys.c.change,
        events.c.latitude.label("event_latitude"),
        events.c.longitude.label("event_longitude"),
        events.c.radius_meters,
        events.c.end_time,
        events.c.cancelled,
    )
    .join(
        _asked,
        (_asked.c.organization == journeys.c.organization) & (_asked.c.id == journeys.c.id),
    )
    .order_by(journeys.c.id)
    .with_for_update(of=journeys)
)
_counted = unnest(
    organization=sa.Uuid,
    id=sa.Uuid,
    known_change=sa.BigInteger,
    known_through=sa.BigInteger,
    kept_through=sa.BigInteger,
    position_count=sa.BigInteger,
)
# `change` stays: nobody who watches has anything new to see.
_COUNT = sql(
    sa.update(journeys)
    .where(
        journeys.c.organization == _counted.c.organization,
        journeys.c.id == _counted.c.id,
        journeys.c.change == _counted.c.known_change,
        journeys.c.kept_through == _counted.c.known_through,
    )
    .values(kept_through=_counted.c.kept_through, position_count=_counted.c.position_count)
    .returning(journeys.c.id)
)
_ROW = tuple(column for column in segments.c if column.key != "day")
_given_segments = unnest(**{column.key: column.type for column in _ROW})
_APPEND = sql(
    insert(segments).from_select(
        [column.key for column in _ROW], sa.select(*_given_segments.c), include_defaults=False
    )
)


async def lock_many(tx: Tx, names: Sequence[Name]) -> dict[Name, Passage]:
    """Reads journeys with their events, and keeps other writers away from them.

    In the order of their ids, so that two processes cannot wait for each other.
    """
    rows = await tx.all(
        _LOCK_MANY,
        organization=[name.organization for name in names],
        id=[name.id for name in names],
    )
    known = {Name(row.organization, row.event) for row in rows}
    fences = await geofences_store.of_events(tx, known) if known else {}
    return {Name(row.organization, row.id): await _passage(tx, row, fences) for row in rows}


async def _passage(tx: Tx, row: Any, fences: Mapping[Name, Sequence[Geofence]]) -> Passage:
    event = Event(
        Name(row.organization, row.event),
        row.event_latitude,
        row.event_longitude,
        row.radius_meters,
        row.start_time,
        row.end_time,
        row.cancelled,
    )
    passage = Passage.of(journey(row), event, row.change, fences.get(event.name, ()))
    found = passage.journey
    if found.state in LASTING and found.followed_through < found.kept_through:
        # The process that counted these ended before the estimate knew of them.
        passage.pending = await segments_store.read(
            tx, found.name, after=found.followed_through, most=MOST_SEGMENTS
        )
    return passage


async def count(tx: Tx, passages: Sequence[Passage]) -> set[Name]:
    """Writes how far journeys are kept; gives those that nobody else had written meanwhile."""
    rows = await tx.all(
        _COUNT,
        organization=[p.journey.name.organization for p in passages],
        id=[p.journey.name.id for p in passages],
        known_change=[p.change for p in passages],
        known_through=[p.known_through for p in passages],
        kept_through=[p.kept_through for p in passages],
        position_count=[p.position_count for p in passages],
    )
    done = {row.id for row in rows}
    return {p.journey.name for p in passages if p.journey.name.id in done}


async def put(tx: Tx, passages: Sequence[Passage]) -> dict[Name, int]:
    """Writes what became of journeys; gives the number of the change of each that nobody else
    had written meanwhile."""
    rows = await tx.all(
        PUT_IF,
        known_change=[p.change for p in passages],
        known_through=[p.known_through for p in passages],
        **changes([p.journey for p in passages]),
    )
    done = {row.id: row.change for row in rows}
    return {p.journey.name: done[p.journey.name.id] for p in passages if p.journey.name.id in done}


def append(tx: Tx, kept: Iterable[tuple[Name, Report]]) -> None:
    """Writes one segment per report, with the commit."""
    rows = [
        (
            name.organization,
            name.id,
            report.first,
            report.count,
            *report.span,
            *report.box,
            packing.body(report),
        )
        for name, report in kept
    ]
    if rows:
        columns = zip(*rows, strict=True)
        tx.write(_APPEND, **{c.key: list(values) for c, values in zip(_ROW, columns, strict=True)})
