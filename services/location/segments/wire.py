"""Positions on the wire. Pure."""

from __future__ import annotations

from services.kit.wire import latlng, timestamp
from services.location.instants import instant
from services.location.segments.columns import SUNKEN, Point, known
from turnout.location.v1 import location_pb2


def position(point: Point) -> location_pb2.Position:
    battery = known(point.battery)
    return location_pb2.Position(
        location=latlng(point.latitude, point.longitude),
        capture_time=timestamp(instant(point.micros)),
        horizontal_accuracy_meters=point.accuracy,
        speed_meters_per_second=known(point.speed),
        bearing_degrees=known(point.bearing),
        sequence=point.sequence,
        altitude_meters=None if point.altitude <= SUNKEN else point.altitude,
        battery_percent=None if battery is None else int(battery),
        source=point.source,  # type: ignore[arg-type]
    )
