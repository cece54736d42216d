"""What is done with events, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from datetime import datetime

from services.event.events import domain, store, wire
from services.event.events.domain import EVENTS, Copy, Event, EventNotFound, Plan, State
from services.event.media import store as media
from services.event.tasks import actions as tasks
from services.event.tours import actions as tours
from services.event.tours.domain import Leg
from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import Name


async def create(
    tx: Tx, organization: uuid.UUID, plan: Plan, now: datetime, *, template: bool = False
) -> Event:
    event = domain.draft(Name(organization, new_id()), plan, now, template=template)
    await add(tx, event)
    return event


async def add(tx: Tx, event: Event) -> None:
    """Writes down a draft that was made."""
    await store.add(tx, event)


async def read(tx: Tx, name: Name, *, member: bool) -> Event:
    """Reads an event as far as the caller may know of it."""
    event = await store.read(tx, name)
    if not domain.visible(event, member=member):
        raise EventNotFound(EVENTS.format(name))
    return event


async def joined(tx: Tx, name: Name, *, member: bool, who: str) -> tuple[Event, bool]:
    """Reads an event, and says whether the caller may take part online."""
    event = await read(tx, name, member=member)
    return event, member or bool(event.plan.join_uri and await store.has_seat(tx, name, who))


async def update(
    tx: Tx,
    name: Name,
    revision: Callable[[Event], Plan],
    now: datetime,
    *,
    seen: int | None,
    original: datetime | None = None,
) -> Event:
    """Gives an event the plan that `revision` makes of it.

    `original` is when it begins by its series, if that changes.
    """
    before = await _lock(tx, name, seen)
    event = domain.revise(before, revision(before), now)
    event = dataclasses.replace(event, original=original or event.original)
    if (event.plan, event.original) == (before.plan, before.original):
        return before
    types = event.plan.ticket_types != before.plan.ticket_types
    saved = await store.save(tx, event, seen=seen, types=types)
    if saved.plan.span != before.plan.span:
        await tasks.move_all(tx, saved, now)
    if saved.state is State.PUBLISHED:
        tx.publish(wire.revised(saved), subject=EVENTS.format(name))
        if domain.is_elsewhere(before.plan, saved.plan):
            await tours.begin(tx, name, Leg.MOVED, Leg.MOVED_USERS, now=now)
    return saved


async def publish(tx: Tx, name: Name, now: datetime, *, seen: int | None) -> Event:
    event = domain.publish(await store.lock_event(tx, name), now)
    saved = await store.save(tx, event, seen=seen)
    tx.publish(wire.published(saved), subject=EVENTS.format(name))
    await tasks.open_all(tx, saved, now)
    return saved


async def unpublish(tx: Tx, name: Name, now: datetime, *, seen: int | None) -> Event:
    before = await store.lock_event(tx, name)
    event = domain.unpublish(before, now, bookings=await store.bookings_of(tx, name))
    saved = await store.save(tx, event, seen=seen)
    tx.publish(wire.unpublished(saved), subject=EVENTS.format(name))
    return saved


async def complete(tx: Tx, name: Name, now: datetime, *, seen: int | None) -> Event:
    event = domain.complete(await store.lock_event(tx, name), now)
    saved = await store.save(tx, event, seen=seen)
    tx.publish(wire.completed(saved), subject=EVENTS.format(name))
    return saved


async def cancel(tx: Tx, name: Name, reason: str, now: datetime, *, seen: int | None) -> Event:
    event = domain.cancel(await store.lock_event(tx, name), reason, now)
    saved = await store.save(tx, event, seen=seen)
    tx.publish(wire.cancelled(saved), subject=EVENTS.format(name))
    await tours.begin(tx, name, Leg.RELEASED, now=now)
    return saved


async def call_off(tx: Tx, organization: uuid.UUID, reason: str, now: datetime) -> None:
    """Cancels what an organization has announced and what has not ended."""
    for name in await store.ahead(tx, organization, now):
        await cancel(tx, name, reason, now, seen=None)


async def delete(tx: Tx, name: Name, *, seen: int | None, skips: bool = True) -> None:
    """Deletes what nobody has seen; its series makes it not again, if it `skips` the day."""
    found = await store.find(tx, name)
    if skips and found.series is not None:
        # A series is locked before its occurrences.
        await store.skip_day(tx, found)
    domain.need(await _lock(tx, name, seen), *domain.UNSEEN)
    await media.discard(tx, name)
    await store.remove(tx, name)
    tx.publish(wire.deleted(name), subject=EVENTS.format(name))


async def duplicate(tx: Tx, name: Name, copy: Copy, now: datetime) -> Event:
    plan = domain.duplicate(await store.read(tx, name), copy)
    return await create(tx, name.organization, plan, now, template=copy.template)


async def _lock(tx: Tx, name: Name, seen: int | None) -> Event:
    event = await store.lock_event(tx, name)
    if seen not in (None, event.version):
        raise StaleEtag(EVENTS.format(name))
    return event


# --- the clocks of the world


async def reckon(tx: Tx, name: Name, now: datetime) -> None:
    """Reckons anew when an event that is to come begins and ends, by the clock of its place.

    People come when their clock says so; who has to know are the other services.
    """
    await store.updated(tx, name)
    try:
        event = await store.lock_event(tx, name)
    except EventNotFound:
        return
    span = event.plan.span
    late = (span.start_time, span.end_time) != await store.instants(tx, name)
    if late and span.end_time > now:
        saved = await store.save(tx, event, seen=None)
        if saved.state is State.PUBLISHED:
            tx.publish(wire.revised(saved), subject=EVENTS.format(name))


# --- who has a seat


async def hold(tx: Tx, event: Name, booking: uuid.UUID, buyer: str, *, has: bool) -> None:
    """Takes down that a booking holds seats, or `has` them for good."""
    await store.keep_seats(tx, event, booking, buyer, has=has)


async def release(tx: Tx, event: Name, booking: uuid.UUID) -> None:
    await store.drop_seats(tx, event, booking)
