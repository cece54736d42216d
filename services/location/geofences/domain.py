"""The rules of geofences: what a position says of one, and when somebody is in or out. Pure.

A position says something only as far as it is accurate: inside or outside, for sure or rather
so. What is sure counts at once, what is rather so when the next position agrees. To be out again
takes more than to be in, so that nobody flickers who stands at the edge.
"""

from __future__ import annotations

import enum
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.etags import StaleEtag
from services.kit.names import Collection, Name
from services.location.geo import distance, may_touch
from services.location.geofences.shapes import Shape
from services.location.instants import micros
from services.location.segments.columns import SCALE, Point, Report
from services.location.trajectories.domain import Frame, Judge, Verdict

GEOFENCES = Collection("geofences", "turnout.app/Geofence")

# The work that decides anew where late positions may change the answer; its id is the journey's.
REVIEW = "review"
# How long more late positions are waited for.
LATE = timedelta(seconds=5)

MOST_GEOFENCES = 50
DWELL, SHORTEST, LONGEST = timedelta(minutes=5), timedelta(seconds=10), timedelta(days=1)
# Metres of accuracy of who does not say, and from which on a position says little.
USUAL, COARSE = 30.0, 150.0
# Of the radius of accuracy, within which a device is in 68 of 100 cases: so far from the edge it
# is on that side in 80 of 100 cases, and in 99.
RATHER, SURELY = 0.55, 1.55
# Metres from the edge to be out again: a tenth of the size, and no less or more than that.
MARGIN, NEAREST, FARTHEST = 0.1, 10.0, 100.0
# Microseconds by which what was said may differ from what late positions say.
SAME = 30_000_000
GOOD = frozenset({Verdict.GOOD, Verdict.STANDING})


class Kind(enum.Enum):
    """What somebody did."""

    ENTER = "enter"
    DWELL = "dwell"
    EXIT = "exit"


class GeofenceNotFound(errors.NotFound):
    message = "there is no {geofence}"
    geofence: str


class BadGeofence(errors.Invalid):
    """There is no place like that."""


class TooManyGeofences(errors.Unmet):
    message = "{event} has {most} geofences, as many as it may"
    event: str
    most: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an organizer says of a geofence."""

    display_name: str
    shape: Shape
    dwell: timedelta = DWELL


@dataclass(frozen=True, slots=True)
class Geofence:
    """A place on the way to an event that matters."""

    name: Name
    event: Name
    plan: Plan
    create_time: datetime
    update_time: datetime
    # Since when it has its shape.
    shape_time: datetime
    version: int = 1

    @property
    def margin(self) -> float:
        """Metres from the edge to be out again."""
        return min(FARTHEST, max(NEAREST, MARGIN * self.plan.shape.size))

    def may_hold(self, box: tuple[int, int, int, int]) -> bool:
        """Whether positions in a box, as reports have it, may be inside or near the edge."""
        latitude, longitude, radius = self.plan.shape.reach
        south, west, north, east = (side / SCALE for side in box)
        around = radius + self.margin
        return may_touch(south, west, north, east, latitude, longitude, around)

    def sight(self, point: Point) -> Sight | None:
        """What a position says; None: nothing."""
        off, blur = self.plan.shape.offset(point.latitude, point.longitude), point.accuracy or USUAL
        out = off - self.margin
        if out >= RATHER * blur:
            return Sight(inside=False, sure=out >= SURELY * blur)
        if off <= -RATHER * blur and blur <= max(COARSE, self.plan.shape.size):
            return Sight(inside=True, sure=off <= -SURELY * blur)
        return None


@dataclass(frozen=True, slots=True)
class Sight:
    """What a position says of a geofence."""

    inside: bool
    sure: bool


def make(
    id: uuid.UUID, event: Name, plan: Plan, *, known: int, now: datetime, text: str
) -> Geofence:
    """A new geofence of an event that has so many; `text` is the event's name."""
    if known >= MOST_GEOFENCES:
        raise TooManyGeofences(text, MOST_GEOFENCES)
    return Geofence(Name(event.organization, id), event, plan, now, now, now)


