"""The rules of journeys. Pure."""

from __future__ import annotations

import bisect
import dataclasses
import enum
import math
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.names import Collection, Name
from services.location import eta
from services.location.events.domain import EVENTS, Event, EventOver
from services.location.instants import instant, micros
from services.location.segments.columns import SUNKEN, UNKNOWN, UNSAID, Point

JOURNEYS = Collection("journeys", "turnout.app/Journey")
# Clocks of devices are wrong by an hour more often than by a minute, so a position is kept when
# it may have been captured within the consent by a clock that is so far off …
WINDOW = timedelta(hours=2)
# … but only one that was captured within it by this clock, give or take, moves anything.
EARLY, AHEAD = timedelta(minutes=2), timedelta(seconds=60)

# Times that one journey may pause.
MOST_PAUSES = 100


class State(enum.Enum):
    READY = "ready"
    UNDER_WAY = "under_way"
    ARRIVED = "arrived"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Viewers(enum.Enum):
    """Who may see the way of a person; each includes those before it."""

    ORGANIZERS = "organizers"
    STAFF = "staff"
    PARTICIPANTS = "participants"
    LINKS = "links"


class Precision(enum.Enum):
    """How exactly others see where a person is."""

    EXACT = "exact"
    COARSE = "coarse"


class Source(enum.Enum):
    """How a person agreed."""

    APP = "app"
    LINK = "link"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Proof:
    """The words by which a person agreed in a message."""

    # The resource name of the message.
    message: str
    text: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person agreed to, beside the event."""

    purpose: str = ""
    viewers: Viewers = Viewers.STAFF
    precision: Precision = Precision.EXACT
    # How long before the start of the event the sharing begins; at once if None.
    lead: timedelta | None = None
    source: Source = Source.APP
    # Nothing is kept of the way: positions are used and forgotten.
    live_only: bool = False
    # Of who agreed in a message.
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agrees to, and how the person travels."""

    event: Name
    mode: Mode
    # Seconds of travel in one second on the wall.
    rate: float
    terms: Terms = Terms()


def reach(viewers: Viewers) -> int:
    """How far out somebody may stand who sees it: 0 for an organizer, 3 for whoever has a link."""
    return ORDER.index(viewers)


ORDER = tuple(Viewers)

# What is coarse: steps of a grid, and the least radius that is told with it.
GRID, COARSE_METERS = 0.01, 1000.0

LASTING = frozenset({State.READY, State.UNDER_WAY})


class Mode(enum.Enum):
    """How a person travels, and what the estimator calls that."""

    UNKNOWN = "unknown"
    WALK = "walk"
    BICYCLE = "bicycle"
    CAR = "car"
    TRANSIT = "transit"


TRAVEL = {Mode.WALK: "walk", Mode.BICYCLE: "bike", Mode.CAR: "drive", Mode.TRANSIT: "bus"}
TRAVELS: dict[str | None, Mode] = {name: mode for mode, name in TRAVEL.items()}


@dataclass(frozen=True, slots=True)
class Expected:
    """When somebody is expected, on the clock on the wall. Both times or none."""

    distance: float
    p50_time: datetime | None
    p90_time: datetime | None
    method: eta.Method = eta.Method.VELOCITY
    # The position from which the way by road is known.
    route_time: datetime | None = None
    # As it looks, where the person did not say.
    mode: Mode = Mode.UNKNOWN


