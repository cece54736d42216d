"""The rules of booking. Plain values in, plain values out: no clock, no chance, no gRPC, no SQL."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.booking import seating
from services.kit import errors
from services.kit.money import MOST, Money
from services.kit.names import Collection, Name

EVENTS = Collection("events", "turnout.app/Event")
BOOKINGS = Collection("bookings", "turnout.app/Booking")
TICKETS = Collection("tickets", "turnout.app/Ticket")

PROMO_CODES = Collection("promoCodes", "turnout.app/PromoCode")

HOLD = timedelta(minutes=15)
MOST_SEATS = 10  # of one type in one booking, where the event says nothing else
MOST_TYPES = 10
MOST_TOGETHER = 1000  # of all types in one booking


class State(enum.Enum):
    HELD = "held"
    CONFIRMED = "confirmed"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class Cause(enum.Enum):
    """Who ends a booking, or a part of it."""

    BUYER = "buyer"
    ORGANIZER = "organizer"
    EVENT = "event"


@dataclass(frozen=True)
class Item:
    """Some seats of one ticket type."""

    ticket_type: str
    quantity: int
    # Which ones, where they have names. An order that names none takes the best there are.
    seats: tuple[str, ...] = ()
    # What one of them costs; None in an order.
    price: Money | None = None
    # Places for wheelchairs are wanted.
    accessible: bool = False


@dataclass(frozen=True)
class Attendee:
    """Somebody who comes, as the buyer calls them."""

    display_name: str
    ticket_type: str = ""


@dataclass(frozen=True)
class Order:
    """Who wants what. The buyer is a user or a participant, by name."""

    event: Name
    buyer: str
    items: tuple[Item, ...]
    # As it was typed; empty for none.
    promo_code: str = ""
    attendees: tuple[Attendee, ...] = ()
    # They waited for these, or have them already.
    promised: bool = False
    # The waiting room let them in, or they need not wait there.
    admitted: bool = True


@dataclass(frozen=True)
class PriceStep:
    """A price that comes before the usual one."""

    price: Money
    # Holds until then, and while fewer seats than that are taken. None and 0: however long.
    end: datetime | None = None
    seats: int = 0


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
    # What its seats come out of, beside its own capacity; empty for nothing else.
    pool: str = ""
    # How many seats one person may have in all; 0 for as many as there are.
    per_person: int = 0
    # How many seats one order takes.
    least: int = 1
    most: int = MOST_SEATS
    # Sold only to who has a code for it.
    hidden: bool = False
    steps: tuple[PriceStep, ...] = ()
    # Where one sits, or stands; empty for anywhere.
    sections: tuple[str, ...] = ()


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
    # How many wait for such seats. While there is anybody, they get what is free.
    waiting: int = 0
    # The waiting room of the event is on, and how many orders at once turn it on; 0 for none.
    guarded: bool = False
    room_load: int = 0

    @property
    def free(self) -> int:
        """Never negative: a capacity that was cut below what is taken frees nothing."""
        return max(0, self.announced.capacity - self.held - self.sold)

    def on_sale(self, now: datetime) -> bool:
        start, end = self.announced.sale_start, self.announced.sale_end
        within = (start is None or start <= now) and (end is None or now < end)
        return within and self.listed and not self.cancelled

    def price(self, now: datetime) -> Money:
        """What one seat costs now: the first step that still holds, or the usual price."""
        for step in self.announced.steps:
            in_time = step.end is None or now < step.end
            if in_time and (not step.seats or self.held + self.sold < step.seats):
                return step.price
        return self.announced.price


@dataclass(frozen=True)
class Pool:
    """Seats that several types have in common, and how many of them are taken."""

    id: str
    capacity: int
    held: int = 0
    sold: int = 0

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.held - self.sold)


@dataclass(frozen=True)
class Sale:
    """What an event announces: its types, what they have in common, and its seats with names."""

    types: Sequence[Announced]
    pools: Sequence[Pool] = ()
    rows: Sequence[seating.Row] = ()


@dataclass(frozen=True)
class Promo:
    """A code that makes seats cheaper, or sells those that are hidden."""

    id: uuid.UUID
    # What one types, in capital letters.
    code: str
    # What goes off: so many percent, or so much of the whole order; neither for nothing.
    percent: int = 0
    amount: Money | None = None
    # How many bookings may have it, in all and for each person; 0 for any number.
    most_uses: int = 0
    per_person: int = 0
    uses: int = 0
    # The types that it is for; empty for all.
    ticket_types: tuple[str, ...] = ()
    # Sells those of its types that are hidden.
    unlocks: bool = False
    start: datetime | None = None
    end: datetime | None = None

    def covers(self, ticket_type: str) -> bool:
        return not self.ticket_types or ticket_type in self.ticket_types

    def valid(self, now: datetime) -> bool:
        begun = self.start is None or self.start <= now
        return begun and (self.end is None or now < self.end)


# What one event has on sale, by ticket type.
Offers = Mapping[str, Offer]


@dataclass(frozen=True)
class Stock:
    """All that is known of an event when its orders are decided."""

    offers: Offers = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)
    # By what one types.
    promos: Mapping[str, Promo] = field(default_factory=dict)
    # The seats of a type that a buyer has already, by both.
    had: Mapping[tuple[str, str], int] = field(default_factory=dict)
    # How often a buyer has used a code, by both.
    used: Mapping[tuple[str, uuid.UUID], int] = field(default_factory=dict)
    rows: seating.Rows = field(default_factory=dict)

    def free(self, ticket_type: str) -> int:
        offer = self.offers[ticket_type]
        pool = self.pools.get(offer.announced.pool)
        return offer.free if pool is None else min(offer.free, pool.free)

    def waited_for(self, ticket_type: str) -> bool:
        """Whether somebody waits for such seats, or for others of the same pool."""
        own = self.offers[ticket_type]
        pool = own.announced.pool
        return own.waiting > 0 or (
            pool != "" and any(o.waiting for o in self.offers.values() if o.announced.pool == pool)
        )


@dataclass(frozen=True)
class Ticket:
    """The right to one seat. The code is what the door reads."""

    id: uuid.UUID
    ticket_type: str
    code: str
    # Who has it: the buyer at first.
    holder: str
    # Where one sits; empty where seats have no names.
    seat: str = ""


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
    attendees: tuple[Attendee, ...] = ()
    # The code that it was made with, by its id and as it is typed, and what that took off.
    promo: uuid.UUID | None = None
    promo_code: str = ""
    discount: Money | None = None
    # The hold was extended; it can be once.
    extended: bool = False
    # The owner of the card does not accept the payment.
    disputed: bool = False

    @property
    def seats(self) -> tuple[str, ...]:
        return tuple(seat for item in self.items for seat in item.seats)


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


class TooMany(errors.Unmet):
    message = "{buyer} may have {most} seats of {ticket_type} in all, and has {had}"
    buyer: str
    ticket_type: str
    most: int
    had: int


class PromoCodeInvalid(errors.Unmet):
    """One that there is not, or not for this, or not now; a stranger is not told which."""

    message = "the code {promo_code} does not apply"
    promo_code: str


class PromoCodeUsedUp(errors.Unmet):
    message = "the code {promo_code} was used as often as it may be"
    promo_code: str


class AdmissionNeeded(errors.Unmet):
    message = "the waiting room of {event} is on: take a place, and book when you are let in"
    event: str


class PaymentNeeded(errors.Unmet):
    message = "{booking} is confirmed by its payment"
    booking: str


class AlreadyExtended(errors.Unmet):
    message = "{booking} was extended before"
    booking: str


class BadBooking(errors.Invalid):
    """A booking that nobody can make."""


# --- orders


def hold(
    id: uuid.UUID, order: Order, stock: Stock, now: datetime, lasting: timedelta = HOLD
) -> Booking:
    """Takes all the seats of an order off sale, or refuses.

    The seats are held for a while; when they cost nothing, they are sold at once.
    """
    check(order)
    if not stock.offers:
        raise OfferNotFound(EVENTS.format(order.event))
    promo = _promo(order, stock, now) if order.promo_code else None
    items = _granted(order, stock, promo, now)
    total, discount = _bill(items, promo)
    return Booking(
        name=Name(order.event.organization, id),
        event=order.event,
        buyer=order.buyer,
        items=items,
        state=State.HELD if total else State.CONFIRMED,
        total=total,
        expire_time=now + lasting if total else None,
        create_time=now,
        update_time=now,
        attendees=order.attendees,
        promo=promo.id if promo else None,
        promo_code=promo.code if promo else "",
        discount=discount,
    )


def check(order: Order) -> None:
    """Refuses what could not be booked at any event."""
    if not 1 <= len(order.items) <= MOST_TYPES:
        raise BadBooking("booking.items", f"must be from 1 to {MOST_TYPES} ticket types")
    for index, item in enumerate(order.items):
        _check_item(item, f"booking.items[{index}]")
    if len({item.ticket_type for item in order.items}) < len(order.items):
        raise BadBooking("booking.items", "must name each ticket type once")
    seats = sum(item.quantity for item in order.items)
    if seats > MOST_TOGETHER:
        raise BadBooking("booking.items", f"must be at most {MOST_TOGETHER} seats together")
    if len(order.attendees) > seats:
        raise BadBooking("booking.attendees", "must not be more than the seats")


def _check_item(item: Item, path: str) -> None:
    if item.quantity < 1:
        raise BadBooking(f"{path}.quantity", "must be at least 1")
    if item.seats and len(item.seats) != item.quantity:
        raise BadBooking(f"{path}.seats", "must be as many as the quantity, or none")
    if len(set(item.seats)) < len(item.seats):
        raise BadBooking(f"{path}.seats", "must name each seat once")


def _granted(order: Order, stock: Stock, promo: Promo | None, now: datetime) -> tuple[Item, ...]:
    """The items of an order, with their prices and the names of their seats."""
    for index, item in enumerate(order.items):
        _admit(item, index, order, stock, promo, now)
    _fit_pools(order, stock)
    rows, granted = stock.rows, []
    for index, item in enumerate(order.items):
        rows, seated = _seated(item, index, order, stock, rows)
        price = stock.offers[item.ticket_type].price(now)
        one = Item(item.ticket_type, item.quantity, seated.seats, price, item.accessible)
        granted.append(one)
    return tuple(granted)


def _admit(
    item: Item, index: int, order: Order, stock: Stock, promo: Promo | None, now: datetime
) -> None:
    """Refuses seats that are not on sale, not there, or not for this buyer."""
    offer, event = stock.offers.get(item.ticket_type), order.event
    if offer is None or not offer.on_sale(now) or not _shown(offer, promo):
        raise NotOnSale(EVENTS.format(event), item.ticket_type)
    if offer.guarded and not order.admitted:
        raise AdmissionNeeded(EVENTS.format(event))
    type_ = offer.announced
    if not type_.least <= item.quantity <= type_.most:
        path = f"booking.items[{index}].quantity"
        raise BadBooking(path, f"must be from {type_.least} to {type_.most}")
    had = stock.had.get((order.buyer, item.ticket_type), 0)
    if type_.per_person and had + item.quantity > type_.per_person:
        raise TooMany(order.buyer, item.ticket_type, type_.per_person, had)
    if not order.promised and stock.waited_for(item.ticket_type):
        raise SoldOut(EVENTS.format(event), item.ticket_type, item.quantity, 0)
    if item.quantity > stock.free(item.ticket_type):
        left = stock.free(item.ticket_type)
        raise SoldOut(EVENTS.format(event), item.ticket_type, item.quantity, left)


def _shown(offer: Offer, promo: Promo | None) -> bool:
    kind = offer.announced.ticket_type
    return not offer.announced.hidden or (
        promo is not None and promo.unlocks and promo.covers(kind)
    )


def _fit_pools(order: Order, stock: Stock) -> None:
    """Refuses types that fit their pool one by one, and not together."""
    wanted: dict[str, int] = {}
    for item in order.items:
        pool = stock.pools.get(stock.offers[item.ticket_type].announced.pool)
        if pool is None:
            continue
        wanted[pool.id] = wanted.get(pool.id, 0) + item.quantity
        if wanted[pool.id] > pool.free:
            left = pool.free - wanted[pool.id] + item.quantity
            raise SoldOut(EVENTS.format(order.event), item.ticket_type, item.quantity, left)


def _seated(
    item: Item, index: int, order: Order, stock: Stock, rows: seating.Rows
) -> tuple[seating.Rows, Item]:
    """Gives the seats of an item their names, where they have some."""
    sections = stock.offers[item.ticket_type].announced.sections
    if not any(row.section in sections for row in rows.values()):
        if item.seats:
            raise BadBooking(f"booking.items[{index}].seats", "must be none: they have no names")
        return rows, item
    event = EVENTS.format(order.event)
    seats = item.seats or seating.best(rows, sections, item.quantity, accessible=item.accessible)
    if seats is None:
        left = sum(
            not seat.taken for row in rows.values() if row.section in sections for seat in row.seats
        )
        raise SoldOut(event, item.ticket_type, item.quantity, left)
    try:
        return seating.named(rows, sections, seats, event), replace(item, seats=seats)
    except LookupError as unknown:
        problem = f"must be seats of {item.ticket_type}, and {unknown.args[0]} is none"
        raise BadBooking(f"booking.items[{index}].seats", problem) from None


def _promo(order: Order, stock: Stock, now: datetime) -> Promo:
    promo = stock.promos.get(order.promo_code.upper())
    if promo is None or not promo.valid(now):
        raise PromoCodeInvalid(order.promo_code)
    if not any(promo.covers(item.ticket_type) for item in order.items):
        raise PromoCodeInvalid(order.promo_code)
    used = stock.used.get((order.buyer, promo.id), 0)
    if (promo.most_uses and promo.uses >= promo.most_uses) or (
        promo.per_person and used >= promo.per_person
    ):
        raise PromoCodeUsedUp(order.promo_code)
    return promo


def _priced(booking: Booking, promo: Promo | None) -> Booking:
    """The booking with what it costs in all; one that costs nothing is confirmed."""
    total, discount = _bill(booking.items, promo)
    return replace(
        booking,
        total=total,
        discount=discount,
        promo=promo.id if promo else None,
        promo_code=promo.code if promo else "",
        state=State.HELD if total else State.CONFIRMED,
        expire_time=booking.expire_time if total else None,
    )


def _bill(items: tuple[Item, ...], promo: Promo | None) -> tuple[Money, Money | None]:
    """What items cost in all, and what a code took off that."""
    prices = [_cost(item) for item in items]
    if len({price.currency for price in prices}) > 1:
        raise BadBooking("booking.items", "must all be sold in one currency")
    whole = sum(prices[1:], prices[0])
    if whole.minor >= MOST:
        raise BadBooking("booking.items", "cost more than one payment can carry")
    discount = _discount(items, promo) if promo else None
    return (whole - discount if discount else whole), discount


def _cost(item: Item) -> Money:
    assert item.price is not None
    return item.price * item.quantity


def _discount(items: tuple[Item, ...], promo: Promo) -> Money:
    """What a code takes off; fractions of the smallest unit are the buyer's to pay."""
    prices = [_cost(item) for item in items if promo.covers(item.ticket_type)]
    sum_ = sum(prices[1:], prices[0])
    off = sum_.minor * promo.percent // 100
    if promo.amount is not None:
        if promo.amount.currency != sum_.currency:
            raise PromoCodeInvalid(promo.code)
        off = promo.amount.minor
    return Money(sum_.currency, min(off, sum_.minor))


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


