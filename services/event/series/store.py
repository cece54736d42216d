"""What is kept of series: one statement per function, inside the caller's transaction."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.event.events.domain import State as EventState
from services.event.series.domain import SERIES, Dates, Series, SeriesNotFound, State, days
from services.event.tables import events, series
from services.kit.db import Statement, Tx, sql
from services.kit.etags import StaleEtag
from services.kit.names import Name

_GIVEN = {c.name: sa.bindparam(c.name, type_=c.type) for c in series.c}
_THIS = (
    series.c.organization == sa.bindparam("organization"),
    series.c.id == sa.bindparam("id"),
)
_FIND = sql(sa.select(series).where(*_THIS))
_LOCK = sql(sa.select(series).where(*_THIS).with_for_update())
_ADD = sql(sa.insert(series).values(_GIVEN))
KEY = ("organization", "id", "create_time")
_SAVE = sql(
    sa.update(series)
    .where(*_THIS, series.c.version == sa.bindparam("seen"))
    .values({name: value for name, value in _GIVEN.items() if name not in KEY})
)
_PAGE = sql(
    sa.select(series)
    .where(
        series.c.organization == sa.bindparam("organization"),
        series.c.id > sa.bindparam("after", type_=sa.Uuid),
    )
    .order_by(series.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
# The occurrences that have not begun, and are drafts or published.
_COMING = (
    events.c.organization == sa.bindparam("organization"),
    events.c.series == sa.bindparam("series"),
    events.c.start_time > sa.bindparam("now", type_=TIMESTAMP(timezone=True)),
    events.c.state.in_(
        [
            sa.literal_column(f"'{EventState.DRAFT.value}'"),
            sa.literal_column(f"'{EventState.PUBLISHED.value}'"),
        ]
    ),
)
_AHEAD = sql(sa.select(events.c.id).where(*_COMING).order_by(events.c.original_local))
_COUNT = sql(sa.select(sa.func.count().label("ahead")).select_from(events).where(*_COMING))

_TAKEN = sql(
    sa.select(events.c.original_local).where(
        events.c.organization == sa.bindparam("organization"),
        events.c.series == sa.bindparam("series"),
        events.c.original_local.is_not(None),
    )
)

_END_ALL = sql(
    sa.update(series)
    .where(series.c.organization == sa.bindparam("organization"))
    .values(state=sa.literal_column(f"'{State.CANCELLED.value}'"), version=series.c.version + 1)
)

START = uuid.UUID(int=0)


async def add(tx: Tx, value: Series, pattern: bytes) -> None:
    await tx.run(_ADD, **_values(value, pattern))


async def find(tx: Tx, name: Name) -> tuple[Any, bytes]:
    return await _one(tx, _FIND, name)


async def lock_series(tx: Tx, name: Name) -> tuple[Any, bytes]:
    """Reads a series and keeps every other writer away from it until the commit."""
    return await _one(tx, _LOCK, name)


async def save(tx: Tx, value: Series, pattern: bytes, *, seen: int | None) -> Series:
    """Writes the next version over the one that was seen, if it is still the latest."""
    last = value.version if seen is None else seen
    saved = dataclasses.replace(value, version=last + 1)
    values = {k: v for k, v in _values(saved, pattern).items() if k != "create_time"}
    if not await tx.run(_SAVE, **values, seen=last):
        raise StaleEtag(SERIES.format(value.name))
    return saved


async def page(
    tx: Tx, organization: uuid.UUID, *, after: uuid.UUID | None, most: int
) -> list[tuple[Any, bytes]]:
    rows = await tx.all(_PAGE, organization=organization, after=after or START, most=most)
    return [(row, bytes(row.pattern)) for row in rows]


async def ahead(tx: Tx, name: Name, now: datetime) -> list[Name]:
    """The occurrences that have not begun, in their order."""
    given = {"organization": name.organization, "series": name.id, "now": now}
    return [Name(name.organization, row.id) for row in await tx.all(_AHEAD, **given)]


async def taken(tx: Tx, name: Name) -> set[date]:
    """The days that have an occurrence, whatever became of it."""
    rows = await tx.all(_TAKEN, organization=name.organization, series=name.id)
    return {row.original_local.date() for row in rows}


async def count_ahead(tx: Tx, name: Name, now: datetime) -> int:
    given = {"organization": name.organization, "series": name.id, "now": now}
    return int((await tx.one(_COUNT, **given)).ahead)


async def end_all(tx: Tx, organization: uuid.UUID) -> None:
    """Ends every series of an organization."""
    await tx.run(_END_ALL, organization=organization)


async def _one(tx: Tx, statement: Statement, name: Name) -> tuple[Any, bytes]:
    row = await tx.maybe(statement, organization=name.organization, id=name.id)
    if row is None:
        raise SeriesNotFound(SERIES.format(name))
    return row, bytes(row.pattern)


def value(row: Any, pattern: Any) -> Series:
    """The series of a row; `pattern` is what its bytes say."""
    return Series(
        name=Name(row.organization, row.id),
        event=row.event,
        pattern=pattern,
        dates=Dates(row.rule, days(row.extra, "extra"), days(row.skipped, "skipped")),
        state=State(row.state),
        through=row.through,
        create_time=row.create_time,
        update_time=row.update_time,
        version=row.version,
    )


def _values(value: Series, pattern: bytes) -> dict[str, Any]:
    return {
        "organization": value.name.organization,
        "id": value.name.id,
        "event": value.event,
        "pattern": pattern,
        "rule": value.dates.rule,
        "extra": [day.isoformat() for day in value.dates.extra],
        "skipped": [day.isoformat() for day in value.dates.skipped],
        "state": value.state.value,
        "through": value.through,
        "create_time": value.create_time,
        "update_time": value.update_time,
        "version": value.version,
    }
