"""Positions as rows: one per report. One statement per function."""

from __future__ import annotations

import sqlalchemy as sa

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.location.segments import packing
from services.location.segments.columns import Report
from services.location.tables import segments

_OF_JOURNEY = (
    segments.c.organization == sa.bindparam("organization"),
    segments.c.journey == sa.bindparam("journey"),
)
_SEGMENTS = sql(
    sa.select(segments)
    .where(
        *_OF_JOURNEY,
        segments.c.first_sequence + segments.c.count
        > sa.bindparam("after", type_=sa.BigInteger) + 1,
    )
    .order_by(segments.c.first_sequence)
    .limit(sa.bindparam("most"))
)
_FORGET = sql(sa.delete(segments).where(*_OF_JOURNEY))


async def read(tx: Tx, journey: Name, *, after: int, most: int) -> list[Report]:
    """The segments of a journey that hold positions with numbers above `after`."""
    rows = await tx.all(
        _SEGMENTS,
        organization=journey.organization,
        journey=journey.id,
        after=after,
        most=most,
    )
    return [packing.read(row.first_sequence, row.count, row.columns) for row in rows]


async def forget(tx: Tx, journey: Name) -> int:
    """Deletes the positions of a journey."""
    return await tx.run(_FORGET, organization=journey.organization, journey=journey.id)
