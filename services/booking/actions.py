"""What booking does, one function per intent. Each runs inside one transaction.

Locks are taken in one order: bookings by id, then the offers of their event by ticket type.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.booking import codes, domain, store, wire
from services.booking.domain import BOOKINGS, Booking, Order, State
from services.kit import errors, telemetry
from services.kit.db import Contended, Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.once import Call, once_all
from turnout.booking.v1 import booking_pb2

LAPSE = "lapse"
CALL_OFF = "call-off"
BATCH = 100  # bookings cancelled in one transaction when an event is called off


@dataclass(frozen=True)
class Terms:
    """How this service sells: how long a hold lasts, and who issues tickets."""

    lasting: timedelta
    issue: codes.Issue


# --- holding


@dataclass(frozen=True)
class Ask:
    """An order that waits for its event, the call that it came with, and that call's trace."""

    call: Call
    order: Order
    traceparent: str = ""


async def answer(
    tx: Tx, event: Name, asks: Sequence[Ask], *, now: datetime, terms: Terms
) -> list[booking_pb2.Booking | errors.Refusal]:
    """Answers everybody who waits for seats of one event: each once, in the order they came."""
    # First of all, so that whoever answered one of these calls before is done by now.
    offers = await store.lock_offers(tx, event)

    async def decide(fresh: list[int]) -> list[booking_pb2.Booking | errors.Refusal]:
        orders = [asks[position].order for position in fresh]
        results = _hold(tx, event, orders, offers, now=now, terms=terms)
        for position, result in zip(fresh, results, strict=True):
            with telemetry.following(asks[position].traceparent):
                _tell_new(tx, result)
        return [wire.booking(one) if isinstance(one, Booking) else one for one in results]

    return await once_all(tx, [ask.call for ask in asks], decide)


def _hold(
    tx: Tx,
    event: Name,
    orders: Sequence[Order],
    offers: domain.Offers,
    *,
    now: datetime,
    terms: Terms,
) -> list[Booking | errors.Refusal]:
    """Decides orders for one event, whose offers are locked, one after the other."""
    results = fold(orders, offers, now=now, terms=terms)
    made = [result for result in results if isinstance(result, Booking)]
    if made:
        _keep(tx, event, made)
    return results


def fold(
    orders: Sequence[Order], offers: domain.Offers, *, now: datetime, terms: Terms
) -> list[Booking | errors.Refusal]:
    """Applies the rule to one order after the other; each sees what the ones before it left."""
    results: list[Booking | errors.Refusal] = []
    for order in orders:
        try:
            booking = domain.hold(new_id(), order, offers, now, terms.lasting)
        except errors.Refusal as refusal:
            results.append(refusal)
            continue
        offers = domain.moved(offers, domain.moves(None, booking))
        results.append(_ticketed(booking, terms))
    return results


def _keep(tx: Tx, event: Name, made: Sequence[Booking]) -> None:
    steps = domain.summed(step for booking in made for step in domain.moves(None, booking))
    store.keep(tx, event, steps, made)
    for booking in made:
        if booking.expire_time is not None:
            tx.schedule(LAPSE, event.organization, booking.name.id, booking.expire_time)


def _tell_new(tx: Tx, result: Booking | errors.Refusal) -> None:
    """Tells the others what was held or sold; what was refused only its caller hears of."""
    if isinstance(result, Booking):
        tell = wire.held if result.state is State.HELD else wire.confirmed
        tx.publish(tell(result), subject=BOOKINGS.format(result.name))


def _ticketed(booking: Booking, terms: Terms) -> Booking:
    if booking.state is not State.CONFIRMED:
        return booking
    return replace(booking, tickets=terms.issue(booking))


# --- the answer of a participant


async def accept(tx: Tx, order: Order, now: datetime, terms: Terms) -> None:
    """Holds what a participant said yes to, in place of what it held before.

    Who has such a seat already keeps it. Who can have none is told so by a fact.
    """
    order = await _completed(tx, order)
    active = await _active(tx, order.event, own=order.buyer)
    wanted = {item.ticket_type for item in order.items}
    if any(item.ticket_type in wanted for booking in active for item in booking.items):
        return
    await _cancel_all(tx, [b for b in active if b.state is State.HELD], now)
    offers = await store.lock_offers(tx, order.event)
    [result] = _hold(tx, order.event, [order], offers, now=now, terms=terms)
    _tell_new(tx, result)
    if isinstance(result, errors.Refusal):
        tx.publish(wire.refused(order, result), subject=order.buyer)


async def decline(tx: Tx, event: Name, buyer: str, now: datetime) -> None:
    """Gives back what a participant holds or has."""
    await _cancel_all(tx, await _active(tx, event, own=buyer), now)


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
        await _turn(tx, before, after)
        store.add_tickets(tx, [after])
        tx.publish(wire.confirmed(after), subject=BOOKINGS.format(name))


async def lapse(tx: Tx, name: Name, now: datetime) -> None:
    """Ends a hold whose time is over. What was paid or cancelled meanwhile stays as it is."""
    before = await _lock(tx, name)
    after = domain.lapse(before, now)
    if after is not before:
        await _turn(tx, before, after)
        tx.publish(wire.lapsed(after), subject=BOOKINGS.format(name))
    elif before.state is State.HELD and before.expire_time:
        # The clock of this worker is behind that of the one who held it.
        tx.schedule(LAPSE, name.organization, name.id, before.expire_time)


async def cancel(
    tx: Tx, name: Name, *, own: str | None, version: int | None, now: datetime
) -> Booking:
    before = await _lock(tx, name, own=own)
    if version not in (None, before.version):
        raise StaleEtag(BOOKINGS.format(name))
    after = domain.cancel(before, now)
    if after is not before:
        await _turn(tx, before, after)
        tx.publish(wire.cancelled(after), subject=BOOKINGS.format(name))
    return after


async def _lock(tx: Tx, name: Name, *, own: str | None = None) -> Booking:
    await store.lock(tx, name)
    return await get(tx, name, own=own)


async def _turn(tx: Tx, before: Booking, after: Booking) -> None:
    """Writes what a locked booking became, and moves its seats."""
    steps = domain.moves(before, after)
    if len(steps) > 1:
        # In the one order in which everybody locks them.
        await store.lock_offers(tx, after.event)
    await store.move(tx, after.event, steps)
    await _save(tx, [after])


async def _save(tx: Tx, changed: Sequence[Booking]) -> None:
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
    event = active[0].event
    after = [domain.cancel(booking, now) for booking in active]
    pairs = zip(active, after, strict=True)
    steps = domain.summed(step for old, new in pairs for step in domain.moves(old, new))
    await store.lock_offers(tx, event)
    await store.move(tx, event, steps)
    await _save(tx, after)
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