def settle(booking: Booking, receipt: Receipt, stock: Stock, now: datetime) -> Booking | None:
    """Makes good on money that came, however late; None when it has to go back.

    A hold becomes lasting. After a hold has lapsed, the same seats are sold once more if they
    are still there. What somebody gave back stays given back. The same money again changes
    nothing.
    """
    if booking.payment == receipt.payment:
        return booking
    if receipt.amount != booking.total:
        return None
    if booking.state is State.HELD or (booking.state is State.LAPSED and fits(booking, stock, now)):
        return _turned(booking, State.CONFIRMED, now, payment=receipt.payment)
    return None


def fits(booking: Booking, stock: Stock, now: datetime) -> bool:
    """Whether every seat of a booking that lost its seats is on sale again, and free.

    The rules of an order are not asked again: who kept to them once has paid for it. What
    others wait for is not free.
    """
    wanted = Order(booking.event, booking.buyer, booking.items)
    try:
        for item in booking.items:
            offer = stock.offers.get(item.ticket_type)
            if offer is None or not offer.on_sale(now):
                return False
            if item.quantity > stock.free(item.ticket_type) or stock.waited_for(item.ticket_type):
                return False
            seating.named(stock.rows, offer.announced.sections, item.seats, "")
        _fit_pools(wanted, stock)
    except (errors.Refusal, LookupError):
        return False
    promo = next((one for one in stock.promos.values() if one.id == booking.promo), None)
    return promo is None or not promo.most_uses or promo.uses < promo.most_uses


