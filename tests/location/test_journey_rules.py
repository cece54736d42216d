"""The rules of journeys: pure, and the same for any order in which reports come."""

from __future__ import annotations

import dataclasses
import uuid
from array import array
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.names import Name
from services.location.events.domain import Event, EventOver
from services.location.geo import PER_DEGREE
from services.location.instants import micros
from services.location.journeys import domain
from services.location.journeys.domain import Consent, Expected, Journey, JourneyOver, Mode, State
from services.location.segments import columns, packing
from services.location.segments.columns import Report
from services.location.track import domain as track
from services.location.track.domain import BadReport, Passage, SequenceGap

NOW = datetime(2026, 5, 1, 18, tzinfo=UTC)
HOME = uuid.UUID(int=1)
GIG = Event(
    Name(HOME, uuid.UUID(int=2)),
    52.52,
    13.405,
    100,
    NOW + timedelta(hours=1),
    NOW + timedelta(hours=4),
)
WALKING = Consent(GIG.name, Mode.WALK, 1.0)


def journey(**changes) -> Journey:
    begun = domain.begin(uuid.UUID(int=3), GIG, "users/ada", WALKING, NOW)
    return dataclasses.replace(begun, **changes)


def report(first, meters, *, seconds=0.0, apart=1.0, accuracy=5.0) -> Report:
    """So far south of the venue, one after the other."""
    begin = micros(NOW + timedelta(seconds=seconds))
    count = len(meters)
    return Report.of(
        first,
        array("q", [begin + round(n * apart * 1e6) for n in range(count)]),
        array("i", [round((GIG.latitude - m / PER_DEGREE) * columns.SCALE) for m in meters]),
        array("i", [round(GIG.longitude * columns.SCALE)] * count),
        array("f", [accuracy] * count),
        array("f", [0.0] * count),
        array("f", [columns.UNKNOWN] * count),
    )


def take(value, told, now=NOW, event=GIG):
    """The journey after a report, and what of it is kept."""
    passage = Passage.of(value, event)
    kept = track.take(passage, told, now)
    return track.settle(passage, now), kept


def test_the_first_report_starts_a_journey():
    after, kept = take(journey(), report(1, [3000, 2990]))

    assert kept is not None
    assert (after.state, after.kept_through, after.position_count) == (State.UNDER_WAY, 2, 2)
    assert after.version == 2


def test_what_is_kept_is_cut_off():
    after, _ = take(journey(), report(1, [3000, 2990, 2980]))

    after, kept = take(after, report(2, [2990, 2980, 2970, 2960]))

    assert kept is not None
    assert (kept.first, len(kept)) == (4, 2)
    assert (after.kept_through, after.position_count) == (5, 5)


def test_what_is_all_kept_changes_nothing():
    after, _ = take(journey(), report(1, [3000, 2990, 2980]))

    assert take(after, report(1, [3000, 2990])) == (after, None)


def test_a_gap_is_refused():
    with pytest.raises(SequenceGap) as refused:
        take(journey(kept_through=4, position_count=4), report(6, [3000]))

    assert refused.value.metadata["kept_through"] == "4"


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 12)), max_size=40))
@settings(max_examples=200, deadline=None)
def test_however_reports_overlap_each_number_is_kept_once(told):
    value = journey()
    kept: list[int] = []
    for first, count in told:
        try:
            value, new = take(value, report(first, [3000.0 - n for n in range(count)]))
        except SequenceGap:
            continue
        if new is not None:
            kept += range(new.first, new.last + 1)

    assert kept == list(range(1, value.kept_through + 1))
    assert value.position_count == len(kept)


def test_who_comes_near_has_arrived_and_is_followed_no_further():
    after, kept = take(journey(), report(1, [160, 130, 90, 60, 30]))

    assert kept is not None
    assert len(kept) == 3
    assert after.state is State.ARRIVED
    assert after.arrive_time == NOW + timedelta(seconds=2)
    assert after.kept_through == 3
    assert after.way is None


@pytest.mark.parametrize(("accuracy", "state"), [(99, State.ARRIVED), (140, State.UNDER_WAY)])
def test_only_who_is_surely_near_has_arrived(accuracy, state):
    after, _ = take(journey(), report(1, [50], accuracy=accuracy))

    assert after.state is state


@pytest.mark.parametrize("state", [State.ARRIVED, State.EXPIRED, State.WITHDRAWN])
def test_no_position_is_taken_after_the_end(state):
    with pytest.raises(JourneyOver) as refused:
        take(journey(state=state, arrive_time=NOW), report(1, [3000]))

    assert refused.value.metadata["state"] == state.name


