"""The rules of taking positions. Pure."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.kit import errors
from services.location import eta
from services.location.events.domain import Event
from services.location.geo import distance, may_touch
from services.location.geofences.domain import Crossing, Geofence, Watch, pack, unpack
from services.location.instants import instant, micros
from services.location.journeys.domain import (
    AHEAD,
    EARLY,
    JOURNEYS,
    TRAVEL,
    TRAVELS,
    WINDOW,
    Expected,
    Forecast,
    Journey,
    Mode,
    Precision,
    State,
    check_sharing,
    forgetting,
    over,
)
from services.location.segments.columns import SCALE, Point, Report, shifted
from services.location.track import telling
from services.location.track.clocks import Lags
from services.location.track.stays import Stay, ended
from services.location.trajectories.domain import Frame, Judge

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


# So many times as long between two looks, by what is left in the battery; a minute at the most.
TIRED = ((10, 4.0), (20, 2.0))
LONGEST_PACE = 60.0
# How long a position may wait until the estimate knows of it, and how many reports may.
# Who reports every second is settled with every report, and not a moment after some of them.
SETTLE = timedelta(seconds=0.8)
MOST_PENDING = 64
# Microseconds by which a clock may be set without the estimate beginning anew.
LEAP = 60_000_000
# Positions far from the venue that the estimator is shown at once.
MOST_LOOKS = 6


@dataclass(slots=True, eq=False)
class Passage:
    """A journey while reports of it are taken: what it was, what it is by now, where it leads.

    Reports far from the venue are only counted at first. They are `pending` until the journey
    is settled, once in a second: then the estimator sees them, and everybody else.
    """

    # As it is on disk, but for what was counted since.
    before: Journey
    journey: Journey
    event: Event
    estimator: eta.Estimator
    # The number of the change that wrote it last.
    change: int
    kept_through: int
    position_count: int
    # On disk, with what this transaction writes not among it.
    known_through: int
    # When a position may have been captured, in microseconds since 1970.
    window: tuple[int, int]
    pending: list[Report] = dataclasses.field(default_factory=list)
    settle_time: datetime | None = None
    # The geofences of the event; None where there are none to be followed through.
    watch: Watch | None = None
    # How old reports were when they came.
    lags: Lags = dataclasses.field(default_factory=Lags)
    # Where the person stays. A process that did not see them come waits for as long once more.
    stay: Stay = dataclasses.field(default_factory=Stay)
    # What they showed that nobody was told of yet.
    crossings: list[Crossing] = dataclasses.field(default_factory=list)
    # Whether something came late that may change since when the person is there, or whether.
    late: bool = False

    @classmethod
    def of(
        cls,
        journey: Journey,
        event: Event,
        change: int = 0,
        geofences: Sequence[Geofence] = (),
    ) -> Passage:
        return cls(
            before=journey,
            journey=journey,
            event=event,
            estimator=estimator_of(journey, event),
            change=change,
            kept_through=journey.kept_through,
            position_count=journey.position_count,
            known_through=journey.kept_through,
            window=(micros(journey.share_time - WINDOW), micros(journey.expire_time + WINDOW)),
            watch=_watch(journey, geofences),
        )

    def due(self, now: datetime) -> bool:
        """Whether everybody should hear of it now."""
        if not self.pending:
            return self.journey is not self.before
        return (
            self.settle_time is None
            or now - self.settle_time >= SETTLE
            or self.journey.newest is None
            or len(self.pending) >= MOST_PENDING
        )

    def hurries(self) -> bool:
        """Whether that cannot wait any longer: what was looked at already, or is too much."""
        if not self.pending:
            return self.journey is not self.before
        return len(self.pending) >= MOST_PENDING


def numbered(passage: Passage, report: Report) -> Report | None:
    """A report with numbers, which apps that know of none leave to us; None for what such an app
    told right before, and tells again because it heard no answer."""
    if report.first:
        return report
    newest = passage.journey.newest
    known = newest.micros - passage.journey.clock_offset if newest else None
    if passage.pending:
        known = passage.pending[-1].span[1]
    if report.span == (known, known):
        return None
    return Report.of(passage.kept_through + 1, *report.columns)


def take(passage: Passage, report: Report, now: datetime) -> Report | None:
    """Appends a report to a journey; gives what of it is to be kept.

    What is kept already is cut off, so a report may be told twice. What was captured after the
    arrival is cut off too: the consent ends there. Refuses a gap, a journey that is over, and
    positions that cannot have been captured within the consent.
    """
    journey, kept_through = passage.journey, passage.kept_through
    known = report.last <= kept_through
    overlaps = report.first <= kept_through
    # A report that was answered before is answered again, even by a journey that arrived.
    if known or (overlaps and journey.state is State.ARRIVED):
        return None
    if journey.state is not State.ARRIVED:
        check_sharing(journey, now)
    if report.first > kept_through + 1:
        raise SequenceGap(JOURNEYS.format(journey.name), kept_through, report.first)
    if journey.state is State.ARRIVED:
        rest = _before_arrival(journey, report, now)
        _check_window(passage, rest, report)
        passage.late = True
    else:
        rest = report.part(max(0, kept_through + 1 - report.first), len(report))
        _check_window(passage, rest, report)
        _set_clock(passage, rest.span[1], now)
        rest = _taken(passage, rest, now)
    passage.kept_through = rest.last
    if not journey.terms.live_only:
        passage.position_count += len(rest)
    return rest


def _taken(passage: Passage, rest: Report, now: datetime) -> Report:
    """Notes what is to be understood; gives what is to be kept of it."""
    passage.pending.append(rest)
    # Who may be there is looked at before anything that was captured later is kept.
    if not _near(passage.event, rest.box):
        return rest
    newest, offset = passage.journey.newest, passage.journey.clock_offset
    known = [newest.micros - offset] if newest is not None else []
    known += [report.span[1] for report in passage.pending[:-1]]
    passage.late |= rest.span[0] < max(known, default=rest.span[0])
    return rest.part(0, len(follow(passage, now)))


def _before_arrival(journey: Journey, report: Report, now: datetime) -> Report:
    """The first positions in a row that were captured before somebody arrived, who tells of them
    late: what was captured after it is nobody's business."""
    if journey.arrive_time is None or journey.terms.live_only or now >= journey.expire_time:
        raise over(journey)
    arrival = micros(journey.arrive_time) - journey.clock_offset
    earlier = [time < arrival for time in report.times]
    if True not in earlier:
        raise over(journey)
    begin = earlier.index(True)
    end = earlier.index(False, begin) if False in earlier[begin:] else len(report)
    return report.part(begin, end)


