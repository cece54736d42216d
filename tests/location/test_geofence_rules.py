"""When somebody is in or out of a geofence: hysteresis, accuracy, late positions, odd shapes."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from services.kit.ids import new_id
from services.kit.names import Name
from services.location.geo import PER_DEGREE
from services.location.geofences import domain
from services.location.geofences.domain import Geofence, Kind, Plan, Transition, Watch
from services.location.geofences.shapes import Circle, NoShape, polygon
from services.location.instants import micros
from services.location.segments.columns import SCALE, Point, Report
from services.location.trajectories.domain import Frame, Judge

HERE = 52.52, 13.405
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
FRAME = Frame(micros(NOON - timedelta(hours=1)), micros(NOON + timedelta(hours=9)))
ALONG = PER_DEGREE * math.cos(math.radians(HERE[0]))


def place(east: float, north: float) -> tuple[float, float]:
    """Degrees, so many metres from here."""
    return HERE[0] + north / PER_DEGREE, HERE[1] + east / ALONG


def fence(shape, dwell=60.0, since=NOON - timedelta(hours=1)) -> Geofence:
    plan = Plan("gate", shape, timedelta(seconds=dwell))
    organization = new_id()
    return Geofence(
        Name(organization, new_id()), Name(organization, new_id()), plan, since, since, since
    )


def fix(number: int, seconds: float, north: float, accuracy: float = 5.0) -> Point:
    latitude, longitude = place(0, north)
    at = micros(NOON) + round(seconds * 1e6)
    return Point(number, at, latitude, longitude, accuracy, -1.0, -1.0)


def report(*fixes: Point) -> Report:
    return Report.of(
        fixes[0].sequence,
        [one.micros for one in fixes],
        [round(one.latitude * SCALE) for one in fixes],
        [round(one.longitude * SCALE) for one in fixes],
        [one.accuracy for one in fixes],
        [one.speed for one in fixes],
        [one.bearing for one in fixes],
    )


def ring(*corners: tuple[float, float]) -> list[list[float]]:
    """East and north of here, in metres."""
    places = [place(*corner) for corner in (*corners, corners[0])]
    return [[longitude, latitude] for latitude, longitude in places]


def geo(*rings: list[list[float]]) -> str:
    return json.dumps({"type": "Polygon", "coordinates": list(rings)})


SQUARE = ring((-100, -100), (100, -100), (100, 100), (-100, 100))
HOLE = ring((-30, -30), (-30, 30), (30, 30), (30, -30))
CIRCLE = Circle(*HERE, 100.0)


def kinds(crossings) -> list[Kind]:
    return [one.kind for one in crossings]


def times(crossings) -> list[float]:
    return [(one.micros - micros(NOON)) / 1e6 for one in crossings]


def seen(one: Geofence, *reports: Report) -> tuple[list[domain.Crossing], Watch]:
    watch = Watch([one], Judge(FRAME), {})
    return [crossing for told in reports for crossing in watch.see(told)], watch


# --- shapes


def test_a_polygon_knows_how_far_its_edge_is():
    square = polygon(geo(SQUARE))

    assert square.offset(*place(0, 0)) == pytest.approx(-100, rel=0.01)
    assert square.offset(*place(90, 20)) == pytest.approx(-10, rel=0.01)
    assert square.offset(*place(150, 0)) == pytest.approx(50, rel=0.01)
    assert square.offset(*place(130, 140)) == pytest.approx(50, rel=0.01)
    assert square.size == pytest.approx(100, rel=0.01)


def test_a_hole_is_outside():
    square = polygon(geo(SQUARE, HOLE))

    assert square.offset(*place(0, 0)) == pytest.approx(30, rel=0.01)
    assert square.offset(*place(60, 0)) == pytest.approx(-30, rel=0.01)


def test_a_polygon_with_many_corners_is_as_its_circle():
    corners = [
        (100 * math.cos(angle), 100 * math.sin(angle))
        for angle in (math.tau * n / 180 for n in range(180))
    ]
    round_, chance = polygon(geo(ring(*corners))), random.Random(7)

    for _ in range(300):
        at = place(chance.uniform(-300, 300), chance.uniform(-300, 300))
        assert round_.offset(*at) == pytest.approx(CIRCLE.offset(*at), abs=1.0)


def test_a_polygon_across_the_antimeridian_is_one_place():
    box = [[179.99, 0.0], [-179.99, 0.0], [-179.99, 0.01], [179.99, 0.01], [179.99, 0.0]]
    found = polygon(geo(box))

    assert found.offset(0.005, 180.0) < 0
    assert found.offset(0.005, -179.995) < 0
    assert found.offset(0.005, 179.98) == pytest.approx(0.01 * PER_DEGREE, rel=0.01)


def test_several_areas_are_one_place():
    other = ring((400, 0), (500, 0), (500, 100), (400, 100))
    text = json.dumps({"type": "MultiPolygon", "coordinates": [[SQUARE], [other]]})

    found = polygon(text)

    assert found.offset(*place(450, 50)) < 0
    assert found.offset(*place(0, 0)) < 0
    assert found.offset(*place(250, 0)) == pytest.approx(150, rel=0.01)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[]",
        "[" * 100_000,
        '{"type": "Point", "coordinates": [13, 52]}',
        '{"type": "Polygon"}',
        '{"type": "Polygon", "coordinates": []}',
        '{"type": "Polygon", "coordinates": [[]]}',
        '{"type": "Polygon", "coordinates": {"a": 1}}',
        '{"type": "Polygon", "coordinates": [[[13, 52], [13, 53], [13, 52]]]}',
        '{"type": "Polygon", "coordinates": [[[13, 52], [14, 52], [14, 53], [13, 53]]]}',
        '{"type": "Polygon", "coordinates": [[["a", 52], [14, 52], [14, 53], ["a", 52]]]}',
        '{"type": "Polygon", "coordinates": [[[true, 52], [14, 52], [14, 53], [true, 52]]]}',
        '{"type": "Polygon", "coordinates": [[[13], [14], [14], [13]]]}',
        '{"type": "Polygon", "coordinates": [[[NaN, 52], [14, 52], [14, 53], [NaN, 52]]]}',
        '{"type": "Polygon", "coordinates": [[[13, 89], [14, 89], [14, 88], [13, 89]]]}',
        '{"type": "Polygon", "coordinates": [[[10, 40], [14, 40], [14, 43], [10, 40]]]}',
        '{"type": "Polygon", "coordinates": [[[13, 52], [13, 52], [13, 52], [13, 52]]]}',
        geo(ring((0, 0), (500, 0), (500, 1), (0, 1))),
        geo(ring(*[(n, n % 2) for n in range(1001)])),
    ],
)
def test_what_is_no_polygon_is_refused(text):
    with pytest.raises(NoShape):
        polygon(text)


# --- in and out


def test_who_walks_through_enters_dwells_and_exits():
    told = [fix(n + 1, 10 * n, -300 + 20 * n) for n in range(31)]

    crossings, _ = seen(fence(CIRCLE), report(*told[:12]), report(*told[12:]))

    assert kinds(crossings) == [Kind.ENTER, Kind.DWELL, Kind.EXIT]
    entered, dwelled, left = times(crossings)
    assert entered == 110
    assert dwelled == entered + 60
    assert left == 210


def test_who_stands_at_the_edge_does_not_flicker():
    chance = random.Random(3)
    told = [fix(n + 1, n, -95 + chance.gauss(0, 6), 8.0) for n in range(600)]

    crossings, _ = seen(fence(CIRCLE), report(*told[:300]), report(*told[300:]))

    assert kinds(crossings) in ([], [Kind.ENTER], [Kind.ENTER, Kind.DWELL])


def test_what_is_too_coarse_says_nothing():
    told = [fix(n + 1, 10 * n, -200 + 20 * n, 400.0) for n in range(21)]

    crossings, _ = seen(fence(CIRCLE), report(*told))

    assert crossings == []


def test_what_is_not_sure_waits_for_the_next_position():
    one, two, three = fix(1, 0, -300), fix(2, 60, -60, 40.0), fix(3, 65, -55, 40.0)

    alone, watch = seen(fence(CIRCLE), report(one, two))

    assert alone == []
    assert times(watch.see(report(three))) == [60]


def test_a_doubt_is_forgotten_when_the_next_position_disagrees():
    told = [
        fix(1, 0, -300),
        fix(2, 60, -60, 40.0),
        fix(3, 65, -250),
        fix(4, 200, -60, 40.0),
        fix(5, 205, -60, 40.0),
    ]

    crossings, _ = seen(fence(CIRCLE), report(*told))

    assert times(crossings) == [200]


def test_an_impossible_position_does_not_count():
    told = [fix(1, 0, -9000), fix(2, 5, 0), fix(3, 10, -8990)]

    crossings, _ = seen(fence(CIRCLE), report(*told))

    assert crossings == []


def test_who_was_silent_inside_has_dwelled_when_they_leave():
    crossings, _ = seen(fence(CIRCLE), report(fix(1, 0, 0), fix(2, 3600, -900)))

    assert kinds(crossings) == [Kind.ENTER, Kind.DWELL, Kind.EXIT]
    assert times(crossings) == [0, 60, 3600]


def test_a_journey_that_is_played_dwells_as_in_life():
    watch = Watch([fence(CIRCLE)], Judge(Frame(FRAME.earliest, FRAME.latest, rate=10)), {})

    crossings = watch.see(report(fix(1, 0, 0), fix(2, 5, 0), fix(3, 6, 0)))

    assert kinds(crossings) == [Kind.ENTER, Kind.DWELL]
    assert times(crossings) == [0, 6]


def test_reports_far_away_are_not_looked_at_and_are_judged_from():
    one = fence(CIRCLE)
    far = [report(fix(n, 10 * n, -50_000 + n)) for n in range(1, 5)]

    crossings, watch = seen(one, *far)

    assert crossings == []
    assert not watch.presences
    assert not watch.late
    assert watch.judge.last is not None and watch.judge.last.sequence == 4


# --- what comes late


def told_of(crossings) -> list[Transition]:
    return [Transition(new_id(), one.geofence, one.kind, one.micros) for one in crossings]


def test_late_positions_are_noticed_only_where_they_may_matter():
    one = fence(CIRCLE)

    _, near = seen(one, report(fix(1, 0, -300), fix(2, 60, 0)), report(fix(3, 30, -50)))
    _, far = seen(one, report(fix(1, 0, -9000), fix(2, 60, -8900)), report(fix(3, 30, -8950)))

    assert near.late
    assert not far.late


def test_late_positions_take_back_what_they_contradict():
    one = fence(CIRCLE, dwell=300)
    # Inside at noon and an hour later; in between, as is told late, they were away.
    soon = [fix(1, 0, 0), fix(2, 3600, 10)]
    late = [fix(3, 600, -900), fix(4, 1800, -2000), fix(5, 3000, -500)]
    crossings, _ = seen(one, report(*soon), report(*late))
    assert kinds(crossings) == [Kind.ENTER, Kind.DWELL]

    found, presences = domain.whole([one], [*soon, *late], FRAME, {})
    gone, new = domain.differences([one], told_of(crossings), found)

    assert kinds(found) == [Kind.ENTER, Kind.DWELL, Kind.EXIT, Kind.ENTER]
    assert times(found) == [0, 300, 600, 3600]
    assert gone == []
    assert kinds(new) == [Kind.EXIT, Kind.ENTER]
    assert presences[one.name.id] == domain.Presence(inside=True, since=fix(2, 3600, 0).micros)


def test_a_lone_position_that_cannot_be_true_is_taken_back():
    one = fence(CIRCLE)
    # The first that is told is wrong; what was captured before it comes late.
    wrong, late = fix(1, 10, 0), [fix(n, n, -9000) for n in range(2, 9)]
    crossings, _ = seen(one, report(wrong), report(*late))

    found, presences = domain.whole([one], [wrong, *late], FRAME, {})
    gone, new = domain.differences([one], told_of(crossings), found)

    assert kinds(crossings) == [Kind.ENTER]
    assert found == new == []
    assert kinds(gone) == [Kind.ENTER]
    assert not presences.get(one.name.id, domain.NOWHERE).inside


def test_what_was_told_of_another_shape_stays():
    then, moved = NOON, NOON + timedelta(minutes=5)
    one = fence(CIRCLE, since=moved)
    told = [Transition(new_id(), one.name.id, Kind.ENTER, micros(then))]
    points = [fix(1, 0, 0), fix(2, 400, 0), fix(3, 500, -900)]

    known = domain.before([one], told)
    found, _ = domain.whole([one], points, FRAME, known)
    gone, new = domain.differences([one], told, found)

    assert gone == []
    assert kinds(new) == [Kind.DWELL, Kind.EXIT]


def test_the_same_positions_in_any_order_give_the_same_answer():
    one, chance = fence(CIRCLE), random.Random(11)
    way = [fix(n + 1, 10 * n, -300 + 20 * n) for n in range(31)]
    in_order, _ = seen(one, report(*way))
    mixed = list(way)
    chance.shuffle(mixed)

    found, _ = domain.whole([one], mixed, FRAME, {})

    assert found == in_order


def test_where_somebody_is_comes_back_from_disk():
    _, watch = seen(fence(CIRCLE), report(fix(1, 0, -300), fix(2, 60, 0), fix(3, 70, 120, 40)))

    assert domain.unpack(domain.pack(watch.presences)) == watch.presences
    assert domain.pack({}) is None
    assert domain.unpack(None) == {}
