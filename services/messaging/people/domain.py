"""Who messages are written to, and what they speak of. Plain values."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from services.kit.names import Collection, Name

EVENTS = Collection("events", "turnout.app/Event")
BOOKINGS = Collection("bookings", "turnout.app/Booking")
PARTICIPANTS = Collection("participants", "turnout.app/Participant")


@dataclass(frozen=True)
class Person:
    """Somebody to write to, by the resource name."""

    name: str
    display_name: str
    email: str = ""
    phone: str = ""
    # A language tag such as `pt-BR`; empty when not known.
    language: str = ""
    # Where the person answers, pays and shares the way. Good as a key: never shown to others.
    link: str = field(default="", repr=False)
    # Of a participant: what they are invited to.
    event: Name | None = None
    # The names of what they are notified on. Looked up only where somebody is to be notified.
    devices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gathering:
    """What messages say of an event."""

    name: Name
    display_name: str
    place: str
    start_time: datetime
    time_zone: str
    called_off: bool = False
    cancel_reason: str = ""


@dataclass(frozen=True)
class Host:
    """What messages say of an organization, and where it hears of its events itself."""

    id: uuid.UUID
    display_name: str
    contact_email: str
