"""What is read of the seats of an event, one function per question."""

from __future__ import annotations

import uuid
from dataclasses import replace

from services.booking import domain
from services.booking import store as bookings
from services.booking.domain import Excess, OfferNotFound, Stock
from services.booking.inventory import store
from services.booking.inventory.store import Movement
from services.booking.seats import store as seats
from services.kit.db import Tx
from services.kit.names import Name


async def count(tx: Tx, event: Name) -> Stock:
    """What an event has, and what of it is taken."""
    offers = await bookings.read_offers(tx, event)
    if not offers:
        raise OfferNotFound(domain.EVENTS.format(event))
    return Stock(offers, await store.read_pools(tx, event))


async def excess(
    tx: Tx, event: Name, *, after: tuple[uuid.UUID, int] | None, size: int
) -> list[Excess]:
    """Up to so many of those whom a cut capacity hits, the ones that came last first."""
    stock = await count(tx, event)
    hit = domain.cut(stock)
    seats_over = sum(hit.values())
    # Each booking that is hit has one of those seats at the least.
    newest = await bookings.newest(tx, event, list(hit), size=seats_over) if hit else []
    found = domain.excess(stock, newest)
    return [one for one in found if after is None or one.follows(after)][:size]


async def movements(tx: Tx, event: Name, *, after: int, size: int) -> list[Movement]:
    return await store.movements_of(tx, event, after, size)


async def seat_map(tx: Tx, event: Name) -> Stock:
    """The seats of an event that have names, and its types."""
    stock = await count(tx, event)
    rows = await seats.rows(tx, event.organization, [event.id])
    return replace(stock, rows=rows.get(event.id, {}))
