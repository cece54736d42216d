"""What location tells of who is on the way, as values. Pure."""

from __future__ import annotations

from services.booking.domain import EVENTS
from services.booking.no_shows.domain import Expected
from services.kit.names import Name
from services.kit.wire import instant
from turnout.location.v1 import location_pb2


def expected(told: location_pb2.ArrivalExpected) -> tuple[Name, Expected]:
    """When somebody will be there; without a time when nobody can tell any more."""
    time, until = instant(told.p50_time), instant(told.expire_time)
    return EVENTS.parse(told.event, "event"), Expected(told.traveler, time, until)
