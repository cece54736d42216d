"""Hours on the wire. Pure."""

from __future__ import annotations

from datetime import timedelta

from services.kit.wire import duration, timestamp
from services.location.events.domain import EVENTS
from services.location.hours.domain import Hour
from turnout.location.v1 import hour_pb2


def hour(value: Hour) -> hour_pb2.Hour:
    late = timedelta(seconds=value.lateness / value.arrivals) if value.arrivals else None
    return hour_pb2.Hour(
        event=EVENTS.format(value.event),
        begin_time=timestamp(value.begin),
        position_count=value.positions,
        distance_meters=value.meters,
        travel_duration=duration(timedelta(seconds=value.seconds)),
        mean_speed_meters_per_second=value.meters / value.seconds if value.seconds else 0.0,
        arrival_count=value.arrivals,
        punctual_count=value.punctual,
        mean_lateness=None if late is None else duration(late),
    )
