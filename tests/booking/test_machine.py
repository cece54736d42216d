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

from services.booking import domain
from services.booking.domain import State
from services.kit.ids import new_id
from tests.booking.builders import NOW, offer, offers, order

KINDS = ("floor", "balcony")
QUANTITIES = st.fixed_dictionaries({}, optional=dict.fromkeys(KINDS, st.integers(1, 4)))


class Sale(RuleBasedStateMachine):
    """One event with two types, everybody who books there, and all the money that comes."""

    bookings = Bundle("bookings")
    receipts = Bundle("receipts")

    @initialize(capacities=st.tuples(st.integers(0, 12), st.integers(0, 12)))
    def announce(self, capacities):
        self.now = NOW
        self.offers = offers(
            *(offer(k, capacity=c) for k, c in zip(KINDS, capacities, strict=True))
        )
        self.known: dict[uuid.UUID, domain.Booking] = {}
        self.paid: dict[uuid.UUID, domain.Receipt] = {}
        self.given_back: set[uuid.UUID] = set()
        self.most = {k: o.announced.capacity for k, o in self.offers.items()}

    def becomes(self, before, after):
        self.offers = domain.moved(self.offers, domain.moves(before, after))
        self.known[after.name.id] = after

    @rule(target=bookings, wanted=QUANTITIES.filter(bool))
    def hold(self, wanted):
        (kind, seats), *more = wanted.items()
        free = {k: o.free for k, o in self.offers.items()}
        try:
            booking = domain.hold(new_id(), order(seats, kind, **dict(more)), self.offers, self.now)
        except domain.SoldOut:
            assert any(seats > free[kind] for kind, seats in wanted.items())
            return uuid.UUID(int=0)
        except domain.NotOnSale:
            assert any(not o.on_sale(self.now) for o in self.offers.values())
            return uuid.UUID(int=0)
        self.becomes(None, booking)
        return booking.name.id

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
        after = domain.settle(before, receipt, self.offers, self.now)
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
        old = self.offers[kind]
        announced = dataclasses.replace(old.announced, capacity=capacity)
        self.offers = {**self.offers, kind: dataclasses.replace(old, announced=announced)}
        # What was taken when the capacity was cut may stay taken.
        self.most[kind] = max(capacity, old.held + old.sold)

    @rule()
    def call_off(self):
        self.offers = {k: dataclasses.replace(o, cancelled=True) for k, o in self.offers.items()}

    @invariant()
    def nothing_is_oversold(self):
        for kind, one in self.offers.items():
            assert one.held + one.sold <= self.most[kind]
            self.most[kind] = max(one.announced.capacity, one.held + one.sold)

    @invariant()
    def the_seats_are_those_of_the_bookings(self):
        for kind, one in self.offers.items():
            assert (one.held, one.sold) == (
                self.seats(kind, State.HELD),
                self.seats(kind, State.CONFIRMED),
            )

    @invariant()
    def what_is_confirmed_is_paid(self):
        for booking in self.known.values():
            if booking.state is State.CONFIRMED:
                assert booking.payment is not None
                assert self.paid[booking.payment].amount == booking.total

    @invariant()
    def money_is_kept_or_given_back_and_never_both(self):
        assert not self.paid.keys() & self.given_back

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
