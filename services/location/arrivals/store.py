"""Who is expected when, as rows. One statement per function."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.location.arrivals.domain import Near
from services.location.geo import RADIUS
from services.location.journeys.domain import GRID, Journey, Precision, State, Viewers
from services.location.journeys.store import OF_EVENT, WITH_EVENT, journey
from services.location.rows import TIME
from services.location.tables import events, journeys

# After everybody of whom somebody can tell.
NEVER = datetime(8999, 1, 1, tzinfo=UTC)
# Before everybody.
FIRST = datetime(1900, 1, 1, tzinfo=UTC), uuid.UUID(int=0)
NEAREST = -1.0, uuid.UUID(int=0)

_expected = sa.func.coalesce(journeys.c.p50_time, sa.literal(NEVER, TIME))
_SEEN = sa.or_(
    journeys.c.viewers == sa.any_(sa.bindparam("viewers", type_=ARRAY(sa.Text))),
    journeys.c.traveler == sa.bindparam("own", type_=sa.Text),
)
_COMING = [State.READY.value, State.UNDER_WAY.value, State.ARRIVED.value]
_EXPECTED = sql(
    WITH_EVENT.add_columns(_expected.label("expected"))
    .where(
        *OF_EVENT,
        _SEEN,
        journeys.c.state.in_(_COMING),
        sa.tuple_(_expected, journeys.c.id)
        > sa.tuple_(
            sa.bindparam("after_time", type_=TIME), sa.bindparam("after_id", type_=sa.Uuid)
        ),
    )
    .order_by(_expected, journeys.c.id)
    .limit(sa.bindparam("most"))
)
_own = journeys.c.traveler == sa.bindparam("own", type_=sa.Text)
# As `journeys.domain.coarse` has it, so that nobody is found where they are not shown.
_exact = sa.or_(_own, journeys.c.precision == Precision.EXACT.value)


def _rounded(value: Any, step: Any) -> Any:
    return sa.func.round(value / step) * step


_latitude = sa.case((_exact, journeys.c.latitude), else_=_rounded(journeys.c.latitude, GRID))
_across = GRID / sa.func.greatest(GRID, sa.func.cos(sa.func.radians(_latitude)))
_longitude = sa.case((_exact, journeys.c.longitude), else_=_rounded(journeys.c.longitude, _across))
_from = sa.bindparam("from_latitude", type_=sa.Double)
_north, _east = (
    sa.func.sin(sa.func.radians(there - here) / 2)
    for there, here in (
        (_latitude, _from),
        (_longitude, sa.bindparam("from_longitude", type_=sa.Double)),
    )
)
# The same haversine as `geo.distance`.
_half = _north * _north + (
    sa.func.cos(sa.func.radians(_from)) * sa.func.cos(sa.func.radians(_latitude)) * _east * _east
)
_meters = 2 * RADIUS * sa.func.asin(sa.func.least(1.0, sa.func.sqrt(_half)))
_now = sa.bindparam("now", type_=TIME)
# As `Journey.shares` has it.
_shares = sa.and_(
    journeys.c.expire_time > _now,
    sa.func.cardinality(journeys.c.pauses) % 2 == 0,
    sa.or_(
        journeys.c.lead_seconds.is_(None),
        events.c.start_time - sa.func.make_interval(0, 0, 0, 0, 0, 0, journeys.c.lead_seconds)
        <= _now,
    ),
)
_placed = (
    WITH_EVENT.add_columns(_meters.label("meters"))
    .where(
        *OF_EVENT,
        _SEEN,
        journeys.c.state == State.UNDER_WAY.value,
        journeys.c.latitude.is_not(None),
        sa.or_(_own, _shares),
    )
    .subquery()
)
_NEAR = sql(
    sa.select(_placed)
    .where(
        _placed.c.meters <= sa.bindparam("radius", type_=sa.Double),
        sa.tuple_(_placed.c.meters, _placed.c.id)
        > sa.tuple_(
            sa.bindparam("after_meters", type_=sa.Double), sa.bindparam("after_id", type_=sa.Uuid)
        ),
    )
    .order_by(_placed.c.meters, _placed.c.id)
    .limit(sa.bindparam("most"))
)


async def expected(
    tx: Tx,
    event: Name,
    *,
    viewers: Iterable[Viewers],
    own: str,
    after: tuple[datetime, uuid.UUID],
    most: int,
) -> list[tuple[Journey, datetime]]:
    """Those who come, the soonest first, each with the time that they are sorted by."""
    rows = await tx.all(
        _EXPECTED,
        organization=event.organization,
        event=event.id,
        viewers=[one.value for one in viewers],
        own=own,
        after_time=after[0],
        after_id=after[1],
        most=most,
    )
    return [(journey(row), row.expected) for row in rows]


async def near(
    tx: Tx,
    event: Name,
    now: datetime,
    *,
    viewers: Iterable[Viewers],
    own: str,
    place: tuple[float, float],
    radius: float,
    after: tuple[float, uuid.UUID],
    most: int,
) -> list[Near]:
    """Some of those under way to an event who share where they are with the caller and seem
    to be within a radius, the nearest first."""
    rows = await tx.all(
        _NEAR,
        organization=event.organization,
        event=event.id,
        now=now,
        viewers=[one.value for one in viewers],
        own=own,
        from_latitude=place[0],
        from_longitude=place[1],
        radius=radius,
        after_meters=after[0],
        after_id=after[1],
        most=most,
    )
    return [Near(journey(row), row.meters) for row in rows]
