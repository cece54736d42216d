"""What happens in waiting rooms, one function per intent. Each runs inside one transaction.

Locks are taken in one order: the offers of the event, the room, its places.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from services.booking import actions as sales
from services.booking import store as inventory
from services.booking.domain import EVENTS
from services.booking.waiting_room import domain, store
from services.booking.waiting_room.domain import ADMISSION, LOAD, PLACES, Change, Mode, Place, Room
from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import Name

# How often a room lets people in, at the most.
BEAT = timedelta(milliseconds=500)


async def change(
    tx: Tx, event: Name, wanted: Change, *, version: int | None, now: datetime
) -> tuple[Room, int]:
    offers = await inventory.lock_offers(tx, event)
    if not offers:
        await sales.availability(tx, event)
    before = await store.lock(tx, event)
    if version not in (None, before.version):
        raise StaleEtag(f"{EVENTS.format(event)}/waitingRoom")
    mode = before.mode if wanted.mode is None else wanted.mode
    turned = mode is not before.mode
    guarded = mode is Mode.ON or (mode is Mode.AUTOMATIC and not turned and before.guarded)
    after = replace(
        before,
        mode=mode,
        rate=before.rate if wanted.rate is None else wanted.rate,
        shuffles=before.shuffles if wanted.shuffles is None else wanted.shuffles,
        open_time=before.open_time if wanted.open_time is None else wanted.open_time[0],
        version=before.version + 1,
        drawn=before.drawn and not turned,
        admit_time=None if turned else before.admit_time,
        guarded=guarded,
    )
    await store.keep(tx, event, after)
    await store.guard(tx, event, guarded, LOAD if mode is Mode.AUTOMATIC else 0)
    tx.schedule(sales.ADMIT, event.organization, event.id, now)
    return after, await store.how_many(tx, event)


async def turn_on(tx: Tx, event: Name, now: datetime) -> None:
    """Turns an automatic room on, when too many want to book at once."""
    await inventory.lock_offers(tx, event)
    before = await store.lock(tx, event)
    if before.mode is not Mode.AUTOMATIC or before.guarded:
        return
    await store.keep(tx, event, replace(before, guarded=True, admit_time=now))
    await store.guard(tx, event, True, LOAD)
    tx.schedule(sales.ADMIT, event.organization, event.id, now)


async def enter(tx: Tx, event: Name, person: str, now: datetime) -> tuple[Place, Room]:
    """Gives somebody a place; who has one already keeps it."""
    if not await inventory.read_offers(tx, event):
        await sales.availability(tx, event)
    room = await store.room(tx, event)
    domain.require_on(room, event)
    made = Place(Name(event.organization, new_id()), event, person, 0, now)
    await store.enter(tx, made, now - ADMISSION)
    tx.schedule_by(sales.ADMIT, event.organization, event.id, now + BEAT)
    return await store.place_of(tx, event, person), room


async def admit(tx: Tx, event: Name, now: datetime) -> None:
    """Lets in as many as the rate allows; an automatic room that is empty is turned off."""
    await inventory.lock_offers(tx, event)
    room = await store.lock(tx, event)
    waiting = await store.how_many(tx, event)
    if room.shuffles and not room.drawn and domain.is_open(room, now):
        await store.draw(tx, event)
        room = replace(room, drawn=True)
    after, number = domain.admit(room, waiting, now)
    if number:
        await store.admit(tx, event, number, now)
    if after.guarded and after.mode is Mode.AUTOMATIC and waiting == number:
        after = replace(after, guarded=False)
        await store.guard(tx, event, False, LOAD)
    if after != await store.room(tx, event):
        await store.keep(tx, event, after)
    if after.guarded and waiting > number:
        opening = after.open_time if after.open_time and after.open_time > now else now + BEAT
        tx.schedule(sales.ADMIT, event.organization, event.id, opening)


async def get(tx: Tx, name: Name, *, own: str | None) -> tuple[Place, Room]:
    found = await store.read(tx, name, own=own)
    if found is None:
        raise domain.PlaceNotFound(PLACES.format(name))
    return found, await store.room(tx, found.event)


async def line(tx: Tx, event: Name, now: datetime) -> tuple[dict[uuid.UUID, Place], Room]:
    """Who waits or may book, by the ids of their places."""
    found = await store.line(tx, event, now - ADMISSION)
    return {place.name.id: place for place in found}, await store.room(tx, event)


async def room(tx: Tx, event: Name) -> tuple[Room, int]:
    """How the room of an event works, and how many wait in it."""
    await sales.availability(tx, event)
    return await store.room(tx, event), await store.how_many(tx, event)
