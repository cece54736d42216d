"""What location does with positions that it has. Each runs inside one transaction."""

from __future__ import annotations

from datetime import datetime

from services.kit.caller import Caller
from services.kit.db import Tx
from services.kit.names import Name
from services.location.instants import micros
from services.location.journeys import store as journeys
from services.location.journeys.actions import shown
from services.location.journeys.domain import EARLY, Journey, Precision, coarse, over
from services.location.segments import store
from services.location.segments.columns import Point, points

MOST_SEGMENTS = 16


async def positions(
    tx: Tx, name: Name, who: Caller, now: datetime, *, after: int, most: int
) -> list[Point]:
    """Positions of a journey with numbers above `after`, as the caller may see them."""
    return (await seen(tx, name, who, now, after=after, most=most))[1]


async def seen(
    tx: Tx, name: Name, who: Caller, now: datetime, *, after: int, most: int
) -> tuple[Journey, list[Point]]:
    """A journey and positions of it: the caller's own, or somebody's whose consent stands. To
    others, only those from after the sharing began, and as exactly as the person agreed to."""
    journey = shown(await journeys.find(tx, name), name, who)
    if journey.traveler == who.name:
        return journey, await _points(tx, name, after=after, most=most, since=0)
    if not journey.lasts(now):
        raise over(journey)
    if journey.pause_time is not None:
        return journey, []
    since = micros(journey.share_time - EARLY) - journey.clock_offset
    found = await _points(tx, name, after=after, most=most, since=since)
    exact = journey.terms.precision is Precision.EXACT
    return journey, found if exact else [coarse(p) for p in found]


async def _points(tx: Tx, name: Name, *, after: int, most: int, since: int) -> list[Point]:
    found: list[Point] = []
    while len(found) < most:
        reports = await store.read(tx, name, after=after, most=MOST_SEGMENTS)
        for report in reports:
            found += [p for p in points(report) if p.sequence > after and p.micros >= since]
            after = max(after, report.last)
        if len(reports) < MOST_SEGMENTS:
            break
    return found[:most]
