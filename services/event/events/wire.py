"""Events on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from google.type import datetime_pb2

from services.event.events import domain, places
from services.event.events.domain import (
    EVENTS,
    BadEvent,
    Copy,
    Event,
    Mode,
    Plan,
    Span,
    State,
    Wanted,
)
from services.event.events.places import Room, Row, Seat, Section, Venue
from services.event.events.terms import Tier
from services.event.events.tickets import Pool, PriceStep, TicketType
from services.kit import masks
from services.kit.etags import etag
from services.kit.names import Collection, Name, parent
from services.kit.wire import civil, date_time, instant, latlng, money, parse_money, timestamp
from turnout.event.v1 import event_pb2

STATES = {
    State.DRAFT: event_pb2.Event.STATE_DRAFT,
    State.PUBLISHED: event_pb2.Event.STATE_PUBLISHED,
    State.CANCELLED: event_pb2.Event.STATE_CANCELLED,
    State.COMPLETED: event_pb2.Event.STATE_COMPLETED,
    State.TEMPLATE: event_pb2.Event.STATE_TEMPLATE,
}
MODES = {
    Mode.ON_SITE: event_pb2.Event.MODE_ON_SITE,
    Mode.ONLINE: event_pb2.Event.MODE_ONLINE,
    Mode.HYBRID: event_pb2.Event.MODE_HYBRID,
}
MODE_OF = {number: mode for mode, number in MODES.items()}
PERIODIC = {"": None, "demand": False, "periodic": True}
PATCHABLE = frozenset(
    {
        "display_name",
        "description",
        "venue",
        "start_time",
        "end_time",
        "ticket_types",
        "pools",
        "mode",
        "join_uri",
        "category",
        "tags",
        "min_age_years",
        "other_language_codes",
        "language_code",
        "refund_policy",
    }
)
# What an event may be an occurrence of.
SERIES = Collection("series", "turnout.app/Series")
START, END = "event.start_time", "event.end_time"


def plan(message: event_pb2.Event) -> Plan:
    return Plan(
        display_name=display_name(message),
        description=message.description,
        venue=venue(message),
        span=Span(civil(message.start_time, START), civil(message.end_time, END)),
        ticket_types=ticket_types(message),
        pools=tuple(map(_pool_of, message.pools)),
        mode=MODE_OF.get(message.mode, Mode.ON_SITE),
        join_uri=message.join_uri,
        category=message.category,
        tags=tags(message),
        min_age=message.min_age_years,
        other_languages=tuple(dict.fromkeys(message.other_language_codes)),
        language_code=message.language_code,
        refund_tiers=refund_tiers(message),
    )


def revision(current: Event, sent: event_pb2.Event, paths: frozenset[str]) -> Plan:
    """The plan of an event with the fields at `paths` as they were sent."""
    return plan(masks.merged(event(current, member=True), sent, paths))


def wanted(request: event_pb2.ListEventsRequest, member: bool) -> Wanted:
    """Which events a list is of. A member who names no organization is a stranger to most."""
    organization = parent(request.parent, allowed=True)
    return Wanted(
        organization=organization,
        public=organization is None or not member,
        city=request.city or None,
        end_after=instant(request.end_after),
        periodic=PERIODIC[request.type],
        date=day(request.date),
        category=request.category or None,
        tag=domain.tag_key(request.tag) or None,
        state=State(request.state) if request.state else None,
        series=SERIES.parse(request.series, "series").id if request.series else None,
    )


def day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadEvent("date", "must be a day of the calendar") from None


def duplicate(request: event_pb2.DuplicateEventRequest) -> Copy:
    start = request.start_time
    return Copy(
        display_name=request.display_name.strip(),
        start=civil(start, "start_time") if request.HasField("start_time") else None,
        template=request.template,
    )


def tags(message: event_pb2.Event) -> tuple[str, ...]:
    found = dict.fromkeys(map(domain.tag_key, message.tags))
    if "" in found:
        raise BadEvent("event.tags", "must not be blank")
    return tuple(found)


def key(value: Event) -> tuple[datetime, uuid.UUID]:
    """What a list of events is sorted by."""
    return value.plan.span.start_time, value.name.id


def display_name(message: event_pb2.Event) -> str:
    name = message.display_name.strip()
    if not name:
        raise BadEvent("event.display_name", "must not be blank")
    return name


def venue(message: event_pb2.Event) -> Venue | None:
    place = message.venue
    if not message.HasField("venue"):
        return None
    if not place.display_name.strip():
        raise BadEvent("event.venue.display_name", "must not be blank")
    if not place.HasField("location"):
        raise BadEvent("event.venue.location", "must be given")
    return Venue(
        display_name=place.display_name.strip(),
        address=place.address.strip(),
        city=place.city.strip(),
        latitude=place.location.latitude,
        longitude=place.location.longitude,
        arrival_radius=place.arrival_radius_meters or places.RADIUS,
        time_zone=place.time_zone,
        rooms=tuple(map(_room_of, place.rooms)),
        sections=tuple(map(_section_of, place.layout.sections)),
    )


def refund_tiers(message: event_pb2.Event) -> tuple[Tier, ...] | None:
    if not message.HasField("refund_policy"):
        return None
    return tuple(
        Tier(each.days_before, each.refund_basis_points) for each in message.refund_policy.tiers
    )


def _room_of(message: event_pb2.Room) -> Room:
    return Room(message.id, message.display_name.strip() or message.id, message.capacity)


def _section_of(message: event_pb2.Section) -> Section:
    return Section(
        id=message.id,
        display_name=message.display_name.strip() or message.id,
        room=message.room,
        rows=tuple(Row(row.id, tuple(map(_seat_of, row.seats))) for row in message.rows),
        standing=message.standing,
    )


def _seat_of(message: event_pb2.Seat) -> Seat:
    return Seat(message.id, message.accessible, message.gap)


def _pool_of(message: event_pb2.Pool) -> Pool:
    return Pool(message.id, message.display_name.strip() or message.id, message.capacity)


def ticket_types(message: event_pb2.Event) -> tuple[TicketType, ...]:
    return tuple(
        _ticket_type(each, f"event.ticket_types[{index}]")
        for index, each in enumerate(message.ticket_types)
    )


def _ticket_type(message: event_pb2.TicketType, at: str) -> TicketType:
    return TicketType(
        id=message.id,
        display_name=message.display_name.strip() or message.id,
        price=parse_money(message.price, f"{at}.price") if message.HasField("price") else None,
        capacity=message.capacity or None,
        sale_start_time=instant(message.sale_start_time),
        sale_end_time=instant(message.sale_end_time),
        description=message.description,
        tax=message.tax_basis_points,
        pool=message.pool,
        per_person=message.max_per_person,
        per_order=(message.min_per_order, message.max_per_order),
        hidden=message.hidden,
        price_steps=tuple(
            _price_step(step, f"{at}.price_steps[{index}].price")
            for index, step in enumerate(message.price_steps)
        ),
        sections=tuple(message.sections),
    )


def _price_step(message: event_pb2.PriceStep, at: str) -> PriceStep:
    return PriceStep(parse_money(message.price, at), instant(message.end_time), message.seats)


def event(value: Event, *, member: bool, joins: bool | None = None) -> event_pb2.Event:
    """An event as a member of its organization, or a stranger, may see it.

    Who `joins` sees the link to take part by; members do, unless it says otherwise.
    """
    plan = value.plan
    return event_pb2.Event(
        name=EVENTS.format(value.name),
        display_name=value.plan.display_name,
        description=value.plan.description,
        state=STATES[value.state],
        venue=_venue(plan.venue),
        start_time=date_time(value.plan.span.start),
        end_time=date_time(value.plan.span.end),
        ticket_types=map(_ticket, domain.shown(value, member=member)),
        pools=map(_pool, value.plan.pools),
        cancel_reason=value.cancel_reason,
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        publish_time=timestamp(value.publish_time),
        cancel_time=timestamp(value.cancel_time),
        complete_time=timestamp(value.complete_time),
        type=event_pb2.Event.TYPE_PERIODIC if value.series else event_pb2.Event.TYPE_DEMAND,
        mode=MODES[plan.mode],
        join_uri=plan.join_uri if (member if joins is None else joins) else "",
        category=plan.category,
        tags=plan.tags,
        min_age_years=plan.min_age,
        other_language_codes=plan.other_languages,
        language_code=value.plan.language_code,
        series=_series(value),
        original_start_time=_original(value),
        refund_policy=_refund_policy(plan.refund_tiers),
        etag=etag(value.version),
    )


def _refund_policy(tiers: tuple[Tier, ...] | None) -> event_pb2.RefundPolicy | None:
    if tiers is None:
        return None
    shown = [
        event_pb2.RefundPolicy.Tier(days_before=tier.days, refund_basis_points=tier.share)
        for tier in tiers
    ]
    return event_pb2.RefundPolicy(tiers=shown)


def _series(value: Event) -> str:
    return SERIES.format(Name(value.name.organization, value.series)) if value.series else ""


def _original(value: Event) -> datetime_pb2.DateTime | None:
    if value.original is None:
        return None
    return date_time(value.original.replace(tzinfo=value.plan.span.start.tzinfo))


def _venue(value: Venue | None) -> event_pb2.Venue | None:
    if value is None:
        return None
    sections = [_section(each) for each in value.sections]
    return event_pb2.Venue(
        display_name=value.display_name,
        address=value.address,
        city=value.city,
        location=latlng(value.latitude, value.longitude),
        arrival_radius_meters=value.arrival_radius,
        time_zone=value.time_zone,
        rooms=[
            event_pb2.Room(id=each.id, display_name=each.display_name, capacity=each.capacity)
            for each in value.rooms
        ],
        layout=event_pb2.Layout(sections=sections) if sections else None,
    )


def _section(value: Section) -> event_pb2.Section:
    return event_pb2.Section(
        id=value.id,
        display_name=value.display_name,
        room=value.room,
        rows=[event_pb2.Row(id=row.id, seats=map(_seat, row.seats)) for row in value.rows],
        standing=value.standing,
    )


def _seat(value: Seat) -> event_pb2.Seat:
    return event_pb2.Seat(id=value.id, accessible=value.accessible, gap=value.gap)


def _pool(value: Pool) -> event_pb2.Pool:
    return event_pb2.Pool(id=value.id, display_name=value.display_name, capacity=value.capacity)


def _ticket(value: TicketType) -> event_pb2.TicketType:
    return event_pb2.TicketType(
        id=value.id,
        display_name=value.display_name or value.id,
        price=money(value.price) if value.price is not None else None,
        capacity=value.capacity or 0,
        sale_start_time=timestamp(value.sale_start_time),
        sale_end_time=timestamp(value.sale_end_time),
        description=value.description,
        tax_basis_points=value.tax,
        pool=value.pool,
        max_per_person=value.per_person,
        min_per_order=value.per_order[0],
        max_per_order=value.per_order[1],
        hidden=value.hidden,
        price_steps=map(_step, value.price_steps),
        sections=value.sections,
    )


def _step(value: PriceStep) -> event_pb2.PriceStep:
    return event_pb2.PriceStep(
        price=money(value.price), end_time=timestamp(value.end_time), seats=value.seats
    )


def published(value: Event) -> event_pb2.EventPublished:
    return event_pb2.EventPublished(announcement=announcement(value))


def revised(value: Event) -> event_pb2.EventRevised:
    return event_pb2.EventRevised(announcement=announcement(value))


def cancelled(value: Event) -> event_pb2.EventCancelled:
    return event_pb2.EventCancelled(event=EVENTS.format(value.name), reason=value.cancel_reason)


def unpublished(value: Event) -> event_pb2.EventUnpublished:
    return event_pb2.EventUnpublished(event=EVENTS.format(value.name))


def completed(value: Event) -> event_pb2.EventCompleted:
    return event_pb2.EventCompleted(event=EVENTS.format(value.name))


def deleted(name: Name) -> event_pb2.EventDeleted:
    return event_pb2.EventDeleted(event=EVENTS.format(name))


def announcement(value: Event) -> event_pb2.Announcement:
    """What the other services must know of an event that was published."""
    return event_pb2.Announcement(
        event=EVENTS.format(value.name),
        display_name=value.plan.display_name,
        venue=_venue(value.plan.venue),
        start_time=timestamp(value.plan.span.start_time),
        end_time=timestamp(value.plan.span.end_time),
        time_zone=value.plan.span.zone,
        ticket_types=map(_ticket, domain.on_sale(value)),
        pools=map(_pool, value.plan.pools),
        mode=MODES[value.plan.mode],
        refund_policy=_refund_policy(value.plan.refund_tiers),
    )
