"""The statements of the group commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.location.events.domain import Event
from services.location.instants import instant
from services.location.journeys.domain import Journey
from services.location.journeys.store import PUT, WITH_EVENT, changes, journey
from services.location.rows import unnest
from services.location.segments import columns
from services.location.segments.columns import SCALE, Report
from services.location.tables import events, journeys, segments
from services.location.track.domain import Passage

_asked = unnest(organization=sa.Uuid, id=sa.Uuid)
_LOCK_MANY = sql(
    WITH_EVENT.add_columns(
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
_given_segments = unnest(**{column.key: column.type for column in segments.c})
_APPEND = sql(
    insert(segments).from_select(
        [column.key for column in segments.c], sa.select(*_given_segments.c)
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
    return {Name(row.organization, row.id): _passage(row) for row in rows}


def _passage(row: Any) -> Passage:
    event = Event(
        Name(row.organization, row.event),
        row.event_latitude,
        row.event_longitude,
        row.radius_meters,
        row.start_time,
        row.end_time,
        row.cancelled,
    )
    return Passage.of(journey(row), event)


def keep(tx: Tx, kept: Sequence[tuple[Name, Report]], changed: Sequence[Journey]) -> None:
    """Writes one segment per report and what became of its journey, with the commit."""
    rows = [_segment(name, report) for name, report in kept]
    tx.write(PUT, **changes(changed))
    tx.write(
        _APPEND,
        **{column.key: [row[column.key] for row in rows] for column in segments.c},
    )


def _segment(name: Name, report: Report) -> dict[str, Any]:
    south, west, north, east = report.box
    first, last = report.span
    return {
        "organization": name.organization,
        "journey": name.id,
        "first_sequence": report.first,
        "count": len(report),
        "first_time": instant(first),
        "last_time": instant(last),
        "south": south / SCALE,
        "west": west / SCALE,
        "north": north / SCALE,
        "east": east / SCALE,
        "columns": columns.pack(report),
    }