@dataclass(frozen=True, slots=True)
class Forecast:
    """When somebody was expected, and when the position was captured that this rests on."""

    p50_time: datetime
    made_time: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """When other services were told of a forecast, and of which: both times or none."""

    time: datetime
    p50_time: datetime | None
    p90_time: datetime | None


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
    # Up to which position the estimate knows the way.
    followed_through: int = 0
    # The memory of the estimator.
    way: bytes | None = None
    # Where the person is as to geofences.
    presences: bytes | None = None
    # By how much the clock of the device is behind, in microseconds.
    clock_offset: int = 0
    # The newest good position, and what is expected from there.
    newest: Point | None = None
    expected: Expected | None = None
    # Metres to the nearest edge of a geofence, while somebody follows the journey; kept nowhere.
    edge: float | None = None
    # The first that could be said of the arrival.
    forecast: Forecast | None = None
    # The last that other services heard of it.
    told: Told | None = None
    terms: Terms = Terms()
    # When the sharing paused and went on, by turns, in microseconds since 1970.
    pauses: tuple[int, ...] = ()
    withdraw_time: datetime | None = None
    # How many positions were deleted when the consent was taken back.
    deleted_count: int = 0
    version: int = 1

    def lasts(self, now: datetime) -> bool:
        """Whether the consent stands."""
        return self.state in LASTING and now < self.expire_time

    @property
    def share_time(self) -> datetime:
        """When the sharing begins."""
        if self.terms.lead is None:
            return self.create_time
        return max(self.create_time, self.start_time - self.terms.lead)

    @property
    def pause_time(self) -> datetime | None:
        """Since when the sharing pauses, if it does."""
        return instant(self.pauses[-1]) if len(self.pauses) % 2 else None

    def shares(self, now: datetime) -> bool:
        """Whether others may see where the person is, and positions are taken."""
        return self.lasts(now) and self.share_time <= now and self.pause_time is None

    def paused_at(self, micros: int) -> bool:
        """Whether the sharing paused at a time."""
        return bisect.bisect_right(self.pauses, micros) % 2 == 1


class JourneyNotFound(errors.NotFound):
    message = "there is no {journey}"
    journey: str


class JourneyOver(errors.Unmet):
    message = "{journey} is over ({state}); begin a new one if the person agrees"
    journey: str
    state: str


class SharingNotBegun(errors.Unmet):
    message = "{journey} is shared from {share_time} on; send what is captured then"
    journey: str
    share_time: str


class JourneyPaused(errors.Unmet):
    message = "{journey} pauses since {pause_time}; nothing is taken until it is resumed"
    journey: str
    pause_time: str


class BadLeadTime(errors.Invalid):
    """A sharing that would begin at no time that makes sense."""


class TooManyPauses(errors.Unmet):
    message = "{journey} paused {most} times; take the consent back instead"
    journey: str
    most: int


class NoConsent(errors.Invalid):
    """Nobody is followed who did not agree."""


def begin(id: uuid.UUID, event: Event, traveler: str, consent: Consent, now: datetime) -> Journey:
    """Takes down the consent of somebody who attends."""
    if event.over(now):
        raise EventOver(EVENTS.format(event.name))
    return Journey(
        name=Name(event.name.organization, id),
        event=event.name,
        traveler=traveler,
        mode=consent.mode,
        rate=consent.rate,
        state=State.READY,
        create_time=now,
        expire_time=event.end_time,
        start_time=event.start_time,
        terms=consent.terms,
    )


def pause(journey: Journey, now: datetime) -> Journey:
    """Holds the sharing."""
    if not journey.lasts(now):
        raise over(journey)
    if journey.pause_time is not None:
        return journey
    if len(journey.pauses) >= 2 * MOST_PAUSES:
        raise TooManyPauses(JOURNEYS.format(journey.name), MOST_PAUSES)
    return _turned(journey, now)


def resume(journey: Journey, now: datetime) -> Journey:
    """Goes on with the sharing."""
    if not journey.lasts(now):
        raise over(journey)
    return journey if journey.pause_time is None else _turned(journey, now)


def _turned(journey: Journey, now: datetime) -> Journey:
    pauses = (*journey.pauses, micros(now))
    return dataclasses.replace(journey, pauses=pauses, version=journey.version + 1)


