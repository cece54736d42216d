"""The rules of location. Plain values in and out: no clock, no chance, no gRPC, no SQL."""

from __future__ import annotations

import dataclasses
import enum
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.kit import errors
from services.kit.names import Collection, Name
from services.location import eta
from services.location.geo import may_touch
from services.location.segments import SCALE, Point, Report

EVENTS = Collection("events", "turnout.app/Event")
JOURNEYS = Collection("journeys", "turnout.app/Journey")
BOOKINGS = Collection("bookings", "turnout.app/Booking")

RADIUS = 100  # metres, where the organizer does not say
MOST_POSITIONS = 500

# Clocks of devices are wrong by an hour more often than by a minute, so a position is kept when
# it may have been captured within the consent by a clock that is so far off …
WINDOW = timedelta(hours=2)
# … but only one that was captured within it by this clock, give or take, moves anything.
EARLY, AHEAD = timedelta(minutes=2), timedelta(seconds=60)

# Seconds of travel between two positions that the estimator is shown, by the metres that are
# left: half of what a device is asked for (see `pace`). On real trips this changes the error of
# the estimate by less than a fiftieth of it.
APART = ((2_000.0, 5.0), (10_000.0, 7.5))
FAR_APART = 15.0

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
class Event:
    """What location knows of a gathering: where, when, and how near is there."""

    name: Name
    latitude: float
    longitude: float
    radius: int
    start_time: datetime
    end_time: datetime
    cancelled: bool = False

    def over(self, now: datetime) -> bool:
        return self.cancelled or now >= self.end_time


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


class EventNotFound(errors.NotFound):
    message = "there is no {event}, or it was not published"
    event: str


class EventOver(errors.Unmet):
    message = "{event} has ended or was called off"
    event: str


class NotAttending(errors.Unmet):
    message = "{traveler} has no confirmed booking for {event}"
    event: str
    traveler: str


class JourneyOver(errors.Unmet):
    message = "{journey} is over ({state}); begin a new one if the person agrees"
    journey: str
    state: str


class SequenceGap(errors.Unmet):
    message = (
        "{journey} is kept up to position {kept_through}, so {first_sequence} cannot come next;"
        " send from kept_through + 1"
    )
    journey: str
    kept_through: int
    first_sequence: int


class NoConsent(errors.Invalid):
    """Nobody is followed who did not agree."""


class BadReport(errors.Invalid):
    """Positions that cannot be kept."""


class BadFrame(errors.Invalid):
    """A frame that may not come now."""


class TooSlow(errors.Exhausted):
    message = "the reader cannot keep up; open the stream again and go on from the last token"


class StreamMoved(errors.Unreachable):
    message = "the stream was open for long enough; open it again and go on from where it was"
    retry_seconds = 0.1


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


# --- taking positions


@dataclass(slots=True)
class Passage:
    """A journey while reports of it are taken: what it was, what it is by now, where it leads."""

    before: Journey
    journey: Journey
    event: Event
    estimator: eta.Estimator

    @classmethod
    def of(cls, journey: Journey, event: Event) -> Passage:
        return cls(journey, journey, event, estimator_of(journey, event))


def take(passage: Passage, report: Report, now: datetime) -> Report | None:
    """Appends a report to a journey; gives what of it is to be kept.

    What is kept already is cut off, so a report may be told twice. What was captured after the
    arrival is cut off too: the consent ends there. Refuses a gap, a journey that is over, and
    positions that cannot have been captured within the consent.
    """
    journey = passage.journey
    known = report.last <= journey.kept_through
    overlaps = report.first <= journey.kept_through
    # A report that was answered before is answered again, even by a journey that arrived.
    if known or (overlaps and journey.state is State.ARRIVED):
        return None
    if not journey.lasts(now):
        raise over(journey)
    if report.first > journey.kept_through + 1:
        name = JOURNEYS.format(journey.name)
        raise SequenceGap(name, journey.kept_through, report.first)
    rest = report.part(max(0, journey.kept_through + 1 - report.first), len(report))
    _check_window(journey, rest, report)
    return _follow(passage, rest, now)


def settle(passage: Passage, now: datetime) -> Journey:
    """The journey after all its reports: what is expected is asked once, not for each of them."""
    journey, estimator = passage.journey, passage.estimator
    if journey is passage.before or journey.state is State.ARRIVED:
        return journey
    expected = journey.expected
    if journey.newest is not None and journey.newest is not passage.before.newest:
        expected = _expected(estimator, journey, journey.newest, now)
    forecast = journey.forecast or _forecast(journey.newest, expected)
    way = eta.pack(estimator.way)
    return dataclasses.replace(journey, expected=expected, forecast=forecast, way=way)


def _forecast(newest: Point | None, expected: Expected | None) -> Forecast | None:
    if newest is None or expected is None or expected.p50_time is None:
        return None
    return Forecast(expected.p50_time, instant(newest.micros))


def _check_window(journey: Journey, rest: Report, report: Report) -> None:
    """Refuses what the person never agreed to show, and says which position that is.

    Keeping it would be wrong, and dropping it in silence too: the device is told, and may
    leave it out and number the others anew.
    """
    earliest = micros(journey.create_time - WINDOW)
    latest = micros(journey.expire_time + WINDOW)
    first, last = rest.span
    if earliest <= first and last <= latest:
        return
    index = next(i for i, time in enumerate(rest.times) if not earliest <= time <= latest)
    raise BadReport(
        f"positions[{index + rest.first - report.first}].capture_time",
        "must lie between the consent and the end of the event; leave the position out and"
        " number those after it anew",
    )