def test_no_position_is_taken_after_the_event():
    with pytest.raises(JourneyOver):
        take(journey(), report(1, [3000]), GIG.end_time)


@pytest.mark.parametrize("hours", [-2.01, 6.01, -19 * 24])
def test_a_position_from_outside_the_consent_is_named(hours):
    told = report(1, [3000, 2990, 2980])
    _, latitudes, longitudes, accuracies, speeds, bearings, *_ = told.columns
    times = [told.times[0], micros(NOW + timedelta(hours=hours)), told.times[2]]
    told = Report.of(1, times, latitudes, longitudes, accuracies, speeds, bearings)

    with pytest.raises(BadReport) as refused:
        take(journey(), told)

    assert refused.value.field == "positions[1].capture_time"


def test_a_device_that_runs_an_hour_behind_is_kept_and_moves_nothing():
    after, kept = take(journey(), report(1, [3000, 50], seconds=-3600))

    assert kept is not None
    assert (after.state, after.kept_through, after.newest) == (State.UNDER_WAY, 2, None)


def test_a_played_journey_arrives_as_a_real_one_does():
    fast = journey(rate=50.0)
    meters = [1500 - 70.0 * n for n in range(30)]

    after, _ = take(fast, report(1, meters, apart=1.0), NOW + timedelta(seconds=30))

    assert after.state is State.ARRIVED


def test_a_new_venue_is_where_the_journey_leads_from_then_on():
    after, _ = take(journey(), report(1, [3000 - n for n in range(60)]))
    moved = dataclasses.replace(GIG, latitude=GIG.latitude - 0.02)

    later, _ = take(after, report(61, [2930], seconds=60), event=moved)

    assert later.expected is not None
    assert later.expected.distance < 800


# --- states


def test_who_withdraws_is_nowhere():
    after, _ = take(journey(), report(1, [3000, 2990]))

    gone = domain.withdraw(after, NOW)

    assert gone.state is State.WITHDRAWN
    assert (gone.newest, gone.expected, gone.way) == (None, None, None)
    assert (gone.position_count, gone.kept_through) == (0, 0)
    assert domain.withdraw(gone, NOW) == gone


@pytest.mark.parametrize("state", [State.ARRIVED, State.WITHDRAWN, State.EXPIRED])
def test_what_is_over_does_not_expire(state):
    value = journey(state=state)

    assert domain.expire(value) == value


def test_nobody_sets_out_for_what_is_over():
    for event in (dataclasses.replace(GIG, cancelled=True), dataclasses.replace(GIG, end_time=NOW)):
        with pytest.raises(EventOver):
            domain.begin(uuid.uuid4(), event, "users/ada", WALKING, NOW)


# --- what is told


@pytest.mark.parametrize(
    ("meters", "seconds"), [(None, 5), (50, 1), (300, 1), (1500, 5), (9000, 15), (1e5, 60)]
)
def test_one_looks_more_often_near_the_venue(meters, seconds):
    assert track.pace(meters, 100, 1.0) == timedelta(seconds=seconds)
    assert track.pace(meters, 100, 10.0) == timedelta(seconds=seconds / 10)


@pytest.mark.parametrize(
    ("edge", "seconds"), [(None, 15), (20_000, 15), (1500, 5), (300, 1), (0, 1)]
)
def test_one_looks_more_often_near_the_edge_of_a_geofence(edge, seconds):
    assert track.pace(9000, 100, 1.0, edge=edge) == timedelta(seconds=seconds)
    assert track.pace(50, 100, 1.0, edge=edge) == timedelta(seconds=1)


def test_a_large_venue_begins_earlier():
    assert track.pace(4000, 2500, 1.0) == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("battery", "seconds"), [(100, 15), (21, 15), (20, 30), (11, 30), (10, 60), (0, 60), (-1, 15)]
)
def test_one_looks_less_often_with_little_left_in_the_battery(battery, seconds):
    assert track.pace(8000, 100, 1.0, battery) == timedelta(seconds=seconds)
    assert track.pace(90_000, 100, 1.0, battery) == timedelta(seconds=60)


def expected(minutes, meters=2000.0):
    time = NOW + timedelta(minutes=minutes)
    return Expected(meters, time, time + timedelta(minutes=5))