def change(before: Geofence, plan: Plan, *, seen: int | None, now: datetime) -> Geofence:
    """The same place with another plan."""
    check(before, seen)
    return replace(
        before,
        plan=plan,
        update_time=now,
        shape_time=now if _moved(before.plan.shape, plan.shape) else before.shape_time,
        version=before.version + 1,
    )


def check(found: Geofence, seen: int | None) -> None:
    """Refuses what was decided on an older state."""
    if seen is not None and seen != found.version:
        raise StaleEtag(GEOFENCES.format(found.name))


def _moved(before: Shape, after: Shape) -> bool:
    texts = getattr(before, "text", None), getattr(after, "text", None)
    return before != after if texts == (None, None) else texts[0] != texts[1]


# --- in and out


@dataclass(frozen=True, slots=True)
class Presence:
    """Where somebody is as to one geofence. Times in microseconds since 1970."""

    inside: bool = False
    # When they came in, or left.
    since: int = 0
    # The first position that says otherwise, when one does.
    doubt: int | None = None
    dwelled: bool = False


NOWHERE = Presence()


@dataclass(frozen=True, slots=True)
class Crossing:
    """Somebody came into a geofence, stayed, or left."""

    geofence: uuid.UUID
    kind: Kind
    micros: int


def step(
    fence: Geofence, presence: Presence, point: Point, rate: float
) -> tuple[Presence, list[Crossing]]:
    """What a position that is newer than those before it makes of a presence."""
    sight = fence.sight(point)
    stay = round(fence.plan.dwell.total_seconds() / rate * 1e6)
    if sight is None or sight.inside is presence.inside:
        if sight is not None and presence.doubt is not None:
            presence = replace(presence, doubt=None)
        return _dwelled(fence, presence, point.micros, stay)
    if not sight.sure and presence.doubt is None:
        return replace(presence, doubt=point.micros), []
    at = point.micros if presence.doubt is None else presence.doubt
    if sight.inside:
        entered = Crossing(fence.name.id, Kind.ENTER, at)
        presence, more = _dwelled(fence, Presence(inside=True, since=at), point.micros, stay)
        return presence, [entered, *more]
    presence, crossings = _dwelled(fence, replace(presence, doubt=None), at, stay)
    return Presence(since=at), [*crossings, Crossing(fence.name.id, Kind.EXIT, at)]


def _dwelled(
    fence: Geofence, presence: Presence, until: int, stay: int
) -> tuple[Presence, list[Crossing]]:
    if not presence.inside or presence.dwelled or until - presence.since < stay:
        return presence, []
    at = presence.since + stay
    return replace(presence, dwelled=True), [Crossing(fence.name.id, Kind.DWELL, at)]


@dataclass(slots=True)
class Watch:
    """The geofences of one event, for one journey: who is where, and whether something came late.

    In a process it goes on from one report to the next; what it knows lies with the journey.
    """

    fences: Sequence[Geofence]
    judge: Judge
    presences: dict[uuid.UUID, Presence]
    # Whether a position came late that may change what was decided.
    late: bool = False

    def see(self, report: Report) -> list[Crossing]:
        """What a report of a journey shows, in the order of its positions."""
        near = [
            fence
            for fence in self.fences
            if self._doubtful(fence.name.id) or fence.may_hold(report.box)
        ]
        if near:
            return [
                crossing
                for index in range(len(report))
                for crossing in self._look(near, report.point(index))
            ]
        last = self.judge.last
        if last is not None and report.span[0] < last.micros and self.presences:
            self.late = True
        # What comes next is judged from here.
        self.judge.judge(report.point(len(report) - 1))
        return []

    def edge(self, latitude: float, longitude: float) -> float | None:
        """About how many metres it is to the nearest edge; None where there is none."""
        reaches = [fence.plan.shape.reach for fence in self.fences]
        found = (abs(distance(latitude, longitude, lat, lon) - r) for lat, lon, r in reaches)
        return min(found, default=None)

    def _doubtful(self, id: uuid.UUID) -> bool:
        presence = self.presences.get(id, NOWHERE)
        return presence.inside or presence.doubt is not None

    def _look(self, near: Sequence[Geofence], point: Point) -> list[Crossing]:
        verdict = self.judge.judge(point)
        if verdict is Verdict.OUT_OF_ORDER:
            self.late = True
        return self.take(near, point) if verdict in GOOD else []

    def take(self, near: Iterable[Geofence], point: Point) -> list[Crossing]:
        """What a good position shows of those geofences that had their shape by then."""
        found: list[Crossing] = []
        for fence in near:
            if point.micros < micros(fence.shape_time):
                continue
            before = self.presences.get(fence.name.id, NOWHERE)
            presence, crossings = step(fence, before, point, self.judge.frame.rate)
            if presence != before:
                self.presences[fence.name.id] = presence
            found += crossings
        return found


