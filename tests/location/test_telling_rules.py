"""When other services hear anew of when somebody is expected: pure."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.location.journeys import domain
from services.location.journeys.domain import Expected, State, Told
from services.location.track import telling
from tests.location.test_journey_rules import GIG, NOW, journey

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def expected(p50, p90=None) -> Expected:
    """So many minutes after now."""
    if p50 is None:
        return Expected(1000.0, None, None)
    return Expected(1000.0, NOW + p50 * MINUTE, NOW + (p90 or p50 + 1) * MINUTE)


def on_the_way(*before, **changes):
    """Somebody of whom others heard this so many seconds ago, if anything."""
    told = None
    if before:
        seconds, forecast = before
        told = Told(NOW - seconds * SECOND, forecast.p50_time, forecast.p90_time)
    return journey(**({"state": State.UNDER_WAY, "told": told} | changes))


def says(value, forecast):
    """What others hear now, if anything."""
    found = telling.told(value, forecast, NOW)
    return None if found is value.told else found


def test_a_first_forecast_is_told():
    found = says(on_the_way(), expected(20, 25))

    assert found == Told(NOW, NOW + 20 * MINUTE, NOW + 25 * MINUTE)


@pytest.mark.parametrize("forecast", [None, expected(None)])
def test_nothing_is_told_before_anybody_can_tell(forecast):
    assert says(on_the_way(), forecast) is None


def test_nobody_is_told_of_who_is_there_or_pauses():
    arrived = on_the_way(state=State.ARRIVED, arrive_time=NOW)

    assert says(arrived, expected(0)) is None
    assert says(domain.pause(on_the_way(), NOW), expected(20)) is None


@pytest.mark.parametrize(
    ("minutes", "heard"), [(21, False), (21.9, False), (22, True), (18.1, False), (18, True)]
)
def test_a_change_of_two_minutes_is_told(minutes, heard):
    found = says(on_the_way(60, expected(20)), expected(minutes))

    assert (found is not None) is heard


def test_a_change_is_not_told_right_after_another():
    assert says(on_the_way(29, expected(20)), expected(40)) is None
    assert says(on_the_way(30, expected(20)), expected(40)) is not None


@pytest.mark.parametrize(
    ("before", "now", "heard"),
    [
        # The event starts in an hour: rather late now, in danger of it, surely not any more.
        (expected(59.5, 70), expected(60.5, 70), True),
        (expected(50, 59.5), expected(50, 60.5), True),
        (expected(60.5, 70), expected(59.5, 70), True),
        (expected(60.5, 70), expected(61.5, 72), False),
    ],
)
def test_passing_the_start_of_the_event_is_told(before, now, heard):
    assert GIG.start_time == NOW + 60 * MINUTE

    assert (says(on_the_way(60, before), now) is not None) is heard


def test_that_nobody_can_tell_any_more_is_told_once():
    found = says(on_the_way(60, expected(20)), expected(None))

    assert found == Told(NOW, None, None)
    assert says(on_the_way(60, expected(None)), expected(None)) is None
    assert says(on_the_way(60, expected(None)), expected(20)) is not None


def test_what_counts_is_told_again_before_it_counts_no_more():
    value = on_the_way(60, expected(20))
    third = telling.counts(value) / telling.OFTEN

    assert third > MINUTE
    assert says(on_the_way(third / SECOND - 1, expected(20)), expected(20)) is None
    assert says(on_the_way(third / SECOND, expected(20)), expected(20)) is not None


def test_who_took_the_consent_back_was_never_told_of():
    assert domain.withdraw(on_the_way(60, expected(20)), NOW).told is None