def test_one_is_told_what_changed_and_not_what_did_not():
    assert track.differs(None, expected(10), 1.0, NOW)
    assert not track.differs(expected(10), expected(10.1), 1.0, NOW)
    assert track.differs(expected(10), expected(11), 1.0, NOW)
    assert track.differs(expected(10), expected(10, meters=1500), 1.0, NOW)
    assert not track.differs(None, None, 1.0, NOW)


def test_nobody_is_expected_in_the_past():
    after, _ = take(journey(), report(1, [3000 - n for n in range(60)]), NOW)
    assert after.expected is not None
    assert after.expected.p50_time is not None
    late = after.expected.p50_time + timedelta(seconds=1)
    recent = dataclasses.replace(
        after, newest=dataclasses.replace(after.newest, micros=micros(late))
    )

    aged = domain.aged(recent, late)

    assert aged is not None
    assert aged.p50_time == late


def test_of_somebody_silent_nobody_can_tell_when_they_come():
    after, _ = take(journey(), report(1, [3000 - n for n in range(60)]), NOW)

    aged = domain.aged(after, NOW + timedelta(minutes=20))

    assert aged is not None
    assert aged.p50_time is None


# --- segments


@given(
    st.lists(
        st.tuples(
            st.integers(-(2**62), 2**62),
            st.integers(-900_000_000, 900_000_000),
            st.integers(-1_800_000_000, 1_800_000_000),
            st.floats(0, 1e6, width=32),
            st.integers(-1, 100),
            st.integers(0, 4),
        ),
        min_size=1,
        max_size=50,
    )
)
def test_what_is_packed_comes_back(rows):
    times, lats, lons, floats, batteries, sources = zip(*rows, strict=True)
    value = Report.of(
        7,
        array("q", times),
        array("i", lats),
        array("i", lons),
        array("f", floats),
        array("f", floats),
        array("f", [columns.UNKNOWN] * len(rows)),
        array("f", [columns.SUNKEN] * len(rows)),
        batteries,
        sources,
    )

    assert columns.unpack(7, len(rows), columns.pack(value)) == value
    assert packing.read(7, len(rows), packing.body(value)) == value
    assert packing.read(7, len(rows), packing.small(value)) == value
    single = [value.part(n, n + 1) for n in range(len(rows))]
    assert packing.merged(single) == value
    assert [point.sequence for point in columns.points(value)] == [7 + n for n in range(len(rows))]


def test_what_was_packed_before_there_were_altitudes_is_read():
    value = report(7, [300, 200])
    # As the first version wrote it.
    parts = [array(c, x).tobytes() for c, x in zip("qiifff", value.columns, strict=False)]
    plain = bytes((columns.PLAIN,)) + b"".join(parts)

    assert columns.pack(value) == plain
    assert packing.read(7, 2, plain) == value
    assert packing.small(value)[0] == columns.SMALL


@pytest.mark.parametrize("body", [b"", b"\x01", b"\x02" + b"0" * 28, b"\x01" + b"0" * 29])
def test_what_nobody_packed_is_not_read(body):
    with pytest.raises(columns.Unreadable):
        columns.unpack(1, 1, body)


def test_a_part_of_a_report_keeps_its_numbers():
    part = report(5, [300, 200, 100]).part(1, 3)

    assert (part.first, part.last, len(part)) == (6, 7, 2)


def test_null_island_is_nowhere():
    told = report(1, [3000, 2990])
    times, latitudes, longitudes, accuracies, speeds, bearings, *_ = told.columns
    nowhere = [0, latitudes[1]], [0, longitudes[1]]
    told = Report.of(1, times, *nowhere, accuracies, speeds, bearings)

    after, _ = take(journey(), told)

    assert after.newest is not None
    assert after.newest.sequence == 2


def test_far_away_few_positions_are_looked_at_and_the_last_always():
    after, _ = take(journey(), report(1, [30_000.0 - n for n in range(58)]))

    assert after.newest is not None
    assert after.newest.sequence == 58


def test_several_reports_at_once_are_as_good_as_one_after_the_other():
    meters = [3000.0 - n for n in range(90)]
    parts = [report(n + 1, meters[n : n + 30], seconds=n) for n in (0, 30, 60)]

    at_once = Passage.of(journey(), GIG)
    for part in parts:
        track.take(at_once, part, NOW)
    whole, _ = take(journey(), report(1, meters))

    settled = track.settle(at_once, NOW)
    assert settled.kept_through == whole.kept_through == 90
    assert settled.newest == whole.newest
    assert settled.expected is not None
