"""Rules of recurrence: a subset of the RRULE of RFC 5545, and the days that it gives. Pure.

All times here are those of one clock and know no zone. dateutil counts the periods; what only
leaves days out is done here, because dateutil looks for a day that never comes until the year
9999. A rule is only run from a start that fits it, so that every period has an end.
"""

from __future__ import annotations

import calendar
import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from typing import Any

from dateutil import rrule

from services.kit import errors

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
LONG = ("MONTHLY", "YEARLY")
MOST_INTERVAL, MOST_COUNT = 99, 1000
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,4}")
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")


class BadSeries(errors.Invalid):
    """A rule, or a date of a series, that cannot be."""


@dataclass(frozen=True)
class Rule:
    """The parts of an RRULE. What is empty or None was not said."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    # The number of a weekday within its period (0: each), and the weekday from Monday, 0.
    weekdays: tuple[tuple[int, int], ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0


def parse(text: str, zone: tzinfo, field: str = "series.rule") -> Rule:
    """Reads an RRULE for events by the clock of `zone`. Raises BadSeries, with the part named."""
    parts: dict[str, str] = {}
    for part in text.strip().removeprefix("RRULE:").split(";"):
        key, equals, value = part.strip().upper().partition("=")
        if not equals or not value:
            raise BadSeries(field, f"has a part that is no NAME=VALUE: {part[:40]!r}")
        if key in parts:
            raise BadSeries(field, f"says {key} twice")
        parts[key] = value
    try:
        rule = _read(parts, zone)
    except _Refused as refused:
        raise BadSeries(field, str(refused)) from None
    return rule


class _Refused(ValueError):
    """What is wrong with a part."""


def _read(parts: dict[str, str], zone: tzinfo) -> Rule:
    strange = parts.keys() - READERS.keys() - {"FREQ", "UNTIL"}
    if strange:
        raise _Refused(f"has {min(strange)}, which is not supported")
    frequency = parts.get("FREQ", "")
    if frequency not in FREQUENCIES:
        raise _Refused(f"must have a FREQ of {', '.join(FREQUENCIES)}")
    values: dict[str, Any] = {
        name: read(key, parts[key]) for key, (name, read) in READERS.items() if key in parts
    }
    if "UNTIL" in parts:
        values["until"] = _until(parts["UNTIL"], zone)
    rule = Rule(frequency, **values)
    for problem in _conflicts(rule):
        raise _Refused(problem)
    return rule


def _conflicts(rule: Rule) -> Iterator[str]:
    if rule.count is not None and rule.until is not None:
        yield "must not have both COUNT and UNTIL"
    if rule.frequency not in LONG and any(number for number, _ in rule.weekdays):
        yield "has BYDAY with numbers, which FREQ=MONTHLY and YEARLY alone have"
    if rule.frequency == "MONTHLY" and any(abs(number) > 5 for number, _ in rule.weekdays):
        yield "has BYDAY with a number that no month has"
    if rule.positions and rule.frequency not in LONG:
        yield "has BYSETPOS, which FREQ=MONTHLY and YEARLY alone have"
    if rule.positions and not (rule.weekdays or rule.month_days or rule.months):
        yield "has BYSETPOS without another BY part"
    if rule.month_days and rule.frequency == "WEEKLY":
        yield "has BYMONTHDAY, which FREQ=WEEKLY does not have"
    if rule.month_days and rule.frequency == "YEARLY" and not rule.months:
        yield "has BYMONTHDAY in FREQ=YEARLY, which needs BYMONTH"


def _numbers(least: int, most: int, *, signed: bool = False) -> Any:
    def read(key: str, value: str) -> tuple[int, ...]:
        found = []
        for word in value.split(","):
            number = int(word) if _NUMBER.fullmatch(word) else 0
            if not least <= (abs(number) if signed else number) <= most:
                ends = f"{least} to {most}" + (", or minus that" if signed else "")
                raise _Refused(f"has a {key} of {word[:20]!r}, which must be from {ends}")
            found.append(number)
        return tuple(dict.fromkeys(found))

    return read


def _number(least: int, most: int) -> Any:
    def read(key: str, value: str) -> int:
        return int(_numbers(least, most)(key, value if "," not in value else "")[0])

    return read


def _weekdays(key: str, value: str) -> tuple[tuple[int, int], ...]:
    found = []
    for word in value.split(","):
        match = _DAY.fullmatch(word)
        number = int(match[1] or 0) if match else 0
        if match is None or (match[1] and not 1 <= abs(number) <= 53):
            raise _Refused(f"has a {key} of {word[:20]!r}, which is no weekday such as MO or -1FR")
        found.append((number, DAYS.index(match[2])))
    return tuple(dict.fromkeys(found))


def _weekday(key: str, value: str) -> int:
    if value not in DAYS:
        raise _Refused(f"has a {key} of {value[:20]!r}, which is no weekday such as MO")
    return DAYS.index(value)


READERS: dict[str, tuple[str, Any]] = {
    "INTERVAL": ("interval", _number(1, MOST_INTERVAL)),
    "COUNT": ("count", _number(1, MOST_COUNT)),
    "BYMONTH": ("months", _numbers(1, 12)),
    "BYMONTHDAY": ("month_days", _numbers(1, 31, signed=True)),
    "BYDAY": ("weekdays", _weekdays),
    "BYSETPOS": ("positions", _numbers(1, 366, signed=True)),
    "WKST": ("week_start", _weekday),
}


def _until(value: str, zone: tzinfo) -> datetime:
    """The last moment, by the clock of the place. A day is meant until its end."""
    if not _UNTIL.fullmatch(value):
        raise _Refused("has an UNTIL that is no time such as 20271231T230000Z, and no day")
    try:
        day = datetime.strptime(value[:8], "%Y%m%d")  # noqa: DTZ007 - of the place
        if len(value) == len("YYYYMMDD"):
            return datetime.combine(day, time.max)
        wall = datetime.strptime(value[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007
        if not value.endswith("Z"):
            return wall
        return wall.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise _Refused("has an UNTIL that no calendar has") from None


# --- what a rule gives


def fits(rule: Rule, start: datetime) -> bool:
    """Whether a rule that begins at `start` has it as its first time."""
    if rule.until is not None and start > rule.until:
        return False
    if not _within(rule, start) or not _on_weekday(rule, start):
        return False
    # From here on it is a time of the rule, but for its place among those of its period.
    return not rule.positions or start in _at_positions(_of_period(rule, start), rule.positions)


def times(rule: Rule, start: datetime, end: datetime) -> Iterator[datetime]:
    """The times that a rule gives from `start`, which fits it, until `end`, which is included."""
    last = min(end, rule.until or end)
    left = rule.count or MOST_COUNT * 100
    for found in _periods(rule, start, last):
        if _within(rule, found):
            yield found
            left -= 1
            if not left:
                return


def _periods(rule: Rule, start: datetime, last: datetime) -> Iterator[datetime]:
    """What dateutil makes of a rule, but for what only leaves days out."""
    asked: dict[str, Any] = {"interval": rule.interval, "wkst": rule.week_start}
    if rule.frequency == "WEEKLY":
        asked["byweekday"] = [day for _, day in rule.weekdays] or None
    elif rule.frequency in LONG:
        asked |= _expanding(rule)
        asked["bysetpos"] = rule.positions or None
    yield from rrule.rrule(FREQUENCIES[rule.frequency], dtstart=start, until=last, **asked)


def _expanding(rule: Rule) -> dict[str, Any]:
    weekdays = [
        rrule.weekday(day, number) if number else rrule.weekday(day)
        for number, day in rule.weekdays
    ]
    return {
        "bymonthday": rule.month_days or None,
        "byweekday": weekdays or None,
        "bymonth": (rule.months or None) if rule.frequency == "YEARLY" else None,
    }


def _of_period(rule: Rule, start: datetime) -> list[datetime]:
    """The times of the month or the year of `start`, which is one of them."""
    first = start.replace(day=1) if rule.frequency == "MONTHLY" else start.replace(month=1, day=1)
    whole = dataclasses.replace(rule, interval=1, count=None, until=None, positions=())
    if not (rule.month_days or rule.weekdays):
        # Without any day of its own, a rule means that of its start.
        whole = dataclasses.replace(whole, month_days=(start.day,))
    return list(_periods(whole, first, _end_of_period(rule, start)))


def _end_of_period(rule: Rule, start: datetime) -> datetime:
    if rule.frequency == "MONTHLY":
        return start.replace(day=calendar.monthrange(start.year, start.month)[1])
    return start.replace(month=12, day=31)


def _at_positions(found: list[datetime], positions: tuple[int, ...]) -> list[datetime]:
    if not positions:
        return found
    return [
        found[position - 1 if position > 0 else position]
        for position in positions
        if abs(position) <= len(found)
    ]


def _within(rule: Rule, at: datetime) -> bool:
    """Whether a time has a month, and where it only leaves days out a day, of the rule."""
    if rule.months and at.month not in rule.months:
        return False
    if rule.month_days:
        length = calendar.monthrange(at.year, at.month)[1]
        if not {at.day, at.day - length - 1} & set(rule.month_days):
            return False
    return rule.frequency != "DAILY" or _on_weekday(rule, at)


def _on_weekday(rule: Rule, at: datetime) -> bool:
    """Whether a time is on one of the weekdays of a rule, by its number if that counts."""
    if not rule.weekdays:
        return True
    numbers = {number for number, day in rule.weekdays if day == at.weekday()}
    return bool(numbers & {0, *_numbers_of(rule, at)})


def _numbers_of(rule: Rule, at: datetime) -> tuple[int, int]:
    """Which of its weekday a day is in its month, or in its year, from either end."""
    if rule.frequency == "MONTHLY" or rule.months:
        day, length = at.day, calendar.monthrange(at.year, at.month)[1]
    else:
        day, length = at.timetuple().tm_yday, 365 + calendar.isleap(at.year)
    return (day - 1) // 7 + 1, -((length - day) // 7 + 1)


def is_over(rule: Rule, start: datetime, end: datetime) -> bool:
    """Whether a rule gives nothing after `end`."""
    if rule.until is not None:
        return rule.until <= end
    if rule.count is None:
        return False
    return sum(1 for _ in times(rule, start, end)) >= rule.count
