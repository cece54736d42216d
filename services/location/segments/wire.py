"""Positions on the wire. Pure."""

from __future__ import annotations

from services.kit.wire import latlng, timestamp
from services.location.instants import instant
from services.location.segments.columns import Point, known
from turnout.location.v1 import location_pb2


def position(point: Point) -> location_pb2.Position:
    return location_pb2.Position(
        location=latlng(point.latitude, point.longitude),
        capture_time=timestamp(instant(point.micros)),
        horizontal_accuracy_meters=point.accuracy,
        speed_meters_per_second=known(point.speed),
        bearing_degrees=known(point.bearing),
        sequence=point.sequence,
    )