def _set_clock(passage: Passage, captured: int, now: datetime) -> None:
    """Learns how far the clock of the device is off; what is decided goes by ours."""
    journey = passage.journey
    offset = passage.lags.offset(captured, micros(now), journey.clock_offset)
    moved = offset - journey.clock_offset
    if not moved:
        return
    newest = journey.newest
    if newest is not None:
        newest = dataclasses.replace(newest, micros=newest.micros + moved)
    if abs(moved) > LEAP:
        # What was travelled by a clock that is wrong by so much says nothing.
        journey = dataclasses.replace(journey, way=None, expected=None)
        passage.estimator = estimator_of(journey, passage.event)
        passage.stay = Stay()
    passage.journey = dataclasses.replace(journey, clock_offset=offset, newest=newest)


def settle(passage: Passage, now: datetime) -> Journey:
    """The journey after all its reports: what is expected is asked once, not for each of them."""
    if passage.pending:
        follow(passage, now)
    passage.settle_time = now
    journey = passage.journey
    if journey is passage.before:
        return journey
    changes: dict[str, Any] = {
        "kept_through": passage.kept_through,
        "position_count": passage.position_count,
        "followed_through": passage.kept_through,
    }
    if journey.state is not State.ARRIVED:
        expected = journey.expected
        if journey.newest is not None and journey.newest is not passage.before.newest:
            expected = expectation(passage.estimator, journey, journey.newest, now)
        changes["expected"] = expected
        changes["forecast"] = journey.forecast or _forecast(journey.newest, expected)
        changes["told"] = telling.told(journey, expected, now)
        changes["way"] = eta.pack(passage.estimator.way)
        changes["edge"] = _edge(passage.watch, journey.newest)
    settled = dataclasses.replace(journey, **changes)
    passage.journey = forgetting(settled) if settled.state is State.ARRIVED else settled
    return passage.journey


def _edge(watch: Watch | None, newest: Point | None) -> float | None:
    return watch.edge(newest.latitude, newest.longitude) if watch and newest else None


def written(passage: Passage, change: int) -> None:
    """Notes that the journey is on disk as it is now."""
    passage.before, passage.change = passage.journey, change
    passage.known_through = passage.kept_through


def _forecast(newest: Point | None, expected: Expected | None) -> Forecast | None:
    if newest is None or expected is None or expected.p50_time is None:
        return None
    return Forecast(expected.p50_time, instant(newest.micros))


def _check_window(passage: Passage, rest: Report, report: Report) -> None:
    """Refuses what the person never agreed to show, and says which position that is.

    Keeping it would be wrong, and dropping it in silence too: the device is told, and may
    leave it out and number the others anew.
    """
    journey, (earliest, latest) = passage.journey, passage.window
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


