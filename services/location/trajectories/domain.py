"""The rules of trajectories: what is thought of each position, and which ones matter. Pure."""

from __future__ import annotations

import enum
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np

from services.kit.names import Singleton
from services.location.geo import PER_DEGREE, distance
from services.location.journeys.domain import JOURNEYS
from services.location.segments.columns import Point

TRAJECTORIES = Singleton(JOURNEYS, "trajectory")

# How far a position may be from the simplified way, where nobody says.
TOLERANCE = 10.0
# Metres; less is no step. Metres of accuracy that say nothing. Metres per second at the most.
STEP, COARSEST, FASTEST = 15.0, 1000.0, 75.0
# Coarser than that says less than one that is at most so many seconds older.
COARSE = ((100.0, 60.0), (200.0, 300.0))
# So many impossible positions in a row that agree with each other are true.
ODD = 3
# Seconds of travel without anything good that are called a gap.
GAP = 60.0


class Verdict(enum.Enum):
    """What is thought of a position."""

    GOOD = "good"
    STANDING = "standing"
    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "out_of_order"
    ANCIENT = "ancient"
    FUTURE = "future"
    NOWHERE = "nowhere"
    COARSE = "coarse"
    TELEPORT = "teleport"


@dataclass(frozen=True, slots=True)
class Frame:
    """What positions are judged by: when they may have been captured, in microseconds since
    1970, and the seconds of travel in one second on the wall."""

    earliest: int
    latest: int
    rate: float = 1.0


@dataclass
class Judge:
    """Says of positions, in the order of their numbers, what is thought of them."""

    frame: Frame
    last: Point | None = None
    # Where the last step ended.
    foot: Point | None = None
    odd: list[Point] = field(default_factory=list)

    def judge(self, point: Point) -> Verdict:
        verdict = self._judge(point)
        if verdict in (Verdict.GOOD, Verdict.STANDING):
            self.last, self.odd = point, []
            if verdict is Verdict.GOOD:
                self.foot = point
        return verdict

    def _judge(self, point: Point) -> Verdict:
        last = self.last
        if not point.latitude and not point.longitude:
            return Verdict.NOWHERE
        if point.micros < self.frame.earliest:
            return Verdict.ANCIENT
        if point.micros > self.frame.latest:
            return Verdict.FUTURE
        if last is None:
            return Verdict.COARSE if point.accuracy > COARSEST else Verdict.GOOD
        if point.micros <= last.micros:
            return _again(last, point)
        lapse = (point.micros - last.micros) / 1e6 * self.frame.rate
        if _too_coarse(point, last, lapse):
            return Verdict.COARSE
        if not reachable(last, point, lapse) and not self._believed(point):
            return Verdict.TELEPORT
        foot = self.foot or last
        return Verdict.GOOD if apart(foot, point) >= STEP else Verdict.STANDING

    def _believed(self, point: Point) -> bool:
        """Whether enough impossible positions agree with each other."""
        if self.odd:
            lapse = (point.micros - self.odd[-1].micros) / 1e6 * self.frame.rate
            if lapse <= 0 or not reachable(self.odd[-1], point, lapse):
                self.odd = []
        self.odd.append(point)
        return len(self.odd) >= ODD


def _again(last: Point, point: Point) -> Verdict:
    same = (last.micros, last.latitude, last.longitude)
    known = same == (point.micros, point.latitude, point.longitude)
    return Verdict.DUPLICATE if known else Verdict.OUT_OF_ORDER


def _too_coarse(point: Point, last: Point, lapse: float) -> bool:
    if point.accuracy > COARSEST:
        return True
    if point.accuracy <= last.accuracy:
        return False
    return any(point.accuracy > meters and lapse < seconds for meters, seconds in COARSE)


def apart(one: Point, other: Point) -> float:
    """Metres."""
    return distance(one.latitude, one.longitude, other.latitude, other.longitude)


def reachable(one: Point, other: Point, lapse: float) -> bool:
    """Whether somebody gets from here to there in so many seconds of travel."""
    return apart(one, other) <= FASTEST * lapse + max(50.0, one.accuracy, other.accuracy)


# --- the whole way


@dataclass(frozen=True)
class Trajectory:
    """A way, and what was thought of all that was told of it."""

    # The good positions, standing ones among them.
    points: Sequence[Point]
    tallies: dict[Verdict, int]
    meters: float
    gaps: int
    longest_gap: timedelta


def trajectory(told: Sequence[Point], frame: Frame) -> Trajectory:
    """What positions say, in the order of their numbers."""
    judge, tallies = Judge(frame), Counter[Verdict]()
    good: list[Point] = []
    meters, longest, gaps = 0.0, 0.0, 0
    for point in told:
        foot, last = judge.foot, judge.last
        verdict = judge.judge(point)
        tallies[verdict] += 1
        if verdict not in (Verdict.GOOD, Verdict.STANDING):
            continue
        good.append(point)
        if last is not None:
            lapse = (point.micros - last.micros) / 1e6 * frame.rate
            longest, gaps = max(longest, lapse), gaps + (lapse > GAP)
        if verdict is Verdict.GOOD and foot is not None:
            meters += apart(foot, point)
    return Trajectory(good, dict(tallies), meters, gaps, timedelta(seconds=longest))


def simplified(way: Sequence[Point], tolerance: float) -> list[Point]:
    """The positions at which a way bends (Douglas–Peucker): no other is farther than
    `tolerance` metres from the line between those beside it."""
    if len(way) < 3:
        return list(way)
    middle = math.radians(sum(point.latitude for point in way) / len(way))
    # Around the antimeridian the way goes on beyond 180 degrees.
    longitudes = np.unwrap([point.longitude for point in way], period=360.0)
    x = longitudes * math.cos(middle) * PER_DEGREE
    y = np.array([point.latitude for point in way]) * PER_DEGREE
    kept = np.zeros(len(way), bool)
    kept[0] = kept[-1] = True
    spans = [(0, len(way) - 1)]
    while spans:
        begin, end = spans.pop()
        if end - begin < 2:
            continue
        off = _off(x[begin : end + 1], y[begin : end + 1])
        farthest = int(np.argmax(off))
        if off[farthest] > tolerance:
            kept[begin + farthest] = True
            spans += [(begin, begin + farthest), (begin + farthest, end)]
    return [point for point, stays in zip(way, kept, strict=True) if stays]


def _off(x: Any, y: Any) -> Any:
    """How far positions are from the line between the first and the last of them."""
    along_x, along_y = x[-1] - x[0], y[-1] - y[0]
    length = along_x * along_x + along_y * along_y
    from_x, from_y = x - x[0], y - y[0]
    if not length:
        return np.hypot(from_x, from_y)
    share = np.clip((from_x * along_x + from_y * along_y) / length, 0.0, 1.0)
    return np.hypot(from_x - share * along_x, from_y - share * along_y)