def withdraw(journey: Journey, now: datetime) -> Journey:
    """Forgets where the person was. What has no positions any more has none to count."""
    if journey.state is State.WITHDRAWN:
        return journey
    return dataclasses.replace(
        journey,
        state=State.WITHDRAWN,
        withdraw_time=now,
        deleted_count=journey.position_count,
        kept_through=0,
        position_count=0,
        followed_through=0,
        way=None,
        presences=None,
        newest=None,
        expected=None,
        forecast=None,
        told=None,
        version=journey.version + 1,
    )


def expire(journey: Journey) -> Journey:
    """Ends a journey whose time is up. The positions stay; nobody is shown them any more."""
    if journey.state not in LASTING:
        return journey
    expired = dataclasses.replace(journey, state=State.EXPIRED, version=journey.version + 1)
    return forgetting(expired)


def forgetting(journey: Journey) -> Journey:
    """What is left of a journey that is over: of who wants nothing to be kept, no place."""
    if not journey.terms.live_only:
        return journey
    return dataclasses.replace(journey, newest=None, way=None)


def check_sharing(journey: Journey, now: datetime) -> None:
    """Refuses positions outside of what the person agreed to, with the reason."""
    if not journey.lasts(now):
        raise over(journey)
    if now < journey.share_time:
        raise SharingNotBegun(JOURNEYS.format(journey.name), journey.share_time.isoformat())
    if journey.pause_time is not None:
        raise JourneyPaused(JOURNEYS.format(journey.name), journey.pause_time.isoformat())


def over(journey: Journey) -> JourneyOver:
    """Why no position is taken. One whose time is up but was not ended yet is expired."""
    state = State.EXPIRED if journey.state in LASTING else journey.state
    return JourneyOver(JOURNEYS.format(journey.name), state.name)


def aged(journey: Journey, now: datetime) -> Expected | None:
    """What is expected now: nobody who is still under way arrives in the past, and of somebody
    who was not heard of for long, nobody can tell."""
    expected, newest = journey.expected, journey.newest
    if expected is None or journey.state is State.ARRIVED:
        return expected
    if newest is None:
        return None
    if expected.p50_time is None or expected.p90_time is None:
        return expected
    silent = (now - instant(newest.micros)).total_seconds() * journey.rate
    if silent > eta.STALE:
        return dataclasses.replace(expected, p50_time=None, p90_time=None)
    return dataclasses.replace(
        expected, p50_time=max(expected.p50_time, now), p90_time=max(expected.p90_time, now)
    )


def seen(journey: Journey, now: datetime) -> Journey:
    """A journey as others see it: nowhere outside of the sharing, and as exactly as agreed."""
    if journey.state is not State.ARRIVED and not journey.shares(now):
        return dataclasses.replace(journey, newest=None, expected=None)
    if journey.terms.precision is Precision.EXACT:
        return journey
    point, expected = journey.newest, journey.expected
    return dataclasses.replace(
        journey,
        newest=coarse(point) if point else None,
        expected=expected
        and dataclasses.replace(expected, distance=_rounded(expected.distance, COARSE_METERS)),
    )


def coarse(point: Point) -> Point:
    """About where somebody is: the middle of a square of a kilometre."""
    latitude = _rounded(point.latitude, GRID)
    # Degrees of longitude are short near the poles.
    across = GRID / max(GRID, math.cos(math.radians(latitude)))
    return dataclasses.replace(
        point,
        latitude=latitude,
        longitude=max(-180.0, min(180.0, _rounded(point.longitude, across))),
        accuracy=max(point.accuracy, COARSE_METERS),
        speed=UNKNOWN,
        bearing=UNKNOWN,
        altitude=SUNKEN,
        battery=round(UNKNOWN),
        source=UNSAID,
    )


def _rounded(value: float, step: float) -> float:
    return round(round(value / step) * step, 7)


def lateness(journey: Journey, time: datetime) -> timedelta:
    """How long after the start of the event; negative when before."""
    return time - journey.start_time
