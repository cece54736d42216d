"""What booking does, one function per intent. Each runs inside one transaction.

Locks are taken in one order: bookings by id, then the offers of their event by ticket type.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.booking import codes, domain, store, wire
from services.booking.domain import BOOKINGS, Booking, Offers, Order, State
from services.kit import errors
from services.kit.db import Contended, Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.once import Call, once_all
from turnout.booking.v1 import booking_pb2

LAPSE = "lapse"
CALL_OFF = "call-off"
LAPSING = 250  # holds of an event that end in one transaction
MOMENT = timedelta(milliseconds=100)  # until those are looked at again that were locked
BATCH = 100  # bookings cancelled in one transaction when an event is called off


@dataclass(frozen=True)
class Terms:
    """How this service sells: how long a hold lasts, and who issues tickets."""

    lasting: timedelta
    issue: codes.Issue


# --- holding


@dataclass(frozen=True)
class Ask:
    """An order that waits for its turn, the call that it came with, and that call's trace."""

    call: Call
    order: Order
    traceparent: str = ""


async def answer(
    tx: Tx, organization: uuid.UUID, asks: Sequence[Ask], *, now: datetime, terms: Terms
) -> list[booking_pb2.Booking | errors.Refusal]:
    """Answers everybody who waits for seats of an organization's events: each once, in order."""
    # First of all, so that whoever answered one of these calls before is done by now.
    events = sorted({ask.order.event.id for ask in asks})
    offers = await store.lock_all_offers(tx, organization, events)

    async def decide(fresh: list[int]) -> list[booking_pb2.Booking | errors.Refusal]:
        wanted = [asks[position] for position in fresh]
        results = fold([ask.order for ask in wanted], offers, now=now, terms=terms)
        _keep(tx, organization, results, now)
        for ask, result in zip(wanted, results, strict=True):
            if isinstance(result, Booking):
                _tell_new(tx, result, ask.traceparent)
        return [wire.booking(one) if isinstance(one, Booking) else one for one in results]

    return await once_all(tx, [ask.call for ask in asks], decide)


def fold(
    orders: Sequence[Order],
    offers: Mapping[uuid.UUID, Offers],
    *,
    now: datetime,
    terms: Terms,
) -> list[Booking | errors.Refusal]:
    """Applies the rule to one order after the other; each sees what the ones before it left."""
    left = dict(offers)
    results: list[Booking | errors.Refusal] = []
    for order in orders:
        event = order.event.id
        try:
            booking = domain.hold(new_id(), order, left.get(event, {}), now, terms.lasting)
        except errors.Refusal as refusal:
            results.append(refusal)
            continue
        left[event] = domain.moved(left[event], domain.moves(None, booking))
        results.append(_ticketed(booking, terms))
    return results


def _keep(
    tx: Tx, organization: uuid.UUID, results: Sequence[Booking | errors.Refusal], now: datetime
) -> None:
    """Writes down what was held or sold, and when the first of the holds of an event ends."""
    made = [result for result in results if isinstance(result, Booking)]
    if not made:
        return
    _move(tx, organization, [(None, booking) for booking in made], now)
    store.add(tx, organization, made)
    _keep_tickets(tx, organization, made)
    for booking in made:
        if booking.expire_time is not None:
            tx.schedule_by(LAPSE, organization, booking.event.id, booking.expire_time)


def _move(
    tx: Tx,
    organization: uuid.UUID,
    changes: Iterable[tuple[Booking | None, Booking]],
    now: datetime,
) -> None:
    """Moves the seats of bookings that become something else; their offers are locked."""
    steps = [step for before, after in changes for step in domain.moves(before, after)]
    if steps:
        store.move(tx, organization, domain.summed(steps))
        store.record(tx, organization, steps, now)


def _keep_tickets(tx: Tx, organization: uuid.UUID, made: Sequence[Booking]) -> None:
    sold = [booking for booking in made if booking.tickets]
    if sold:
        store.add_tickets(tx, organization, sold)


