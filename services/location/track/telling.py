"""When other services are told anew of when somebody is expected. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.location import eta
from services.location.journeys.domain import Expected, Journey, State, Told

# A change of so much is worth hearing of, and no change is told sooner after the last one.
MATERIAL, LEAST = timedelta(minutes=2), timedelta(seconds=30)
# Parts of the time that a forecast counts after which it is told again, even unchanged.
OFTEN = 3


def told(journey: Journey, expected: Expected | None, now: datetime) -> Told | None:
    """What others know after this moment: what they were told before, or something new.

    They hear of somebody first when there is a forecast; then when it moves by `MATERIAL`, when
    it passes the start of the event, when nobody can tell any more, and before it counts no more.
    """
    before = journey.told
    p50, p90 = (expected.p50_time, expected.p90_time) if expected else (None, None)
    if journey.state is not State.UNDER_WAY or not journey.shares(now):
        return before
    if before is None and p50 is None:
        return None
    if before is None:
        return Told(now, p50, p90)
    since = now - before.time
    if since < LEAST or not (_moved(journey, before, p50, p90) or since >= counts(journey) / OFTEN):
        return before
    return Told(now, p50, p90)


def counts(journey: Journey) -> timedelta:
    """How long after its position a forecast counts."""
    return timedelta(seconds=eta.STALE / journey.rate)


def _moved(journey: Journey, before: Told, p50: datetime | None, p90: datetime | None) -> bool:
    if p50 is None or before.p50_time is None:
        return p50 is not before.p50_time
    known = _punctuality(journey, before.p50_time, before.p90_time)
    return abs(p50 - before.p50_time) >= MATERIAL or _punctuality(journey, p50, p90) != known


def _punctuality(journey: Journey, p50: datetime, p90: datetime | None) -> int:
    """0: surely before the start; 1: perhaps; 2: rather not."""
    return (p50 > journey.start_time) + (p90 is None or p90 > journey.start_time)