def extend(booking: Booking, now: datetime, lasting: timedelta = HOLD) -> Booking:
    """Keeps the seats of a hold for as long again, once. A hold that is over cannot be."""
    _is_held(booking, now)
    if booking.extended:
        raise AlreadyExtended(BOOKINGS.format(booking.name))
    assert booking.expire_time is not None
    until = booking.expire_time + lasting
    return replace(
        booking,
        extended=True,
        expire_time=until,
        update_time=now,
        version=booking.version + 1,
    )


def change(booking: Booking, items: tuple[Item, ...], stock: Stock, now: datetime) -> Booking:
    """A hold with other seats in place of those it has, all or nothing, at the prices of now.

    `stock` is that of the event as if the hold were not there. The hold ends when it would have.
    """
    _is_held(booking, now)
    order = Order(
        booking.event,
        booking.buyer,
        items,
        booking.promo_code,
        booking.attendees,
        promised=_fewer(items, booking.items),
    )
    check(order)
    promo = _promo(order, stock, now) if order.promo_code else None
    granted = replace(booking, items=_granted(order, stock, promo, now))
    return replace(_priced(granted, promo), update_time=now, version=booking.version + 1)


def _fewer(items: tuple[Item, ...], than: tuple[Item, ...]) -> bool:
    """Whether somebody asks for nothing that they have not."""
    had = {item.ticket_type: item.quantity for item in than}
    return all(item.quantity <= had.get(item.ticket_type, 0) for item in items)