def follow(passage: Passage, now: datetime) -> Report:
    """Shows the estimator what is pending; gives the last report, cut off at the arrival, with
    times by our clock."""
    journey, estimator = passage.journey, passage.estimator
    pending = [shifted(report, journey.clock_offset) for report in passage.pending]
    arrived, final = None, pending[-1]
    newest: tuple[Report, int] | None = None
    watch = passage.watch
    if watch is not None:
        watch.judge.frame = _frame(journey, now)
    look = _look(passage, pending, now)
    for report in pending:
        look.final = report is final
        index, arrived = _feed(estimator, look, report)
        if index is not None:
            newest = report, index
            if arrived is not None:
                final = report.part(0, index + 1)
                break
        if watch is not None:
            passage.crossings += watch.see(report)
    if watch is not None and arrived is not None:
        passage.crossings += watch.see(final)
    passage.pending.clear()
    version = journey.version + (journey.state is State.READY)
    changes: dict[str, Any] = {"state": State.UNDER_WAY, "version": version}
    if newest is not None:
        report, index = newest
        changes["newest"] = report.point(index)
    if watch is not None:
        changes["presences"] = pack(watch.presences)
    if arrived is not None:
        changes |= arrival(instant(arrived), estimator.left(), version)
    passage.journey = dataclasses.replace(journey, **changes)
    return final


@dataclass(slots=True)
class _Look:
    """What reports are looked at with, one after the other. Times in microseconds since 1970."""

    journey: Journey
    event: Event
    # When what counts may have been captured.
    earliest: int
    latest: int
    # The newest good position so far; None before there is one.
    newest: int | None
    # Between two positions at the least, far from the venue.
    least: int
    # Whether any of the reports may be within the radius.
    close: bool
    # Where the person stays.
    stay: Stay
    travelled: Callable[[int], float]
    # Whether no report comes after the one that is looked at.
    final: bool = False


def _look(passage: Passage, pending: Sequence[Report], now: datetime) -> _Look:
    journey, newest = passage.journey, passage.journey.newest
    boxes = [report.box for report in pending]
    souths, wests, norths, easts = zip(*boxes, strict=True)
    begin = min(report.span[0] for report in pending)
    end = max(report.span[1] for report in pending)
    return _Look(
        journey,
        passage.event,
        earliest=micros(journey.share_time - EARLY),
        latest=micros(now + AHEAD),
        newest=newest.micros if newest else None,
        # Who was offline for an hour tells all of it at once.
        least=(end - begin) // MOST_LOOKS,
        close=_near(passage.event, (min(souths), min(wests), max(norths), max(easts))),
        stay=passage.stay,
        travelled=travel_clock(journey),
    )


def _feed(estimator: eta.Estimator, look: _Look, report: Report) -> tuple[int | None, int | None]:
    """Shows the estimator what may count: gives the last that did, and when somebody was there, in
    microseconds since 1970, if they are.

    Near the venue that is every position; far away one in some seconds and the last will do,
    which is much less work.
    """
    known, end = look.newest, report.span[1]
    near = look.close and _near(look.event, report.box)
    # Most reports of a burst.
    if not near and not look.final and known is not None and end < known + max(1, look.least):
        return None, None
    journey, event = look.journey, look.event
    apart = 0
    if not near:
        apart = max(look.least, round(seconds_apart(estimator.left()) / journey.rate * 1e6))
    last = report.count - 1
    due = look.earliest if known is None else max(look.earliest, known + max(1, apart))
    worst = coarsest(event)
    newest, index = None, -1
    while (index := _next(report, index + 1, due, look)) <= last:
        time, latitude, longitude, accuracy = report.fix(index)
        # 0, 0 is in the sea, and what many devices say who cannot tell.
        if not look.earliest <= time <= look.latest or not (latitude or longitude):
            continue
        at = latitude / SCALE, longitude / SCALE
        if not estimator.update(look.travelled(time), *at, accuracy or None):
            continue
        newest, look.newest, due = index, time, time + apart
        # Of this very position near the venue: what the estimator knows is smoothed.
        left = distance(*at, event.latitude, event.longitude) if near else estimator.left()
        if near and accuracy <= worst and left <= event.radius:
            return newest, time
        stayed = look.stay.seconds(*at, accuracy, time) * journey.rate
        # What came after it was kept already, unless it is the last.
        if look.final and ended(stayed, left, estimator.way.first, accuracy, event.radius):
            return newest, look.stay.since
    return newest, None


