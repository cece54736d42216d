"""The rules of events. Plain values in, plain values out: no clock, no chance, no gRPC, no SQL.

A gathering keeps the clock of its place: `Span` holds local times with their zone, and what
has to be compared or measured is compared and measured as instants.
"""

from __future__ import annotations

import dataclasses
import enum
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.kit import errors
from services.kit.money import Money
from services.kit.names import Collection, Name

EVENTS = Collection("events", "turnout.app/Event")

LONGEST = timedelta(days=30)
MOST_SEATS = 1_000_000
RADIUS = 100  # metres, unless the organizer says
RADII = range(10, 5001)
# Even nothing is an amount of some currency: this one, where nothing costs anything.
CURRENCY = "EUR"


class State(enum.Enum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


# The events that everybody may see.
PUBLIC = (State.PUBLISHED, State.CANCELLED)


@dataclass(frozen=True)
class Venue:
    display_name: str
    address: str
    city: str
    # Degrees, WGS84.
    latitude: float
    longitude: float
    # How near one must come to have arrived, in metres.
    arrival_radius: int


@dataclass(frozen=True)
class TicketType:
    """A kind of ticket, as the organizer wrote it: None stands for what follows by itself."""

    id: str
    display_name: str
    price: Money | None
    capacity: int
    sale_start_time: datetime | None
    sale_end_time: datetime | None


@dataclass(frozen=True)
class Span:
    """From when until when, by the clock of the place: both aware, in one and the same zone."""

    start: datetime
    end: datetime

    @property
    def start_time(self) -> datetime:
        return self.start.astimezone(UTC)

    @property
    def end_time(self) -> datetime:
        return self.end.astimezone(UTC)

    @property
    def zone(self) -> str:
        return zone_of(self.start)


@dataclass(frozen=True)
class Plan:
    """What an organizer decides about an event, and may change."""

    display_name: str
    description: str
    venue: Venue
    span: Span
    ticket_types: tuple[TicketType, ...]


@dataclass(frozen=True)
class Event:
    name: Name
    plan: Plan
    state: State
    create_time: datetime
    update_time: datetime
    publish_time: datetime | None = None
    cancel_time: datetime | None = None
    cancel_reason: str = ""
    version: int = 1


@dataclass(frozen=True)
class Wanted:
    """Which events are asked for. None: no matter which."""

    organization: uuid.UUID | None
    # Those that everybody may see, and no others.
    public: bool
    city: str | None
    end_after: datetime | None


class BadEvent(errors.Invalid):
    """A value that no event has."""


class EventNotFound(errors.NotFound):
    message = "there is no {event}"
    event: str


class WrongEventState(errors.Unmet):
    message = "{event} is {state}, and must be {needed} for this"
    event: str
    state: str
    needed: str


class EventOver(errors.Unmet):
    message = "{event} ended at {end_time}"
    event: str
    end_time: str


def draft(name: Name, plan: Plan, now: datetime) -> Event:
    """Makes an event that nobody but its members sees."""
    check(plan)
    return Event(name, plan, State.DRAFT, create_time=now, update_time=now)


def publish(event: Event, now: datetime) -> Event:
    """Puts a draft before the public, or refuses what is no draft or has ended."""
    need(event, State.DRAFT)
    need_ahead(event, now)
    return dataclasses.replace(event, state=State.PUBLISHED, publish_time=now, update_time=now)


def revise(event: Event, plan: Plan, now: datetime) -> Event:
    """Changes what is planned. What everybody has seen is not moved to where it is over."""
    need(event, State.DRAFT, State.PUBLISHED)
    check(plan)
    moved = plan.span != event.plan.span
    if moved and event.state is State.PUBLISHED and plan.span.end_time <= now:
        raise BadEvent("event.end_time", "must not be in the past: the event is published")
    return dataclasses.replace(event, plan=plan, update_time=now)


def cancel(event: Event, reason: str, now: datetime) -> Event:
    """Calls a published event off, even one that has ended: it may never have taken place."""
    need(event, State.PUBLISHED)
    return dataclasses.replace(
        event, state=State.CANCELLED, cancel_reason=reason, cancel_time=now, update_time=now
    )


def need(event: Event, *states: State) -> None:
    if event.state not in states:
        needed = " or ".join(state.name for state in states)
        raise WrongEventState(EVENTS.format(event.name), event.state.name, needed)


def need_ahead(event: Event, now: datetime) -> None:
    """Refuses what has ended. What is under way will do."""
    if event.plan.span.end_time <= now:
        raise EventOver(EVENTS.format(event.name), event.plan.span.end_time.isoformat())


def visible(event: Event, *, member: bool) -> bool:
    """Whether a caller may know of an event."""
    return member or event.state in PUBLIC


# --- what a plan must be


def check(plan: Plan) -> None:
    """Refuses a plan that cannot be, at the first thing that is wrong with it."""
    _check_venue(plan.venue)
    _check_span(plan.span)
    _check_ticket_types(plan.ticket_types, plan.span)


def _check_venue(venue: Venue) -> None:
    if not -90 <= venue.latitude <= 90:
        raise BadEvent("event.venue.location.latitude", "must be from -90 to 90")
    if not -180 <= venue.longitude <= 180:
        raise BadEvent("event.venue.location.longitude", "must be from -180 to 180")
    if venue.arrival_radius not in RADII:
        problem = f"must be from {RADII.start} to {RADII.stop - 1}"
        raise BadEvent("event.venue.arrival_radius_meters", problem)


def _check_span(span: Span) -> None:
    if zone_of(span.end) != span.zone:
        raise BadEvent("event.end_time.time_zone", f"must be that of start_time, {span.zone}")
    # As instants: on the night the clocks change, local times are an hour off the truth.
    length = span.end_time - span.start_time
    if length <= timedelta():
        raise BadEvent("event.end_time", "must be after start_time")
    if length > LONGEST:
        raise BadEvent("event.end_time", f"must be within {LONGEST.days} days of start_time")


def _check_ticket_types(types: tuple[TicketType, ...], span: Span) -> None:
    if not types:
        raise BadEvent("event.ticket_types", "must have at least one")
    seen: set[str] = set()
    for index, each in enumerate(types):
        at = f"event.ticket_types[{index}]"
        if each.id in seen:
            raise BadEvent(f"{at}.id", f"is used twice: {each.id}")
        seen.add(each.id)
        _check_ticket_type(each, at, span, currency_of(types))


def _check_ticket_type(each: TicketType, at: str, span: Span, currency: str | None) -> None:
    if not 1 <= each.capacity <= MOST_SEATS:
        raise BadEvent(f"{at}.capacity", f"must be from 1 to {MOST_SEATS}")
    if each.price is not None and each.price.currency != currency:
        raise BadEvent(f"{at}.price.currency_code", f"must be {currency} like the others")
    opens, closes = each.sale_start_time, each.sale_end_time
    if opens is not None and opens >= span.end_time:
        raise BadEvent(f"{at}.sale_start_time", "must be before the event ends")
    if opens is not None and closes is not None and closes <= opens:
        raise BadEvent(f"{at}.sale_end_time", "must be after sale_start_time")


# --- what follows from a plan


def currency_of(types: Iterable[TicketType]) -> str | None:
    """The one currency of an event, or None if nobody pays anything."""
    return next((each.price.currency for each in types if each.price is not None), None)


def on_sale(event: Event) -> tuple[TicketType, ...]:
    """The ticket types of an event that was published, with what follows by itself filled in.

    A sale begins when the event is published and never outlasts the event. A type without a
    price costs nothing in the currency of the others.
    """
    nothing = Money(currency_of(event.plan.ticket_types) or CURRENCY, 0)
    end = event.plan.span.end_time
    return tuple(
        dataclasses.replace(
            each,
            display_name=each.display_name or each.id,
            price=each.price or nothing,
            sale_start_time=each.sale_start_time or event.publish_time,
            sale_end_time=min(each.sale_end_time or end, end),
        )
        for each in event.plan.ticket_types
    )


def city_key(city: str) -> str:
    """What two spellings of a city have in common: letters, not case, width or spaces around."""
    return " ".join(unicodedata.normalize("NFKC", city).casefold().split())


def zone_of(time: datetime) -> str:
    """The IANA name of the zone of an aware local time."""
    return str(time.tzinfo)