def confirm_free(booking: Booking, now: datetime) -> Booking:
    """Makes a hold lasting that costs nothing. Doing so again changes nothing."""
    if booking.state is State.CONFIRMED:
        return booking
    _is_held(booking, now)
    if booking.total:
        raise PaymentNeeded(BOOKINGS.format(booking.name))
    return _turned(booking, State.CONFIRMED, now)


def rename(booking: Booking, attendees: tuple[Attendee, ...], now: datetime) -> Booking:
    """The booking with other people in it."""
    if booking.state not in (State.HELD, State.CONFIRMED):
        raise WrongBookingState(BOOKINGS.format(booking.name), booking.state.name)
    if len(attendees) > sum(item.quantity for item in booking.items):
        raise BadBooking("booking.attendees", "must not be more than the seats")
    return replace(booking, attendees=attendees, update_time=now, version=booking.version + 1)


def _is_held(booking: Booking, now: datetime) -> None:
    over = booking.expire_time is not None and booking.expire_time <= now
    if booking.state is not State.HELD or over:
        state = State.LAPSED if booking.state is State.HELD else booking.state
        raise WrongBookingState(BOOKINGS.format(booking.name), state.name)


def lapse(booking: Booking, now: datetime) -> Booking:
    """Ends a hold whose time is over, and leaves everything else as it is."""
    over = booking.expire_time is not None and booking.expire_time <= now
    if booking.state is not State.HELD or not over:
        return booking
    return _turned(booking, State.LAPSED, now, expire_time=booking.expire_time)


