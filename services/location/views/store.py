"""Who looked at whom, as rows. One statement per function."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, sql
from services.location.journeys.domain import Journey, reach
from services.location.rows import TIME, unnest
from services.location.tables import looks
from services.location.views.domain import ALL, Look, Noted, View, hour_of

# Before everybody.
FIRST = datetime(1900, 1, 1, tzinfo=UTC), ""

_given = unnest(**{column.key: column.type for column in looks.c})
_ADD = insert(looks).from_select([c.key for c in looks.c], sa.select(*_given.c))
_NOTE = sql(
    _ADD.on_conflict_do_update(
        index_elements=list(looks.primary_key),
        set_={
            "first_time": sa.func.least(looks.c.first_time, _ADD.excluded.first_time),
            "last_time": sa.func.greatest(looks.c.last_time, _ADD.excluded.last_time),
            "count": looks.c.count + _ADD.excluded.count,
        },
    )
)
_first, _last = sa.func.min(looks.c.first_time), sa.func.max(looks.c.last_time)
_PAGE = sql(
    sa.select(
        looks.c.hour,
        looks.c.viewer,
        _first.label("first_time"),
        _last.label("last_time"),
        sa.cast(sa.func.sum(looks.c.count), sa.BigInteger).label("count"),
    )
    .where(
        looks.c.organization == sa.bindparam("organization"),
        sa.or_(
            looks.c.journey == sa.bindparam("journey"),
            sa.and_(
                looks.c.journey == ALL,
                looks.c.event.in_([sa.bindparam("event", type_=sa.Uuid), ALL]),
                looks.c.distance <= sa.bindparam("reach", type_=sa.Integer),
            ),
        ),
        looks.c.viewer != sa.bindparam("own", type_=sa.Text),
        looks.c.last_time >= sa.bindparam("since", type_=TIME),
        looks.c.first_time <= sa.bindparam("until", type_=TIME),
        sa.tuple_(looks.c.hour, looks.c.viewer)
        > sa.tuple_(
            sa.bindparam("after_time", type_=TIME), sa.bindparam("after_viewer", type_=sa.Text)
        ),
    )
    .group_by(looks.c.hour, looks.c.viewer)
    .order_by(looks.c.hour, looks.c.viewer)
    .limit(sa.bindparam("most"))
)


async def note(tx: Tx, noted: Mapping[Look, Noted]) -> None:
    """Adds what was noted to what is known of those hours, of whatever organizations."""
    rows = sorted(noted.items(), key=lambda one: (one[0].organization, str(one[0])))
    await tx.run(
        _NOTE,
        organization=[look.organization for look, _ in rows],
        event=[look.event for look, _ in rows],
        journey=[look.journey for look, _ in rows],
        viewer=[look.viewer for look, _ in rows],
        distance=[look.distance for look, _ in rows],
        hour=[hour_of(one.first_time) for _, one in rows],
        first_time=[one.first_time for _, one in rows],
        last_time=[one.last_time for _, one in rows],
        count=[one.count for _, one in rows],
    )


async def page(
    tx: Tx, journey: Journey, *, until: datetime, after: tuple[datetime, str], most: int
) -> list[View]:
    """Who was shown a journey, by hour."""
    rows = await tx.all(
        _PAGE,
        organization=journey.name.organization,
        journey=journey.name.id,
        event=journey.event.id,
        reach=reach(journey.terms.viewers),
        own=journey.traveler,
        since=journey.share_time,
        until=until,
        after_time=after[0],
        after_viewer=after[1],
        most=most,
    )
    return [
        View(row.hour, row.viewer, row.first_time, row.last_time, int(row.count)) for row in rows
    ]
