"""The rules of booking. Plain values in, plain values out: no clock, no chance, no gRPC, no SQL."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.money import MOST, Money
from services.kit.names import Collection, Name

EVENTS = Collection("events", "turnout.app/Event")
BOOKINGS = Collection("bookings", "turnout.app/Booking")
TICKETS = Collection("tickets", "turnout.app/Ticket")

HOLD = timedelta(minutes=15)
MOST_SEATS = 10  # of one type in one booking
MOST_TYPES = 10


class State(enum.Enum):
    HELD = "held"
    CONFIRMED = "confirmed"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Item:
    """Some seats of one ticket type."""

    ticket_type: str
    quantity: int


@dataclass(frozen=True)
class Order:
    """Who wants what. The buyer is a user or a participant, by name."""

    event: Name
    buyer: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Announced:
    """A ticket type as its event announces it."""

    ticket_type: str
    # Where it stands among the types of the event.
    position: int
    price: Money
    capacity: int
    # Half-open: sold from the start on, and no more at the end. None: no bound.
    sale_start: datetime | None = None
    sale_end: datetime | None = None


@dataclass(frozen=True)
class Offer:
    """The seats of one ticket type: what was announced, and where each seat is."""

    announced: Announced
    held: int = 0
    sold: int = 0
    # The event still has the type.
    listed: bool = True
    # The event was called off.
    cancelled: bool = False

    @property
    def free(self) -> int:
        """Never negative: a capacity that was cut below what is taken frees nothing."""
        return max(0, self.announced.capacity - self.held - self.sold)

    def on_sale(self, now: datetime) -> bool:
        start, end = self.announced.sale_start, self.announced.sale_end
        within = (start is None or start <= now) and (end is None or now < end)
        return within and self.listed and not self.cancelled


# What one event has on sale, by ticket type.
Offers = Mapping[str, Offer]


@dataclass(frozen=True)
class Ticket:
    """The right to one seat. The code is what the door reads."""

    id: uuid.UUID
    ticket_type: str
    code: str
    # Who has it: the buyer at first.
    holder: str


@dataclass(frozen=True)
class Booking:
    name: Name
    event: Name
    buyer: str
    items: tuple[Item, ...]
    state: State
    total: Money
    create_time: datetime
    update_time: datetime
    # When the hold lapses; None once it cannot.
    expire_time: datetime | None = None
    tickets: tuple[Ticket, ...] = ()
    # The payment that confirmed it.
    payment: uuid.UUID | None = None
    version: int = 1


@dataclass(frozen=True)
class Receipt:
    """Money that came for a booking."""

    payment: uuid.UUID
    amount: Money


@dataclass(frozen=True)
class Move:
    """How many more seats of a type a booking holds, and how many more it has bought."""

    booking: uuid.UUID
    event: uuid.UUID
    ticket_type: str
    held: int
    sold: int


@dataclass(frozen=True)
class Shift:
    """How many more seats of a type are held in all, and how many more are sold."""

    event: uuid.UUID
    ticket_type: str
    held: int
    sold: int


class SoldOut(errors.Unmet):
    message = "{event} has {left} seats of {ticket_type} left, {asked} were asked for"
    event: str
    ticket_type: str
    asked: int
    left: int


class NotOnSale(errors.Unmet):
    message = "{ticket_type} of {event} is not on sale now"
    event: str
    ticket_type: str


class OfferNotFound(errors.NotFound):
    message = "{event} is not on sale"
    event: str


class BookingNotFound(errors.NotFound):
    message = "there is no booking {booking}"
    booking: str


class WrongBookingState(errors.Unmet):
    message = "{booking} is {state}"
    booking: str
    state: str


class TicketTransferred(errors.Unmet):
    message = "{ticket} is somebody else's by now; its holder may return it"
    ticket: str


class BadBooking(errors.Invalid):
    """A booking that nobody can make."""


# --- orders


def hold(
    id: uuid.UUID, order: Order, offers: Offers, now: datetime, lasting: timedelta = HOLD
) -> Booking:
    """Takes all the seats of an order off sale, or refuses.

    The seats are held for a while; when they cost nothing, they are sold at once.
    """
    check(order)
    if not offers:
        raise OfferNotFound(EVENTS.format(order.event))
    for item in order.items:
        _grant(item, order.event, offers, now)
    total = _total(order.items, offers)
    return Booking(
        name=Name(order.event.organization, id),
        event=order.event,
        buyer=order.buyer,
        items=order.items,
        state=State.HELD if total else State.CONFIRMED,
        total=total,
        expire_time=now + lasting if total else None,
        create_time=now,
        update_time=now,
    )


def check(order: Order) -> None:
    """Refuses what could not be booked at any event."""
    if not 1 <= len(order.items) <= MOST_TYPES:
        raise BadBooking("booking.items", f"must be from 1 to {MOST_TYPES} ticket types")
    for index, item in enumerate(order.items):
        if not 1 <= item.quantity <= MOST_SEATS:
            field = f"booking.items[{index}].quantity"
            raise BadBooking(field, f"must be from 1 to {MOST_SEATS}")
    if len({item.ticket_type for item in order.items}) < len(order.items):
        raise BadBooking("booking.items", "must name each ticket type once")


def _grant(item: Item, event: Name, offers: Offers, now: datetime) -> None:
    offer = offers.get(item.ticket_type)
    if offer is None or not offer.on_sale(now):
        raise NotOnSale(EVENTS.format(event), item.ticket_type)
    if item.quantity > offer.free:
        raise SoldOut(EVENTS.format(event), item.ticket_type, item.quantity, offer.free)


def _total(items: tuple[Item, ...], offers: Offers) -> Money:
    parts = [offers[item.ticket_type].announced.price * item.quantity for item in items]
    if len({part.currency for part in parts}) > 1:
        raise BadBooking("booking.items", "must all be sold in one currency")
    total = sum(parts[1:], parts[0])
    if total.minor >= MOST:
        raise BadBooking("booking.items", "cost more than one payment can carry")
    return total


# --- another answer


def alike(active: Iterable[Booking], order: Order) -> list[Booking]:
    """The bookings that have seats of a kind that is ordered."""
    wanted = {item.ticket_type for item in order.items}
    return [b for b in active if any(item.ticket_type in wanted for item in b.items)]


def suits(alike: Iterable[Booking], order: Order) -> bool:
    """Whether one has what an answer orders: as many seats, or seats that were paid for."""
    wanted = {(item.ticket_type, item.quantity) for item in order.items}
    return any(
        (booking.state is State.CONFIRMED and booking.total.minor > 0)
        or any((item.ticket_type, item.quantity) in wanted for item in booking.items)
        for booking in alike
    )


# --- what becomes of a booking


def settle(booking: Booking, receipt: Receipt, offers: Offers, now: datetime) -> Booking | None:
    """Makes good on money that came, however late; None when it has to go back.

    A hold becomes lasting. After a hold has lapsed, the same seats are sold once more if they
    are still there. What somebody gave back stays given back. The same money again changes
    nothing.
    """
    if booking.payment == receipt.payment:
        return booking
    if receipt.amount != booking.total:
        return None
    if booking.state is State.HELD or (
        booking.state is State.LAPSED and fits(booking, offers, now)
    ):
        return _turned(booking, State.CONFIRMED, now, payment=receipt.payment)
    return None


def fits(booking: Booking, offers: Offers, now: datetime) -> bool:
    """Whether every seat of a booking that lost its seats is on sale again."""
    try:
        for item in booking.items:
            _grant(item, booking.event, offers, now)
    except errors.Refusal:
        return False
    return True


def lapse(booking: Booking, now: datetime) -> Booking:
    """Ends a hold whose time is over, and leaves everything else as it is."""
    over = booking.expire_time is not None and booking.expire_time <= now
    if booking.state is not State.HELD or not over:
        return booking
    return _turned(booking, State.LAPSED, now, expire_time=booking.expire_time)


def cancel(booking: Booking, now: datetime) -> Booking:
    """Gives the seats back. Doing so again changes nothing."""
    if booking.state is State.CANCELLED:
        return booking
    if booking.state is State.LAPSED:
        raise WrongBookingState(BOOKINGS.format(booking.name), booking.state.name)
    return _turned(booking, State.CANCELLED, now)


def require_own_tickets(booking: Booking) -> None:
    """Keeps a buyer from taking back what was handed on to others."""
    for ticket in booking.tickets:
        if ticket.holder != booking.buyer:
            raise TicketTransferred(TICKETS.format(Name(booking.name.organization, ticket.id)))


def _turned(
    booking: Booking,
    state: State,
    now: datetime,
    *,
    payment: uuid.UUID | None = None,
    expire_time: datetime | None = None,
) -> Booking:
    return replace(
        booking,
        state=state,
        payment=payment or booking.payment,
        expire_time=expire_time,
        update_time=now,
        version=booking.version + 1,
    )


# --- where the seats are


def moves(before: Booking | None, after: Booking) -> tuple[Move, ...]:
    """How the seats of a booking move when it becomes what it is after."""
    held = _holds(after) - (_holds(before) if before else 0)
    sold = _sells(after) - (_sells(before) if before else 0)
    if not held and not sold:
        return ()
    booking, event = after.name.id, after.event.id
    return tuple(
        Move(booking, event, item.ticket_type, held * item.quantity, sold * item.quantity)
        for item in after.items
    )


def moved(offers: Offers, steps: Iterable[Move]) -> Offers:
    """The offers of an event after some of its seats moved."""
    after = dict(offers)
    for step in steps:
        offer = after[step.ticket_type]
        after[step.ticket_type] = Offer(
            offer.announced,
            offer.held + step.held,
            offer.sold + step.sold,
            offer.listed,
            offer.cancelled,
        )
    return after


def summed(steps: Iterable[Move]) -> tuple[Shift, ...]:
    """One shift for each type that has any, in the order in which everybody locks them."""
    sums: dict[tuple[uuid.UUID, str], tuple[int, int]] = {}
    for step in steps:
        key = step.event, step.ticket_type
        held, sold = sums.get(key, (0, 0))
        sums[key] = held + step.held, sold + step.sold
    return tuple(Shift(*key, *sums[key]) for key in sorted(sums))


def _holds(booking: Booking) -> int:
    return int(booking.state is State.HELD)


def _sells(booking: Booking) -> int:
    return int(booking.state is State.CONFIRMED)
