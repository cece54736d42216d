"""Tickets on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.booking import wire
from services.booking.domain import BOOKINGS, EVENTS, TICKETS, BadBooking, Cause
from services.booking.tickets.domain import Gathering, State, Ticket, TransferNotFound
from services.kit import links
from services.kit.etags import etag
from services.kit.money import Money
from services.kit.names import Collection, Name, Singleton
from services.kit.wire import instant, money, timestamp
from turnout.booking.v1 import booking_pb2, ticket_pb2
from turnout.event.v1 import event_pb2

CODES = Singleton(TICKETS, "code")
TRANSFERS = Collection("transfers")
PURPOSE = "transfer"

STATES = {
    State.VALID: booking_pb2.Ticket.STATE_VALID,
    State.USED: booking_pb2.Ticket.STATE_USED,
    State.CANCELLED: booking_pb2.Ticket.STATE_CANCELLED,
    State.RETURNED: booking_pb2.Ticket.STATE_RETURNED,
    State.SUSPENDED: booking_pb2.Ticket.STATE_SUSPENDED,
}


def ticket(value: Ticket, key: bytes) -> booking_pb2.Ticket:
    """`key` signs the token of an offer."""
    return booking_pb2.Ticket(
        name=TICKETS.format(value.name),
        ticket_type=value.ticket_type,
        code=value.code if value.state in (State.VALID, State.USED) else "",
        event=EVENTS.format(value.event),
        booking=BOOKINGS.format(value.booking),
        holder=value.holder,
        state=STATES[value.state],
        transfer=_transfer(value, key),
        update_time=timestamp(value.update_time),
        check_in_time=timestamp(value.check_in_time),
        seat=value.seat,
        etag=etag(value.version),
    )


def _transfer(value: Ticket, key: bytes) -> booking_pb2.Ticket.Transfer | None:
    offer = value.transfer
    if offer is None:
        return None
    subject = TRANSFERS.format(Name(value.name.organization, offer.id))
    return booking_pb2.Ticket.Transfer(
        token=links.sign(key, subject, PURPOSE, offer.expire_time),
        recipient=offer.recipient,
        expire_time=timestamp(offer.expire_time),
    )


def offer(token: str, ticket: Name, key: bytes, now: datetime) -> uuid.UUID:
    """The offer that a token is of. Raises TransferNotFound."""
    try:
        link = links.verify(key, token, now)
    except (links.LinkExpired, links.LinkInvalid):
        raise TransferNotFound(TICKETS.format(ticket)) from None
    if link.organization != ticket.organization:
        raise TransferNotFound(TICKETS.format(ticket))
    return TRANSFERS.parse(link.subject).id


def recipient(text: str, organization: uuid.UUID) -> str:
    """Whom a ticket is offered to; empty for whoever has the token."""
    if text and not wire.may_buy(text, organization):
        problem = f"must be users/{{uuid}} or organizations/{organization}/participants/{{uuid}}"
        raise BadBooking("recipient", problem)
    return text


def filter(request: ticket_pb2.ListTicketsRequest) -> uuid.UUID | None:
    """Of which event tickets are asked for; None for all."""
    return wire.event_filter(request.event, request.parent)


def transferred(value: Ticket, giver: str) -> ticket_pb2.TicketTransferred:
    return ticket_pb2.TicketTransferred(
        ticket=TICKETS.format(value.name),
        booking=BOOKINGS.format(value.booking),
        event=EVENTS.format(value.event),
        giver=giver,
        holder=value.holder,
    )


def returned(
    value: Ticket, payment: uuid.UUID | None, amount: Money, cause: Cause
) -> ticket_pb2.TicketReturned:
    name = Name(value.name.organization, payment) if payment else None
    return ticket_pb2.TicketReturned(
        ticket=TICKETS.format(value.name),
        booking=BOOKINGS.format(value.booking),
        event=EVENTS.format(value.event),
        holder=value.holder,
        payment=wire.PAYMENTS.format(name) if name else "",
        amount=money(amount),
        cause=wire.CAUSES[cause],
    )


def gathering(told: event_pb2.Announcement) -> tuple[Name, Gathering]:
    start, end = instant(told.start_time), instant(told.end_time)
    assert start is not None
    assert end is not None
    known = Gathering(told.display_name, start, end, told.time_zone, told.venue.display_name)
    return EVENTS.parse(told.event, "event"), known
