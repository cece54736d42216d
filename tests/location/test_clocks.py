"""Clocks of devices that are off: noticed, and set right in what is decided. Raw times stay."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.location.geo import PER_DEGREE
from services.location.instants import instant, micros
from services.location.journeys.domain import State
from services.location.segments.columns import SCALE, UNKNOWN, Report
from services.location.track import domain as track
from services.location.track.clocks import Lags
from services.location.track.domain import Passage
from tests.location.test_journey_rules import GIG, NOW, journey

HOUR = 3600.0


def heard(lags: Lags, ages: Sequence[float], apart: float = 10.0, known: int = 0) -> float:
    """What is thought in the end of a device whose reports are so many seconds old."""
    for number, age in enumerate(ages):
        now = micros(NOW) + round(number * apart * 1e6)
        known = lags.offset(now - round(age * 1e6), now, known)
    return known / 1e6


def test_a_clock_that_is_right_is_left_alone():
    chance = random.Random(5)

    assert heard(Lags(), [chance.expovariate(1 / 5) for _ in range(200)]) == 0


def test_a_phone_an_hour_behind_is_noticed():
    chance = random.Random(5)

    assert heard(Lags(), [HOUR + chance.expovariate(1 / 5) for _ in range(283)]) == HOUR


def test_a_clock_some_seconds_ahead_is_noticed():
    chance = random.Random(5)

    ahead = heard(Lags(), [chance.uniform(0, 1) - 3.1 for _ in range(50)])

    assert ahead == pytest.approx(-3.1, abs=1.1)


def test_one_position_from_the_future_says_nothing():
    assert heard(Lags(), [1, 2, 1, -3000, 1, 2, 1, -3000, 1]) == 0


def test_what_waited_for_the_network_is_not_the_clock():
    # Half an hour offline, told report by report within a minute.
    backlog = [1800.0 - n * 60 for n in range(30)]

    assert heard(Lags(), [*backlog, 1, 2, 1, 2, 1, 2], apart=2.0) == 0


def test_what_waited_for_hours_is_not_the_clock_however_slowly_it_is_told():
    # Ten seconds of the past with each report.
    backlog = [7 * HOUR - 10.0 * n for n in range(300)]

    assert heard(Lags(), backlog, apart=0.5) == 0


def test_some_reports_in_a_moment_say_nothing():
    assert heard(Lags(), [HOUR] * 50, apart=0.1) == 0


def test_a_clock_that_was_set_right_is_right_again():
    lags = Lags()
    known = round(heard(lags, [HOUR] * 10) * 1e6)

    assert known == 3_600_000_000
    assert heard(lags, [1.0] * 10, known=known) == 0


def fix(number: int, meters: float, seconds: float) -> Report:
    """One position so far south of the venue, by a clock that shows so many seconds from now."""
    latitude = round((GIG.latitude - meters / PER_DEGREE) * SCALE)
    longitude = round(GIG.longitude * SCALE)
    at = micros(NOW + timedelta(seconds=seconds))
    return Report.of(number, [at], [latitude], [longitude], [5.0], [UNKNOWN], [UNKNOWN])


def walked(off: float, begin=1500.0, count=120):
    """Walking for some minutes, ten seconds apart, with a clock that is off: the journey, and what
    is kept."""
    passage, kept, now = Passage.of(journey(), GIG), [], NOW
    for number in range(count):
        now = NOW + timedelta(seconds=10 * number)
        told = fix(number + 1, begin - 14 * number, 10 * number + off)
        rest = track.take(passage, told, now)
        assert rest is not None
        kept.append(rest)
        after = track.settle(passage, now)
        if after.state is State.ARRIVED:
            break
    return after, kept, now


@pytest.mark.parametrize("off", [-HOUR, HOUR])
def test_who_has_a_wrong_clock_arrives_when_they_do(off):
    after, kept, now = walked(off)
    right, _, then = walked(0.0)

    assert after.state is right.state is State.ARRIVED
    assert now == then
    assert after.arrive_time == right.arrive_time
    assert instant(after.clock_offset) == instant(round(-off * 1e6))
    assert right.clock_offset == 0
    # What is kept has the times that the device told.
    begin = micros(NOW + timedelta(seconds=off))
    assert [one.span[0] for one in kept] == [begin + n * 10_000_000 for n in range(len(kept))]


def test_who_has_a_wrong_clock_is_expected_as_others_are():
    wrong, _, now = walked(-HOUR, count=80)
    right, _, _ = walked(0.0, count=80)

    assert wrong.newest is not None
    assert instant(wrong.newest.micros) == now
    assert wrong.expected is not None and right.expected is not None
    assert wrong.expected.p50_time is not None and right.expected.p50_time is not None
    apart = abs(wrong.expected.p50_time - right.expected.p50_time)
    assert apart < 0.2 * (right.expected.p50_time - now)


def test_another_process_knows_how_far_a_clock_is_off():
    after, _, now = walked(-HOUR, count=30)
    passage = Passage.of(dataclasses.replace(after, kept_through=30), GIG)

    track.take(passage, fix(31, 1080, 300 - HOUR), now)
    later = track.settle(passage, now)

    assert later.newest is not None
    assert instant(later.newest.micros) == NOW + timedelta(seconds=300)
