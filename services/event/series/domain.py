"""The rules of series: which occurrences there are to be, and what becomes of those there are.

Plain values in, plain values out. A series knows the clock of its place and no instants: what
begins at 18:00 begins at 18:00, whatever that clock is set to. No rule gives two occurrences on
one day, so a day says which one is meant.
"""

from __future__ import annotations

import dataclasses
import enum
import uuid
import zoneinfo
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from services.event.events import domain as events
from services.event.events.domain import EVENTS, Event, Plan
from services.event.series import rules
from services.event.series.rules import BadSeries, Rule
from services.kit import errors
from services.kit.names import Collection, Name

SERIES = Collection("series", "turnout.app/Series")

# How far occurrences are made ahead, and how many; how many in one transaction; how often more.
AHEAD = timedelta(days=366)
MOST_AHEAD = 100
BATCH = 25
PAUSE = timedelta(days=1)
# After that no calendar of ours goes.
LAST = datetime(2400, 1, 1)  # noqa: DTZ001 - of the place


class State(enum.Enum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Dates:
    """When a series takes place, as the organizer wrote it."""

    # An RRULE; empty: on the extra days alone.
    rule: str
    extra: tuple[date, ...]
    skipped: tuple[date, ...]
    # When the rule begins: aware, by the clock of the place. None: when the first event does.
    start: datetime | None = None


@dataclass(frozen=True)
class Series:
    name: Name
    # The first occurrence.
    event: uuid.UUID
    # What the occurrences that are made next are like. Its span is where the rule begins.
    pattern: Plan
    dates: Dates
    state: State
    # Occurrences were made up to here, by the clock of the place.
    through: datetime
    create_time: datetime
    update_time: datetime
    version: int = 1


@dataclass(frozen=True)
class Changes:
    """What a change of dates makes of the occurrences that are ahead."""

    moved: tuple[tuple[Event, datetime], ...]
    dropped: tuple[Event, ...]
    # Where new ones begin, by the clock of the place.
    added: tuple[datetime, ...]


class SeriesNotFound(errors.NotFound):
    message = "there is no {series}"
    series: str


class SeriesOver(errors.Unmet):
    message = "{series} was called off"
    series: str


class RecursAlready(errors.Unmet):
    message = "{event} belongs to {series}"
    event: str
    series: str


class RecursNot(errors.Unmet):
    message = "{event} belongs to no series"
    event: str


def begin(name: Name, event: Event, dates: Dates, now: datetime) -> Series:
    """Makes an event the first occurrence of a series."""
    events.need(event, events.State.DRAFT, events.State.PUBLISHED)
    if event.series is not None:
        series = SERIES.format(Name(name.organization, event.series))
        raise RecursAlready(EVENTS.format(event.name), series)
    state = State.PUBLISHED if event.state is events.State.PUBLISHED else State.DRAFT
    start = wall(event.plan.span.start)
    made = Series(name, event.name.id, event.plan, dates, state, start, now, now)
    return _checked(made, dates)


def change(series: Series, dates: Dates, now: datetime) -> Series:
    need_going(series)
    return dataclasses.replace(_checked(series, dates), update_time=now)


def _checked(series: Series, dates: Dates) -> Series:
    """A series with other dates, or a refusal where they cannot be."""
    span = series.pattern.span
    start = dates.start or span.start
    if events.zone_of(start) != span.zone:
        raise BadSeries("series.start_time", f"must be by the clock of the event, {span.zone}")
    if dates.rule:
        rule = rules.parse(dates.rule, zoneinfo.ZoneInfo(span.zone))
        if not rules.fits(rule, wall(start)):
            problem = f"must begin with {wall(start).date()}, or the series on a day of the rule"
            raise BadSeries("series.rule", problem)
    elif not dates.extra:
        raise BadSeries("series.rule", "must be given, or extra_dates")
    pattern = events.moved(series.pattern, start)
    return dataclasses.replace(
        series, dates=dataclasses.replace(dates, start=start), pattern=pattern
    )


def need_going(series: Series) -> None:
    if series.state is State.CANCELLED:
        raise SeriesOver(SERIES.format(series.name))


def wall(time: datetime) -> datetime:
    """What the clock shows."""
    return time.replace(tzinfo=None)


def clocked(series: Series, time: datetime) -> datetime:
    """A time of the clock of the place, as it comes to pass: what it skips is shifted on."""
    zone = zoneinfo.ZoneInfo(series.pattern.span.zone)
    return time.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


# --- which occurrences there are to be


def starts(series: Series, *, after: datetime, until: datetime) -> list[datetime]:
    """Where occurrences begin, by the clock of the place: after one time, up to another."""
    first = wall(series.pattern.span.start)
    found: set[datetime] = set()
    if series.dates.rule:
        found.update(rules.times(_rule(series), first, min(until, LAST)))
    found.update(datetime.combine(day, first.time()) for day in series.dates.extra)
    skipped = set(series.dates.skipped)
    return sorted(each for each in found if after < each <= until and each.date() not in skipped)


def next_starts(series: Series, now: datetime, *, ahead: int) -> tuple[list[datetime], datetime]:
    """Where the next occurrences begin that are to be made, and up to where they are all.

    There are `ahead` of them already.
    """
    zone = zoneinfo.ZoneInfo(series.pattern.span.zone)
    horizon = wall((now + AHEAD).astimezone(zone))
    room = max(0, min(BATCH, MOST_AHEAD - ahead))
    found = starts(series, after=series.through, until=horizon)
    if len(found) <= room:
        return found, max(series.through, horizon)
    return found[:room], found[room - 1] if room else series.through


def is_over(series: Series) -> bool:
    """Whether there is nothing to come after what was made."""
    last = series.through.date()
    if any(day > last for day in series.dates.extra):
        return False
    if not series.dates.rule:
        return True
    return rules.is_over(_rule(series), wall(series.pattern.span.start), series.through)


def _rule(series: Series) -> Rule:
    return rules.parse(series.dates.rule, zoneinfo.ZoneInfo(series.pattern.span.zone))


def plan_at(series: Series, start: datetime) -> Plan:
    """The plan of the occurrence that begins then, by the clock of the place."""
    return events.moved(series.pattern, clocked(series, start))


# --- what becomes of those there are


def rearrange(
    before: Series, series: Series, ahead: Sequence[Event], taken: Container[date], now: datetime
) -> Changes:
    """Fits the occurrences that are `ahead`, in their order, to the new dates of a series.

    Who has a day keeps it. The others move, in their order, to the days that are left. What
    there is or was on the days that are `taken`, whatever became of it, is not made again.
    """
    today = wall(now.astimezone(zoneinfo.ZoneInfo(series.pattern.span.zone)))
    wanted = {each.date(): each for each in starts(series, after=today, until=series.through)}
    retimed = before.pattern.span.start.time() != series.pattern.span.start.time()
    kept: list[tuple[Event, datetime]] = []
    loose: list[Event] = []
    for each in ahead:
        # One that was moved here out of the past has no day to lose.
        if each.original is None or each.original <= today:
            continue
        start = wanted.get(each.original.date())
        if start is None:
            loose.append(each)
        elif retimed:
            kept.append((each, start))
    free = [start for day, start in sorted(wanted.items()) if day not in taken]
    pairs = list(zip(loose, free, strict=False))
    rest = len(pairs)
    return Changes((*kept, *pairs), tuple(loose[rest:]), tuple(free[rest:]))


def revised_times(event: Event, start: datetime, length: timedelta) -> Plan:
    """The plan of an occurrence that begins at another time of its day, and lasts as long."""
    day = event.original.date() if event.original else event.plan.span.start.date()
    begin = datetime.combine(day, start.time()).replace(tzinfo=start.tzinfo)
    begin = begin.astimezone(UTC).astimezone(start.tzinfo)
    moved = events.moved(event.plan, begin)
    return dataclasses.replace(moved, span=events.lasting(begin, length))


def follows(event: Event, other: Event) -> bool:
    """Whether an occurrence comes after another one, by their series."""
    if event.original is None or other.original is None:
        return False
    return event.original > other.original


def original(event: Event, plan: Plan) -> datetime | None:
    """When an occurrence begins by its series, once all begin at the time of `plan`."""
    if event.original is None:
        return None
    return datetime.combine(event.original.date(), plan.span.start.time())


def need_same_day(event: Event, plan: Plan) -> None:
    if plan.span.start.date() != event.plan.span.start.date():
        problem = "must be on the same day; change the rule of the series for another"
        raise BadSeries("event.start_time", problem)
    if plan.span.zone != event.plan.span.zone:
        raise BadSeries("event.start_time.time_zone", f"must be {event.plan.span.zone}")


def skip(series: Series, day: date, now: datetime) -> Series:
    days = tuple(dict.fromkeys((*series.dates.skipped, day)))
    dates = dataclasses.replace(series.dates, skipped=days)
    return dataclasses.replace(series, dates=dates, update_time=now)


def publish(series: Series, now: datetime) -> Series:
    need_going(series)
    return dataclasses.replace(series, state=State.PUBLISHED, update_time=now)


def cancel(series: Series, now: datetime) -> Series:
    need_going(series)
    return dataclasses.replace(series, state=State.CANCELLED, update_time=now)


def days(texts: Iterable[str], field: str) -> tuple[date, ...]:
    """Reads days such as `2027-06-19`, each once. Raises BadSeries."""
    found = []
    for index, text in enumerate(texts):
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            raise BadSeries(f"{field}[{index}]", "must be a day of the calendar") from None
    return tuple(dict.fromkeys(found))