def _follow(passage: Passage, report: Report, now: datetime) -> Report:
    journey, estimator = passage.journey, passage.estimator
    newest, arrived = _feed(estimator, journey, passage.event, report, now)
    if arrived and newest is not None:
        report = report.part(0, newest + 1)
    changes: dict[str, Any] = {
        "state": State.UNDER_WAY,
        "version": journey.version + (journey.state is State.READY),
        "kept_through": report.last,
        "position_count": journey.position_count + len(report),
    }
    if newest is not None:
        changes["newest"] = point = report.point(newest)
        if arrived:
            changes |= _arrival(point, estimator.left(), changes["version"])
    passage.journey = dataclasses.replace(journey, **changes)
    return report


def _feed(
    estimator: eta.Estimator, journey: Journey, event: Event, report: Report, now: datetime
) -> tuple[int | None, bool]:
    """Shows the estimator what may count: gives the last that did, and whether it is there.

    Near the venue that is every position; far away one in some seconds and the last will do,
    which is much less work.
    """
    travelled = travel_clock(journey)
    earliest, latest = micros(journey.create_time - EARLY), micros(now + AHEAD)
    near = _near(event, report)
    apart = 0 if near else round(_apart(estimator.left()) / journey.rate * 1e6)
    coarsest = max(event.radius, 100)
    newest, last = None, len(report) - 1
    due = max(earliest, journey.newest.micros + 1) if journey.newest else earliest
    for index, time in enumerate(report.times):
        if (time < due and index != last) or not earliest <= time <= latest:
            continue
        lat, lon = report.latitudes[index], report.longitudes[index]
        # 0, 0 is in the sea, and what many devices say who cannot tell.
        if not lat and not lon:
            continue
        accuracy = report.accuracies[index]
        if not estimator.update(travelled(time), lat / SCALE, lon / SCALE, accuracy or None):
            continue
        newest, due = index, time + apart
        if near and accuracy <= coarsest and estimator.left() <= event.radius:
            return newest, True
    return newest, False


def _near(event: Event, report: Report) -> bool:
    """Whether any position of a report may be within the radius."""
    south, west, north, east = report.box
    return may_touch(
        south / SCALE,
        west / SCALE,
        north / SCALE,
        east / SCALE,
        event.latitude,
        event.longitude,
        event.radius,
    )


def _apart(left: float) -> float:
    """Seconds of travel that need not be looked at; of who is nowhere yet, as of who is near."""
    if math.isnan(left):
        return APART[0][1]
    return next((seconds for metres, seconds in APART if left <= metres), FAR_APART)


def _arrival(point: Point, distance: float, version: int) -> dict[str, Any]:
    """Ends the sharing at the venue."""
    time = instant(point.micros)
    return {
        "state": State.ARRIVED,
        "arrive_time": time,
        "expected": Expected(distance, time, time),
        "way": None,
        "version": version + 1,
    }


def _expected(estimator: eta.Estimator, journey: Journey, newest: Point, now: datetime) -> Expected:
    at = max(now, instant(newest.micros))
    found = estimator.estimate(travel_clock(journey)(micros(at)))
    if found is None:
        return Expected(estimator.left(), None, None)
    return Expected(
        distance=estimator.left(),
        p50_time=at + timedelta(seconds=found.p50 / journey.rate),
        p90_time=at + timedelta(seconds=found.p90 / journey.rate),
    )


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


# --- what the device is told


def pace(distance: float | None, radius: int, rate: float) -> timedelta:
    """How often to look: every second at the venue, every minute far away.

    In steps, so that nobody is told a new one all the time.
    """
    if distance is None:
        seconds = 5.0
    else:
        edges = ((max(300, 2 * radius), 1.0), (2_000, 5.0), (10_000, 15.0), (30_000, 30.0))
        seconds = next((step for edge, step in edges if distance <= edge), 60.0)
    return timedelta(seconds=seconds / rate)


def differs(
    told: Expected | None, now_expected: Expected | None, rate: float, now: datetime
) -> bool:
    """Whether a person would want to hear of the difference."""
    if now_expected is None or told is None:
        return told is not now_expected
    if now_expected.p50_time is None or told.p50_time is None:
        return now_expected.p50_time is not told.p50_time
    left = max(0.0, (now_expected.p50_time - now).total_seconds() * rate)
    moved = abs((now_expected.p50_time - told.p50_time).total_seconds()) * rate
    nearer = abs(now_expected.distance - told.distance)
    return moved >= max(5.0, 0.03 * left) or nearer >= max(25.0, 0.05 * told.distance)


# --- time and place


def estimator_of(journey: Journey, event: Event) -> eta.Estimator:
    way = eta.unpack(journey.way)
    return eta.Estimator(event.latitude, event.longitude, TRAVEL.get(journey.mode), way)


def travel_clock(journey: Journey) -> Callable[[int], float]:
    """Gives the seconds of travel from the consent to a time in microseconds.

    This is where one second on the wall becomes many in a journey that is played (D8).
    """
    origin, scale = micros(journey.create_time), journey.rate / 1e6
    return lambda at: (at - origin) * scale


def micros(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1)


def instant(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def known(value: float) -> float | None:
    """A speed or a bearing, if the device knew it."""
    return None if value < 0 else value