def coarsest(event: Event) -> float:
    """Metres of accuracy up to which a position shows that somebody is there."""
    return max(event.radius, 100)


def _next(report: Report, index: int, due: int, look: _Look) -> int:
    """The next position to be looked at, from an index on: the first that is due, or the last one
    of all. The number of all if there is none."""
    found = report.since(due, index) if due <= report.span[1] else report.count
    if found == report.count and look.final:
        return max(index, report.count - 1)
    return found


def _near(event: Event, box: tuple[int, int, int, int]) -> bool:
    """Whether any position within a box may be within the radius."""
    south, west, north, east = box
    return may_touch(
        south / SCALE,
        west / SCALE,
        north / SCALE,
        east / SCALE,
        event.latitude,
        event.longitude,
        event.radius,
    )


def seconds_apart(left: float) -> float:
    """Seconds of travel that need not be looked at; of who is nowhere yet, as of who is near."""
    if math.isnan(left):
        return APART[0][1]
    return next((seconds for metres, seconds in APART if left <= metres), FAR_APART)


def arrival(time: datetime, distance: float, version: int) -> dict[str, Any]:
    """Ends the sharing at the venue."""
    return {
        "state": State.ARRIVED,
        "arrive_time": time,
        "expected": Expected(distance, time, time),
        "way": None,
        "version": version + 1,
    }


def expectation(
    estimator: eta.Estimator, journey: Journey, newest: Point, now: datetime
) -> Expected:
    at = max(now, instant(newest.micros))
    found = estimator.estimate(travel_clock(journey)(micros(at)))
    if found is None:
        return Expected(estimator.left(), None, None)
    return Expected(
        distance=estimator.left(),
        p50_time=at + timedelta(seconds=found.p50 / journey.rate),
        p90_time=at + timedelta(seconds=found.p90 / journey.rate),
        method=found.method,
        route_time=_wall_time(journey, found.route_time),
        mode=_mode(estimator, journey),
    )


def _wall_time(journey: Journey, travelled: float | None) -> datetime | None:
    """The other way round than `travel_clock`."""
    if travelled is None:
        return None
    return journey.create_time + timedelta(seconds=travelled / journey.rate)


def _mode(estimator: eta.Estimator, journey: Journey) -> Mode:
    if journey.mode is not Mode.UNKNOWN:
        return journey.mode
    return TRAVELS.get(estimator.looks_like(), Mode.UNKNOWN)


def pace(
    distance: float | None,
    radius: int,
    rate: float,
    battery: float = 100,
    *,
    edge: float | None = None,
) -> timedelta:
    """How often to look: every second at the venue and at the edge of a geofence, every minute
    far away, and less often with little left in the battery.

    In steps, so that nobody is told a new one all the time.
    """
    seconds = 5.0 if distance is None else _seconds_between(distance, max(300, 2 * radius))
    if edge is not None:
        seconds = min(seconds, _seconds_between(edge, 300))
    tired = next((times for left, times in TIRED if 0 <= battery <= left), 1.0)
    return timedelta(seconds=min(LONGEST_PACE, seconds * tired) / rate)


def _seconds_between(meters: float, close: float) -> float:
    """Seconds between two looks of who is so far from what matters, which is close up to there."""
    edges = ((close, 1.0), (2_000, 5.0), (10_000, 15.0), (30_000, 30.0))
    return next((step for edge, step in edges if meters <= edge), 60.0)


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


def _watch(journey: Journey, geofences: Sequence[Geofence]) -> Watch | None:
    """Who wants to be seen coarsely, or nothing to be kept, is not followed from place to place."""
    seen = journey.terms.precision is Precision.EXACT and not journey.terms.live_only
    if not geofences or not seen:
        return None
    # What is judged before the first report is nothing.
    judge = Judge(_frame(journey, journey.create_time), journey.newest)
    known = {fence.name.id for fence in geofences}
    presences = {id: one for id, one in unpack(journey.presences).items() if id in known}
    return Watch(geofences, judge, presences)


def _frame(journey: Journey, now: datetime) -> Frame:
    return Frame(micros(journey.share_time - EARLY), micros(now + AHEAD), journey.rate)


def estimator_of(journey: Journey, event: Event) -> eta.Estimator:
    way = eta.unpack(journey.way)
    return eta.Estimator(event.latitude, event.longitude, TRAVEL.get(journey.mode), way)


def travel_clock(journey: Journey) -> Callable[[int], float]:
    """Gives the seconds of travel from the consent to a time in microseconds.

    This is where one second on the wall becomes many in a journey that is played (D8).
    """
    origin, scale = micros(journey.create_time), journey.rate / 1e6
    return lambda at: (at - origin) * scale
