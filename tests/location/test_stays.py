"""A trip that is clearly over near the venue is an arrival; a stop on the way is none."""

from __future__ import annotations

import dataclasses
import random
from datetime import timedelta

import pytest

from services.location.geo import PER_DEGREE
from services.location.instants import instant, micros
from services.location.journeys.domain import State
from services.location.segments.columns import SCALE, UNKNOWN, Report
from services.location.track import domain as track
from services.location.track.domain import Passage
from tests.location.test_journey_rules import GIG, NOW, journey

# From 1500 metres away, ten metres per step.
COMING = [1500.0 - 10 * n for n in range(126)]


def report(number: int, meters: float, seconds: float, accuracy: float) -> Report:
    latitude = round((GIG.latitude - meters / PER_DEGREE) * SCALE)
    at = micros(NOW + timedelta(seconds=seconds))
    longitude = round(GIG.longitude * SCALE)
    return Report.of(number, [at], [latitude], [longitude], [accuracy], [UNKNOWN], [UNKNOWN])


def gone(meters, *, apart=5.0, accuracy=8.0, rate=1.0):
    """The journey after positions so far from the venue, each told as it was captured."""
    passage = Passage.of(dataclasses.replace(journey(), rate=rate), GIG)
    for number, far in enumerate(meters):
        seconds = number * apart / rate
        now = NOW + timedelta(seconds=seconds)
        track.take(passage, report(number + 1, far, seconds, accuracy), now)
        if track.settle(passage, now).state is State.ARRIVED:
            break
    return passage.journey


def test_who_stays_near_the_venue_has_arrived_when_they_came():
    chance = random.Random(4)

    after = gone([*COMING, *(250 + chance.gauss(0, 5) for _ in range(80))])

    assert after.state is State.ARRIVED
    assert after.arrive_time is not None and after.newest is not None
    came = NOW + timedelta(seconds=5 * len(COMING))
    assert abs(after.arrive_time - came) <= timedelta(seconds=20)
    stayed = instant(after.newest.micros) - after.arrive_time
    assert timedelta(minutes=5) <= stayed <= timedelta(minutes=5, seconds=20)
    assert after.expected is not None
    assert after.expected.p50_time == after.arrive_time


def test_a_phone_that_says_nothing_while_it_lies_there_has_arrived():
    after = gone([*COMING[::20], 250.0, 250.0], apart=400)

    assert after.state is State.ARRIVED


def test_who_is_played_stays_for_minutes_of_the_journey():
    after = gone([*COMING, *([250.0] * 80)], rate=10)

    assert after.state is State.ARRIVED


@pytest.mark.parametrize(
    "meters",
    [
        # Four minutes are no stay.
        [*COMING, *([250.0] * 48), *(250 - 10.0 * n for n in range(10))],
        # Too far away.
        [*COMING[:100], *([500.0] * 100)],
        # Nobody came from anywhere.
        [250.0] * 200,
        [450.0, 400.0, 350.0, *([250.0] * 200)],
        # Slowly, as in a queue.
        [*COMING, *(290 - 0.8 * n for n in range(200))],
    ],
)
def test_a_stop_on_the_way_is_no_arrival(meters):
    assert gone(meters).state is State.UNDER_WAY


def test_what_says_little_of_the_place_is_no_arrival():
    assert gone([*COMING, *([250.0] * 100)], accuracy=90.0).state is State.UNDER_WAY


def test_who_comes_into_the_circle_arrives_at_once():
    after = gone([1500.0 - 10 * n for n in range(150)])

    assert after.newest is not None
    assert after.arrive_time == instant(after.newest.micros)