def cause(own: str | None) -> Cause:
    """Who ends a booking that may be only the caller's `own`, or anybody's (None)."""
    return Cause.ORGANIZER if own is None else Cause.BUYER


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
    was, is_ = _taken(before), _taken(after)
    booking, event = after.name.id, after.event.id
    found = []
    for kind in {**is_, **was}:
        held, sold = is_.get(kind, (0, 0))
        gone_held, gone_sold = was.get(kind, (0, 0))
        if held != gone_held or sold != gone_sold:
            found.append(Move(booking, event, kind, held - gone_held, sold - gone_sold))
    return tuple(found)


def _taken(booking: Booking | None) -> dict[str, tuple[int, int]]:
    """How many seats of each type a booking holds, and how many it has bought."""
    if booking is None or booking.state not in (State.HELD, State.CONFIRMED):
        return {}
    if booking.state is State.HELD:
        return {item.ticket_type: (item.quantity, 0) for item in booking.items}
    return {item.ticket_type: (0, item.quantity) for item in booking.items}


def seats_of(booking: Booking | None) -> frozenset[str]:
    """The named seats that are a booking's as it stands."""
    return frozenset(booking.seats) if _taken(booking) and booking else frozenset()


def promo_of(booking: Booking | None) -> uuid.UUID | None:
    """The code that a booking uses as it stands."""
    return booking.promo if booking is not None and _taken(booking) else None