def _tell_new(tx: Tx, made: Booking, traceparent: str | None = None) -> None:
    """Tells the others what was held or sold; what was refused only its caller hears of."""
    tell = wire.held if made.state is State.HELD else wire.confirmed
    tx.publish(tell(made), subject=BOOKINGS.format(made.name), traceparent=traceparent)


def _ticketed(booking: Booking, terms: Terms) -> Booking:
    if booking.state is not State.CONFIRMED:
        return booking
    return replace(booking, tickets=terms.issue(booking))


# --- the answer of a participant


async def accept(tx: Tx, order: Order, now: datetime, terms: Terms) -> None:
    """Holds what a participant said yes to, in place of what it held before.

    Who has as many such seats already keeps them, and so does who paid for some. Who can have
    none is told so by a fact; who has some, and can have no other number, keeps those.
    """
    order = await _completed(tx, order)
    active = await _active(tx, order.event, own=order.buyer)
    alike = domain.alike(active, order)
    if domain.suits(alike, order):
        return
    given_back = [b for b in active if b.state is State.HELD or b in alike]
    result = await _instead(tx, order, given_back, now, terms)
    if isinstance(result, errors.Refusal):
        if not alike:
            await _cancel_all(tx, given_back, now)
        tx.publish(wire.refused(order, result), subject=order.buyer)
        return
    await _cancel_all(tx, given_back, now)
    _keep(tx, order.event.organization, [result], now)
    _tell_new(tx, result)


async def _instead(
    tx: Tx, order: Order, given_back: Iterable[Booking], now: datetime, terms: Terms
) -> Booking | errors.Refusal:
    """What comes of an order once those bookings are given back."""
    offers = await store.lock_offers(tx, order.event)
    for booking in given_back:
        offers = domain.moved(offers, domain.moves(booking, domain.cancel(booking, now)))
    [result] = fold([order], {order.event.id: offers}, now=now, terms=terms)
    return result


async def decline(tx: Tx, event: Name, buyer: str, now: datetime) -> None:
    """Gives back what a participant holds or has."""
    await _cancel_all(tx, await _active(tx, event, own=buyer), now)


async def merge(tx: Tx, event: Name, buyer: str, duplicate: str) -> None:
    """Makes the bookings of one participant those of another, who is the same person."""
    await store.move_bookings(tx, event, buyer=buyer, duplicate=duplicate)


async def _completed(tx: Tx, order: Order) -> Order:
    """An answer that names no ticket type means the first one of the event."""
    if all(item.ticket_type for item in order.items):
        return order
    offers = await store.read_offers(tx, order.event)
    first = next((kind for kind, offer in offers.items() if offer.listed), "")
    items = tuple(replace(item, ticket_type=item.ticket_type or first) for item in order.items)
    return replace(order, items=items)


# --- what becomes of a booking


async def settle(
    tx: Tx, name: Name, receipt: domain.Receipt, *, now: datetime, terms: Terms
) -> None:
    """Confirms what was paid, or says that the money has to go back."""
    before = await _lock(tx, name)
    offers = await store.lock_offers(tx, before.event)
    after = domain.settle(before, receipt, offers, now)
    if after is None:
        tx.publish(wire.forfeited(before, receipt.payment), subject=BOOKINGS.format(name))
    elif after is not before:
        after = _ticketed(after, terms)
        await _turn(tx, [(before, after)], now)
        _keep_tickets(tx, name.organization, [after])
        tx.publish(wire.confirmed(after), subject=BOOKINGS.format(name))


