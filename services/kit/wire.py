"""Values every contract shares, to the wire and back. Pure, but for the time zone database."""

from __future__ import annotations

import functools
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone

from google.protobuf import duration_pb2, timestamp_pb2
from google.type import datetime_pb2, latlng_pb2, money_pb2

from services.kit import errors
from services.kit.money import CURRENCIES, MOST, Money, scale

NANOS = 10**9
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What a Timestamp may say (0001-01-01 to 9999-12-31) and a Duration (10 000 years).
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
LONGEST = 315_576_000_000

# Where in a message something is wrong (empty: the message itself), and what.
Flaw = tuple[str, str]


class BadMoney(errors.Invalid):
    """An amount that nobody can pay."""


class BadTime(errors.Invalid):
    """A time that no calendar has, or not without a time zone."""


def money(value: Money) -> money_pb2.Money:
    sign, whole = -1 if value.minor < 0 else 1, scale(value.currency)
    units, rest = divmod(abs(value.minor), whole)
    nanos = rest * (NANOS // whole)
    return money_pb2.Money(currency_code=value.currency, units=sign * units, nanos=sign * nanos)


def parse_money(message: money_pb2.Money, field: str, *, negative: bool = False) -> Money:
    """Refuses what is finer than the minor unit, and what is below zero unless `negative`."""
    flaw = money_flaw(message)
    if flaw is not None:
        raise BadMoney(under(field, flaw[0]), flaw[1])
    units = scale(message.currency_code)
    minor = message.units * units + int(message.nanos / (NANOS // units))
    if minor < 0 and not negative:
        raise BadMoney(field, "must not be negative")
    return Money(message.currency_code, minor)


def money_flaw(message: money_pb2.Money) -> Flaw | None:
    if message.currency_code not in CURRENCIES:
        return "currency_code", "must be a currency of ISO 4217, such as EUR"
    if not -NANOS < message.nanos < NANOS:
        return "nanos", f"must be between -{NANOS - 1} and {NANOS - 1}"
    if message.units * message.nanos < 0:
        return "nanos", "must have the same sign as units"
    if message.nanos % (NANOS // scale(message.currency_code)):
        return "nanos", f"must not be finer than the smallest unit of {message.currency_code}"
    if abs(message.units) * scale(message.currency_code) >= MOST:
        return "units", "is more than anybody has"
    return None


def timestamp(value: datetime | None) -> timestamp_pb2.Timestamp | None:
    """None stays None, so that the field it is given to stays unset."""
    if value is None:
        return None
    span = value - EPOCH
    return timestamp_pb2.Timestamp(
        seconds=span.days * 86400 + span.seconds, nanos=span.microseconds * 1000
    )


def instant(message: timestamp_pb2.Timestamp) -> datetime | None:
    """Reads a time, to the microsecond. None for an unset one (and for the epoch itself)."""
    if not message.seconds and not message.nanos:
        return None
    return EPOCH + timedelta(seconds=message.seconds, microseconds=message.nanos // 1000)


def duration(value: timedelta) -> duration_pb2.Duration:
    micros = value // timedelta(microseconds=1)
    sign = -1 if micros < 0 else 1
    seconds, rest = divmod(abs(micros), 1_000_000)
    return duration_pb2.Duration(seconds=sign * seconds, nanos=sign * rest * 1000)


def span(message: duration_pb2.Duration) -> timedelta:
    """Reads a span of time, to the microsecond."""
    return timedelta(seconds=message.seconds, microseconds=int(message.nanos / 1000))


def civil(message: datetime_pb2.DateTime, field: str, *, zoned: bool = True) -> datetime:
    """Reads a time by the clock of a place.

    A time that the clock skips in spring counts on from before the gap; one that it shows
    twice in autumn is the first. Unless `zoned`, an offset from UTC will do for a zone.
    """
    flaw = civil_flaw(message)
    if flaw is not None:
        raise BadTime(under(field, flaw[0]), flaw[1])
    if message.HasField("time_zone"):
        wall = _wall(message, zone(message.time_zone.id))
        # There and back again: UTC has no gaps.
        return wall.astimezone(UTC).astimezone(wall.tzinfo)
    if zoned:
        raise BadTime(field, "must have a time zone, such as Europe/Berlin")
    return _wall(message, timezone(span(message.utc_offset)))


def civil_flaw(message: datetime_pb2.DateTime) -> Flaw | None:
    offset = message.WhichOneof("time_offset")
    if offset is None:
        return "", "must have a time zone"
    if offset == "time_zone" and zone(message.time_zone.id) is None:
        return "time_zone.id", "must be a time zone of the IANA database, such as Europe/Berlin"
    if offset == "utc_offset" and not _is_offset(message.utc_offset):
        return "utc_offset", "must be whole minutes, less than a day"
    try:
        wall = _wall(message, None)
    except ValueError:
        return "", "must be a time of the calendar, with year, month and day"
    # A day at either end, so that every zone can say it.
    return None if 1 < wall.year < 9999 else ("year", "must be between 2 and 9998")


def date_time(value: datetime) -> datetime_pb2.DateTime:
    """Writes a time by the clock of its own zone; by an offset when the zone has no name."""
    message = datetime_pb2.DateTime(
        year=value.year,
        month=value.month,
        day=value.day,
        hours=value.hour,
        minutes=value.minute,
        seconds=value.second,
        nanos=value.microsecond * 1000,
    )
    name = zone_name(value)
    if name:
        message.time_zone.id = name
    else:
        message.utc_offset.CopyFrom(duration(value.utcoffset() or timedelta()))
    return message


def zone_name(value: datetime) -> str:
    """The name of a time's zone, such as `Europe/Berlin`; empty if it has none."""
    return getattr(value.tzinfo, "key", None) or ("UTC" if value.tzinfo is UTC else "")


def zone(name: str) -> zoneinfo.ZoneInfo | None:
    # ZoneInfo keeps the zones it has read.
    return zoneinfo.ZoneInfo(name) if name in _zones() else None


def latlng(latitude: float, longitude: float) -> latlng_pb2.LatLng:
    return latlng_pb2.LatLng(latitude=latitude, longitude=longitude)


def under(field: str, path: str) -> str:
    """Joins a field and a path inside it."""
    return f"{field}.{path}" if path else field


@functools.cache
def _zones() -> frozenset[str]:
    # These two are what a machine happens to have, not places.
    return frozenset(zoneinfo.available_timezones()) - {"localtime", "Factory"}


def _is_offset(message: duration_pb2.Duration) -> bool:
    return abs(message.seconds) < 86400 and message.seconds % 60 == 0 and not message.nanos


def _wall(message: datetime_pb2.DateTime, tzinfo: zoneinfo.ZoneInfo | timezone | None) -> datetime:
    """Raises ValueError for what no clock shows."""
    if not 0 <= message.nanos < NANOS:
        raise ValueError
    return datetime(
        message.year,
        message.month,
        message.day,
        message.hours,
        message.minutes,
        message.seconds,
        message.nanos // 1000,
        tzinfo,
    )
