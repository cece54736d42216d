"""What location does with what others say of gatherings. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.kit.db import Tx
from services.kit.names import Name
from services.location.events import store
from services.location.events.domain import Event, Seat
from services.location.journeys import store as journeys
from services.location.journeys.actions import end

# The work that ends the journeys to an event; its id is the event's.
EXPIRE = "expire"
MOST_AT_ONCE = 500


async def announce(tx: Tx, event: Event, now: datetime) -> None:
    """Learns where and when people meet, or that it changed; consents last until its end."""
    await store.announce(tx, event)
    await journeys.postpone(tx, event.name, event.end_time)
    tx.schedule(EXPIRE, event.name.organization, event.name.id, max(now, event.end_time))


async def cancel(tx: Tx, event: Name, now: datetime) -> None:
    """Nobody needs to come any more, for whatever reason, and nobody is followed."""
    await store.cancel(tx, event)
    tx.schedule(EXPIRE, event.organization, event.id, now)


async def attend(
    tx: Tx, booking: Name, event: Name, attendee: str, seats: int | None = None
) -> None:
    await store.attend(tx, booking, event, attendee, confirmed=True, seats=seats)


async def stay_away(tx: Tx, booking: Name, event: Name, attendee: str) -> None:
    """Who gave the last booking back is not followed any more, nor who had a ticket of it."""
    await store.attend(tx, booking, event, attendee, confirmed=False)
    for person in sorted({attendee, *await store.holders(tx, booking)}):
        await _leave(tx, event, person)


async def pass_on(tx: Tx, seat: Seat, giver: str, holder: str) -> None:
    """A ticket is somebody else's: they may set out, and who has none left is not followed."""
    await store.pass_on(tx, seat.ticket, seat.booking, seat.event, holder, returned=False)
    await _leave(tx, seat.event, giver)


async def give_back(tx: Tx, seat: Seat, holder: str) -> None:
    """One ticket of a booking that stands is nobody's any more."""
    await store.pass_on(tx, seat.ticket, seat.booking, seat.event, holder, returned=True)
    await _leave(tx, seat.event, holder)


async def _leave(tx: Tx, event: Name, person: str) -> None:
    if not await store.attends(tx, event, person):
        await end(tx, await journeys.lock_of_traveler(tx, event, person))


async def merge(tx: Tx, event: Name, attendee: str, duplicate: str) -> None:
    """Makes the seats and the journeys of one participant those of another, the same person.

    Who has a journey already keeps it, and the other one ends.
    """
    await store.move_attendances(tx, event, attendee=attendee, duplicate=duplicate)
    await journeys.move_journeys(tx, event, traveler=attendee, duplicate=duplicate)
    await end(tx, await journeys.lock_of_traveler(tx, event, duplicate))


async def expire(tx: Tx, organization: uuid.UUID, event_id: uuid.UUID, now: datetime) -> None:
    """Ends the journeys to an event that is over; some at a time."""
    event = await store.find(tx, Name(organization, event_id))
    if event is None:
        return
    if not event.over(now):
        tx.schedule(EXPIRE, organization, event_id, event.end_time)
        return
    found = await journeys.lock_lasting(tx, event.name, MOST_AT_ONCE)
    await end(tx, found)
    if len(found) == MOST_AT_ONCE:
        tx.schedule(EXPIRE, organization, event_id, now)
