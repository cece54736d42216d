"""The rules of trajectories: what is thought of each position, and which ones matter."""

from __future__ import annotations

import csv
import gzip
import itertools
import pathlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.location.geo import PER_DEGREE
from services.location.segments.columns import UNKNOWN, Point
from services.location.trajectories import domain
from services.location.trajectories.domain import Frame, Verdict

STREAMS = (
    pathlib.Path(__file__).parents[3] / "shared" / "data" / "traces" / "dirty" / "streams.csv.gz"
)
BEGIN = 1_700_000_000_000_000
FRAME = Frame(BEGIN, BEGIN + 3_600_000_000)


def point(sequence, meters, seconds, *, accuracy=5.0, east=0.0) -> Point:
    """So far north of a place, so many seconds after the begin."""
    latitude, longitude = 50 + meters / PER_DEGREE, 8 + east / PER_DEGREE
    micros = BEGIN + round(seconds * 1e6)
    return Point(sequence, micros, latitude, longitude, accuracy, UNKNOWN, UNKNOWN)


def verdicts(*told):
    judge = domain.Judge(FRAME)
    return [judge.judge(one).value for one in told]


def test_a_walk_is_good():
    assert verdicts(*(point(n, 20 * n, 15 * n) for n in range(4))) == ["good"] * 4


def test_who_trembles_stands():
    told = [point(n, (n % 2) * 8, 5 * n) for n in range(5)]

    assert verdicts(*told) == ["good"] + ["standing"] * 4


def test_what_is_told_twice_is_a_duplicate():
    assert verdicts(point(1, 0, 0), point(2, 0, 0)) == ["good", "duplicate"]


def test_what_comes_late_is_out_of_order():
    assert verdicts(point(1, 0, 10), point(2, -30, 5)) == ["good", "out_of_order"]


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(-19 * 86_400, "ancient"), (-BEGIN / 1e6, "ancient"), (3603, "future")],
)
def test_a_wrong_clock_is_found_out(seconds, verdict):
    told = [point(1, 0, 0), point(2, 20, seconds), point(3, 40, 30)]

    assert verdicts(*told) == ["good", verdict, "good"]


def test_null_island_is_nowhere():
    lost = Point(2, BEGIN + 5_000_000, 0.0, 0.0, 5.0, UNKNOWN, UNKNOWN)

    assert verdicts(point(1, 0, 0), lost, point(3, 20, 10)) == ["good", "nowhere", "good"]


@pytest.mark.parametrize(("accuracy", "seconds"), [(5000, 900), (150, 30), (250, 200)])
def test_what_is_coarse_says_less_than_what_is_known(accuracy, seconds):
    assert verdicts(point(1, 0, 0), point(2, 90, seconds, accuracy=accuracy))[1] == "coarse"


def test_one_leap_is_impossible_and_three_that_agree_are_true():
    leaps = [point(n, 50_000 + n, 10 * n) for n in range(2, 6)]

    found = verdicts(point(1, 0, 0), *leaps)

    assert found == ["good", "teleport", "teleport", "good", "standing"]


def test_two_leaps_to_other_places_are_not_believed():
    there = [point(2, 50_000, 10), point(3, -50_000, 20), point(4, 50_000, 30)]

    assert verdicts(point(1, 0, 0), *there) == ["good"] + ["teleport"] * 3


def test_a_way_is_as_long_as_its_steps():
    found = domain.trajectory([point(n, 20 * n, 15 * n) for n in range(11)], FRAME)

    assert found.meters == pytest.approx(200, rel=0.01)
    assert found.gaps == 0
    assert found.longest_gap.total_seconds() == 15


def test_gaps_are_counted_in_seconds_of_travel():
    told = [point(0, 0, 0), point(1, 100, 10), point(2, 200, 40)]

    found = domain.trajectory(told, Frame(BEGIN, FRAME.latest, rate=3.0))

    assert (found.gaps, found.longest_gap.total_seconds()) == (1, 90)


def test_only_the_corners_of_a_way_are_kept():
    way = [point(n, 10 * n, n) for n in range(10)]
    way += [point(10 + n, 90, 10 + n, east=10 * n) for n in range(1, 10)]

    assert [one.sequence for one in domain.simplified(way, 5)] == [0, 9, 19]


@given(
    st.lists(st.tuples(st.integers(-500, 500), st.integers(-500, 500)), min_size=1, max_size=60),
    st.floats(1, 100),
)
def test_no_position_is_farther_from_the_simplified_way_than_allowed(places, tolerance):
    way = [point(n, north, n, east=east) for n, (north, east) in enumerate(places)]

    found = domain.simplified(way, tolerance)

    assert found[0] == way[0] and found[-1] == way[-1]
    for one, other in itertools.pairwise(found):
        for between in way[one.sequence : other.sequence + 1]:
            assert off(between, one, other) <= tolerance * 1.05 + 0.5


def off(one, begin, end):
    """How far a position is from the line between two, in metres."""
    x, y, u, v = (
        (one.longitude - begin.longitude) * 0.643 * PER_DEGREE,
        (one.latitude - begin.latitude) * PER_DEGREE,
        (end.longitude - begin.longitude) * 0.643 * PER_DEGREE,
        (end.latitude - begin.latitude) * PER_DEGREE,
    )
    length = u * u + v * v
    share = min(1.0, max(0.0, (x * u + y * v) / length)) if length else 0.0
    return ((x - share * u) ** 2 + (y - share * v) ** 2) ** 0.5


@pytest.mark.skipif(not STREAMS.exists(), reason="the real streams are not beside the checkout")
def test_each_position_of_real_streams_has_one_verdict():
    total = Counter[Verdict]()
    with gzip.open(STREAMS, "rt") as file:
        groups = itertools.groupby(csv.DictReader(file), key=lambda row: row["stream_id"])
        for _, group in groups:
            told = [real(n, row) for n, row in enumerate(group)]
            times = sorted(one.micros for one in told)
            middle = times[len(times) // 2]
            day = 86_400_000_000
            found = domain.trajectory(told, Frame(middle - day, middle + day))
            assert sum(found.tallies.values()) == len(told)
            total.update(found.tallies)

    assert total[Verdict.GOOD] > 1000
    for verdict in (Verdict.DUPLICATE, Verdict.OUT_OF_ORDER, Verdict.TELEPORT, Verdict.COARSE):
        assert total[verdict] > 0, verdict


def real(number, row):
    return Point(
        number,
        round(float(row["t"]) * 1e6),
        float(row["lat"]),
        float(row["lon"]),
        max(0.0, float(row["accuracy"] or 0)),
        UNKNOWN,
        UNKNOWN,
    )
