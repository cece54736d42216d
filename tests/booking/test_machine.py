"""A model of the whole life of bookings, over the pure rules: in any order, nothing is oversold."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)

from services.booking import domain, seating
from services.booking.domain import Item, State
from services.booking.waitlist import domain as waitlist
from services.kit.ids import new_id
from services.kit.money import Money
from services.kit.names import Name
from tests.booking.builders import GIG, NOW, offer, offers, row

# The two first share a pool, in the last one sits.
KINDS = ("floor", "balcony", "stalls")
POOL = "house"
QUANTITIES = st.fixed_dictionaries({}, optional=dict.fromkeys(KINDS, st.integers(1, 4)))
BUYERS = [f"users/{uuid.UUID(int=n)}" for n in range(1, 4)]
ROWS = {("stalls", name): row("stalls", name, 6) for name in "AB"}
SEATS = [f"stalls/{name}/{n}" for name in "AB" for n in range(1, 7)]
LIMIT = 5
REFUSALS = (
    domain.SoldOut,
    domain.NotOnSale,
    domain.TooMany,
    domain.PromoCodeUsedUp,
    domain.PromoCodeInvalid,
    seating.SeatTaken,
)
NOBODY = uuid.UUID(int=0)


class Sale(RuleBasedStateMachine):
    """One event with three types, everybody who books there, and all the money that comes."""

    bookings = Bundle("bookings")
    receipts = Bundle("receipts")

    @initialize(
        capacities=st.tuples(st.integers(0, 12), st.integers(0, 12)), pool=st.integers(0, 15)
    )
    def announce(self, capacities, pool):
        self.now = NOW
        floor, balcony = (
            offer(kind, capacity=capacity, pool=POOL)
            for kind, capacity in zip(KINDS, capacities, strict=False)
        )
        stalls = offer("stalls", capacity=12, sections=("stalls",), per_person=LIMIT)
        promo = domain.Promo(NOBODY, "HALF", percent=50, most_uses=2, per_person=1)
        self.stock = offers(
            floor,
            balcony,
            stalls,
            pools={POOL: domain.Pool(POOL, pool)},
            rows=ROWS,
            promos={"HALF": promo},
        )
        self.known: dict[uuid.UUID, domain.Booking] = {}
        self.paid: dict[uuid.UUID, domain.Receipt] = {}
        self.given_back: set[uuid.UUID] = set()
        self.most = {kind: one.announced.capacity for kind, one in self.stock.offers.items()}
        self.most_of_pool = pool
        self.ledger: list[domain.Move] = []
        self.line: list[waitlist.Entry] = []

    def becomes(self, before, after):
        self.stock = domain.moved(self.stock, before, after)
        self.ledger += domain.moves(before, after)
        self.known[after.name.id] = after

    @rule(
        target=bookings,
        wanted=QUANTITIES.filter(bool),
        buyer=st.sampled_from(BUYERS),
        code=st.sampled_from(["", "", "half", "nonsense"]),
    )
    def hold(self, wanted, buyer, code):
        items = tuple(Item(kind, seats) for kind, seats in wanted.items())
        return self.order(items, buyer, code)

    @rule(
        target=bookings,
        wanted=st.lists(st.sampled_from(SEATS), min_size=1, max_size=3, unique=True),
        buyer=st.sampled_from(BUYERS),
    )
    def hold_those(self, wanted, buyer):
        return self.order((Item("stalls", len(wanted), tuple(wanted)),), buyer, "")

    def order(self, items, buyer, code):
        order = domain.Order(GIG, buyer, items, code)
        try:
            booking = domain.hold(new_id(), order, self.stock, self.now)
        except REFUSALS:
            return NOBODY
        assert not any(self.stock.waited_for(item.ticket_type) for item in items)
        self.becomes(None, booking)
        return booking.name.id

    @rule(
        kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True),
        quantity=st.integers(1, 4),
        person=st.sampled_from(BUYERS),
    )
    def join(self, kinds, quantity, person):
        if any(entry.person == person for entry in self.waiting()):
            return
        try:
            wish = waitlist.Wish(GIG, person, tuple(kinds), quantity)
            waitlist.require_sold_out(wish, self.stock, self.now)
        except (domain.NotOnSale, waitlist.SeatsLeft):
            return
        name, number = Name(GIG.organization, new_id()), len(self.line)
        state, times = waitlist.State.WAITING, (self.now, self.now)
        self.line.append(
            waitlist.Entry(name, GIG, person, tuple(kinds), quantity, number, state, *times)
        )
        self.count()

    @rule(place=st.integers(0, 20))
    def leave(self, place):
        waiting = self.waiting()
        if place < len(waiting):
            self.line[waiting[place].number] = waitlist.leave(waiting[place], self.now)
            self.count()

    @rule(skips=st.booleans())
    def promote(self, skips):
        served = waitlist.promote(self.waiting(), self.stock, self.now, skips=skips)
        for entry, order in served:
            made = domain.hold(new_id(), order, self.stock, self.now)
            held = waitlist.offer_of(made, self.now, waitlist.Policy())
            self.becomes(None, held)
            self.line[entry.number] = waitlist.offered(entry, held, self.now)
        self.count()
        for entry, order in served:
            kind = order.items[0].ticket_type
            ahead = [e for e in self.waiting() if e.number < entry.number]
            # In the stalls nobody keeps others waiting who may have no more seats there.
            if not skips and kind != "stalls":
                assert not any(kind in e.ticket_types for e in ahead)

    def waiting(self):
        return [entry for entry in self.line if entry.state is waitlist.State.WAITING]

    def count(self):
        for kind, one in self.stock.offers.items():
            number = sum(kind in entry.ticket_types for entry in self.waiting())
            self.put(kind, dataclasses.replace(one, waiting=number))

    @rule(booking=bookings, wanted=QUANTITIES.filter(bool))
    def change(self, booking, wanted):
        before = self.known.get(booking)
        if before is None:
            return
        items = tuple(Item(kind, seats) for kind, seats in wanted.items())
        without = domain.moved(
            self.stock, before, dataclasses.replace(before, state=State.CANCELLED)
        )
        try:
            after = domain.change(before, items, without, self.now)
        except (*REFUSALS, domain.WrongBookingState):
            return
        assert after.expire_time == before.expire_time or after.state is State.CONFIRMED
        self.becomes(before, after)

    @rule(booking=bookings)
    def extend(self, booking):
        before = self.known.get(booking)
        if before is None:
            return
        try:
            after = domain.extend(before, self.now)
        except domain.AlreadyExtended:
            assert before.extended
        except domain.WrongBookingState:
            assert before.state is not State.HELD or self.over(before)
        else:
            self.becomes(before, after)

    def over(self, booking):
        return booking.expire_time is not None and booking.expire_time <= self.now

    @rule(target=receipts, booking=bookings)
    def charge(self, booking):
        """Money that is on its way; it may come at any time, or twice."""
        if booking not in self.known:
            return None
        return booking, domain.Receipt(new_id(), self.known[booking].total)

    @rule(told=receipts)
    def settle(self, told):
        if told is None:
            return
        booking, receipt = told
        if receipt.payment in self.given_back:
            # The inbox hears a fact once; it is the money that was kept which may come again.
            return
        before = self.known[booking]
        after = domain.settle(before, receipt, self.stock, self.now)
        if after is None:
            self.given_back.add(receipt.payment)
        else:
            self.becomes(before, after)
            self.paid[receipt.payment] = receipt

    @rule(told=consumes(receipts))
    def lose(self, told):
        """Money that never comes after all."""

    @rule(booking=bookings)
    def cancel(self, booking):
        if booking not in self.known:
            return
        before = self.known[booking]
        try:
            after = domain.cancel(before, self.now)
        except domain.WrongBookingState:
            assert before.state is State.LAPSED
        else:
            self.becomes(before, after)

    @rule(minutes=st.integers(1, 20))
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule()
    def lapse(self):
        for before in list(self.known.values()):
            self.becomes(before, domain.lapse(before, self.now))

    @rule(kind=st.sampled_from(KINDS), capacity=st.integers(0, 12))
    def revise(self, kind, capacity):
        old = self.stock.offers[kind]
        announced = dataclasses.replace(old.announced, capacity=capacity)
        self.put(kind, dataclasses.replace(old, announced=announced))
        # What was taken when the capacity was cut may stay taken.
        self.most[kind] = max(capacity, old.held + old.sold)

    @rule(capacity=st.integers(0, 20))
    def revise_pool(self, capacity):
        pool = dataclasses.replace(self.stock.pools[POOL], capacity=capacity)
        self.stock = dataclasses.replace(self.stock, pools={POOL: pool})
        self.most_of_pool = max(capacity, pool.held + pool.sold)

    @rule()
    def call_off(self):
        for kind, one in self.stock.offers.items():
            self.put(kind, dataclasses.replace(one, cancelled=True))

    def put(self, kind, changed):
        found = {**self.stock.offers, kind: changed}
        self.stock = dataclasses.replace(self.stock, offers=found)

    @invariant()
    def nothing_is_oversold(self):
        for kind, one in self.stock.offers.items():
            assert one.held + one.sold <= self.most[kind]
            self.most[kind] = max(one.announced.capacity, one.held + one.sold)
        pool = self.stock.pools[POOL]
        assert pool.held + pool.sold <= self.most_of_pool
        self.most_of_pool = max(pool.capacity, pool.held + pool.sold)

    @invariant()
    def the_seats_are_those_of_the_bookings(self):
        for kind, one in self.stock.offers.items():
            assert (one.held, one.sold) == (
                self.seats(kind, State.HELD),
                self.seats(kind, State.CONFIRMED),
            )
        pool = self.stock.pools[POOL]
        pooled = [one for one in self.stock.offers.values() if one.announced.pool == POOL]
        assert pool.held == sum(one.held for one in pooled)
        assert pool.sold == sum(one.sold for one in pooled)

    @invariant()
    def an_offer_is_to_one_person(self):
        offered = [(e.booking, e.person) for e in self.line if e.booking is not None]
        assert len({booking for booking, _ in offered}) == len(offered)
        assert all(self.known[booking].buyer == person for booking, person in offered)

    @invariant()
    def nobody_shares_a_seat(self):
        seated = [seat for one in self.active() for seat in one.seats]
        assert len(seated) == len(set(seated))
        assert set(seated) == {
            one.name(index)
            for one in self.stock.rows.values()
            for index, seat in enumerate(one.seats)
            if seat.taken
        }

    @invariant()
    def nobody_has_more_than_one_person_may(self):
        for buyer in BUYERS:
            own = [one for one in self.active() if one.buyer == buyer]
            stalls = sum(i.quantity for one in own for i in one.items if i.ticket_type == "stalls")
            # Late money seats whoever paid again, whatever they have booked meanwhile.
            fresh = [one for one in own if one.update_time == one.create_time]
            assert stalls <= LIMIT or len(fresh) < len(own)

    @invariant()
    def a_code_is_used_as_often_as_it_may_be(self):
        promo = self.stock.promos["HALF"]
        assert promo.uses == sum(one.promo is not None for one in self.active()) <= promo.most_uses

    @invariant()
    def the_ledger_sums_to_the_inventory(self):
        for kind, one in self.stock.offers.items():
            steps = [step for step in self.ledger if step.ticket_type == kind]
            assert (one.held, one.sold) == (
                sum(step.held for step in steps),
                sum(step.sold for step in steps),
            )

    @invariant()
    def what_is_confirmed_is_paid(self):
        for booking in self.known.values():
            if booking.state is State.CONFIRMED:
                assert booking.payment is not None
                assert self.paid[booking.payment].amount == booking.total

    @invariant()
    def a_total_is_what_the_seats_cost_less_the_discount(self):
        for booking in self.known.values():
            whole = sum(one.price.minor * one.quantity for one in booking.items if one.price)
            off = booking.discount or Money("EUR", 0)
            assert booking.total == Money("EUR", whole) - off

    @invariant()
    def money_is_kept_or_given_back_and_never_both(self):
        assert not self.paid.keys() & self.given_back

    def active(self):
        return [one for one in self.known.values() if one.state in (State.HELD, State.CONFIRMED)]

    def seats(self, kind, state):
        return sum(
            item.quantity
            for booking in self.known.values()
            if booking.state is state
            for item in booking.items
            if item.ticket_type == kind
        )


TestSale = Sale.TestCase
TestSale.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
