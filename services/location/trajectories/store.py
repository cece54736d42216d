"""Whose ways there are, as rows. One statement per function."""

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

# Before everybody.
FIRST = datetime(1900, 1, 1, tzinfo=UTC), uuid.UUID(int=0)

_SHARED = sql(
    WITH_EVENT.where(
        *OF_EVENT,
        journeys.c.viewers == sa.any_(sa.bindparam("viewers", type_=ARRAY(sa.Text))),
        journeys.c.state == State.UNDER_WAY.value,
        ~journeys.c.live_only,
        journeys.c.expire_time > sa.bindparam("now", type_=TIME),
        # They pause and go on by turns.
        sa.func.cardinality(journeys.c.pauses) % 2 == 0,
        sa.tuple_(journeys.c.create_time, journeys.c.id)
        > sa.tuple_(
            sa.bindparam("after_time", type_=TIME), sa.bindparam("after_id", type_=sa.Uuid)
        ),
    )
    .order_by(journeys.c.create_time, journeys.c.id)
    .limit(sa.bindparam("most"))
)


async def shared(
    tx: Tx,
    event: Name,
    now: datetime,
    *,
    viewers: Iterable[Viewers],
    after: tuple[datetime, uuid.UUID],
    most: int,
) -> list[Journey]:
    """Those under way to an event whom such viewers may see, whose journey began first."""
    rows = await tx.all(
        _SHARED,
        organization=event.organization,
        event=event.id,
        now=now,
        viewers=[one.value for one in viewers],
        after_time=after[0],
        after_id=after[1],
        most=most,
    )
    return [journey(row) for row in rows]
