"""Who is expected when, on the wire. Pure."""

from __future__ import annotations

from datetime import datetime

from services.kit.names import Name
from services.location.arrivals.domain import Near
from services.location.journeys.domain import JOURNEYS, Journey
from services.location.journeys.wire import STATES, arrival
from services.location.segments.wire import position
from turnout.location.v1 import arrival_pb2

ETA, LATEST = "/eta", "/latest"


def named(text: str, suffix: str) -> Name:
    """The journey that something is told of."""
    return JOURNEYS.parse(text.removesuffix(suffix))


def eta(value: Journey, now: datetime) -> arrival_pb2.Eta:
    return arrival_pb2.Eta(
        name=JOURNEYS.format(value.name) + ETA,
        traveler=value.traveler,
        state=STATES[value.state],
        arrival=arrival(value, now),
    )


def latest(value: Journey, distance: float = 0.0) -> arrival_pb2.Latest:
    return arrival_pb2.Latest(
        name=JOURNEYS.format(value.name) + LATEST,
        traveler=value.traveler,
        position=position(value.newest) if value.newest else None,
        distance_meters=distance,
    )


def near(value: Near) -> arrival_pb2.Latest:
    return latest(value.journey, value.distance)
