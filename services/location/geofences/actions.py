"""What location does with geofences, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from services.kit.caller import Caller
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.location.events import store as events
from services.location.events.domain import EVENTS, EventNotFound
from services.location.geofences import domain, store, wire
from services.location.geofences.domain import (
    GEOFENCES,
    LATE,
    REVIEW,
    Crossing,
    Geofence,
    GeofenceNotFound,
    Plan,
)
from services.location.geofences.store import Told
from services.location.journeys import store as journeys
from services.location.journeys.actions import shown, within_sight
from services.location.journeys.domain import JOURNEYS, Journey, State
from services.location.segments import store as segments
from services.location.segments.columns import Point, points
from services.location.trajectories.actions import frame

# Segments that are read at once.
MOST_SEGMENTS = 100


async def create(tx: Tx, event: Name, plan: Plan, now: datetime) -> Geofence:
    text = EVENTS.format(event)
    if not await store.lock_event(tx, event):
        raise EventNotFound(text)
    known = await store.page(
        tx,
        event.organization,
        event=event.id,
        after=uuid.UUID(int=0),
        most=domain.MOST_GEOFENCES,
    )
    made = domain.make(new_id(), event, plan, known=len(known), now=now, text=text)
    await store.add(tx, made)
    await journeys.stir(tx, event)
    return made


async def get(tx: Tx, name: Name) -> Geofence:
    return _found(await store.find(tx, name), name)


async def update(
    tx: Tx, name: Name, revision: Callable[[Geofence], Plan], now: datetime, *, seen: int | None
) -> Geofence:
    before = _found(await store.lock(tx, name), name)
    after = domain.change(before, revision(before), seen=seen, now=now)
    await store.put(tx, after)
    await journeys.stir(tx, after.event)
    return after


async def delete(tx: Tx, name: Name, *, seen: int | None) -> None:
    found = _found(await store.lock(tx, name), name)
    domain.check(found, seen)
    await store.drop(tx, name)
    await journeys.stir(tx, found.event)
    await store.forget_geofence(tx, name)


def _found(geofence: Geofence | None, name: Name) -> Geofence:
    if geofence is None:
        raise GeofenceNotFound(GEOFENCES.format(name))
    return geofence


async def at_event(
    tx: Tx, event: Name, who: Caller, *, after: tuple[datetime, uuid.UUID], most: int
) -> list[Told]:
    if await events.find(tx, event) is None:
        raise EventNotFound(EVENTS.format(event))
    return await store.at_event(tx, event, viewers=within_sight(who), after=after, most=most)


async def on_journey(
    tx: Tx, name: Name, who: Caller, *, after: tuple[datetime, uuid.UUID], most: int
) -> tuple[Journey, list[Told]]:
    journey = shown(await journeys.find(tx, name), name, who)
    return journey, await store.on_journey(tx, name, after=after, most=most)


def tell(tx: Tx, crossed: Sequence[tuple[Journey, Crossing]], now: datetime) -> None:
    """Writes down and publishes who went in and out."""
    store.tell(tx, crossed, now)
    for journey, crossing in crossed:
        tx.publish(wire.crossed(journey, crossing), subject=JOURNEYS.format(journey.name))


def doubt(tx: Tx, journey: Name, now: datetime) -> None:
    """Has it decided anew where somebody went in and out, for positions came late."""
    tx.schedule_by(REVIEW, journey.organization, journey.id, now + LATE)


async def review(tx: Tx, name: Name, now: datetime) -> None:
    """Decides anew, by all positions in the order in which they were captured."""
    journey = await journeys.lock(tx, name)
    if journey is None or journey.state is State.WITHDRAWN:
        return
    fences = (await store.of_events(tx, [journey.event])).get(journey.event, [])
    if not fences:
        return
    told = await store.standing(tx, name)
    known = domain.before(fences, told)
    by_our_clock = frame(dataclasses.replace(journey, clock_offset=0), now)
    found, presences = domain.whole(fences, await followed(tx, journey), by_our_clock, known)
    gone, new = domain.differences(fences, told, found)
    if gone:
        await store.retract(tx, name, gone, now)
    for one in gone:
        tx.publish(wire.retracted(journey, one), subject=JOURNEYS.format(name))
    tell(tx, [(journey, crossing) for crossing in new], now)
    body = domain.pack(presences)
    if body != journey.presences:
        await journeys.put(tx, [dataclasses.replace(journey, presences=body)])


async def followed(tx: Tx, journey: Journey) -> list[Point]:
    """The positions by which it was decided so far, by our clock."""
    found: list[Point] = []
    after = 0
    while True:
        reports = await segments.read(tx, journey.name, after=after, most=MOST_SEGMENTS)
        found += [point for report in reports for point in points(report)]
        if len(reports) < MOST_SEGMENTS:
            return [
                dataclasses.replace(point, micros=point.micros + journey.clock_offset)
                for point in found
                if point.sequence <= journey.followed_through
            ]
        after = reports[-1].last
