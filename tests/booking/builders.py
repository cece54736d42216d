"""Values of booking for tests, plain unless a test says otherwise."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from google.type import money_pb2

from services.booking import domain, seating
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
    flags = {key: given.pop(key) for key in ("listed", "cancelled", "waiting") if key in given}
    return domain.Offer(announced(kind, **given), held=held, sold=sold, **flags)


def offers(*found: domain.Offer, **more: Any) -> domain.Stock:
    """The stock of an event that has those offers: five seats unless given."""
    by_type = {one.announced.ticket_type: one for one in found or (offer(),)}
    return domain.Stock(by_type, **more)


def row(section: str, id: str, size: int, *, taken: str = "", accessible: str = "") -> seating.Row:
    """A row of seats `1`, `2` and so on; `taken` and `accessible` name some of them."""
    names = [str(number) for number in range(1, size + 1)]
    seats = [
        seating.Seat(name, name in taken.split(), name in accessible.split()) for name in names
    ]
    return seating.Row(section, id, tuple(seats))


def order(seats: int = 1, kind: str = "standard", **more: int) -> domain.Order:
    """So many seats of one type, and of others by their names."""
    wanted = {kind: seats} | more
    return domain.Order(GIG, ADA, tuple(domain.Item(k, n) for k, n in wanted.items()))


def held(seats: int = 1, **given: Any) -> domain.Booking:
    return domain.hold(new_id(), order(seats), offers(offer(**given)), NOW)


def receipt(booking: domain.Booking, payment: uuid.UUID | None = None) -> domain.Receipt:
    return domain.Receipt(payment or uuid.uuid4(), booking.total)


# --- messages


def announcement(
    event: Name,
    *types: event_pb2.TicketType,
    pools: Mapping[str, int] | None = None,
    layout: event_pb2.Layout | None = None,
) -> event_pb2.Announcement:
    """What an event tells; `pools` are capacities by their ids."""
    start = datetime.now(UTC) + timedelta(days=30)
    told = event_pb2.Announcement(
        event=domain.EVENTS.format(event),
        display_name="Concert",
        time_zone="Europe/Berlin",
        ticket_types=types or [ticket_type()],
        pools=[event_pb2.Pool(id=id, capacity=size) for id, size in (pools or {}).items()],
        venue=event_pb2.Venue(layout=layout),
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
    **more: Any,
) -> event_pb2.TicketType:
    """A type on sale from and until so long from now."""
    made = event_pb2.TicketType(id=id, display_name=id.title(), capacity=capacity, **more)
    made.price.currency_code = "EUR"
    made.price.units, made.price.nanos = cents // 100, cents % 100 * 10**7
    made.sale_start_time.FromDatetime(datetime.now(UTC) + sale[0])
    made.sale_end_time.FromDatetime(datetime.now(UTC) + sale[1])
    return made


def price(cents: int) -> money_pb2.Money:
    return money_pb2.Money(currency_code="EUR", units=cents // 100, nanos=cents % 100 * 10**7)


def step(cents: int, *, seats: int = 0, ends: timedelta | None = None) -> event_pb2.PriceStep:
    """A price that holds until so many seats are taken, or so long from now."""
    made = event_pb2.PriceStep(price=price(cents), seats=seats)
    if ends is not None:
        made.end_time.FromDatetime(datetime.now(UTC) + ends)
    return made


def layout(*rows: str, section: str = "stalls", accessible: str = "") -> event_pb2.Layout:
    """A section with rows A, B and so on: each a text with a dot for a seat and a bar for an aisle.

    `accessible` names seats as `A/1`.
    """
    made = event_pb2.Layout()
    part = made.sections.add(id=section)
    for letter, text in zip("ABCDEFGH", rows, strict=False):
        line = part.rows.add(id=letter)
        for number, block in enumerate(text.split("|")):
            if number:
                line.seats[-1].gap = True
            for _ in block:
                id = str(len(line.seats) + 1)
                line.seats.add(id=id, accessible=f"{letter}/{id}" in accessible.split())
    return made


def create(
    event: Name, seats: int = 1, kind: str = "standard", **given: Any
) -> booking_pb2.CreateBookingRequest:
    """Asks for so many seats of one type.

    If given: `more` types, seats `named`, `accessible`, `buyer`, `promo_code`, `attendees`,
    `request_id`, and another `organization`.
    """
    named, accessible = given.pop("named", ()), given.pop("accessible", False)
    wanted = {kind: seats} | given.pop("more", {})
    booking = booking_pb2.Booking(
        event=domain.EVENTS.format(event),
        items=[booking_pb2.Booking.Item(ticket_type=k, quantity=n) for k, n in wanted.items()],
        buyer=given.pop("buyer", ""),
        promo_code=given.pop("promo_code", ""),
    )
    for one in booking.items:
        one.seats.extend(named)
        one.accessible = accessible
    booking.attendees.extend(
        booking_pb2.Booking.Attendee(display_name=name) for name in given.pop("attendees", ())
    )
    parent = f"organizations/{given.pop('organization', event.organization)}"
    return booking_pb2.CreateBookingRequest(parent=parent, booking=booking, **given)