def moved(stock: Stock, before: Booking | None, after: Booking) -> Stock:
    """The stock of an event after one of its bookings became something else."""
    offers, pools = dict(stock.offers), stock.pools
    had = stock.had
    for step in moves(before, after):
        offer = offers[step.ticket_type]
        offers[step.ticket_type] = Offer(
            offer.announced,
            offer.held + step.held,
            offer.sold + step.sold,
            offer.listed,
            offer.cancelled,
            offer.waiting,
            offer.guarded,
            offer.room_load,
        )
        if offer.announced.pool in pools:
            pools = {**pools, offer.announced.pool: _drawn(pools[offer.announced.pool], step)}
        if offer.announced.per_person:
            key = after.buyer, step.ticket_type
            had = {**had, key: had.get(key, 0) + step.held + step.sold}
    return Stock(
        offers,
        pools,
        _used_promos(stock.promos, before, after) if after.promo_code else stock.promos,
        had,
        _used(stock.used, before, after) if after.promo_code else stock.used,
        _moved_rows(stock.rows, before, after) if stock.rows else stock.rows,
    )


def _drawn(pool: Pool, step: Move) -> Pool:
    return replace(pool, held=pool.held + step.held, sold=pool.sold + step.sold)


def _used_promos(
    promos: Mapping[str, Promo], before: Booking | None, after: Booking
) -> Mapping[str, Promo]:
    more = uses(before, after)
    if not more or after.promo_code not in promos:
        return promos
    promo = promos[after.promo_code]
    return {**promos, after.promo_code: replace(promo, uses=promo.uses + more)}


