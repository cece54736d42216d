"""Waiting on the wire: messages to values and back. Pure."""

from __future__ import annotations

from datetime import timedelta

from services.booking import wire
from services.booking.domain import BOOKINGS, EVENTS, MOST_SEATS, Booking, OfferNotFound
from services.booking.waitlist.domain import (
    EARLIEST,
    ENTRIES,
    LONGEST,
    SHORTEST,
    BadEntry,
    Entry,
    Policy,
    State,
    Wish,
)
from services.kit.caller import Caller
from services.kit.etags import etag
from services.kit.names import Name, Singleton, parent
from services.kit.wire import duration, span, timestamp
from turnout.booking.v1 import waitlist_pb2

WAITLISTS = Singleton(EVENTS, "waitlist")
PATCHABLE = frozenset({"skipping", "offer_duration", "no_show_lead"})

STATES = {
    State.WAITING: waitlist_pb2.WaitlistEntry.STATE_WAITING,
    State.OFFERED: waitlist_pb2.WaitlistEntry.STATE_OFFERED,
    State.SERVED: waitlist_pb2.WaitlistEntry.STATE_SERVED,
    State.MISSED: waitlist_pb2.WaitlistEntry.STATE_MISSED,
    State.LEFT: waitlist_pb2.WaitlistEntry.STATE_LEFT,
}


def wish(request: waitlist_pb2.CreateWaitlistEntryRequest, who: Caller) -> Wish:
    sent, organization = request.waitlist_entry, parent(request.parent)
    event = EVENTS.parse(sent.event, "waitlist_entry.event")
    if event.organization != organization:
        # Another organization's event is none at all to this one.
        raise OfferNotFound(sent.event)
    if len(set(sent.ticket_types)) < len(sent.ticket_types):
        raise BadEntry("waitlist_entry.ticket_types", "must name each ticket type once")
    if not 1 <= sent.quantity <= MOST_SEATS:
        raise BadEntry("waitlist_entry.quantity", f"must be from 1 to {MOST_SEATS}")
    person = wire.buyer("", organization, who)
    return Wish(event, person, tuple(sent.ticket_types), sent.quantity)


def entry(value: Entry) -> waitlist_pb2.WaitlistEntry:
    offer = Name(value.name.organization, value.booking) if value.booking else None
    return waitlist_pb2.WaitlistEntry(
        name=ENTRIES.format(value.name),
        event=EVENTS.format(value.event),
        ticket_types=value.ticket_types,
        quantity=value.quantity,
        person=value.person,
        state=STATES[value.state],
        position=value.position,
        booking=BOOKINGS.format(offer) if offer else "",
        expire_time=timestamp(value.expire_time),
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        etag=etag(value.version),
    )


def policy(event: Name, value: Policy, waiting: int) -> waitlist_pb2.Waitlist:
    return waitlist_pb2.Waitlist(
        name=WAITLISTS.format(event),
        skipping=value.skips,
        offer_duration=duration(value.offer),
        waiting=waiting,
        no_show_lead=None if value.lead is None else duration(value.lead),
        etag=etag(value.version),
    )


def offer_duration(sent: waitlist_pb2.Waitlist) -> timedelta:
    asked = span(sent.offer_duration)
    if not SHORTEST <= asked <= LONGEST:
        raise BadEntry("waitlist.offer_duration", "must be from a minute to a week")
    return asked


def no_show_lead(sent: waitlist_pb2.Waitlist) -> timedelta | None:
    """None, which is nothing said, has nobody lose a seat."""
    asked = span(sent.no_show_lead)
    if not asked:
        return None
    if not SHORTEST <= asked <= EARLIEST:
        raise BadEntry("waitlist.no_show_lead", "must be from a minute to a day, or none")
    return asked


def seats_offered(value: Entry, booking: Booking) -> waitlist_pb2.WaitlistSeatsOffered:
    return waitlist_pb2.WaitlistSeatsOffered(
        waitlist_entry=ENTRIES.format(value.name),
        event=EVENTS.format(value.event),
        person=value.person,
        booking=BOOKINGS.format(booking.name),
        expire_time=timestamp(booking.expire_time),
    )
