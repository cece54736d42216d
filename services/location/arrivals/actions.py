"""What location tells who asks. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.kit.caller import Caller
from services.kit.db import Tx
from services.kit.names import Name
from services.location.arrivals import store
from services.location.arrivals.domain import Near, NoPosition
from services.location.events import store as events
from services.location.journeys import store as journeys
from services.location.journeys.actions import as_seen, in_sight, may_watch, sees
from services.location.journeys.domain import JOURNEYS, Journey, JourneyNotFound, State


async def expected(
    tx: Tx,
    event: Name,
    who: Caller,
    now: datetime,
    *,
    after: tuple[datetime, uuid.UUID],
    most: int,
) -> list[tuple[Journey, datetime]]:
    """Those who come to an event, as the caller sees them, the soonest first."""
    await may_watch(tx, event, who)
    found = await store.expected(
        tx, event, viewers=in_sight(who), own=who.name, after=after, most=most
    )
    return [(as_seen(journey, who, now), at) for journey, at in found]


async def one(tx: Tx, name: Name, who: Caller, now: datetime) -> Journey:
    """One journey, as the caller sees it."""
    journey = await journeys.find(tx, name)
    if journey is None or not await _may_see(tx, journey, who):
        raise JourneyNotFound(JOURNEYS.format(name))
    return as_seen(journey, who, now)


async def latest(tx: Tx, name: Name, who: Caller, now: datetime) -> Journey:
    """One journey of which the caller sees where it is."""
    journey = await one(tx, name, who, now)
    shown = journey.traveler == who.name or journey.state is State.UNDER_WAY
    if journey.newest is None or not shown:
        raise NoPosition(JOURNEYS.format(name))
    return journey


async def _may_see(tx: Tx, journey: Journey, who: Caller) -> bool:
    if sees(who, journey):
        return True
    among = not who.permitted and journey.terms.viewers in in_sight(who)
    return among and await events.attends(tx, journey.event, who.name)


async def near(
    tx: Tx,
    event: Name,
    who: Caller,
    now: datetime,
    *,
    place: tuple[float, float],
    radius: float,
    after: tuple[float, uuid.UUID],
    most: int,
) -> list[Near]:
    """Those under way of whom the caller sees that they are near a point, the nearest first."""
    await may_watch(tx, event, who)
    found = await store.near(
        tx,
        event,
        now,
        viewers=in_sight(who),
        own=who.name,
        place=place,
        radius=radius,
        after=after,
        most=most,
    )
    return [Near(as_seen(one.journey, who, now), one.distance) for one in found]
