"""Booking on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from services.booking.domain import (
    BOOKINGS,
    EVENTS,
    MOST_SEATS,
    TICKETS,
    Announced,
    Attendee,
    BadBooking,
    Booking,
    Cause,
    Item,
    OfferNotFound,
    Order,
    Pool,
    PriceStep,
    Receipt,
    Sale,
    State,
    Stock,
    Ticket,
)
from services.booking.seating import Row, Seat
from services.kit.caller import Caller
from services.kit.errors import Refusal
from services.kit.etags import etag
from services.kit.masks import paths
from services.kit.names import USERS, BadName, Collection, Name, Singleton, parent
from services.kit.wire import instant, money, parse_money, timestamp
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import event_pb2, participant_pb2
from turnout.payment.v1 import payment_pb2

AVAILABILITIES = Singleton(EVENTS, "availability")
PARTICIPANTS = Collection("participants", "turnout.app/Participant")
PAYMENTS = Collection("payments", "turnout.app/Payment")
ME = "users/me"

STATES = {
    State.HELD: booking_pb2.Booking.STATE_HELD,
    State.CONFIRMED: booking_pb2.Booking.STATE_CONFIRMED,
    State.LAPSED: booking_pb2.Booking.STATE_LAPSED,
    State.CANCELLED: booking_pb2.Booking.STATE_CANCELLED,
}


# --- requests


def order(
    request: booking_pb2.CreateBookingRequest, who: Caller, admits: Callable[[Name], bool]
) -> Order:
    organization = parent(request.parent)
    event = EVENTS.parse(request.booking.event, "booking.event")
    if event.organization != organization:
        # Another organization's event is none at all to this one.
        raise OfferNotFound(request.booking.event)
    return Order(
        event=event,
        buyer=buyer(request.booking.buyer, organization, who),
        items=items(request.booking),
        promo_code=request.booking.promo_code,
        attendees=attendees(request.booking),
        admitted=admits(event),
    )


def items(sent: booking_pb2.Booking) -> tuple[Item, ...]:
    return tuple(
        Item(item.ticket_type, item.quantity, tuple(item.seats), accessible=item.accessible)
        for item in sent.items
    )


def attendees(sent: booking_pb2.Booking) -> tuple[Attendee, ...]:
    return tuple(Attendee(one.display_name, one.ticket_type) for one in sent.attendees)


CHANGING = frozenset({"items", "attendees"})


def revision(
    request: booking_pb2.UpdateBookingRequest,
) -> tuple[tuple[Item, ...] | None, tuple[Attendee, ...] | None]:
    """The items and the people that a booking shall have; None for what stays."""
    touched = paths(request.update_mask, request.booking, CHANGING)
    return (
        items(request.booking) if "items" in touched else None,
        attendees(request.booking) if "attendees" in touched else None,
    )


def buyer(text: str, organization: uuid.UUID, who: Caller) -> str:
    """Whom a booking is for: the caller, or whom the caller may name."""
    if text in ("", ME, who.name):
        return who.name
    if not who.permitted:
        raise BadBooking("booking.buyer", "must be the caller, who may not book for others")
    if not may_buy(text, organization):
        problem = f"must be users/{{uuid}} or organizations/{organization}/participants/{{uuid}}"
        raise BadBooking("booking.buyer", problem)
    return text


def may_buy(text: str, organization: uuid.UUID) -> bool:
    """Whether that is somebody who can have seats: a user, or a participant of the organization."""
    try:
        if text.startswith("users/"):
            return bool(USERS.parse(text))
        return PARTICIPANTS.parse(text).organization == organization
    except BadName:
        return False


def filter(request: booking_pb2.ListBookingsRequest) -> uuid.UUID | None:
    """Of which event bookings are asked for; None for all."""
    return event_filter(request.event, request.parent)


def event_filter(text: str, within: str) -> uuid.UUID | None:
    """The event that a list is of, which must be one of its parent; None for all."""
    if not text:
        return None
    event = EVENTS.parse(text, "event")
    if event.organization != parent(within):
        raise BadBooking("event", "must be an event of the parent")
    return event.id


def availability_name(text: str) -> Name | uuid.UUID:
    """The event in the name of an availability, or its id alone in the short form of it."""
    words = text.split("/")
    if len(words) == 3 and words[0] == "events":
        # Whose it is does not matter for reading it.
        return AVAILABILITIES.parse(f"organizations/{uuid.UUID(int=0)}/{text}").id
    return AVAILABILITIES.parse(text)


# --- answers


def booking(value: Booking) -> booking_pb2.Booking:
    created = timestamp(value.create_time)
    new = value.update_time is value.create_time
    return booking_pb2.Booking(
        name=BOOKINGS.format(value.name),
        event=EVENTS.format(value.event),
        items=_items(value),
        buyer=value.buyer,
        state=STATES[value.state],
        total=money(value.total),
        tickets=_tickets(value),
        expire_time=timestamp(value.expire_time),
        create_time=created,
        update_time=created if new else timestamp(value.update_time),
        promo_code=value.promo_code,
        discount=money(value.discount) if value.discount else None,
        attendees=[
            booking_pb2.Booking.Attendee(display_name=one.display_name, ticket_type=one.ticket_type)
            for one in value.attendees
        ],
        extended=value.extended,
        disputed=value.disputed,
        etag=etag(value.version),
    )


def availability(event: Name, stock: Stock, now: datetime) -> booking_pb2.Availability:
    entries = [
        booking_pb2.Availability.Entry(
            ticket_type=ticket_type,
            capacity=offer.announced.capacity,
            free=stock.free(ticket_type),
            held=offer.held,
            sold=offer.sold,
            on_sale=offer.on_sale(now),
            price=money(offer.price(now)),
            waiting=offer.waiting,
        )
        for ticket_type, offer in stock.offers.items()
        if offer.listed and not offer.announced.hidden
    ]
    return booking_pb2.Availability(name=AVAILABILITIES.format(event), entries=entries)


def _items(value: Booking) -> list[booking_pb2.Booking.Item]:
    return [
        booking_pb2.Booking.Item(
            ticket_type=item.ticket_type,
            quantity=item.quantity,
            seats=item.seats,
            price=money(item.price) if item.price else None,
        )
        for item in value.items
    ]


def _tickets(value: Booking) -> list[booking_pb2.Ticket]:
    """None unless the booking stands: a ticket ends with what it is for."""
    if value.state is not State.CONFIRMED:
        return []
    return [_ticket(ticket, value) for ticket in value.tickets]


def _ticket(value: Ticket, booking: Booking) -> booking_pb2.Ticket:
    """As its buyer sees it, who does not see the code of what was handed on."""
    return booking_pb2.Ticket(
        name=TICKETS.format(Name(booking.name.organization, value.id)),
        ticket_type=value.ticket_type,
        code=value.code if value.holder == booking.buyer else "",
        holder=value.holder,
        state=booking_pb2.Ticket.STATE_VALID,
        seat=value.seat,
    )


# --- facts we tell


def held(sent: booking_pb2.Booking) -> booking_pb2.BookingHeld:
    """Of a hold, as its buyer sees it."""
    return booking_pb2.BookingHeld(
        booking=sent.name,
        event=sent.event,
        buyer=sent.buyer,
        items=sent.items,
        total=sent.total,
        expire_time=sent.expire_time,
    )


def confirmed(value: Booking) -> booking_pb2.BookingConfirmed:
    return booking_pb2.BookingConfirmed(
        booking=BOOKINGS.format(value.name),
        event=EVENTS.format(value.event),
        buyer=value.buyer,
        tickets=_tickets(value),
        total=money(value.total),
    )


def lapsed(value: Booking) -> booking_pb2.BookingLapsed:
    return booking_pb2.BookingLapsed(
        booking=BOOKINGS.format(value.name), event=EVENTS.format(value.event), buyer=value.buyer
    )


CAUSES = {
    Cause.BUYER: booking_pb2.BookingCancelled.CAUSE_BUYER,
    Cause.ORGANIZER: booking_pb2.BookingCancelled.CAUSE_ORGANIZER,
    Cause.EVENT: booking_pb2.BookingCancelled.CAUSE_EVENT,
}


def cancelled(value: Booking, cause: Cause) -> booking_pb2.BookingCancelled:
    return booking_pb2.BookingCancelled(
        booking=BOOKINGS.format(value.name),
        event=EVENTS.format(value.event),
        buyer=value.buyer,
        cause=CAUSES[cause],
    )


def forfeited(value: Booking, payment: uuid.UUID) -> booking_pb2.BookingForfeited:
    return booking_pb2.BookingForfeited(
        booking=BOOKINGS.format(value.name),
        event=EVENTS.format(value.event),
        buyer=value.buyer,
        payment=PAYMENTS.format(Name(value.name.organization, payment)),
    )


def refused(value: Order, refusal: Refusal) -> booking_pb2.BookingRefused:
    return booking_pb2.BookingRefused(
        event=EVENTS.format(value.event), buyer=value.buyer, reason=refusal.reason
    )


# --- facts we hear


def announced(told: event_pb2.Announcement) -> tuple[Name, Sale]:
    """What an event puts on sale."""
    types = tuple(_announced(one, position) for position, one in enumerate(told.ticket_types))
    sale = Sale(
        types=types,
        pools=tuple(Pool(pool.id, pool.capacity) for pool in told.pools),
        rows=_rows(told.venue.layout, types),
    )
    return EVENTS.parse(told.event, "event"), sale


def _announced(one: event_pb2.TicketType, position: int) -> Announced:
    return Announced(
        ticket_type=one.id,
        position=position,
        price=parse_money(one.price, "price"),
        capacity=one.capacity,
        sale_start=instant(one.sale_start_time),
        sale_end=instant(one.sale_end_time),
        pool=one.pool,
        per_person=one.max_per_person,
        least=max(1, one.min_per_order),
        most=one.max_per_order or max(MOST_SEATS, one.min_per_order),
        hidden=one.hidden,
        steps=tuple(
            PriceStep(parse_money(step.price, "price"), instant(step.end_time), step.seats)
            for step in one.price_steps
        ),
        sections=tuple(one.sections),
    )


def _rows(layout: event_pb2.Layout, types: Sequence[Announced]) -> tuple[Row, ...]:
    """The seats that some type sells."""
    sold = {section for one in types for section in one.sections}
    return tuple(
        Row(section.id, row.id, tuple(_seat(seat) for seat in row.seats))
        for section in layout.sections
        if section.id in sold
        for row in section.rows
    )


def _seat(seat: event_pb2.Seat) -> Seat:
    return Seat(seat.id, accessible=seat.accessible, gap=seat.gap)


def answer(told: participant_pb2.ParticipantAnswered) -> Order:
    """What a participant who said yes wants: a seat, and one for each guest."""
    event = EVENTS.parse(told.event, "event")
    PARTICIPANTS.parse(told.participant, "participant")
    return Order(event, told.participant, (Item(told.ticket_type, 1 + told.guests),))


def receipt(told: payment_pb2.PaymentCaptured) -> tuple[Name, Receipt]:
    payment = PAYMENTS.parse(told.payment, "payment")
    return BOOKINGS.parse(told.booking, "booking"), Receipt(
        payment.id, parse_money(told.amount, "amount")
    )
