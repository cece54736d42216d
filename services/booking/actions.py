"""What booking does, one function per intent. Each runs inside one transaction.

Locks are taken in one order: bookings by id, then the offers of their event by ticket type.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.booking import codes, domain, store, wire
from services.booking.domain import BOOKINGS, Booking, Cause, Order, State, Stock
from services.booking.inventory import store as inventory
from services.booking.promos import store as promos
from services.booking.seats import store as seats
from services.kit import errors
from services.kit.db import Contended, Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.once import Call, once_all
from services.kit.wire import EPOCH
from turnout.booking.v1 import booking_pb2

LAPSE = "lapse"
CALL_OFF = "call-off"
ERASE = "erase"
PROMOTE = "promote"
ADMIT = "admit"
TURN_ON = "turn-on"
LAPSING = 500  # holds of an event that end in one transaction
MOMENT = timedelta(milliseconds=100)  # until those are looked at again that were locked
BATCH = 100  # bookings cancelled in one transaction when an event is called off


EMPTY = Stock()
# What there is of events, by their ids.
Stocks = dict[uuid.UUID, Stock]
# A booking before and after.
Change = tuple[Booking | None, Booking]


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
    stocks = await stocked(tx, organization, [ask.order for ask in asks])

    async def decide(fresh: list[int]) -> list[booking_pb2.Booking | errors.Refusal]:
        wanted = [asks[position] for position in fresh]
        results = fold([ask.order for ask in wanted], stocks, now=now, terms=terms)
        await _keep(tx, organization, results, stocks, now)
        _feel(tx, organization, wanted, stocks, now)
        answers: list[booking_pb2.Booking | errors.Refusal] = []
        for ask, result in zip(wanted, results, strict=True):
            if isinstance(result, Booking):
                answers.append(_tell_new(tx, result, ask.traceparent))
            else:
                answers.append(result)
        return answers

    return await once_all(tx, [ask.call for ask in asks], decide)


def _feel(
    tx: Tx, organization: uuid.UUID, asks: Sequence[Ask], stocks: Stocks, now: datetime
) -> None:
    """Has the waiting room of an event turned on for which too many orders come at once."""
    for event, stock in stocks.items():
        load = next((offer.room_load for offer in stock.offers.values()), 0)
        guarded = any(offer.guarded for offer in stock.offers.values())
        if load and not guarded and sum(ask.order.event.id == event for ask in asks) >= load:
            tx.schedule(TURN_ON, organization, event, now)


def fold(
    orders: Sequence[Order], stocks: Stocks, *, now: datetime, terms: Terms
) -> list[Booking | errors.Refusal]:
    """Applies the rule to one order after the other; each sees what the ones before it left."""
    left = dict(stocks)
    results: list[Booking | errors.Refusal] = []
    for order in orders:
        event = order.event.id
        try:
            booking = domain.hold(new_id(), order, left.get(event, EMPTY), now, terms.lasting)
        except errors.Refusal as refusal:
            results.append(refusal)
            continue
        left[event] = domain.moved(left[event], None, booking)
        results.append(_ticketed(booking, terms))
    return results


async def _keep(
    tx: Tx,
    organization: uuid.UUID,
    results: Sequence[Booking | errors.Refusal],
    stocks: Stocks,
    now: datetime,
) -> None:
    """Writes down what was held or sold, and when the first of the holds of an event ends."""
    made = [result for result in results if isinstance(result, Booking)]
    if not made:
        return
    await _move(tx, organization, [(None, booking) for booking in made], stocks, now)
    store.add(tx, organization, made)
    _keep_tickets(tx, organization, made)
    for booking in made:
        if booking.expire_time is not None:
            tx.schedule_by(LAPSE, organization, booking.event.id, booking.expire_time)


async def offer(tx: Tx, held: Booking, stocks: Stocks, now: datetime) -> None:
    """Holds seats for somebody who waited for them; `stocks` are locked."""
    await _keep(tx, held.name.organization, [held], stocks, now)
    if held.total:
        _tell_new(tx, held)


def _keep_tickets(tx: Tx, organization: uuid.UUID, made: Sequence[Booking]) -> None:
    sold = [booking for booking in made if booking.tickets]
    if sold:
        store.add_tickets(tx, organization, sold)


def _tell_new(tx: Tx, made: Booking, traceparent: str | None = None) -> booking_pb2.Booking:
    """Tells the others what was held or sold, and gives what its buyer sees of it."""
    sent = wire.booking(made)
    fact = wire.held(sent) if made.state is State.HELD else wire.confirmed(made)
    tx.publish(fact, subject=sent.name, traceparent=traceparent)
    return sent


def _ticketed(booking: Booking, terms: Terms) -> Booking:
    if booking.state is not State.CONFIRMED:
        return booking
    seats = [
        seat for item in booking.items for seat in item.seats or itertools.repeat("", item.quantity)
    ]
    issued = zip(terms.issue(booking), seats, strict=True)
    return replace(booking, tickets=tuple(replace(ticket, seat=seat) for ticket, seat in issued))


# --- the stock of events


async def stocked(tx: Tx, organization: uuid.UUID, orders: Sequence[Order]) -> Stocks:
    """All that is needed to decide orders, kept from every other writer until the commit."""
    stocks = await _locked(tx, organization, sorted({order.event.id for order in orders}))
    await _with_limits(tx, organization, orders, stocks)
    await _with_promos(tx, organization, orders, stocks)
    await _with_seats(tx, organization, orders, stocks)
    return stocks


async def _locked(tx: Tx, organization: uuid.UUID, events: Sequence[uuid.UUID]) -> Stocks:
    """What events have on sale, and the pools that it comes out of."""
    offers = await store.lock_all_offers(tx, organization, events)
    pooled = [
        event for event, found in offers.items() if any(o.announced.pool for o in found.values())
    ]
    pools = await inventory.lock_pools(tx, organization, pooled) if pooled else {}
    return {event: Stock(found, pools.get(event, {})) for event, found in offers.items()}


async def _with_limits(
    tx: Tx, organization: uuid.UUID, orders: Sequence[Order], stocks: Stocks
) -> None:
    """Adds what buyers have already, where they may not have more than that."""
    asked = {
        (order.event.id, order.buyer)
        for order in orders
        if any(type_.per_person for type_ in _types(order, stocks))
    }
    if not asked:
        return
    had: dict[uuid.UUID, dict[tuple[str, str], int]] = {}
    for event, buyer, kind, number in await store.had(tx, organization, sorted(asked)):
        had.setdefault(event, {})[buyer, kind] = number
    for event, found in had.items():
        stocks[event] = replace(stocks[event], had=found)


async def _with_promos(
    tx: Tx, organization: uuid.UUID, orders: Sequence[Order], stocks: Stocks
) -> None:
    """Adds the codes that were typed, and how often their users have used them."""
    coded = [order for order in orders if order.promo_code and order.event.id in stocks]
    if not coded:
        return
    asked = [(order.event.id, order.promo_code.upper()) for order in coded]
    known = await promos.lock_codes(tx, organization, asked)
    limited = [kept.promo.id for kept in known if kept.promo.per_person]
    buyers = sorted({order.buyer for order in coded})
    used = await promos.used(tx, organization, limited, buyers) if limited else {}
    for kept in known:
        stock = stocks[kept.event.id]
        codes = {**stock.promos, kept.promo.code: kept.promo}
        stocks[kept.event.id] = replace(stock, promos=codes, used=used)


async def _with_seats(
    tx: Tx, organization: uuid.UUID, orders: Sequence[Order], stocks: Stocks
) -> None:
    """Adds the seats that have names, of events where one of them may be wanted."""
    seated = {order.event.id for order in orders if any(t.sections for t in _types(order, stocks))}
    if seated:
        for event, rows in (await seats.rows(tx, organization, sorted(seated))).items():
            stocks[event] = replace(stocks[event], rows=rows)


def _types(order: Order, stocks: Stocks) -> Iterator[domain.Announced]:
    """The types of an order that its event has."""
    offers = stocks.get(order.event.id, EMPTY).offers
    found = (offers.get(item.ticket_type) for item in order.items)
    return (offer.announced for offer in found if offer is not None)


async def _move(
    tx: Tx,
    organization: uuid.UUID,
    changes: Sequence[Change],
    stocks: Stocks,
    now: datetime,
) -> None:
    """Moves the seats of bookings that become something else; their stock is locked."""
    steps = [step for before, after in changes for step in domain.moves(before, after)]
    if steps:
        shifts = domain.summed(steps)
        store.move(tx, organization, shifts)
        _move_pools(tx, organization, shifts, stocks)
        store.record(tx, organization, steps, now)
        _wake_waiting(tx, organization, shifts, stocks, now)
    _use_promos(tx, organization, changes)
    await _seat(tx, organization, changes)


def _wake_waiting(
    tx: Tx,
    organization: uuid.UUID,
    shifts: Sequence[domain.Shift],
    stocks: Stocks,
    now: datetime,
) -> None:
    """Has seats that became free offered to who waits for them."""
    for shift in shifts:
        stock = stocks.get(shift.event, EMPTY)
        if shift.held + shift.sold < 0 and stock.waited_for(shift.ticket_type):
            tx.schedule(PROMOTE, organization, shift.event, now)


def _move_pools(
    tx: Tx, organization: uuid.UUID, shifts: Sequence[domain.Shift], stocks: Stocks
) -> None:
    pooled = {
        (event, pool): counts
        for event, stock in stocks.items()
        if stock.pools
        for pool, counts in domain.pooled(stock, [s for s in shifts if s.event == event]).items()
    }
    if pooled:
        inventory.move(tx, organization, pooled)


def _use_promos(tx: Tx, organization: uuid.UUID, changes: Sequence[Change]) -> None:
    more: dict[uuid.UUID, int] = {}
    for before, after in changes:
        if after.promo is not None:
            more[after.promo] = more.get(after.promo, 0) + domain.uses(before, after)
    if any(more.values()):
        promos.use(tx, organization, more)


async def _seat(tx: Tx, organization: uuid.UUID, changes: Sequence[Change]) -> None:
    """Has people get up, and then others sit down."""
    up, down = [], []
    for before, after in changes:
        was, is_ = domain.seats_of(before), domain.seats_of(after)
        up += [(after.event.id, after.name.id, seat) for seat in sorted(was - is_)]
        down += [(after.event.id, after.name.id, seat) for seat in sorted(is_ - was)]
    if up:
        await seats.free(tx, organization, up)
    if down and await seats.take(tx, organization, down) != len(down):
        raise Contended()


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
    stocks = await stocked(tx, order.event.organization, [order])
    result = _instead(order, given_back, stocks, now, terms)
    if isinstance(result, errors.Refusal):
        if not alike:
            await _cancel_all(tx, given_back, Cause.BUYER, now)
        tx.publish(wire.refused(order, result), subject=order.buyer)
        return
    await _cancel_all(tx, given_back, Cause.BUYER, now)
    await _keep(tx, order.event.organization, [result], stocks, now)
    _tell_new(tx, result)


def _instead(
    order: Order, given_back: Iterable[Booking], stocks: Stocks, now: datetime, terms: Terms
) -> Booking | errors.Refusal:
    """What comes of an order once those bookings are given back."""
    stock = stocks.get(order.event.id, EMPTY)
    for booking in given_back:
        stock = domain.moved(stock, booking, domain.cancel(booking, now))
    [result] = fold([order], {order.event.id: stock}, now=now, terms=terms)
    return result


async def decline(tx: Tx, event: Name, buyer: str, cause: Cause, now: datetime) -> None:
    """Gives back what a participant holds or has."""
    await _cancel_all(tx, await _active(tx, event, own=buyer), cause, now)


async def merge(tx: Tx, event: Name, buyer: str, duplicate: str) -> None:
    """Makes the bookings of one participant those of another, who is the same person."""
    await store.move_bookings(tx, event, buyer=buyer, duplicate=duplicate)


async def _completed(tx: Tx, order: Order) -> Order:
    """An answer that names no ticket type means the first one of the event."""
    if all(item.ticket_type for item in order.items):
        return order
    offers = await store.read_offers(tx, order.event)
    shown = (kind for kind, offer in offers.items() if offer.listed and not offer.announced.hidden)
    first = next(shown, "")
    items = tuple(replace(item, ticket_type=item.ticket_type or first) for item in order.items)
    return replace(order, items=items)


# --- what becomes of a booking


async def settle(
    tx: Tx, name: Name, receipt: domain.Receipt, *, now: datetime, terms: Terms
) -> None:
    """Confirms what was paid, or says that the money has to go back."""
    before = await _lock(tx, name)
    order = Order(before.event, before.buyer, before.items, before.promo_code)
    stocks = await stocked(tx, name.organization, [order])
    after = domain.settle(before, receipt, stocks.get(before.event.id, EMPTY), now)
    if after is None:
        tx.publish(wire.forfeited(before, receipt.payment), subject=BOOKINGS.format(name))
    elif after is not before:
        after = _ticketed(after, terms)
        await _turn(tx, [(before, after)], stocks, now)
        _keep_tickets(tx, name.organization, [after])
        tx.publish(wire.confirmed(after), subject=BOOKINGS.format(name))


async def dispute(tx: Tx, name: Name, now: datetime, *, disputed: bool) -> None:
    """Suspends the tickets of a booking whose payment is disputed, or lets them in again."""
    before = await _lock(tx, name)
    if before.disputed is not disputed:
        after = replace(before, disputed=disputed, update_time=now, version=before.version + 1)
        await _turn(tx, [(before, after)], {}, now)


async def confirm_free(tx: Tx, name: Name, *, now: datetime, terms: Terms) -> Booking:
    """Makes a hold lasting that costs nothing."""
    before = await _lock(tx, name)
    after = domain.confirm_free(before, now)
    if after is before:
        return before
    stocks = await _locked(tx, name.organization, [before.event.id])
    after = _ticketed(after, terms)
    await _turn(tx, [(before, after)], stocks, now)
    _keep_tickets(tx, name.organization, [after])
    tx.publish(wire.confirmed(after), subject=BOOKINGS.format(name))
    return after


async def lapse(tx: Tx, event: Name, now: datetime, size: int = LAPSING) -> bool:
    """Ends the next holds of an event whose time is over; says whether there may be more.

    What is being paid or cancelled at this moment is left to the next time.
    """
    await store.plan_anew(tx)
    before = await store.lock_over(tx, event, now, size)
    # Also when there is none: whoever makes a hold meanwhile must be seen below.
    stocks = await _locked(tx, event.organization, [event.id])
    after = [domain.lapse(booking, now) for booking in before]
    if before:
        await _turn(tx, list(zip(before, after, strict=True)), stocks, now)
    for booking in after:
        tx.publish(wire.lapsed(booking), subject=BOOKINGS.format(booking.name))
    following = await store.next_end(tx, event)
    if following is not None:
        again = following if following > now else now + MOMENT
        tx.schedule(LAPSE, event.organization, event.id, again)
    return len(before) == size


async def cancel(
    tx: Tx,
    name: Name,
    *,
    own: str | None,
    version: int | None,
    now: datetime,
    cause: Cause | None = None,
) -> Booking:
    """Gives back all seats; unless a `cause` is given, the buyer did if it is their own."""
    before = await _lock(tx, name, own=own, version=version)
    after = domain.cancel(before, now)
    if after is not before:
        if own is not None:
            domain.require_own_tickets(before)
        stocks = await _locked(tx, name.organization, [before.event.id])
        await _turn(tx, [(before, after)], stocks, now)
        cause = cause or domain.cause(own)
        tx.publish(wire.cancelled(after, cause), subject=BOOKINGS.format(name))
    return after


async def extend(
    tx: Tx, name: Name, *, own: str | None, version: int | None, now: datetime, terms: Terms
) -> Booking:
    """Keeps the seats of a hold for longer, once."""
    before = await _lock(tx, name, own=own, version=version)
    after = domain.extend(before, now, terms.lasting)
    await _turn(tx, [(before, after)], {}, now)
    _tell_new(tx, after)
    return after


@dataclass(frozen=True)
class Revision:
    """What a booking shall have in place of what it has; None for what stays."""

    items: tuple[domain.Item, ...] | None = None
    attendees: tuple[domain.Attendee, ...] | None = None


async def change(
    tx: Tx,
    name: Name,
    revision: Revision,
    *,
    own: str | None,
    version: int | None,
    now: datetime,
    terms: Terms,
) -> Booking:
    """Gives a hold other seats, or a booking other people."""
    before = after = await _lock(tx, name, own=own, version=version)
    stocks: Stocks = {}
    if revision.items is not None:
        if revision.attendees is not None:
            after = replace(after, attendees=revision.attendees)
        order = Order(before.event, before.buyer, revision.items, before.promo_code)
        stocks = await stocked(tx, name.organization, [order])
        gone = replace(before, state=State.CANCELLED)
        without = domain.moved(stocks[before.event.id], before, gone)
        after = _ticketed(domain.change(after, revision.items, without, now), terms)
    elif revision.attendees is not None:
        after = domain.rename(after, revision.attendees, now)
    if after is not before:
        await _turn(tx, [(before, after)], stocks, now)
    if revision.items is not None:
        _keep_tickets(tx, name.organization, [after])
        _tell_new(tx, after)
    return after


async def shrink(tx: Tx, before: Booking, after: Booking, now: datetime) -> None:
    """Writes that a locked booking gave some of its seats back."""
    stocks = await _locked(tx, before.name.organization, [before.event.id])
    await _turn(tx, [(before, after)], stocks, now)


async def _lock(
    tx: Tx, name: Name, *, own: str | None = None, version: int | None = None
) -> Booking:
    """Reads a booking that nobody else writes until the commit; `version` must be its own."""
    await store.lock(tx, name)
    found = await get(tx, name, own=own)
    if version not in (None, found.version):
        raise StaleEtag(BOOKINGS.format(name))
    return found


async def _turn(tx: Tx, changes: Sequence[Change], stocks: Stocks, now: datetime) -> None:
    """Writes what locked bookings of one organization became, and moves their seats."""
    changed = [after for _, after in changes]
    await _move(tx, changed[0].name.organization, changes, stocks, now)
    if await store.save(tx, changed) != len(changed):
        raise Contended()


# --- events


async def announce(tx: Tx, event: Name, sale: domain.Sale) -> None:
    """Puts on sale what an event announces, and takes off what it announces no more."""
    stocks = await _locked(tx, event.organization, [event.id])
    if any(offer.waiting for offer in stocks.get(event.id, EMPTY).offers.values()):
        # There may be more seats; whatever the clock says, it is time to look.
        tx.schedule(PROMOTE, event.organization, event.id, EPOCH)
    if sale.types:
        await store.announce(tx, event, sale.types)
    await store.unlist(tx, event, sale.types)
    await inventory.announce(tx, event, sale.pools)
    await seats.announce(tx, event, sale.rows)


async def call_off(tx: Tx, event: Name, now: datetime) -> None:
    """Ends the sale of an event at once, and has its bookings cancelled in batches."""
    await store.lock_offers(tx, event)
    await store.call_off(tx, event)
    tx.schedule(CALL_OFF, event.organization, event.id, now)


async def forget_person(tx: Tx, person: str, now: datetime) -> None:
    """Has the names forgotten that somebody gave who is no more with us; the seats stay sold."""
    await tx.speak_for(person)
    for name in await store.naming(tx, person):
        tx.schedule(ERASE, name.organization, name.id, now)


async def cancel_some(tx: Tx, event: Name, now: datetime, size: int = BATCH) -> None:
    """Cancels the next bookings of an event that was called off, until none is left."""
    active = await _active(tx, event, own=None, size=size)
    await _cancel_all(tx, active, Cause.EVENT, now)
    if active:
        tx.schedule(CALL_OFF, event.organization, event.id, now)


async def _active(tx: Tx, event: Name, *, own: str | None, size: int = BATCH) -> Sequence[Booking]:
    """Bookings that have seats of an event, locked."""
    ids = await store.lock_active(tx, event, own=own, size=size)
    return await store.several(tx, event.organization, ids) if ids else []


async def _cancel_all(tx: Tx, active: Sequence[Booking], cause: Cause, now: datetime) -> None:
    """Cancels locked bookings of one event."""
    if not active:
        return
    after = [domain.cancel(booking, now) for booking in active]
    event = active[0].event
    stocks = await _locked(tx, event.organization, [event.id])
    await _turn(tx, list(zip(active, after, strict=True)), stocks, now)
    for booking in after:
        tx.publish(wire.cancelled(booking, cause), subject=BOOKINGS.format(booking.name))


# --- reading


async def get(tx: Tx, name: Name, *, own: str | None) -> Booking:
    found = await store.read(tx, name, own=own)
    if found is None:
        raise domain.BookingNotFound(BOOKINGS.format(name))
    return found


async def availability(tx: Tx, event: Name) -> Stock:
    """What an event has on sale, and its pools."""
    offers = await store.read_offers(tx, event)
    if not offers:
        raise domain.OfferNotFound(domain.EVENTS.format(event))
    pooled = any(offer.announced.pool for offer in offers.values())
    return Stock(offers, await inventory.read_pools(tx, event) if pooled else {})


async def page_of(tx: Tx, buyer: str, *, after: uuid.UUID, size: int) -> list[Booking]:
    """The caller's own bookings, of whatever organizations."""
    return await store.page_of(tx, buyer, after=after, size=size)


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
