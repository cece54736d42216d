"""Telling everybody whom a change of an event concerns, a batch in each transaction."""

from __future__ import annotations

from datetime import datetime

from services.event.events.domain import EVENTS
from services.event.tours import store, wire
from services.event.tours.domain import BATCH, Leg
from services.kit.db import Tx
from services.kit.names import Name

# The work that goes on with the tours of an event; its id is the event's.
TOUR = "tour"


async def begin(tx: Tx, event: Name, *legs: Leg, now: datetime) -> None:
    """Has everybody told whom the legs lead to. Who was told before, hears it again."""
    for leg in legs:
        await store.begin(tx, event, leg)
    tx.schedule(TOUR, event.organization, event.id, now)


async def go_on(tx: Tx, event: Name, now: datetime, size: int = BATCH) -> None:
    """Tells the next ones of each leg, until nobody is left."""
    more = False
    for leg, after in (await store.lock_legs(tx, event)).items():
        found = await store.next_of(tx, event, leg, after=after, size=size)
        for _, attendee in found:
            tx.publish(wire.told(leg, event, attendee), subject=EVENTS.format(event))
        if len(found) < size:
            await store.end(tx, event, leg)
        else:
            await store.move(tx, event, leg, found[-1][0])
            more = True
    if more:
        tx.schedule(TOUR, event.organization, event.id, now)
