"""The rules of taking positions. Pure."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.kit import errors
from services.location import eta
from services.location.events.domain import Event
from services.location.geo import may_touch
from services.location.instants import instant, micros
from services.location.journeys.domain import (
    AHEAD,
    EARLY,
    JOURNEYS,
    TRAVEL,
    WINDOW,
    Expected,
    Forecast,
    Journey,
    State,
    check_sharing,
)
from services.location.segments.columns import SCALE, Point, Report

MOST_POSITIONS = 500
# Seconds of travel between two positions that the estimator is shown, by the metres that are
# left: half of what a device is asked for (see `pace`). On real trips this changes the error of
# the estimate by less than a fiftieth of it.
APART = ((2_000.0, 5.0), (10_000.0, 7.5))
FAR_APART = 15.0


class SequenceGap(errors.Unmet):
    message = (
        "{journey} is kept up to position {kept_through}, so {first_sequence} cannot come next;"
        " send from kept_through + 1"
    )
    journey: str
    kept_through: int
    first_sequence: int


class BadReport(errors.Invalid):
    """Positions that cannot be kept."""


class BadFrame(errors.Invalid):
    """A frame that may not come now."""


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
    check_sharing(journey, now)
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
    earliest = micros(journey.share_time - WINDOW)
    latest = micros(journey.expire_time + WINDOW)
    first, last = rest.span
    if first < earliest or latest < last:
        index = next(i for i, time in enumerate(rest.times) if not earliest <= time <= latest)
        raise _unwanted(
            index + rest.first - report.first,
            "must lie between the begin of the sharing and the end of the event",
        )
    if journey.pauses:
        paused = (i for i, time in enumerate(rest.times) if journey.paused_at(time))
        index = next(paused, -1)
        if index >= 0:
            raise _unwanted(index + rest.first - report.first, "must not lie in a pause")


def _unwanted(index: int, problem: str) -> BadReport:
    way_out = "leave the position out and number those after it anew"
    return BadReport(f"positions[{index}].capture_time", f"{problem}; {way_out}")


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
    earliest, latest = micros(journey.share_time - EARLY), micros(now + AHEAD)
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


def estimator_of(journey: Journey, event: Event) -> eta.Estimator:
    way = eta.unpack(journey.way)
    return eta.Estimator(event.latitude, event.longitude, TRAVEL.get(journey.mode), way)


def travel_clock(journey: Journey) -> Callable[[int], float]:
    """Gives the seconds of travel from the consent to a time in microseconds.

    This is where one second on the wall becomes many in a journey that is played (D8).
    """
    origin, scale = micros(journey.create_time), journey.rate / 1e6
    return lambda at: (at - origin) * scale