def whole(
    fences: Sequence[Geofence],
    told: Iterable[Point],
    frame: Frame,
    known: Mapping[uuid.UUID, Presence],
) -> tuple[list[Crossing], dict[uuid.UUID, Presence]]:
    """What all positions of a journey show, in whatever order they came, and where somebody is.

    `known` is where they were when geofences got their shape; what was before is left alone.
    """
    watch = Watch(fences, Judge(frame), dict(known))
    found: list[Crossing] = []
    for point in sorted(told, key=lambda point: (point.micros, point.sequence)):
        if watch.judge.judge(point) in GOOD:
            found += watch.take(fences, point)
    return found, watch.presences


@dataclass(frozen=True, slots=True)
class Transition:
    """A crossing as it was told."""

    id: uuid.UUID
    geofence: uuid.UUID
    kind: Kind
    micros: int


def before(fences: Iterable[Geofence], told: Iterable[Transition]) -> dict[uuid.UUID, Presence]:
    """Where somebody was when geofences got the shape that they have."""
    shaped = {fence.name.id: micros(fence.shape_time) for fence in fences}
    found: dict[uuid.UUID, Presence] = {}
    for one in sorted(told, key=lambda one: one.micros):
        if one.micros >= shaped.get(one.geofence, 0):
            continue
        if one.kind is Kind.DWELL:
            known = found.get(one.geofence, NOWHERE)
            found[one.geofence] = replace(known, dwelled=True)
        else:
            found[one.geofence] = Presence(inside=one.kind is Kind.ENTER, since=one.micros)
    return found


def differences(
    fences: Iterable[Geofence], told: Sequence[Transition], found: Sequence[Crossing]
) -> tuple[list[Transition], list[Crossing]]:
    """What was told and is not so, and what is so and was not told."""
    shaped = {fence.name.id: micros(fence.shape_time) for fence in fences}
    gone: list[Transition] = []
    new = sorted(found, key=lambda one: one.micros)
    for one in sorted(told, key=lambda one: one.micros):
        if one.micros < shaped.get(one.geofence, 0):
            continue
        same = next((crossing for crossing in new if _same(one, crossing)), None)
        if same is None:
            gone.append(one)
        else:
            new.remove(same)
    return gone, new


def _same(told: Transition, found: Crossing) -> bool:
    mine, its = (told.geofence, told.kind), (found.geofence, found.kind)
    return mine == its and abs(told.micros - found.micros) <= SAME


# --- as it lies with the journey


def pack(presences: Mapping[uuid.UUID, Presence]) -> bytes | None:
    """Where somebody is, as bytes; None when they were nowhere near."""
    if not presences:
        return None
    rows = {
        str(id): [one.inside, one.since, one.doubt, one.dwelled] for id, one in presences.items()
    }
    return json.dumps(rows, separators=(",", ":")).encode()


def unpack(body: bytes | None) -> dict[uuid.UUID, Presence]:
    """What `pack` made."""
    rows = json.loads(body) if body else {}
    return {uuid.UUID(id): Presence(*row) for id, row in rows.items()}
