"""Shared values go to the wire and come back; what cannot be is refused by its field."""

from __future__ import annotations

import contextlib
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone

import pytest
from google.protobuf import duration_pb2, timestamp_pb2
from google.type import datetime_pb2, money_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.kit import wire
from services.kit.money import CURRENCIES, MOST, Money, scale

moneys = st.builds(
    lambda currency, minor: Money(currency, minor % (MOST // 2)),
    st.sampled_from(sorted(CURRENCIES)),
    st.integers(),
)
times = st.integers(wire.FIRST_SECOND + 86400, wire.LAST_SECOND - 86400).map(
    lambda seconds: wire.EPOCH + timedelta(seconds=seconds, microseconds=seconds % 1_000_000)
)
walls = st.integers(0, 2**31).map(
    lambda seconds: (wire.EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None)
)
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def at(*, zone="Europe/Berlin", **values):
    given = {"year": 2026, "month": 6, "day": 1, "hours": 20} | values
    message = datetime_pb2.DateTime(**given)
    if zone:
        message.time_zone.id = zone
    return message


@given(moneys, st.booleans())
def test_money_comes_back_as_it_went(value, debt):
    value = -value if debt else value

    assert wire.parse_money(wire.money(value), "price", negative=True) == value


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**31), 2**31 - 1), st.text(max_size=4))
def test_any_money_is_parsed_or_refused(units, nanos, currency):
    message = money_pb2.Money(units=units, nanos=nanos, currency_code=currency or "EUR")

    with contextlib.suppress(wire.BadMoney):
        assert wire.money(wire.parse_money(message, "price")) == message


@pytest.mark.parametrize(
    ("units", "nanos", "currency", "field", "problem"),
    [
        (1, 5_000_000, "EUR", "price.nanos", "finer"),
        (1, 500_000_000, "JPY", "price.nanos", "finer"),
        (1, 0, "EURO", "price.currency_code", "ISO 4217"),
        (1, 0, "", "price.currency_code", "ISO 4217"),
        (1, -10_000_000, "EUR", "price.nanos", "same sign"),
        (1, 10**9, "EUR", "price.nanos", "between"),
        (-1, 0, "EUR", "price", "negative"),
        (0, -10_000_000, "EUR", "price", "negative"),
        (2**62, 0, "EUR", "price.units", "more than"),
    ],
)
def test_money_that_cannot_be_paid_is_refused(units, nanos, currency, field, problem):
    message = money_pb2.Money(units=units, nanos=nanos, currency_code=currency)

    with pytest.raises(wire.BadMoney, match=problem) as refused:
        wire.parse_money(message, "price")

    assert refused.value.field == field


def test_money_is_as_fine_as_its_currency():
    message = money_pb2.Money(currency_code="KWD", units=1, nanos=1_000_000)

    assert wire.parse_money(message, "price") == Money("KWD", scale("KWD") + 1)


@given(times)
def test_times_come_back_as_they_went(time):
    sent = wire.timestamp(time)

    assert sent is not None
    assert wire.instant(sent) == (None if not sent.seconds and not sent.nanos else time)


def test_what_is_unset_stays_unset():
    assert wire.timestamp(None) is None
    assert wire.instant(timestamp_pb2.Timestamp()) is None


@given(st.timedeltas(timedelta(days=-36500), timedelta(days=36500)))
def test_spans_come_back_as_they_went(value):
    assert wire.span(wire.duration(value)) == value


def test_a_negative_span_has_one_sign():
    half = duration_pb2.Duration(seconds=-1, nanos=-500_000_000)

    assert wire.duration(timedelta(seconds=-1.5)) == half
    assert wire.span(half) == timedelta(seconds=-1.5)


@given(
    walls,
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_a_civil_time_comes_back_or_lies_in_a_gap(wall, zone):
    value = wall.replace(tzinfo=zoneinfo.ZoneInfo(zone))

    found = wire.civil(wire.date_time(value), "start_time")

    gap = value.astimezone(UTC).astimezone(value.tzinfo).replace(tzinfo=None) != wall
    assert gap or found.replace(tzinfo=None) == wall
    assert found.utcoffset() == found.astimezone(UTC).astimezone(found.tzinfo).utcoffset()


def test_a_time_that_the_clock_skips_counts_on():
    found = wire.civil(at(month=3, day=29, hours=2, minutes=30), "start_time")

    assert found == datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN)
    assert found.hour == 3


def test_a_time_that_the_clock_shows_twice_is_the_first():
    found = wire.civil(at(month=10, day=25, hours=2, minutes=30), "start_time")

    assert found.utcoffset() == timedelta(hours=2)


def test_a_civil_time_keeps_the_name_of_its_zone():
    found = wire.civil(at(), "start_time")

    assert wire.zone_name(found) == "Europe/Berlin"
    assert wire.date_time(found) == at()


def test_an_offset_does_for_a_zone_only_where_that_is_allowed():
    message = at(zone=None)
    message.utc_offset.seconds = 5 * 3600 + 45 * 60

    found = wire.civil(message, "start_time", zoned=False)

    assert found.tzinfo == timezone(timedelta(hours=5, minutes=45))
    assert wire.date_time(found) == message
    with pytest.raises(wire.BadTime, match="time zone, such as"):
        wire.civil(message, "start_time")


@pytest.mark.parametrize(
    ("message", "field", "problem"),
    [
        (at(zone=None), "start_time", "must have a time zone"),
        (at(zone="Europe/Atlantis"), "start_time.time_zone.id", "IANA"),
        (at(zone="../../etc/passwd"), "start_time.time_zone.id", "IANA"),
        (at(zone="localtime"), "start_time.time_zone.id", "IANA"),
        (at(month=0), "start_time", "calendar"),
        (at(month=2, day=30), "start_time", "calendar"),
        (at(hours=24), "start_time", "calendar"),
        (at(nanos=-1), "start_time", "calendar"),
        (at(year=1), "start_time.year", "between"),
        (at(year=0), "start_time", "calendar"),
    ],
)
def test_a_time_that_no_calendar_has_is_refused(message, field, problem):
    with pytest.raises(wire.BadTime, match=problem) as refused:
        wire.civil(message, "start_time")

    assert refused.value.field == field


def test_an_offset_of_more_than_a_day_is_refused():
    message = at(zone=None)
    message.utc_offset.seconds = 90_000

    assert wire.civil_flaw(message) == ("utc_offset", "must be whole minutes, less than a day")


def test_utc_has_a_name():
    assert wire.date_time(datetime(2026, 1, 1, tzinfo=UTC)).time_zone.id == "UTC"
