"""What becomes of seats that nobody came for, one function per intent; each in one transaction."""

from __future__ import annotations

from datetime import datetime

from services.booking import actions as sales
from services.booking.domain import Cause, Order
from services.booking.no_shows import domain, store
from services.booking.no_shows.domain import Absence, Expected
from services.booking.tickets import actions as tickets
from services.booking.waitlist import store as waitlist
from services.booking.waitlist.actions import MANY, NO_SHOWS
from services.kit.db import Tx
from services.kit.names import Name


async def expect(tx: Tx, event: Name, one: Expected) -> None:
    """Hears when somebody will be there, or that they are; kept only where it matters."""
    if (await waitlist.policy(tx, event)).lead is not None:
        await store.expect(tx, event, one)


async def lose(tx: Tx, event: Name, person: str) -> None:
    """Hears that nobody can tell any more when somebody will be there."""
    await store.lose(tx, event, person)


async def miss(tx: Tx, event: Name, person: str) -> None:
    """Hears that somebody is not there after all."""
    await store.miss(tx, event, person)


async def look(tx: Tx, event: Name, now: datetime) -> list[Absence]:
    """Whose seats go to who waits now; looks again later, until the event begins."""
    policy, start = await waitlist.policy(tx, event), await store.start(tx, event)
    if policy.lead is None or start is None:
        return []
    if now >= start:
        await store.forget(tx, event)
        return []
    following = start - policy.lead
    tx.schedule(
        NO_SHOWS,
        event.organization,
        event.id,
        following if following > now else min(start, now + domain.AGAIN),
    )
    if following > now:
        return []
    entries = await waitlist.waiting(tx, event, MANY)
    if not entries:
        return []
    absences, present = await store.attendance(tx, event)
    near = await store.near(tx, event, start, now)
    stocks = await sales.stocked(tx, event.organization, [Order(event, "", ())])
    stock = stocks.get(event.id, sales.EMPTY)
    return domain.released(entries, absences, present, near, stock, now, skips=policy.skips)


async def release(tx: Tx, event: Name, one: Absence, now: datetime) -> None:
    """Gives one seat back as if its holder had, unless they came or come close meanwhile.

    Raises WrongTicketState of a ticket that is not good any more, or that somebody came in with.
    """
    start = await store.start(tx, event)
    ticket = await tickets.locked(tx, one.ticket)
    if start is None or ticket.holder in await store.near(tx, event, start, now):
        return
    await tickets.give_back(tx, one.ticket, own=None, version=None, now=now, cause=Cause.BUYER)
