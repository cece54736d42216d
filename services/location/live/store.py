"""What changed on the way to an event. One statement per function."""

from __future__ import annotations

import sqlalchemy as sa

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.location.journeys.domain import Journey
from services.location.journeys.store import OF_EVENT, WITH_EVENT, journey
from services.location.tables import journeys

_CHANGED = sql(
    WITH_EVENT.add_columns(journeys.c.change).where(
        *OF_EVENT, journeys.c.change >= sa.bindparam("since", type_=sa.BigInteger)
    )
)
_HORIZON = sql(
    sa.select(
        sa.cast(
            sa.cast(sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot()), sa.Text),
            sa.BigInteger,
        )
    )
)


async def changed(tx: Tx, event: Name, since: int) -> list[tuple[Journey, int]]:
    """The journeys to an event that changed since, each with the number of its change."""
    rows = await tx.all(_CHANGED, organization=event.organization, event=event.id, since=since)
    return [(journey(row), row.change) for row in rows]


async def horizon(tx: Tx) -> int:
    """A number so that this transaction sees every change below it, and none was missed."""
    return int((await tx.one(_HORIZON))[0])
