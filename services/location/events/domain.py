"""The rules of gatherings. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.kit import errors
from services.kit.names import Collection, Name

EVENTS = Collection("events", "turnout.app/Event")
TICKETS = Collection("tickets", "turnout.app/Ticket")
BOOKINGS = Collection("bookings", "turnout.app/Booking")

RADIUS = 100  # metres, where the organizer does not say


@dataclass(frozen=True, slots=True)
class Event:
    """What location knows of a gathering: where, when, and how near is there."""

    name: Name
    latitude: float
    longitude: float
    radius: int
    start_time: datetime
    end_time: datetime
    cancelled: bool = False

    def over(self, now: datetime) -> bool:
        return self.cancelled or now >= self.end_time


@dataclass(frozen=True, slots=True)
class Seat:
    """A ticket, and what it is for."""

    ticket: Name
    booking: Name
    event: Name


class EventNotFound(errors.NotFound):
    message = "there is no {event}, or it was not published"
    event: str


class EventOver(errors.Unmet):
    message = "{event} has ended or was called off"
    event: str


class NotAttending(errors.Unmet):
    message = "{traveler} has no confirmed booking for {event}"
    event: str
    traveler: str
