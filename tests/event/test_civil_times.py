"""What the clock at the place says, on the nights when it is changed and on all the others."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from google.type import datetime_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.event.events import domain
from services.event.events.domain import Span
from services.kit.wire import civil, date_time
from tests.event.builders import plan, span

ZONES = st.sampled_from(
    [
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Pacific/Apia",
        "UTC",
    ]
)
WALLS = st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2040-01-01"))


def read(wall: str, zone: str = "Europe/Berlin") -> datetime:
    return civil(message(datetime.fromisoformat(wall), zone), "event.start_time")


def message(wall: datetime, zone: str) -> datetime_pb2.DateTime:
    return datetime_pb2.DateTime(
        year=wall.year,
        month=wall.month,
        day=wall.day,
        hours=wall.hour,
        minutes=wall.minute,
        seconds=wall.second,
        nanos=wall.microsecond * 1000,
        time_zone=datetime_pb2.TimeZone(id=zone),
    )


@given(WALLS, ZONES)
def test_a_time_that_was_read_is_written_and_read_again_the_same(wall, zone):
    time = civil(message(wall, zone), "event.start_time")

    assert civil(date_time(time), "event.start_time") == time
    assert date_time(time).time_zone.id == zone


@given(WALLS, ZONES)
def test_a_time_that_was_read_is_one_that_the_clock_shows(wall, zone):
    time = civil(message(wall, zone), "event.start_time")

    assert time.astimezone(UTC).astimezone(zoneinfo.ZoneInfo(zone)) == time
    # Shifted by the width of a gap at most: a day, where one was skipped.
    assert timedelta() <= time.replace(tzinfo=None) - wall <= timedelta(days=1)


@given(WALLS, ZONES, st.timedeltas(timedelta(seconds=1), timedelta(days=31)))
def test_a_span_is_measured_as_time_passes(wall, zone, length):
    start = civil(message(wall, zone), "event.start_time")
    end = (start.astimezone(UTC) + length).astimezone(zoneinfo.ZoneInfo(zone))
    end = civil(date_time(end), "event.end_time")
    passed = end.astimezone(UTC) - start.astimezone(UTC)

    if timedelta() < passed <= domain.LONGEST:
        domain.check(plan(span=Span(start, end)))
    else:
        with pytest.raises(domain.BadEvent):
            domain.check(plan(span=Span(start, end)))


def test_a_time_that_the_clock_skips_is_shifted_on():
    time = civil(
        message(datetime.fromisoformat("2026-03-29T02:30"), "Europe/Berlin"), "event.start_time"
    )

    assert time.isoformat() == "2026-03-29T03:30:00+02:00"


def test_a_time_that_the_clock_shows_twice_is_the_first():
    time = civil(
        message(datetime.fromisoformat("2026-10-25T02:30"), "Europe/Berlin"), "event.start_time"
    )

    assert time.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_event_over_the_night_the_clocks_go_back_lasts_an_hour_longer():
    night = span("2026-10-25T00:00", "2026-10-25T06:00")

    assert night.end_time - night.start_time == timedelta(hours=7)


def test_an_event_may_end_before_it_began_by_the_clock_but_not_by_time():
    place = zoneinfo.ZoneInfo("Europe/Berlin")
    start = datetime(2026, 10, 25, 2, 50, tzinfo=place)
    end = datetime(2026, 10, 25, 2, 10, tzinfo=place)

    domain.check(plan(span=Span(start, end.replace(fold=1))))
    with pytest.raises(domain.BadEvent):
        domain.check(plan(span=Span(start, end)))
