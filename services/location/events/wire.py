"""Gatherings on the wire. Pure."""

from __future__ import annotations

from datetime import UTC

from services.location.events import domain
from services.location.events.domain import EVENTS, Event
from turnout.event.v1 import event_pb2


def announced(said: event_pb2.Announcement) -> Event:
    """Where and when people meet."""
    venue = said.venue
    return Event(
        name=EVENTS.parse(said.event, "event"),
        latitude=venue.location.latitude,
        longitude=venue.location.longitude,
        radius=venue.arrival_radius_meters or domain.RADIUS,
        start_time=said.start_time.ToDatetime(UTC),
        end_time=said.end_time.ToDatetime(UTC),
    )
