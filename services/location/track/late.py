"""Whether somebody is there, by all positions in the order in which they were captured. Pure.

Reports are decided on as they come, and some come late: they may show that somebody was there
before, or that the position which was taken for the arrival cannot be true.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.location import eta
from services.location.events.domain import Event
from services.location.geo import distance
from services.location.instants import instant, micros
from services.location.journeys.domain import AHEAD, EARLY, LASTING, Journey, State
from services.location.segments.columns import Point
from services.location.track import telling
from services.location.track.domain import (
    arrival,
    coarsest,
    estimator_of,
    expectation,
    seconds_apart,
    travel_clock,
)
from services.location.track.stays import NEARBY, USUAL, Stay, ended

# Microseconds by which an arrival may differ from what was told.
SAME = 30_000_000


@dataclass(slots=True)
class Finding:
    """What all positions come to."""

    estimator: eta.Estimator
    # The newest good position.
    newest: Point | None = None
    # When somebody came who did not leave again, in microseconds since 1970, and which position
    # says so.
    arrive: int | None = None
    there: Point | None = None


def decided(journey: Journey, event: Event, points: Iterable[Point], now: datetime) -> Journey:
    """The journey as it is by all positions, with times by our clock; itself if it is the same."""
    if journey.terms.live_only:
        return journey
    if journey.state is State.ARRIVED and journey.arrive_time is not None:
        followed = dataclasses.replace(journey, followed_through=journey.kept_through)
        found = find(followed, event, points, now)
        if found.arrive is None:
            return _retracted(followed, found, now)
        if abs(found.arrive - micros(journey.arrive_time)) <= SAME:
            return followed if followed != journey else journey
        return _arrived(followed, event, found)
    if journey.state is State.UNDER_WAY and journey.lasts(now):
        found = find(journey, event, points, now)
        return journey if found.arrive is None else _arrived(journey, event, found)
    return journey


def find(journey: Journey, event: Event, points: Iterable[Point], now: datetime) -> Finding:
    """Goes along all positions as if each had come in time."""
    estimator = estimator_of(dataclasses.replace(journey, way=None), event)
    found, stay, travelled = Finding(estimator), Stay(), travel_clock(journey)
    earliest, latest = micros(journey.share_time - EARLY), micros(now + AHEAD)
    due = earliest
    for point in sorted(points, key=lambda point: point.micros):
        nowhere = not point.latitude and not point.longitude
        if nowhere or not earliest <= point.micros <= latest:
            continue
        left = distance(point.latitude, point.longitude, event.latitude, event.longitude)
        near = left <= event.radius + NEARBY
        if point.micros < due and not near:
            continue
        at = point.latitude, point.longitude
        if not estimator.update(travelled(point.micros), *at, point.accuracy or None):
            continue
        found.newest = point
        due = point.micros + round(seconds_apart(left) / journey.rate * 1e6)
        stayed = stay.seconds(*at, point.accuracy, point.micros) * journey.rate
        if left <= event.radius and point.accuracy <= coarsest(event):
            _there(found, point, point.micros)
        elif ended(stayed, left, estimator.way.first, point.accuracy, event.radius):
            _there(found, point, stay.since)
        elif left - (point.accuracy or USUAL) > event.radius + NEARBY:
            # Who goes by, or away again, is not there.
            found.arrive = found.there = None
    return found


def _there(found: Finding, point: Point, since: int) -> None:
    if found.arrive is None:
        found.arrive, found.there = since, point


def _retracted(journey: Journey, found: Finding, now: datetime) -> Journey:
    """The journey goes on, from the newest position that can be true."""
    state = State.UNDER_WAY if found.newest else State.READY
    going = dataclasses.replace(
        journey,
        state=state,
        arrive_time=None,
        newest=found.newest,
        way=eta.pack(found.estimator.way),
        told=None,
        version=journey.version + 1,
    )
    if found.newest is None:
        return dataclasses.replace(going, expected=None)
    known = expectation(found.estimator, going, found.newest, now)
    going = dataclasses.replace(going, expected=known)
    return dataclasses.replace(going, told=telling.told(going, known, now))


def _arrived(journey: Journey, event: Event, found: Finding) -> Journey:
    """The journey with the arrival that all positions show."""
    if found.arrive is None or found.there is None:
        raise ValueError("nobody arrived")
    there = found.there
    left = distance(there.latitude, there.longitude, event.latitude, event.longitude)
    newest = there if journey.state in LASTING else journey.newest
    changes = arrival(instant(found.arrive), left, journey.version)
    return dataclasses.replace(journey, newest=newest, **changes)
