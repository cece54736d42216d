"""Reports in columns: read in one go, judged as any other request, and settled a few at a time."""

from __future__ import annotations

import dataclasses
import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import errors, validate
from services.location.segments import packing
from services.location.segments.columns import Report
from services.location.track import actions, wire
from services.location.track import domain as track
from services.location.track.domain import BadReport, Passage
from tests.location.test_journey_rules import GIG, NOW, journey, report
from turnout.location.v1 import location_pb2

Frame = location_pb2.TrackRequest


def frame(offsets=(0, 1000, 2000), first=1, **more) -> Frame:
    count = len(offsets)
    columns = location_pb2.Columns(
        base_time_ms=int(NOW.timestamp() * 1000),
        time_offsets_ms=offsets,
        latitudes_e7=[525_000_000 + n for n in range(count)],
        longitudes_e7=[134_000_000 - n for n in range(count)],
        **more,
    )
    return Frame(report=Frame.Report(first_sequence=first, columns=columns))


@given(
    st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=20),
    st.integers(-11_000_000, 11_000_000),
    st.booleans(),
)
def test_what_lies_packed_is_looked_through_as_what_does_not(offsets, after, accurate):
    accuracies = {"horizontal_accuracies_meters": range(len(offsets))} if accurate else {}
    told = wire.reported(frame(offsets, **accuracies))
    plain = Report.of(1, *packing.read(1, len(offsets), packing.body(told)).columns)
    time = int(NOW.timestamp()) * 1_000_000 + after

    for begin in range(len(offsets) + 1):
        assert told.since(time, begin) == plain.since(time, begin)
    for index in range(len(offsets)):
        assert told.fix(index) == plain.fix(index)
    assert told == plain
    assert (told.span, told.box) == (plain.span, plain.box)


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (frame(first=0), ["report.first_sequence"]),
        (
            frame(first=-1, speeds_meters_per_second=[0, math.nan, math.inf]),
            [
                "report.first_sequence",
                "report.columns.speeds_meters_per_second[1]",
                "report.columns.speeds_meters_per_second[2]",
            ],
        ),
        (frame(sources=[1, 0, 9000]), ["report.columns.sources[2]"]),
        (frame(range(501)), ["report.columns.time_offsets_ms"]),
    ],
)
def test_columns_keep_to_the_rules_of_the_contract(told, fields):
    validate.require(told)

    with pytest.raises(errors.InvalidFields) as refused:
        wire.reported(told)

    assert [field for field, _ in refused.value.violations][: len(fields)] == fields


def test_two_forms_at_once_are_none():
    told = frame()
    told.report.positions.add(location={"latitude": 1, "longitude": 1}).capture_time.seconds = 1

    with pytest.raises(BadReport):
        wire.reported(told)


def test_a_full_report_is_taken():
    told = wire.reported(frame(range(500), battery_percents=[-1, 100] * 250, sources=[3] * 500))

    assert (told.count, told.batteries[1], told.sources[499]) == (500, 100, 3)


def passage(age: float, reports: int = 1) -> Passage:
    """Somebody far away, of whom everybody heard so many seconds ago."""
    found = Passage.of(journey(), GIG)
    track.take(found, report(1, [3000]), NOW)
    track.settle(found, NOW - timedelta(seconds=age))
    track.written(found, 1)
    for number in range(reports):
        track.take(found, report(2 + number, [2990 - number], seconds=1 + number), NOW)
    return found


def settling(passages, most, asked=()):
    return actions._settling(passages, set(asked), NOW, most=most)


def test_those_are_settled_first_who_waited_longest():
    waiting = [passage(1.0 + n % 7) for n in range(20)]

    found = settling(waiting, 5)

    assert len(found) == 5
    oldest = sorted(one.settle_time or NOW for one in waiting)[:5]
    assert [one.settle_time for one in found] == oldest


def test_nobody_is_settled_before_their_time():
    assert settling([passage(0.1)], 5) == []


def test_who_cannot_wait_does_not():
    full, asked, arrived = passage(0.1, track.MOST_PENDING), passage(0.1), passage(0.1)
    asked.journey = dataclasses.replace(asked.journey, name=journey().event)
    track.take(arrived, report(3, [10], seconds=5), NOW)

    found = settling([asked, passage(9.0), arrived, full], 0, {asked.journey.name})

    assert found == [asked, arrived, full]
