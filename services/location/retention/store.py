"""What location keeps of retentions, and of old positions. One statement per function."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Session, Tx, sql
from services.kit.names import Name
from services.location.retention.domain import Retention
from services.location.rows import TIME, unnest
from services.location.segments import packing
from services.location.segments.columns import SMALL, SMALL_WIDE, Report
from services.location.tables import looks, retentions, segments, transitions

_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_FIND = sql(sa.select(retentions).where(retentions.c.organization == _ORGANIZATION))
_PUT_ROW = insert(retentions)
_PUT = sql(
    _PUT_ROW.on_conflict_do_update(
        index_elements=[retentions.c.organization],
        set_={
            name: _PUT_ROW.excluded[name]
            for name in ("compress_after_days", "delete_after_days", "version")
        },
        where=retentions.c.version == _PUT_ROW.excluded.version - 1,
    ).returning(retentions.c.version)
)
_HERE = segments.c.organization == _ORGANIZATION
_BEFORE = segments.c.day < sa.bindparam("before", type_=sa.Date)
_DELETE = sql(sa.delete(segments).where(_HERE, _BEFORE))
_LOOSE = sql(
    sa.select(segments.c.journey, segments.c.day)
    .where(
        _HERE,
        _BEFORE,
        sa.func.get_byte(segments.c.columns, 0).not_in(
            [sa.literal_column(str(SMALL)), sa.literal_column(str(SMALL_WIDE))]
        ),
    )
    .group_by(segments.c.journey, segments.c.day)
    .limit(sa.bindparam("most"))
)
_DAY = (
    _HERE,
    segments.c.journey == sa.bindparam("journey", type_=sa.Uuid),
    segments.c.day == sa.bindparam("day", type_=sa.Date),
)
_READ = sql(sa.select(segments).where(*_DAY).order_by(segments.c.first_sequence))
_CLEAR = sql(sa.delete(segments).where(*_DAY))
_given = unnest(**{column.key: column.type for column in segments.c})
_INSERT = sql(
    insert(segments).from_select(
        [column.key for column in segments.c], sa.select(*_given.c), include_defaults=False
    )
)
_ANY = sql(
    sa.select(
        sa.or_(
            *(
                sa.exists().where(table.c.organization == _ORGANIZATION)
                for table in (segments, looks, transitions)
            )
        ).label("any")
    )
)
_UNTIL = sa.bindparam("until", type_=TIME)
_DELETE_LOOKS = sql(
    sa.delete(looks).where(looks.c.organization == _ORGANIZATION, looks.c.hour < _UNTIL)
)
_DELETE_TRANSITIONS = sql(
    sa.delete(transitions).where(
        transitions.c.organization == _ORGANIZATION, transitions.c.create_time < _UNTIL
    )
)
_AHEAD = sql(sa.select(sa.func.days_ahead(sa.bindparam("until", type_=sa.Date)).label("done")))
_DROP = sql(sa.select(sa.func.drop_days(sa.bindparam("before", type_=sa.Date)).label("count")))


async def find(tx: Tx, organization: uuid.UUID) -> Retention:
    row = await tx.maybe(_FIND, organization=organization)
    if row is None:
        return Retention(organization)
    return Retention(organization, row.compress_after_days, row.delete_after_days, row.version)


async def put(tx: Tx, retention: Retention) -> bool:
    """Writes a retention down; False if somebody else did meanwhile."""
    row = await tx.maybe(
        _PUT,
        organization=retention.organization,
        compress_after_days=retention.compress_after,
        delete_after_days=retention.delete_after,
        version=retention.version,
    )
    return row is not None


async def delete(tx: Tx, organization: uuid.UUID, before: date) -> int:
    """Deletes the positions of an organization that were kept before a day."""
    return await tx.run(_DELETE, organization=organization, before=before)


async def delete_beside(tx: Tx, organization: uuid.UUID, before: date) -> None:
    """Deletes who looked at whom, and who went in and out where, before a day."""
    until = datetime.combine(before, time(), UTC)
    await tx.run(_DELETE_LOOKS, organization=organization, until=until)
    await tx.run(_DELETE_TRANSITIONS, organization=organization, until=until)


async def loose(
    tx: Tx, organization: uuid.UUID, before: date, most: int
) -> list[tuple[Name, date]]:
    """Journeys, and days before that one, whose positions are still as they came."""
    rows = await tx.all(_LOOSE, organization=organization, before=before, most=most)
    return [(Name(organization, row.journey), row.day) for row in rows]


async def read(tx: Tx, journey: Name, day: date) -> list[Report]:
    """The segments of a journey that were kept on a day."""
    rows = await tx.all(_READ, organization=journey.organization, journey=journey.id, day=day)
    return [packing.read(row.first_sequence, row.count, row.columns) for row in rows]


async def replace(tx: Tx, journey: Name, day: date, merged: Sequence[Report]) -> None:
    """Puts other segments in the place of those that were kept on a day."""
    await tx.run(_CLEAR, organization=journey.organization, journey=journey.id, day=day)
    rows = [_row(journey, day, report) for report in merged]
    if rows:
        await tx.run(_INSERT, **{key: [row[key] for row in rows] for key in rows[0]})


def _row(journey: Name, day: date, report: Report) -> dict[str, Any]:
    south, west, north, east = report.box
    first, last = report.span
    return {
        "organization": journey.organization,
        "journey": journey.id,
        "first_sequence": report.first,
        "count": report.count,
        "first_micros": first,
        "last_micros": last,
        "south": south,
        "west": west,
        "north": north,
        "east": east,
        "columns": packing.small(report),
        "day": day,
    }


async def has_any(tx: Tx, organization: uuid.UUID) -> bool:
    """Whether an organization has positions at all, or what is kept as long."""
    return bool((await tx.one(_ANY, organization=organization)).any)


@dataclass(frozen=True)
class Days:
    """Days whose partitions are made or dropped."""

    until: date
    before: date


async def turn(session: Session, days: Days) -> int:
    """Makes the partitions of the days up to one, and drops those before another."""
    await session.all(_AHEAD, until=days.until)
    return int((await session.one(_DROP, before=days.before)).count)
