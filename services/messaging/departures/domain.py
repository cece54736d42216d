"""The rules of leaving in time and of being late. Plain values in, plain values out.

A forecast rests on how somebody moved, so of who stays at home it says more and more that they
never come. What counts of them is therefore how long the way was said to be when they had just
been heard of; and of who stayed long, until they have been on the way for as long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.kit.names import Collection, Name

JOURNEYS = Collection("journeys", "turnout.app/Journey")

# Who is seen twice, so long apart, at the same distance from the venue has not left: at the same
# up to so many metres, or to that part of a short way.
STILL = timedelta(minutes=2)
NEAR_METERS, NEAR_PART = 150.0, 0.1
# How long before the time to leave somebody is told.
LEAD = timedelta(minutes=10)


@dataclass(frozen=True)
class Forecast:
    """What was told of somebody on the way: when they are there."""

    journey: Name
    event: Name
    traveler: str
    # Metres to the venue, and when that was.
    distance: float
    position_time: datetime
    # In one of two cases, and in nine of ten.
    p50_time: datetime
    p90_time: datetime
    # When the event begins.
    start_time: datetime
    # Until when it counts.
    expire_time: datetime


@dataclass(frozen=True)
class Departure:
    """From where somebody sets out, and what was said about it."""

    journey: Name
    # Metres to the venue from where they were first heard of, and when that was.
    distance: float
    since: datetime
    # How long the way from there is in one of two cases, and in nine of ten.
    likely: timedelta
    surely: timedelta
    # When they were first seen elsewhere.
    left_time: datetime | None = None
    told_to_leave: bool = False
    told_late: bool = False


def begun(forecast: Forecast) -> Departure:
    return Departure(
        journey=forecast.journey,
        distance=forecast.distance,
        since=forecast.position_time,
        likely=_likely(forecast),
        surely=_surely(forecast),
    )


def followed(before: Departure, forecast: Forecast) -> Departure:
    """What is known of a departure after another forecast."""
    if before.left_time is not None:
        return before
    near = min(NEAR_METERS, NEAR_PART * before.distance)
    if abs(forecast.distance - before.distance) > near:
        return replace(before, left_time=forecast.position_time)
    return replace(
        before,
        likely=min(before.likely, _likely(forecast)),
        surely=min(before.surely, _surely(forecast)),
    )


def leave_time(departure: Departure, forecast: Forecast) -> datetime | None:
    """When somebody has to leave to be in time; None for who has left, or may have."""
    seen = forecast.position_time - departure.since
    if departure.left_time is not None or seen < STILL:
        return None
    return forecast.start_time - departure.surely


def has_to_leave(departure: Departure, forecast: Forecast, now: datetime) -> bool:
    """Whether it is time to say so."""
    time = leave_time(departure, forecast)
    return time is not None and time - LEAD <= now and _counts(forecast, now)


def lateness(departure: Departure, forecast: Forecast) -> timedelta:
    """How long after the start somebody is there in one of two cases; negative before it."""
    time = forecast.p50_time
    if departure.left_time is None:
        time = forecast.position_time + departure.likely
    elif forecast.position_time - departure.left_time < departure.left_time - departure.since:
        time = min(time, departure.left_time + departure.surely)
    return time - forecast.start_time


def is_late(
    departure: Departure, forecast: Forecast, threshold: timedelta | None, now: datetime
) -> bool:
    """Whether those are to hear of it who wait for people that late."""
    if threshold is None or not _counts(forecast, now):
        return False
    return lateness(departure, forecast) >= threshold


def _counts(forecast: Forecast, now: datetime) -> bool:
    """Whether there still is something to be said: once the event began, it shows who is late."""
    return now < forecast.start_time and now < forecast.expire_time


def _likely(forecast: Forecast) -> timedelta:
    return forecast.p50_time - forecast.position_time


def _surely(forecast: Forecast) -> timedelta:
    return forecast.p90_time - forecast.position_time
