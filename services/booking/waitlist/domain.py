"""The rules of waiting. Plain values in, plain values out.

Whoever joined first is served first. Seats that somebody waits for are never sold to who did
not wait: `services.booking.domain` sees to that by the number of those who wait for a type.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.booking import domain as sales
from services.booking.domain import EVENTS, Booking, Item, Order, Stock
from services.kit import errors, names
from services.kit.names import Name

ENTRIES = names.Collection("waitlistEntries", "turnout.app/WaitlistEntry")
OFFER = timedelta(minutes=30)
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=7)
# Nobody loses a seat sooner before the start.
EARLIEST = timedelta(days=1)


class State(enum.Enum):
    WAITING = "waiting"
    # Seats are held for them.
    OFFERED = "offered"
    SERVED = "served"
    # The time of the offer was over first.
    MISSED = "missed"
    LEFT = "left"


@dataclass(frozen=True)
class Entry:
    """Somebody's place in the line of an event."""

    name: Name
    event: Name
    person: str
    # Any of these will do, the first one best; all seats are of the same.
    ticket_types: tuple[str, ...]
    quantity: int
    # The order of joining.
    number: int
    state: State
    create_time: datetime
    update_time: datetime
    # How many wait ahead, plus one. 0 unless waiting.
    position: int = 0
    # The offer, once there was one.
    booking: uuid.UUID | None = None
    expire_time: datetime | None = None
    version: int = 1


@dataclass(frozen=True)
class Policy:
    """How the organizer wants the line of an event."""

    # Whether who cannot be served by the seats there are lets others pass.
    skips: bool = False
    # How long seats are held for who is next.
    offer: timedelta = OFFER
    # How long before the start seats are released that nobody came for; None: never.
    lead: timedelta | None = None
    version: int = 0


class EntryNotFound(errors.NotFound):
    message = "there is no place {entry} in a waitlist"
    entry: str


class WrongEntryState(errors.Unmet):
    message = "{entry} is {state}"
    entry: str
    state: str


class AlreadyWaiting(errors.AlreadyExists):
    message = "you wait already: {entry}"
    entry: str


class SeatsLeft(errors.Unmet):
    message = "{left} seats of {ticket_type} are left at {event}: book them"
    event: str
    ticket_type: str
    left: int


class BadEntry(errors.Invalid):
    """A place in line that nobody can have."""


@dataclass(frozen=True)
class Wish:
    """Who wants to wait for what."""

    event: Name
    person: str
    ticket_types: tuple[str, ...]
    quantity: int


def require_sold_out(wish: Wish, stock: Stock, now: datetime) -> None:
    """Refuses to wait for what is not sold, and for what can be had at once."""
    event, offers = EVENTS.format(wish.event), stock.offers
    if not offers:
        raise sales.OfferNotFound(event)
    shown = [k for k in wish.ticket_types if k in offers and not offers[k].announced.hidden]
    if len(shown) < len(wish.ticket_types):
        raise sales.NotOnSale(event, next(k for k in wish.ticket_types if k not in shown))
    sold = [kind for kind in shown if offers[kind].on_sale(now)]
    if not sold:
        raise sales.NotOnSale(event, wish.ticket_types[0])
    for kind in sold:
        if not stock.waited_for(kind) and stock.free(kind) >= wish.quantity:
            raise SeatsLeft(event, kind, stock.free(kind))


def in_line(entries: Iterable[Entry], near: Collection[str] = ()) -> list[Entry]:
    """Who waits, in the order of being served: who is near first, then in that of joining."""
    return sorted(entries, key=lambda one: (one.person not in near, one.number))


def promote(
    entries: Iterable[Entry],
    stock: Stock,
    now: datetime,
    *,
    skips: bool,
    near: Collection[str] = (),
) -> list[tuple[Entry, Order]]:
    """Who is next, and what each of them gets of the seats that are free.

    In the order of joining, but for those who are `near`, who come first. Who cannot be served
    for want of seats keeps those of their types until they can, unless `skips` lets others pass.
    Who could not be served by any number of seats keeps nobody waiting.
    """
    kept: frozenset[str] = frozenset()
    found = []
    for entry in in_line(entries, near):
        order, wanting = _served(entry, stock, kept, now)
        if order is not None:
            booking = sales.hold(entry.name.id, order, stock, now)
            stock = sales.moved(stock, None, booking)
            found.append((entry, order))
        elif not skips:
            kept |= _with_pools(wanting, stock)
    return found


def _served(
    entry: Entry, stock: Stock, kept: frozenset[str], now: datetime
) -> tuple[Order | None, frozenset[str]]:
    """What somebody gets of the seats that nobody ahead keeps; or the types that they want for."""
    wanting: set[str] = set()
    for kind in entry.ticket_types:
        items = (Item(kind, entry.quantity),)
        order = Order(entry.event, entry.person, items, promised=True)
        if kind in kept:
            wanting.add(kind)
            continue
        try:
            sales.hold(entry.name.id, order, stock, now)
        except sales.SoldOut:
            wanting.add(kind)
        except errors.Refusal:
            continue
        else:
            return order, frozenset()
    return None, frozenset(wanting)


def _with_pools(kinds: Iterable[str], stock: Stock) -> frozenset[str]:
    """The types, and those that take seats of the same pools."""
    wanted = set(kinds)
    pools = {stock.offers[kind].announced.pool for kind in wanted} - {""}
    return frozenset(
        wanted | {kind for kind, offer in stock.offers.items() if offer.announced.pool in pools}
    )


def offered(entry: Entry, booking: Booking, now: datetime) -> Entry:
    return replace(
        entry,
        state=State.OFFERED,
        booking=booking.name.id,
        expire_time=booking.expire_time,
        position=0,
        update_time=now,
        version=entry.version + 1,
    )


def offer_of(
    booking: Booking, now: datetime, policy: Policy, start: datetime | None = None
) -> Booking:
    """Seats that cost nothing are held like others: nobody has them who did not say yes.

    Those that are offered just before the `start` are held until then at the longest.
    """
    until = now + policy.offer
    if start is not None:
        until = min(until, max(start, now + SHORTEST))
    return replace(booking, state=sales.State.HELD, expire_time=until, tickets=())


def leave(entry: Entry, now: datetime) -> Entry:
    """Gives a place in line up. Doing so again changes nothing."""
    if entry.state is State.LEFT:
        return entry
    if entry.state not in (State.WAITING, State.OFFERED):
        raise WrongEntryState(ENTRIES.format(entry.name), entry.state.name)
    version = entry.version + 1
    return replace(entry, state=State.LEFT, position=0, update_time=now, version=version)


def require_offered(entry: Entry) -> uuid.UUID:
    """The booking that is offered."""
    if entry.state is not State.OFFERED or entry.booking is None:
        raise WrongEntryState(ENTRIES.format(entry.name), entry.state.name)
    return entry.booking


def numbered(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with their positions; all who wait at one event, in the order of joining."""
    waiting = [entry for entry in entries if entry.state is State.WAITING]
    place = {entry.name: at for at, entry in enumerate(waiting, start=1)}
    return [replace(entry, position=place.get(entry.name, 0)) for entry in entries]
