"""What location tells of who is on the way, as values. Pure."""

from __future__ import annotations

from services.kit.wire import instant, span
from services.messaging.departures.domain import JOURNEYS, Forecast
from services.messaging.people.domain import EVENTS
from turnout.location.v1 import location_pb2


def forecast(told: location_pb2.ArrivalExpected) -> Forecast | None:
    """None when nobody can tell any more."""
    p50, p90 = instant(told.p50_time), instant(told.p90_time)
    position, until = instant(told.position_time), instant(told.expire_time)
    if p50 is None or p90 is None or position is None or until is None:
        return None
    return Forecast(
        journey=JOURNEYS.parse(told.journey, "journey"),
        event=EVENTS.parse(told.event, "event"),
        traveler=told.traveler,
        distance=told.distance_meters,
        position_time=position,
        p50_time=p50,
        p90_time=p90,
        start_time=p50 - span(told.lateness),
        expire_time=until,
    )
