"""What is done about searches: one function per intent. Each runs inside one transaction."""

from __future__ import annotations

from typing import Any

from services.event.events import store as events
from services.event.events.domain import Event
from services.event.search import store
from services.event.search.domain import Facet, Hit, Wanted
from services.kit.db import Tx
from services.kit.names import Name


async def search(
    tx: Tx, wanted: Wanted, *, after: tuple[Any, ...] | None, most: int
) -> tuple[list[tuple[Hit, Event]], list[Facet]]:
    """The next `most` events that fit, with what was found of them, and how all that fit spread."""
    hits = await store.search(tx, wanted, after=after, most=most)
    found = {event.name: event for event in await events.several(tx, [hit.name for hit in hits])}
    facets = await store.facets(tx, wanted) if wanted.facets else []
    return [(hit, found[hit.name]) for hit in hits], facets


async def book(tx: Tx, booking: Name, event: Name, seats: int) -> None:
    """Takes in how many seats a booking holds or has; 0 once they are free again."""
    await store.book(tx, booking, event, seats)


async def free(tx: Tx, booking: Name, event: Name) -> None:
    await store.book(tx, booking, event, 0)