async def lapse(tx: Tx, event: Name, now: datetime, size: int = LAPSING) -> bool:
    """Ends the next holds of an event whose time is over; says whether there may be more.

    What is being paid or cancelled at this moment is left to the next time.
    """
    before = await store.lock_over(tx, event, now, size)
    # Also when there is none: whoever makes a hold meanwhile must be seen below.
    await store.lock_offers(tx, event)
    after = [domain.lapse(booking, now) for booking in before]
    if before:
        await _turn(tx, list(zip(before, after, strict=True)), now)
    for booking in after:
        tx.publish(wire.lapsed(booking), subject=BOOKINGS.format(booking.name))
    following = await store.next_end(tx, event)
    if following is not None:
        again = following if following > now else now + MOMENT
        tx.schedule(LAPSE, event.organization, event.id, again)
    return len(before) == size


async def cancel(
    tx: Tx, name: Name, *, own: str | None, version: int | None, now: datetime
) -> Booking:
    before = await _lock(tx, name, own=own)
    if version not in (None, before.version):
        raise StaleEtag(BOOKINGS.format(name))
    after = domain.cancel(before, now)
    if after is not before:
        if own is not None:
            domain.require_own_tickets(before)
        await store.lock_offers(tx, before.event)
        await _turn(tx, [(before, after)], now)
        tx.publish(wire.cancelled(after), subject=BOOKINGS.format(name))
    return after


async def _lock(tx: Tx, name: Name, *, own: str | None = None) -> Booking:
    await store.lock(tx, name)
    return await get(tx, name, own=own)


async def _turn(tx: Tx, changes: Sequence[tuple[Booking, Booking]], now: datetime) -> None:
    """Writes what locked bookings of one organization became, and moves their seats."""
    changed = [after for _, after in changes]
    _move(tx, changed[0].name.organization, changes, now)
    if await store.save(tx, changed) != len(changed):
        raise Contended()


# --- events


async def announce(tx: Tx, event: Name, types: Sequence[domain.Announced]) -> None:
    """Puts on sale what an event announces, and takes off what it announces no more."""
    await store.lock_offers(tx, event)
    if types:
        await store.announce(tx, event, types)
    await store.unlist(tx, event, types)


async def call_off(tx: Tx, event: Name, now: datetime) -> None:
    """Ends the sale of an event at once, and has its bookings cancelled in batches."""
    await store.lock_offers(tx, event)
    await store.call_off(tx, event)
    tx.schedule(CALL_OFF, event.organization, event.id, now)


async def cancel_some(tx: Tx, event: Name, now: datetime, size: int = BATCH) -> None:
    """Cancels the next bookings of an event that was called off, until none is left."""
    active = await _active(tx, event, own=None, size=size)
    await _cancel_all(tx, active, now)
    if active:
        tx.schedule(CALL_OFF, event.organization, event.id, now)


async def _active(tx: Tx, event: Name, *, own: str | None, size: int = BATCH) -> Sequence[Booking]:
    """Bookings that have seats of an event, locked."""
    ids = await store.lock_active(tx, event, own=own, size=size)
    return await store.several(tx, event.organization, ids) if ids else []


async def _cancel_all(tx: Tx, active: Sequence[Booking], now: datetime) -> None:
    """Cancels locked bookings of one event."""
    if not active:
        return
    after = [domain.cancel(booking, now) for booking in active]
    await store.lock_offers(tx, active[0].event)
    await _turn(tx, list(zip(active, after, strict=True)), now)
    for booking in after:
        tx.publish(wire.cancelled(booking), subject=BOOKINGS.format(booking.name))


# --- reading


async def get(tx: Tx, name: Name, *, own: str | None) -> Booking:
    found = await store.read(tx, name, own=own)
    if found is None:
        raise domain.BookingNotFound(BOOKINGS.format(name))
    return found


async def availability(tx: Tx, event: Name) -> domain.Offers:
    offers = await store.read_offers(tx, event)
    if not offers:
        raise domain.OfferNotFound(domain.EVENTS.format(event))
    return offers


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    event: uuid.UUID | None,
    own: str | None,
    after: uuid.UUID,
    size: int,
) -> list[Booking]:
    return await store.page(tx, organization, event=event, own=own, after=after, size=size)
