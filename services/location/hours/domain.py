"""The rules of hours. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kit.names import Name
from services.location.segments.columns import Point
from services.location.trajectories.domain import Frame, Judge, Verdict, apart

# The work that counts what is new of an event; its id is the event's.
COUNT = "count"
# How far behind the figures may be.
BEHIND = timedelta(minutes=1)
# Microseconds in an hour.
LENGTH = 3_600_000_000

TIMELESS = frozenset({Verdict.ANCIENT, Verdict.FUTURE})
TRUE = frozenset({Verdict.GOOD, Verdict.STANDING})


@dataclass(frozen=True, slots=True)
class Hour:
    """What was on the way to an event within an hour."""

    event: Name
    begin: datetime
    positions: int
    meters: float
    seconds: float
    arrivals: int
    punctual: int
    # Of those who arrived, together.
    lateness: float


@dataclass(slots=True)
class Sum:
    """What is new of an hour."""

    positions: int = 0
    meters: float = 0.0
    seconds: float = 0.0


def add(sums: dict[int, Sum], told: Sequence[Point], after: int, frame: Frame) -> None:
    """Adds positions with numbers above `after` to the sums of their hours, which are known by
    the microsecond they begin with. Those before it say where the person came from."""
    judge = Judge(frame)
    for point in told:
        foot, last = judge.foot, judge.last
        verdict = judge.judge(point)
        if point.sequence <= after or verdict in TIMELESS:
            continue
        hour = sums.setdefault(point.micros // LENGTH * LENGTH, Sum())
        hour.positions += 1
        if verdict in TRUE and last is not None:
            hour.seconds += (point.micros - last.micros) / 1e6 * frame.rate
        if verdict is Verdict.GOOD and foot is not None:
            hour.meters += apart(foot, point)
