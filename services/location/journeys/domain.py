"""The rules of journeys. Pure."""

from __future__ import annotations

import dataclasses
import enum
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.names import Collection, Name
from services.location import eta
from services.location.events.domain import EVENTS, Event, EventOver
from services.location.instants import instant
from services.location.segments.columns import Point

JOURNEYS = Collection("journeys", "turnout.app/Journey")
# Clocks of devices are wrong by an hour more often than by a minute, so a position is kept when
# it may have been captured within the consent by a clock that is so far off …
WINDOW = timedelta(hours=2)
# … but only one that was captured within it by this clock, give or take, moves anything.
EARLY, AHEAD = timedelta(minutes=2), timedelta(seconds=60)


class State(enum.Enum):
    READY = "ready"
    UNDER_WAY = "under_way"
    ARRIVED = "arrived"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


LASTING = frozenset({State.READY, State.UNDER_WAY})


class Mode(enum.Enum):
    """How a person travels, and what the estimator calls that."""

    UNKNOWN = "unknown"
    WALK = "walk"
    BICYCLE = "bicycle"
    CAR = "car"
    TRANSIT = "transit"


TRAVEL = {Mode.WALK: "walk", Mode.BICYCLE: "bike", Mode.CAR: "drive", Mode.TRANSIT: "bus"}


@dataclass(frozen=True, slots=True)
class Expected:
    """When somebody is expected, on the clock on the wall. Both times or none."""

    distance: float
    p50_time: datetime | None
    p90_time: datetime | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """When somebody was expected, and when the position was captured that this rests on."""

    p50_time: datetime
    made_time: datetime


@dataclass(frozen=True, slots=True)
class Journey:
    """A consent, and what came of it."""

    name: Name
    event: Name
    traveler: str
    mode: Mode
    # Seconds of travel in one second on the wall.
    rate: float
    state: State
    create_time: datetime
    expire_time: datetime
    # When the event starts.
    start_time: datetime
    arrive_time: datetime | None = None
    kept_through: int = 0
    position_count: int = 0
    # The memory of the estimator.
    way: bytes | None = None
    # The newest good position, and what is expected from there.
    newest: Point | None = None
    expected: Expected | None = None
    # The first that could be said of the arrival.
    forecast: Forecast | None = None
    version: int = 1

    def lasts(self, now: datetime) -> bool:
        """Whether the consent stands."""
        return self.state in LASTING and now < self.expire_time


class JourneyNotFound(errors.NotFound):
    message = "there is no {journey}"
    journey: str


class JourneyOver(errors.Unmet):
    message = "{journey} is over ({state}); begin a new one if the person agrees"
    journey: str
    state: str


class NoConsent(errors.Invalid):
    """Nobody is followed who did not agree."""


def begin(
    id: uuid.UUID, event: Event, traveler: str, mode: Mode, rate: float, now: datetime
) -> Journey:
    """Takes down the consent of somebody who attends."""
    if event.over(now):
        raise EventOver(EVENTS.format(event.name))
    return Journey(
        name=Name(event.name.organization, id),
        event=event.name,
        traveler=traveler,
        mode=mode,
        rate=rate,
        state=State.READY,
        create_time=now,
        expire_time=event.end_time,
        start_time=event.start_time,
    )


def withdraw(journey: Journey) -> Journey:
    """Forgets where the person was. What has no positions any more has none to count."""
    if journey.state is State.WITHDRAWN:
        return journey
    return dataclasses.replace(
        journey,
        state=State.WITHDRAWN,
        kept_through=0,
        position_count=0,
        way=None,
        newest=None,
        expected=None,
        forecast=None,
        version=journey.version + 1,
    )


def expire(journey: Journey) -> Journey:
    """Ends a journey whose time is up. The positions stay; nobody is shown them any more."""
    if journey.state not in LASTING:
        return journey
    return dataclasses.replace(journey, state=State.EXPIRED, version=journey.version + 1)


def over(journey: Journey) -> JourneyOver:
    """Why no position is taken. One whose time is up but was not ended yet is expired."""
    state = State.EXPIRED if journey.state in LASTING else journey.state
    return JourneyOver(JOURNEYS.format(journey.name), state.name)


def aged(journey: Journey, now: datetime) -> Expected | None:
    """What is expected now: nobody who is still under way arrives in the past, and of somebody
    who was not heard of for long, nobody can tell."""
    expected, newest = journey.expected, journey.newest
    if expected is None or newest is None:
        return None
    if journey.state is State.ARRIVED or expected.p50_time is None or expected.p90_time is None:
        return expected
    silent = (now - instant(newest.micros)).total_seconds() * journey.rate
    if silent > eta.STALE:
        return dataclasses.replace(expected, p50_time=None, p90_time=None)
    return dataclasses.replace(
        expected, p50_time=max(expected.p50_time, now), p90_time=max(expected.p90_time, now)
    )


def lateness(journey: Journey, time: datetime) -> timedelta:
    """How long after the start of the event; negative when before."""
    return time - journey.start_time