def _used(
    used: Mapping[tuple[str, uuid.UUID], int], before: Booking | None, after: Booking
) -> Mapping[tuple[str, uuid.UUID], int]:
    if after.promo is None:
        return used
    key = after.buyer, after.promo
    return {**used, key: used.get(key, 0) + uses(before, after)}


def uses(before: Booking | None, after: Booking) -> int:
    """How many more times the code of a booking is used: 1, 0 or -1."""
    return (promo_of(after) is not None) - (promo_of(before) is not None)


def _moved_rows(rows: seating.Rows, before: Booking | None, after: Booking) -> seating.Rows:
    rows = seating.freed(rows, seats_of(before) - seats_of(after))
    return seating.marked(rows, seats_of(after) - seats_of(before))


def summed(steps: Iterable[Move]) -> tuple[Shift, ...]:
    """One shift for each type that has any, in the order in which everybody locks them."""
    sums: dict[tuple[uuid.UUID, str], tuple[int, int]] = {}
    for step in steps:
        key = step.event, step.ticket_type
        held, sold = sums.get(key, (0, 0))
        sums[key] = held + step.held, sold + step.sold
    return tuple(Shift(*key, *sums[key]) for key in sorted(sums))


def pooled(stock: Stock, shifts: Iterable[Shift]) -> dict[str, tuple[int, int]]:
    """What shifts of one event mean for its pools: how many more are held, and sold."""
    sums: dict[str, tuple[int, int]] = {}
    for one in shifts:
        pool = stock.offers[one.ticket_type].announced.pool
        if pool in stock.pools:
            held, sold = sums.get(pool, (0, 0))
            sums[pool] = held + one.held, sold + one.sold
    return sums


# --- what was sold beyond what there is


@dataclass(frozen=True)
class Excess:
    """A booking that has more seats of a type than there are, by so many."""

    booking: Booking
    ticket_type: str
    seats: int

    @property
    def place(self) -> tuple[uuid.UUID, int]:
        """Which item of which booking it is."""
        kinds = [item.ticket_type for item in self.booking.items]
        return self.booking.name.id, kinds.index(self.ticket_type)

    def follows(self, place: tuple[uuid.UUID, int]) -> bool:
        """Whether it comes later in the list, in which those are first that came last."""
        (own, item), (other, before) = self.place, place
        return own < other or (own == other and item > before)


def excess(stock: Stock, newest_first: Iterable[Booking]) -> list[Excess]:
    """Whom a capacity hits that was cut below what is taken: those who came last."""
    over = {kind: beyond(offer) for kind, offer in stock.offers.items()}
    over_pools = {id: beyond(pool) for id, pool in stock.pools.items()}
    found = []
    for booking in newest_first:
        for item in booking.items:
            offer = stock.offers.get(item.ticket_type)
            if offer is None:
                continue
            pool = offer.announced.pool
            most = max(over[item.ticket_type], over_pools.get(pool, 0))
            seats = min(item.quantity, most)
            if seats > 0:
                over[item.ticket_type] -= seats
                if pool in over_pools:
                    over_pools[pool] -= seats
                found.append(Excess(booking, item.ticket_type, seats))
    return found


def cut(stock: Stock) -> dict[str, int]:
    """The types that have, or whose pool has, more seats taken than there are, and how many."""
    found = {}
    for kind, offer in stock.offers.items():
        pool = stock.pools.get(offer.announced.pool)
        most = max(beyond(offer), beyond(pool) if pool else 0)
        if most:
            found[kind] = most
    return found


def beyond(counted: Offer | Pool) -> int:
    """How many more seats are taken than there are."""
    capacity = counted.capacity if isinstance(counted, Pool) else counted.announced.capacity
    return max(0, counted.held + counted.sold - capacity)
