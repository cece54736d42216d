"""Values of booking for tests, plain unless a test says otherwise."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from services.booking import domain
from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import event_pb2

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
GIG = Name(uuid.uuid4(), uuid.uuid4())
ADA, BOB = f"users/{uuid.uuid4()}", f"users/{uuid.uuid4()}"


def announced(kind: str = "standard", **given: Any) -> domain.Announced:
    values: dict[str, Any] = {"position": 0, "price": Money("EUR", 1250), "capacity": 5}
    return domain.Announced(ticket_type=kind, **values | given)


def offer(kind: str = "standard", *, held: int = 0, sold: int = 0, **given: Any) -> domain.Offer:
    flags = {key: given.pop(key) for key in ("listed", "cancelled") if key in given}
    return domain.Offer(announced(kind, **given), held=held, sold=sold, **flags)


def offers(*found: domain.Offer) -> domain.Offers:
    return {one.announced.ticket_type: one for one in found or (offer(),)}


def order(seats: int = 1, kind: str = "standard", **more: int) -> domain.Order:
    """So many seats of one type, and of others by their names."""
    wanted = {kind: seats} | more
    return domain.Order(GIG, ADA, tuple(domain.Item(k, n) for k, n in wanted.items()))


def held(seats: int = 1, **given: Any) -> domain.Booking:
    return domain.hold(new_id(), order(seats), offers(offer(**given)), NOW)


def receipt(booking: domain.Booking, payment: uuid.UUID | None = None) -> domain.Receipt:
    return domain.Receipt(payment or uuid.uuid4(), booking.total)


# --- messages


def announcement(event: Name, *types: event_pb2.TicketType) -> event_pb2.Announcement:
    start = datetime.now(UTC) + timedelta(days=30)
    told = event_pb2.Announcement(
        event=domain.EVENTS.format(event),
        display_name="Concert",
        time_zone="Europe/Berlin",
        ticket_types=types or [ticket_type()],
    )
    told.start_time.FromDatetime(start)
    told.end_time.FromDatetime(start + timedelta(hours=3))
    return told


def ticket_type(
    id: str = "standard",
    *,
    capacity: int = 5,
    cents: int = 1250,
    sale: tuple[timedelta, timedelta] = (timedelta(days=-1), timedelta(days=30)),
) -> event_pb2.TicketType:
    """A type on sale from and until so long from now."""
    made = event_pb2.TicketType(id=id, display_name=id.title(), capacity=capacity)
    made.price.currency_code = "EUR"
    made.price.units, made.price.nanos = cents // 100, cents % 100 * 10**7
    made.sale_start_time.FromDatetime(datetime.now(UTC) + sale[0])
    made.sale_end_time.FromDatetime(datetime.now(UTC) + sale[1])
    return made


def create(
    event: Name, seats: int = 1, kind: str = "standard", **given: Any
) -> booking_pb2.CreateBookingRequest:
    """Asks for so many seats of one type; `more`, `buyer`, `request_id` and `parent` if given."""
    wanted = {kind: seats} | given.pop("more", {})
    booking = booking_pb2.Booking(
        event=domain.EVENTS.format(event),
        items=[booking_pb2.Booking.Item(ticket_type=k, quantity=n) for k, n in wanted.items()],
        buyer=given.pop("buyer", ""),
    )
    parent = f"organizations/{given.pop('organization', event.organization)}"
    return booking_pb2.CreateBookingRequest(parent=parent, booking=booking, **given)
