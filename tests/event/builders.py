"""Events and participants to test with, whole and valid but for what a test says."""

from __future__ import annotations

import dataclasses
import uuid
import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import Any

from services.event.events import domain as events
from services.event.events.domain import Event, Plan, Span
from services.event.events.places import Venue
from services.event.events.tickets import TicketType
from services.event.participants import domain as people
from services.event.participants.domain import Contact, Mark, Participant, Step
from services.kit.money import Money
from services.kit.names import Name

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
ACME = uuid.UUID("01900000-0000-7000-8000-000000000001")
GIG = Name(ACME, uuid.UUID("01900000-0000-7000-8000-000000000002"))


def span(
    start: str = "2026-06-01T19:00", end: str = "2026-06-01T22:00", zone: str = "Europe/Berlin"
) -> Span:
    place = zoneinfo.ZoneInfo(zone)
    return Span(*(datetime.fromisoformat(text).replace(tzinfo=place) for text in (start, end)))


def seat(id: str = "standard", price: int | Money | None = 1250, **given: Any) -> TicketType:
    """A ticket type; `price` in cents, None for free."""
    values = {
        "id": id,
        "display_name": "",
        "price": Money("EUR", price) if isinstance(price, int) else price,
        "capacity": 5,
        "sale_start_time": None,
        "sale_end_time": None,
    }
    return TicketType(**(values | given))


def plan(**given: Any) -> Plan:
    values: dict[str, Any] = {
        "display_name": "Concert",
        "description": "",
        "venue": Venue("Hall", "Street 1, Berlin", "Berlin", 52.52, 13.405, 100),
        "span": span(),
        "ticket_types": (seat(),),
    }
    return Plan(**(values | given))


def draft(**given: Any) -> Event:
    return events.draft(GIG, plan(**given), NOW)


def published(**given: Any) -> Event:
    return events.publish(draft(**given), NOW)


def person(*steps: Step, event: Event | None = None) -> Participant:
    """Somebody on the list of a published event, after some steps."""
    contact = Contact("Ada", "ada@example.org", "", "")
    found = people.enlist(id_at(0, 9), event or published(), contact, NOW)
    for step in steps:
        found = people.advance(found, step, NOW)
    return found


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def id_at(minutes: float, number: int = 0) -> uuid.UUID:
    """The id of what its service drew at that time (UUIDv7)."""
    millis = int(at(minutes).timestamp() * 1000)
    return uuid.UUID(int=millis << 80 | 7 << 76 | 2 << 62 | number)


def step(mark: Mark, minutes: float, about: uuid.UUID | None = None, **given: Any) -> Step:
    return dataclasses.replace(Step(mark, at(minutes), about), **given)
