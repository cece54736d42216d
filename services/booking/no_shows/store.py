"""What is kept of who is expected. Each function is one statement, in the caller's transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.booking.no_shows.domain import Absence, Expected, close
from services.booking.no_shows.tables import expected
from services.booking.tables import bookings, gatherings, tickets
from services.kit.db import Tx, sql
from services.kit.names import Name

_AT = (
    expected.c.organization == sa.bindparam("organization"),
    expected.c.event == sa.bindparam("event"),
)
_expect = insert(expected).values({c.name: sa.bindparam(c.name) for c in expected.c})
_EXPECT = sql(
    _expect.on_conflict_do_update(
        index_elements=[expected.c.organization, expected.c.event, expected.c.person],
        set_={name: _expect.excluded[name] for name in ("time", "expire_time")},
        # Who is there stays there, whatever is heard late.
        where=expected.c.time.is_not(None),
    )
)
_LOSE = sql(
    sa.delete(expected).where(
        *_AT, expected.c.person == sa.bindparam("person"), expected.c.time.is_not(None)
    )
)
_MISS = sql(sa.delete(expected).where(*_AT, expected.c.person == sa.bindparam("person")))
_FORGET = sql(sa.delete(expected).where(*_AT))
_READ = sql(sa.select(expected).where(*_AT))
_START = sql(
    sa.select(gatherings.c.start_time).where(
        gatherings.c.organization == sa.bindparam("organization"),
        gatherings.c.event == sa.bindparam("event"),
    )
)
_TICKETS = sql(
    sa.select(
        tickets.c.id,
        tickets.c.ticket_type,
        tickets.c.holder,
        tickets.c.entry_time.is_not(None).label("came"),
    )
    .join(
        bookings,
        sa.and_(
            bookings.c.organization == tickets.c.organization, bookings.c.id == tickets.c.booking
        ),
    )
    .where(
        tickets.c.organization == sa.bindparam("organization"),
        tickets.c.event == sa.bindparam("event"),
        tickets.c.state == "valid",
        bookings.c.state == "confirmed",
        # Whose payment is disputed can neither come in nor give anything back.
        ~bookings.c.disputed,
    )
)


async def expect(tx: Tx, event: Name, one: Expected) -> None:
    """Remembers when somebody will be there, or that they are."""
    await tx.run(
        _EXPECT, **_at(event), person=one.person, time=one.time, expire_time=one.expire_time
    )


async def lose(tx: Tx, event: Name, person: str) -> None:
    """Forgets when somebody would be there; not that they are."""
    await tx.run(_LOSE, **_at(event), person=person)


async def miss(tx: Tx, event: Name, person: str) -> None:
    """Forgets also that somebody is there."""
    await tx.run(_MISS, **_at(event), person=person)


async def forget(tx: Tx, event: Name) -> None:
    """Forgets of everybody when they would be at an event."""
    await tx.run(_FORGET, **_at(event))


async def near(tx: Tx, event: Name, start: datetime, now: datetime) -> frozenset[str]:
    """Who is at an event, or close."""
    rows = await tx.all(_READ, **_at(event))
    known = [Expected(row.person, row.time, row.expire_time) for row in rows]
    return frozenset(one.person for one in known if close(one, start, now))


async def start(tx: Tx, event: Name) -> datetime | None:
    """When an event begins; None of one never announced."""
    row = await tx.maybe(_START, **_at(event))
    return row.start_time if row else None


async def attendance(tx: Tx, event: Name) -> tuple[list[Absence], frozenset[str]]:
    """The tickets that nobody came in with, and the holders of those that somebody did."""
    rows = await tx.all(_TICKETS, **_at(event))
    absent = [
        Absence(Name(event.organization, row.id), row.ticket_type, row.holder)
        for row in rows
        if not row.came
    ]
    return absent, frozenset(row.holder for row in rows if row.came)


def _at(event: Name) -> dict[str, uuid.UUID]:
    return {"organization": event.organization, "event": event.id}
