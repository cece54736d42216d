"""What location does with trajectories. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.kit.caller import Caller
from services.kit.db import Tx
from services.kit.names import Name
from services.location.events import store as events
from services.location.events.domain import EVENTS, EventNotFound
from services.location.instants import instant, micros
from services.location.journeys.actions import within_sight
from services.location.journeys.domain import AHEAD, EARLY, Journey
from services.location.segments.actions import seen
from services.location.segments.columns import Point
from services.location.trajectories import store
from services.location.trajectories.domain import Frame

# Positions of one way that are looked at: more than a day of one per second.
MOST = 100_000


async def told(
    tx: Tx, name: Name, who: Caller, now: datetime, *, after: int, most: int
) -> tuple[Journey, list[Point]]:
    """A journey and positions of it, as the caller may see them."""
    return await seen(tx, name, who, now, after=after, most=most)


async def shared(
    tx: Tx,
    event: Name,
    who: Caller,
    now: datetime,
    *,
    after: tuple[datetime, uuid.UUID],
    most: int,
) -> list[Journey]:
    """Those under way to an event whom the caller may see."""
    if await events.find(tx, event) is None:
        raise EventNotFound(EVENTS.format(event))
    return await store.shared(tx, event, now, viewers=within_sight(who), after=after, most=most)


def frame(journey: Journey, now: datetime) -> Frame:
    """What the positions of a journey are judged by, by the clock of the device."""
    end = journey.arrive_time or journey.expire_time
    if journey.arrive_time is not None and journey.newest is not None:
        # Who stays near the venue is known later to have arrived.
        end = max(end, instant(journey.newest.micros))
    latest = min(now, end) + AHEAD
    off = journey.clock_offset
    return Frame(micros(journey.share_time - EARLY) - off, micros(latest) - off, journey.rate)
