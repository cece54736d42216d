"""What becomes of who waits, one function per intent. Each runs inside one transaction.

Locks are taken in one order: a booking, the offers of the event; the offers guard the line.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.booking import actions as sales
from services.booking import store as inventory
from services.booking.actions import Terms
from services.booking.domain import EVENTS, Booking, Item, Order
from services.booking.no_shows import store as no_shows
from services.booking.waitlist import domain, store, wire
from services.booking.waitlist.domain import ENTRIES, Entry, Policy, State, Wish
from services.kit.db import Contended, Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import Name

NO_SHOWS = "no-shows"
# Who waits that one transaction looks at.
MANY = 500


async def join(tx: Tx, wish: Wish, now: datetime) -> Entry:
    """Puts somebody at the end of the line."""
    event = wish.event
    stocks = await sales.stocked(tx, event.organization, [Order(event, wish.person, ())])
    domain.require_sold_out(wish, stocks.get(event.id, sales.EMPTY), now)
    known = await store.active(tx, wish.event, wish.person)
    if known is not None:
        raise domain.AlreadyWaiting(ENTRIES.format(known.name))
    name = Name(wish.event.organization, new_id())
    entry = Entry(
        name=name,
        event=wish.event,
        person=wish.person,
        ticket_types=wish.ticket_types,
        quantity=wish.quantity,
        number=0,
        state=State.WAITING,
        create_time=now,
        update_time=now,
    )
    await store.join(tx, entry)
    await store.count(tx, wish.event)
    # Seats may be free that are too few for who is ahead.
    tx.schedule(sales.PROMOTE, name.organization, wish.event.id, now)
    return await get(tx, name, own=None)


async def leave(
    tx: Tx, name: Name, *, own: str | None, version: int | None, now: datetime
) -> Entry:
    """Gives a place up, and the seats that are held for it."""
    seen = await get(tx, name, own=own)
    if seen.booking is not None:
        await inventory.lock(tx, Name(name.organization, seen.booking))
    await inventory.lock_offers(tx, seen.event)
    before = await get(tx, name, own=own)
    if before.booking != seen.booking:
        raise Contended()
    if version not in (None, before.version):
        raise StaleEtag(ENTRIES.format(name))
    after = domain.leave(before, now)
    if after is before:
        return before
    if before.booking is not None:
        offer = Name(name.organization, before.booking)
        await sales.cancel(tx, offer, own=None, version=None, now=now)
    await store.save(tx, after)
    await store.count(tx, before.event)
    tx.schedule(sales.PROMOTE, name.organization, before.event.id, now)
    return after


async def accept(tx: Tx, name: Name, *, own: str | None, now: datetime, terms: Terms) -> Entry:
    """Says yes to seats that cost nothing; others are confirmed by their payment."""
    seen = await get(tx, name, own=own)
    if seen.state is State.SERVED:
        return seen
    offer = Name(name.organization, domain.require_offered(seen))
    await sales.confirm_free(tx, offer, now=now, terms=terms)
    return await get(tx, name, own=own)


async def promote(tx: Tx, event: Name, now: datetime, terms: Terms) -> bool:
    """Holds the seats that are free for who is next; says whether there may be more to do."""
    if not await store.how_many(tx, event):
        return False
    await inventory.lock_offers(tx, event)
    policy = await store.policy(tx, event)
    waiting = await store.waiting(tx, event, MANY)
    stocks = await sales.stocked(tx, event.organization, [_wanted(entry) for entry in waiting])
    start, near = await _near(tx, event, policy, now)
    stock = stocks.get(event.id, sales.EMPTY)
    found = domain.promote(waiting, stock, now, skips=policy.skips, near=near)
    orders = [order for _, order in found]
    results = sales.fold(orders, stocks, now=now, terms=terms)
    for (entry, _), result in zip(found, results, strict=True):
        # The same rule on the same stock: nobody is refused now who was not before.
        assert isinstance(result, Booking)
        held = domain.offer_of(result, now, policy, start)
        await sales.offer(tx, held, stocks, now)
        after = domain.offered(entry, held, now)
        await store.save(tx, after)
        tx.publish(wire.seats_offered(after, held), subject=ENTRIES.format(after.name))
    if found:
        await store.count(tx, event)
    return len(found) == MANY


async def plan(tx: Tx, event: Name) -> None:
    """Has seats released near the start of an event, which may be another one now."""
    policy = await store.policy(tx, event)
    if policy.lead is not None:
        await _plan(tx, event, policy)


async def _plan(tx: Tx, event: Name, policy: Policy) -> None:
    start = await no_shows.start(tx, event)
    if policy.lead is None or start is None:
        tx.unschedule(NO_SHOWS, event.id)
        await no_shows.forget(tx, event)
    else:
        tx.schedule(NO_SHOWS, event.organization, event.id, start - policy.lead)


async def _near(
    tx: Tx, event: Name, policy: Policy, now: datetime
) -> tuple[datetime | None, frozenset[str]]:
    """When the event begins and who is close, if seats are released that nobody came for."""
    start = await no_shows.start(tx, event) if policy.lead is not None else None
    if start is None or policy.lead is None or now < start - policy.lead:
        return None, frozenset()
    return start, await no_shows.near(tx, event, start, now)


def _wanted(entry: Entry) -> Order:
    """All that somebody would take, to see what must be known to decide it."""
    items = tuple(Item(kind, entry.quantity) for kind in entry.ticket_types)
    return Order(entry.event, entry.person, items)


async def get(tx: Tx, name: Name, *, own: str | None) -> Entry:
    found = await store.read(tx, name, own=own)
    if found is None:
        raise domain.EntryNotFound(ENTRIES.format(name))
    return found


async def line(tx: Tx, event: Name) -> dict[uuid.UUID, Entry]:
    """Who waits or was served, with their positions, by their ids."""
    return {entry.name.id: entry for entry in domain.numbered(await store.line(tx, event))}


async def policy(tx: Tx, event: Name) -> tuple[Policy, int]:
    """How the organizer wants the line of an event, and how many wait in it."""
    await sales.availability(tx, event)
    return await store.policy(tx, event), await store.how_many(tx, event)


async def change_policy(
    tx: Tx,
    event: Name,
    wanted: Mapping[str, Any],
    *,
    version: int | None,
    now: datetime,
) -> tuple[Policy, int]:
    """Has the line work otherwise; `wanted` are the parts of the policy that change."""
    await inventory.lock_offers(tx, event)
    before, number = await policy(tx, event)
    if version not in (None, before.version):
        raise StaleEtag(f"{EVENTS.format(event)}/waitlist")
    after = replace(before, **wanted, version=before.version + 1)
    if await store.rule(tx, event, after) != 1:
        raise Contended()
    if after.lead != before.lead:
        await _plan(tx, event, after)
    tx.schedule(sales.PROMOTE, event.organization, event.id, now)
    return after, number
