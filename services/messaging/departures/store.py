"""Departures in Postgres. Each function is one statement, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit.db import Tx, given, sql
from services.kit.names import Name
from services.messaging.departures.domain import Departure
from services.messaging.departures.tables import departures

_NAMES = [column.name for column in departures.c]
_KEYS = [column.name for column in departures.primary_key]
_these = (
    departures.c.organization == sa.bindparam("organization", type_=sa.Uuid),
    departures.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
)
_LOCK = sql(sa.select(departures).where(*_these).order_by(departures.c.id).with_for_update())
_FORGET = sql(sa.delete(departures).where(*_these))
_kept = given(**{name: departures.c[name].type for name in _NAMES})
_keeping = insert(departures).from_select(_NAMES, sa.select(*_kept.c))
_KEEP = sql(
    _keeping.on_conflict_do_update(
        index_elements=_KEYS,
        set_={name: _keeping.excluded[name] for name in _NAMES if name not in _KEYS},
    )
)


async def lock(
    tx: Tx, organization: uuid.UUID, journeys: Iterable[uuid.UUID]
) -> dict[Name, Departure]:
    rows = await tx.all(_LOCK, organization=organization, ids=list(journeys))
    return {each.journey: each for each in map(_read, rows)}


def keep(tx: Tx, kept: Sequence[Departure]) -> None:
    """Writes departures as they are now, each once, on the way to the commit."""
    if kept:
        rows = [_row(each) for each in sorted(kept, key=lambda each: each.journey.id)]
        tx.write(_KEEP, **{name: [row[name] for row in rows] for name in _NAMES})


async def forget(tx: Tx, organization: uuid.UUID, journeys: Iterable[uuid.UUID]) -> None:
    await tx.run(_FORGET, organization=organization, ids=list(journeys))


def _row(departure: Departure) -> dict[str, Any]:
    return {
        "organization": departure.journey.organization,
        "id": departure.journey.id,
        "distance": departure.distance,
        "since": departure.since,
        "likely": departure.likely.total_seconds(),
        "surely": departure.surely.total_seconds(),
        "left_time": departure.left_time,
        "told_to_leave": departure.told_to_leave,
        "told_late": departure.told_late,
    }


def _read(row: Any) -> Departure:
    return Departure(
        journey=Name(row.organization, row.id),
        distance=row.distance,
        since=row.since,
        likely=timedelta(seconds=row.likely),
        surely=timedelta(seconds=row.surely),
        left_time=row.left_time,
        told_to_leave=row.told_to_leave,
        told_late=row.told_late,
    )
