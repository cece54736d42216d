"""The estimator: what it believes, what it says, and when it says nothing."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from services.location import eta, geo, regression

# 0.001 degrees of latitude in metres.
STEP = 111.195


def walk(estimator, *, meters, speed, count, begin=0.0, seconds=10.0, accuracy=5.0):
    """Straight north towards 0, 0 from so many metres south; gives the time of the last fix."""
    for number in range(count):
        time = begin + number * seconds
        left = meters - speed * seconds * number
        estimator.update(time, -left / geo.PER_DEGREE, 0.0, accuracy, None)
    return begin + (count - 1) * seconds


def test_the_distance_between_two_cities_is_known():
    assert geo.distance(52.52, 13.405, 48.8566, 2.3522) == pytest.approx(877_500, rel=0.002)


def test_many_distances_are_the_same_as_one_by_one():
    lats, lons = [0.0, 52.52, -33.9, 89.9], [0.0, 13.4, 151.2, -179.9]

    import numpy as np

    found = geo.distances(np.array(lats), np.array(lons), 48.85, 2.35)

    for lat, lon, meters in zip(lats, lons, found, strict=True):
        assert meters == pytest.approx(geo.distance(lat, lon, 48.85, 2.35))


@pytest.mark.parametrize("lat", [0.0, 52.5, -70.0, 89.99, -89.99])
@pytest.mark.parametrize("lon", [0.0, 13.4, 179.999, -179.999])
def test_a_box_that_holds_a_place_in_the_circle_may_touch_it(lat, lon):
    chance = random.Random(f"{lat} {lon}")
    for _ in range(300):
        radius = chance.choice([10, 100, 5000])
        to_lat = min(90.0, max(-90.0, lat + chance.uniform(-1, 1) * radius / geo.PER_DEGREE))
        to_lon = (lon + chance.uniform(-1, 1) * 0.05 + 180) % 360 - 180
        if geo.distance(to_lat, to_lon, lat, lon) <= radius:
            assert geo.may_touch(to_lat, to_lon, to_lat, to_lon, lat, lon, radius)


def stand(estimator, chance, *, meters, begin, seconds, blur=0.0, accuracy=5.0):
    """Stands so many metres south of 0, 0, with a fix every 15 seconds; gives the time after."""
    for time in range(int(begin), int(begin + seconds), 15):
        north, east = (chance.gauss(0, blur) / geo.PER_DEGREE for _ in range(2))
        estimator.update(time, -meters / geo.PER_DEGREE + north, east, accuracy, None)
    return begin + seconds


@pytest.mark.parametrize("mode", ["drive", "bike", "bus", None])
@pytest.mark.parametrize("blur", [0.0, 20.0])
def test_the_way_of_who_stands_at_home_does_not_grow(mode, blur):
    estimator = eta.Estimator(0.0, 0.0, mode)
    given = {"meters": 10_000, "blur": blur, "accuracy": max(5.0, blur)}

    chance = random.Random(f"{mode} {blur}")
    now, told = 0.0, []
    for _ in range(36):
        now = stand(estimator, chance, begin=now, seconds=300, **given)
        found = estimator.estimate(now)
        assert found is not None
        told.append((found.p50, found.p90))

    # Who trembles seems to go now fast, now slowly; but no slower after hours.
    first, last = (
        [statistics.median(column) for column in zip(*part, strict=True)]
        for part in (told[:12], told[-12:])
    )
    assert last == pytest.approx(first, rel=0.05 + blur / 100)


def test_who_stood_at_home_and_sets_out_is_expected_as_others_are():
    given = {"meters": 10_000, "speed": 10.0, "count": 40}
    stood, came = eta.Estimator(0.0, 0.0, "drive"), eta.Estimator(0.0, 0.0, "drive")

    begin = stand(stood, random.Random("home"), meters=10_000, begin=0, seconds=3 * 3600)
    now = walk(stood, begin=begin, **given)
    other = walk(came, **given)

    found, expected = stood.estimate(now), came.estimate(other)
    assert found is not None
    assert expected is not None
    assert found.p50 == pytest.approx(expected.p50, rel=0.35)


def test_who_stands_on_the_way_is_not_taken_for_who_has_not_left():
    estimator = eta.Estimator(0.0, 0.0, "walk")
    now = walk(estimator, meters=1800, speed=1.3, count=60)
    begin = estimator.way.begin

    stand(estimator, random.Random("way"), meters=1033, begin=now + 15, seconds=600)

    assert estimator.way.begin == begin


def test_what_is_not_accurate_is_no_way_that_was_made():
    accurate, blurred = eta.Estimator(0.0, 0.0, "walk"), eta.Estimator(0.0, 0.0, "walk")
    chance = random.Random("blurred")
    for time in range(900):
        south = -(3000 - 1.3 * time) / geo.PER_DEGREE
        north, east = (chance.gauss(0, 30) / geo.PER_DEGREE for _ in range(2))
        accurate.update(time, south, 0.0, 5.0, None)
        blurred.update(time, south + north, east, 30.0, None)

    assert blurred.way.path == pytest.approx(accurate.way.path, rel=0.15)
    assert blurred.left() == pytest.approx(accurate.left(), abs=60)
    told, surely = blurred.estimate(900.0), accurate.estimate(900.0)
    assert told is not None
    assert surely is not None
    assert told.p50 == pytest.approx(surely.p50, rel=0.3)


def test_a_box_far_away_does_not_touch():
    assert not geo.may_touch(50.0, 13.0, 50.1, 13.1, 52.5, 13.4, 5000)
    assert not geo.may_touch(52.5, 14.0, 52.5, 14.1, 52.5, 13.4, 5000)


def test_who_walks_straight_at_a_usual_speed_is_there_about_when_one_would_think():
    estimator = eta.Estimator(0.0, 0.0, "walk")

    now = walk(estimator, meters=1800, speed=1.3, count=30)

    found = estimator.estimate(now)
    assert found is not None
    assert found.p10 < found.p50 < found.p90
    assert found.p50 == pytest.approx(1450 / 1.3, rel=0.35)


def test_who_stands_at_a_light_is_not_hours_away():
    moving, standing = eta.Estimator(0.0, 0.0, "drive"), eta.Estimator(0.0, 0.0, "drive")
    for estimator in (moving, standing):
        now = walk(estimator, meters=9000, speed=10, count=30)
    before = moving.estimate(now)
    for second in range(10, 70, 10):
        standing.update(now + second, standing.way.lat, 0.0, 5.0, 0.0)

    after = standing.estimate(now + 60)

    assert before is not None
    assert after is not None
    assert after.p50 < 1.5 * before.p50


def test_nobody_can_tell_before_there_is_a_position():
    estimator = eta.Estimator(0.0, 0.0, "walk")

    assert estimator.estimate(0.0) is None
    assert math.isnan(estimator.left())


def test_of_somebody_who_just_left_and_might_fly_nobody_can_tell():
    estimator = eta.Estimator(0.0, 0.0)
    estimator.update(0.0, 0.1, 0.0, 5.0, None)

    assert estimator.estimate(1.0) is None


def test_of_somebody_not_heard_of_for_long_nobody_can_tell():
    estimator = eta.Estimator(0.0, 0.0, "walk")
    now = walk(estimator, meters=3000, speed=1.3, count=30)

    assert estimator.estimate(now + eta.STALE) is not None
    assert estimator.estimate(now + eta.STALE + 1) is None


def test_asking_twice_changes_nothing():
    estimator = eta.Estimator(0.0, 0.0, "walk")
    now = walk(estimator, meters=3000, speed=1.3, count=30)

    assert estimator.estimate(now) == estimator.estimate(now)


def test_time_that_passes_in_silence_counts():
    estimator = eta.Estimator(0.0, 0.0, "walk")
    now = walk(estimator, meters=3000, speed=1.3, count=30)
    first = estimator.estimate(now)

    later = estimator.estimate(now + 60)

    assert first is not None
    assert later is not None
    assert later.p50 == pytest.approx(first.p50 - 60)


@pytest.mark.parametrize(
    "fix",
    [
        (100.0, 0.02, 0.0, 5.0),  # older than the newest
        (290.0, 0.02, 0.0, 5.0),  # just as old
        (300.0, 0.5, 0.0, 5.0),  # 50 km in ten seconds
        (300.0, 0.02, 0.0, 150.0),  # coarse, and there is a better one
        (700.0, 0.02, 0.0, 12_000.0),  # a cell tower
    ],
)
def test_what_cannot_be_is_not_believed(fix):
    estimator = eta.Estimator(0.0, 0.0, "walk")
    walk(estimator, meters=3000, speed=1.3, count=30)
    before = estimator.left()

    taken = estimator.update(*fix)

    assert not taken
    assert estimator.left() == before


def test_three_in_a_row_are_believed():
    estimator = eta.Estimator(0.0, 0.0, "walk")
    now = walk(estimator, meters=3000, speed=1.3, count=30)

    taken = [estimator.update(now + n, 0.5 + n * 1e-5, 0.0, 5.0) for n in (1, 2, 3)]

    assert taken == [False, False, True]
    assert estimator.left() == pytest.approx(0.5 * geo.PER_DEGREE, rel=0.01)


def test_jumps_here_and_there_are_never_believed():
    estimator = eta.Estimator(0.0, 0.0, "walk")
    now = walk(estimator, meters=3000, speed=1.3, count=30)

    taken = [estimator.update(now + n, 0.5 * (-1) ** n, 0.0, 5.0) for n in range(1, 9)]

    assert not any(taken)


def test_a_coarse_position_will_do_when_there_is_no_other():
    estimator = eta.Estimator(0.0, 0.0, "drive")
    walk(estimator, meters=9000, speed=10, count=30)

    assert estimator.update(400.0, -0.06, 0.0, 150.0)


def test_jitter_is_no_way():
    estimator = eta.Estimator(0.0, 0.0, "walk")
    chance = random.Random(1)
    for second in range(0, 600, 5):
        estimator.update(second, 0.02 + chance.gauss(0, 3e-5), 0.0, 5.0)

    assert estimator.way.path < 150


def test_an_estimator_goes_on_in_another_process():
    whole, parts = eta.Estimator(0.0, 0.0, "bike"), eta.Estimator(0.0, 0.0, "bike")
    for number in range(60):
        fix = (number * 7.0, -0.05 + number * 3e-4, 0.001 * math.sin(number), 8.0)
        whole.update(*fix)
        whole.estimate(fix[0])
        parts = eta.Estimator(0.0, 0.0, "bike", eta.unpack(eta.pack(parts.way)))
        parts.update(*fix)
        parts.estimate(fix[0])

    assert parts.way == whole.way
    assert parts.estimate(420.0) == whole.estimate(420.0)


OURS = eta.pack(eta.Way())


@pytest.mark.parametrize("body", [None, b"", b"\x00", OURS[:-1], b"\x01" + OURS[1:]])
def test_the_memory_of_another_version_is_no_memory(body):
    assert eta.unpack(OURS) is not None
    assert eta.unpack(body) is None


def test_coefficients_of_other_features_are_refused():
    with pytest.raises(ValueError, match="version 1"):
        regression.Regression({"version": 1})


def test_the_form_is_the_sum_that_was_fitted():
    known = {
        "version": regression.VERSION,
        "center": [6.0, 1.0],
        "deviation": [2.0, 0.5],
        "linear": {"walk": [0.1, 0.2, -0.3]},
        "square": [0.05, 0.06, 0.07],
        "low": [-1.0, 0.0, 0.0, -0.5],
        "high": [0.01, 0.0, 0.0, 0.4],
    }
    fitted = regression.Regression(known)
    # One deviation above the mean, and one below it.
    expected = 0.1 + 0.2 * 1 - 0.3 * -1 + 0.05 * 1 + 0.06 * 1 * -1 + 0.07 * 1

    assert fitted.left((8.0, 0.5), "walk") == pytest.approx(8.0 - 0.5 + expected)
    assert fitted.spread(6.0, 0.5, 0.0) == (-1.0, 0.05)
    assert fitted.spread(6.0, 0.5, 1.0) == pytest.approx((-1.5, 0.41))


@pytest.mark.parametrize("features", [(80.0, 1.0), (-80.0, 1.0), (6.0, 90.0), (6.0, -90.0)])
def test_what_was_never_seen_leads_not_far_from_the_plain_formula(features):
    known = {
        "version": regression.VERSION,
        "center": [6.0, 1.0],
        "deviation": [2.0, 0.5],
        "linear": {"": [0.0, 5.0, 5.0]},
        "square": [1.0, 1.0, 1.0],
        "low": [0.0, 0.0, 0.0, 0.0],
        "high": [0.0, 0.0, 0.0, 0.0],
    }

    found = regression.Regression(known).left(features, None)

    assert abs(found - (features[0] - features[1])) <= regression.ROOM + 1e-9


def test_a_little_jitter_moves_no_arrival():
    estimator = eta.Estimator(0.0, 0.0, "walk")
    now = walk(estimator, meters=3000, speed=1.3, count=30)
    estimator.estimate(now)
    before = estimator.way.arrive
    chance = random.Random(3)

    for second in range(20, 100, 20):
        jitter = chance.uniform(-1, 1) * 1e-5
        left = 3000 - 1.3 * (now + second)
        estimator.update(now + second, -left / geo.PER_DEGREE, jitter, 5.0)
        estimator.estimate(now + second)

    assert estimator.way.arrive == before


@pytest.mark.parametrize("mode", [*eta.USUAL, "rocket"])
def test_every_mode_has_an_answer_that_is_a_number(mode):
    estimator = eta.Estimator(0.0, 0.0, mode)
    now = walk(estimator, meters=20_000, speed=3, count=200)

    found = estimator.predict(now)

    assert found is not None
    assert all(math.isfinite(value) and value > 0 for value in found)


def test_at_the_place_itself_the_numbers_hold():
    estimator = eta.Estimator(0.0, 0.0, "walk")
    for second in range(100):
        estimator.update(second, 0.0, 0.0, 0.0)

    found = estimator.estimate(100.0)

    assert found is not None
    assert 0 < found.p50 < 300
