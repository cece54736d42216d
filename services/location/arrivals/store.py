"""Who is expected when, as rows. One statement per function."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.location.journeys.domain import Journey, State, Viewers
from services.location.journeys.store import OF_EVENT, WITH_EVENT, journey
from services.location.rows import TIME
from services.location.tables import journeys

# After everybody of whom somebody can tell.
NEVER = datetime(8999, 1, 1, tzinfo=UTC)
# Before everybody.
FIRST = datetime(1900, 1, 1, tzinfo=UTC), uuid.UUID(int=0)

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
_UNDER_WAY = sql(WITH_EVENT.where(*OF_EVENT, _SEEN, journeys.c.state == State.UNDER_WAY.value))


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


async def under_way(tx: Tx, event: Name, *, viewers: Iterable[Viewers], own: str) -> list[Journey]:
    """Everybody under way to an event whom the caller may see."""
    rows = await tx.all(
        _UNDER_WAY,
        organization=event.organization,
        event=event.id,
        viewers=[one.value for one in viewers],
        own=own,
    )
    return [journey(row) for row in rows]
