"""Gatherings on the wire. Pure."""

from __future__ import annotations

from datetime import UTC

from services.location.events import domain
from services.location.events.domain import BOOKINGS, EVENTS, TICKETS, Event, Seat
from turnout.booking.v1 import ticket_pb2
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


def seat(fact: ticket_pb2.TicketTransferred | ticket_pb2.TicketReturned) -> Seat:
    """Which ticket something is said of."""
    return Seat(
        TICKETS.parse(fact.ticket, "ticket"),
        BOOKINGS.parse(fact.booking, "booking"),
        EVENTS.parse(fact.event, "event"),
    )
