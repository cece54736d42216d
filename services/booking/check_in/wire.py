"""The door on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from services.booking.check_in.domain import SCANS, BadScan, Door, Outcome, Pass, Scan
from services.booking.domain import EVENTS, TICKETS, OfferNotFound, Offers
from services.booking.tickets.domain import State, Ticket
from services.kit.etags import etag
from services.kit.names import Name, Singleton, parent
from services.kit.wire import instant, timestamp
from turnout.booking.v1 import check_in_pb2
from turnout.location.v1 import location_pb2

ATTENDANCES = Singleton(EVENTS, "attendance")
DOORS = Singleton(EVENTS, "door")
PATCHABLE = frozenset({"check_in_on_arrival", "fresh_codes"})

OUTCOMES = {
    Outcome.ADMITTED: check_in_pb2.Scan.OUTCOME_ADMITTED,
    Outcome.CONFLICT: check_in_pb2.Scan.OUTCOME_CONFLICT,
    Outcome.REFUSED: check_in_pb2.Scan.OUTCOME_REFUSED,
}


def event_at(text: str, within: str) -> Name:
    """The event at whose door something happens."""
    event = EVENTS.parse(text, "event")
    if event.organization != parent(within):
        # Another organization's event is none at all to this one.
        raise OfferNotFound(text)
    return event


def shown(code: str, ticket: str, organization: uuid.UUID, under: str = "") -> uuid.UUID | None:
    """The ticket out of a list, if it is not a code that is shown. It must be one of the two."""
    if bool(code) == bool(ticket):
        raise BadScan(f"{under}code", "must be there, or the ticket must, and not both")
    if not ticket:
        return None
    name = TICKETS.parse(ticket, f"{under}ticket")
    if name.organization != organization:
        raise BadScan(f"{under}ticket", "must be a ticket of the parent")
    return name.id


def scanned(told: check_in_pb2.UploadScansRequest.Scan, index: int) -> tuple[uuid.UUID, datetime]:
    """The id and the time that a device gave a scan."""
    at = instant(told.scan_time)
    if at is None:
        raise BadScan(f"scans[{index}].scan_time", "is required")
    return uuid.UUID(told.id), at


def ticket_filter(text: str, within: str) -> uuid.UUID | None:
    if not text:
        return None
    name = TICKETS.parse(text, "ticket")
    if name.organization != parent(within):
        raise BadScan("ticket", "must be a ticket of the parent")
    return name.id


def used(value: Pass, now: datetime) -> Ticket:
    """A ticket as it is after the door wrote it."""
    state = value.ticket.state
    if state in (State.VALID, State.USED):
        state = State.USED if value.entry else State.VALID
    version = value.ticket.version + 1
    entry = value.entry.time if value.entry else None
    return replace(value.ticket, state=state, update_time=now, version=version, check_in_time=entry)


def scan(value: Scan) -> check_in_pb2.Scan:
    organization = value.name.organization
    return check_in_pb2.Scan(
        name=SCANS.format(value.name),
        event=EVENTS.format(value.event),
        ticket=TICKETS.format(Name(organization, value.ticket)) if value.ticket else "",
        scan_time=timestamp(value.scan_time),
        create_time=timestamp(value.create_time),
        creator=value.creator,
        gate=value.gate,
        outcome=OUTCOMES[value.outcome],
        reason=value.reason,
        winner=SCANS.format(Name(organization, value.winner)) if value.winner else "",
        etag=etag(1 + list(OUTCOMES).index(value.outcome)),
    )


def attendance(event: Name, offers: Offers, counts: Mapping[str, int]) -> check_in_pb2.Attendance:
    entries = [
        check_in_pb2.Attendance.Entry(
            ticket_type=kind, sold=offer.sold, checked_in=counts.get(kind, 0)
        )
        for kind, offer in offers.items()
        if offer.listed or offer.sold
    ]
    return check_in_pb2.Attendance(
        name=ATTENDANCES.format(event),
        entries=entries,
        sold=sum(entry.sold for entry in entries),
        checked_in=sum(entry.checked_in for entry in entries),
    )


def door(event: Name, value: Door) -> check_in_pb2.Door:
    return check_in_pb2.Door(
        name=DOORS.format(event),
        check_in_on_arrival=value.check_in_on_arrival,
        fresh_codes=value.fresh_codes,
        etag=etag(value.version),
    )


def checked_in(value: Pass) -> check_in_pb2.TicketCheckedIn:
    assert value.entry is not None
    return check_in_pb2.TicketCheckedIn(
        ticket=TICKETS.format(value.ticket.name),
        event=EVENTS.format(value.ticket.event),
        holder=value.ticket.holder,
        scan_time=timestamp(value.entry.time),
    )


def reverted(before: Pass) -> check_in_pb2.TicketCheckInReverted:
    assert before.entry is not None
    return check_in_pb2.TicketCheckInReverted(
        ticket=TICKETS.format(before.ticket.name),
        event=EVENTS.format(before.ticket.event),
        holder=before.ticket.holder,
        scan_time=timestamp(before.entry.time),
    )


def arrived(told: location_pb2.JourneyArrived) -> tuple[Name, str, datetime | None]:
    return EVENTS.parse(told.event, "event"), told.traveler, instant(told.arrive_time)
