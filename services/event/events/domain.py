"""The rules of events. Plain values in, plain values out: no clock, no chance, no gRPC, no SQL.

A gathering keeps the clock of its place: `Span` holds local times with their zone, and what
has to be compared or measured is compared and measured as instants.
"""

from __future__ import annotations

import dataclasses
import enum
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from services.event.events import places, terms, tickets
from services.event.events.places import Venue
from services.event.events.terms import Tier
from services.event.events.tickets import Pool, Sale, TicketType
from services.kit import errors
from services.kit.names import Collection, Name

EVENTS = Collection("events", "turnout.app/Event")

LONGEST = timedelta(days=30)


class State(enum.Enum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    TEMPLATE = "template"


class Mode(enum.Enum):
    ON_SITE = "on_site"
    ONLINE = "online"
    HYBRID = "hybrid"


# The events that everybody may see, and those that nobody has seen.
PUBLIC = (State.PUBLISHED, State.CANCELLED, State.COMPLETED)
UNSEEN = (State.DRAFT, State.TEMPLATE)


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
    # None where one takes part online.
    venue: Venue | None
    span: Span
    ticket_types: tuple[TicketType, ...]
    pools: tuple[Pool, ...] = ()
    mode: Mode = Mode.ON_SITE
    # Where one takes part online. A secret of those who have a seat.
    join_uri: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    # How old one must be, in years.
    min_age: int = 0
    other_languages: tuple[str, ...] = ()
    # A tag of BCP 47; empty if nobody said.
    language_code: str = ""
    # What goes back to who gives a seat back. None: everything.
    refund_tiers: tuple[Tier, ...] | None = None

    @property
    def sale(self) -> Sale:
        sections = self.venue.sections if self.venue else ()
        return Sale(self.ticket_types, self.pools, sections, self.span.end_time)


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
    complete_time: datetime | None = None
    # The series that it is one of.
    series: uuid.UUID | None = None
    # When it begins by its series, as the clock of the place shows it.
    original: datetime | None = None
    version: int = 1


@dataclass(frozen=True)
class Wanted:
    """Which events are asked for. None: no matter which."""

    organization: uuid.UUID | None
    # Those that everybody may see, and no others.
    public: bool
    city: str | None = None
    end_after: datetime | None = None
    # One of a series, or not.
    periodic: bool | None = None
    # By the clock of the place.
    date: date | None = None
    category: str | None = None
    tag: str | None = None
    # None: all but templates.
    state: State | None = None
    series: uuid.UUID | None = None


@dataclass(frozen=True)
class Copy:
    """What is to be other about an event that is made like another one."""

    # Empty: as it was.
    display_name: str
    # None: as it was.
    start: datetime | None
    template: bool


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


class SeatsTaken(errors.Unmet):
    message = "{bookings} bookings hold or have seats of {event}; call it off instead"
    event: str
    bookings: int


class EventAhead(errors.Unmet):
    message = "{event} begins at {start_time}"
    event: str
    start_time: str


class EventOver(errors.Unmet):
    message = "{event} ended at {end_time}"
    event: str
    end_time: str


def draft(name: Name, plan: Plan, now: datetime, *, template: bool = False) -> Event:
    """Makes an event that nobody but its members sees."""
    check(plan)
    state = State.TEMPLATE if template else State.DRAFT
    return Event(name, plan, state, create_time=now, update_time=now)


def moved(plan: Plan, start: datetime) -> Plan:
    """The plan with another beginning; the clock at the end, sales and prices go along."""
    length = plan.span.end.replace(tzinfo=None) - plan.span.start.replace(tzinfo=None)
    span = lasting(start, length)
    types = tickets.shifted(plan.ticket_types, span.start_time - plan.span.start_time)
    return dataclasses.replace(plan, span=span, ticket_types=types)


def lasting(start: datetime, length: timedelta) -> Span:
    """From a time on, for so long by the clock of the place.

    A time that the clock skips is shifted on. Where the beginning was, and the end would come
    before it, the length counts as it passes.
    """
    wall = (start.replace(tzinfo=None) + length).replace(tzinfo=start.tzinfo)
    span = Span(start, wall.astimezone(UTC).astimezone(start.tzinfo))
    if span.end_time > span.start_time:
        return span
    return Span(start, (span.start_time + abs(length)).astimezone(start.tzinfo))


def is_elsewhere(before: Plan, after: Plan) -> bool:
    """Whether who wants to come has to know that they must be elsewhere, or there elsewhen."""
    return _whereabouts(before) != _whereabouts(after)


def _whereabouts(plan: Plan) -> tuple[object, ...]:
    venue = plan.venue
    place = venue and (venue.display_name, venue.address, venue.latitude, venue.longitude)
    return plan.span.start_time, plan.span.end_time, plan.mode, place


def duplicate(event: Event, copy: Copy) -> Plan:
    plan = moved(event.plan, copy.start) if copy.start else event.plan
    return dataclasses.replace(plan, display_name=copy.display_name or plan.display_name)


def publish(event: Event, now: datetime) -> Event:
    """Puts a draft before the public, or refuses what is no draft or has ended."""
    need(event, State.DRAFT)
    need_ahead(event, now)
    return dataclasses.replace(event, state=State.PUBLISHED, publish_time=now, update_time=now)


def revise(event: Event, plan: Plan, now: datetime) -> Event:
    """Changes what is planned. What everybody has seen is not moved to where it is over."""
    need(event, State.DRAFT, State.PUBLISHED, State.TEMPLATE)
    check(plan)
    moved = plan.span != event.plan.span
    if moved and event.state is State.PUBLISHED and plan.span.end_time <= now:
        raise BadEvent("event.end_time", "must not be in the past: the event is published")
    return dataclasses.replace(event, plan=plan, update_time=now)


def unpublish(event: Event, now: datetime, *, bookings: int) -> Event:
    """Takes an event back, unless some `bookings` have seats of it."""
    need(event, State.PUBLISHED)
    if bookings:
        raise SeatsTaken(EVENTS.format(event.name), bookings)
    return dataclasses.replace(event, state=State.DRAFT, publish_time=None, update_time=now)


def complete(event: Event, now: datetime) -> Event:
    """Closes what took place, or is about to end."""
    need(event, State.PUBLISHED)
    if now < event.plan.span.start_time:
        raise EventAhead(EVENTS.format(event.name), event.plan.span.start_time.isoformat())
    return dataclasses.replace(event, state=State.COMPLETED, complete_time=now, update_time=now)


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


def tag_key(tag: str) -> str:
    """A tag as it is kept: in small letters, with single spaces."""
    return city_key(tag)


# --- what a plan must be


def check(plan: Plan) -> None:
    """Refuses a plan that cannot be, at the first thing that is wrong with it."""
    if plan.venue is not None:
        for path, problem in places.flaws(plan.venue, plan.span.zone):
            raise BadEvent(f"event.venue.{path}", problem)
    elif plan.mode is not Mode.ONLINE:
        raise BadEvent("event.venue", "must be given, unless the event is online")
    if plan.join_uri and plan.mode is Mode.ON_SITE:
        raise BadEvent("event.join_uri", "must be empty where nobody takes part online")
    _check_span(plan.span)
    for path, problem in tickets.flaws(plan.sale):
        raise BadEvent(f"event.{path}", problem)
    for path, problem in terms.flaws(plan.refund_tiers):
        raise BadEvent(f"event.{path}", problem)


def _check_span(span: Span) -> None:
    if zone_of(span.end) != span.zone:
        raise BadEvent("event.end_time.time_zone", f"must be that of start_time, {span.zone}")
    # As instants: on the night the clocks change, local times are an hour off the truth.
    length = span.end_time - span.start_time
    if length <= timedelta():
        raise BadEvent("event.end_time", "must be after start_time")
    if length > LONGEST:
        raise BadEvent("event.end_time", f"must be within {LONGEST.days} days of start_time")


# --- what follows from a plan


def on_sale(event: Event) -> tuple[TicketType, ...]:
    """The ticket types of an event that was published, with what follows by itself filled in."""
    return tickets.filled(event.plan.sale, event.publish_time)


def shown(event: Event, *, member: bool) -> tuple[TicketType, ...]:
    """The ticket types that a caller may know of."""
    return tuple(each for each in event.plan.ticket_types if member or not each.hidden)


def city_key(city: str) -> str:
    """What two spellings of a city have in common: letters, not case, width or spaces around."""
    return " ".join(unicodedata.normalize("NFKC", city).casefold().split())


def zone_of(time: datetime) -> str:
    """The IANA name of the zone of an aware local time."""
    return str(time.tzinfo)
