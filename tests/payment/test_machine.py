"""A model of one payment and a provider that says things late, twice, out of order, or never."""

from __future__ import annotations

import dataclasses
import uuid

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.kit.ids import new_id
from services.kit.money import Money
from services.payment import domain
from services.payment.domain import CAPTURED, Outcome, Progress, Reason, Standing, State
from tests.payment.builders import NOW, claim

ENDS = (Progress.SUCCEEDED, Progress.FAILED, Progress.CANCELLED)


class Paying(RuleBasedStateMachine):
    """What we know is in `payment`, `attempts` and `refunds`; what is true is with the provider."""

    @initialize()
    def open(self):
        self.claim = claim()
        self.payment = domain.open(new_id(), self.claim, "sandbox", NOW)
        self.attempts: dict[uuid.UUID, domain.Attempt] = {}
        self.refunds: dict[uuid.UUID, domain.Refund] = {}
        self.charged: dict[uuid.UUID, Progress] = {}
        self.returned: dict[uuid.UUID, Progress] = {}
        self.bounced: set[uuid.UUID] = set()
        self.captures = 0

    # --- we

    @rule()
    def confirm(self):
        try:
            self.payment, attempt = domain.confirm(
                self.payment, self.claim, attempt=new_id(), method="pm_card_visa", now=NOW
            )
        except (domain.WrongPaymentState, domain.BookingNotPayable):
            return
        self.attempts[attempt.id] = attempt
        self.charged[attempt.id] = Progress.PENDING

    @rule(standing=st.sampled_from([Standing.LAPSED, Standing.CANCELLED]))
    def end(self, standing):
        """The booking is no more."""
        self.claim = dataclasses.replace(self.claim, standing=standing, expire_time=None)
        self.payment = domain.wind_up(self.payment, NOW)
        if standing is Standing.CANCELLED:
            self.give_back()

    @precondition(lambda self: self.claim.standing is not Standing.HELD)
    @rule()
    def forfeit(self):
        self.give_back()

    def give_back(self):
        begun = domain.refund(self.payment, new_id(), Reason.BOOKING_CANCELLED, NOW)
        if begun is not None:
            self.begin(*begun)

    @rule(cents=st.integers(1, 3000))
    def refund_some(self, cents):
        wish = domain.Wish(self.payment.name, Money("EUR", cents), Reason.REQUESTED)
        try:
            begun = domain.refund_some(self.payment, new_id(), wish, NOW)
        except domain.WrongPaymentState:
            assert self.payment.state not in CAPTURED
        except domain.RefundTooLarge:
            assert cents > self.payment.left.minor
        else:
            self.begin(*begun)

    def begin(self, payment, refund):
        self.payment, self.refunds[refund.id] = payment, refund
        self.returned[refund.id] = Progress.PENDING

    # --- the provider

    @precondition(lambda self: self.charged)
    @rule(data=st.data(), end=st.sampled_from(ENDS))
    def settle(self, data, end):
        """A charge ends; now and then one that was declined succeeds after all."""
        attempt = data.draw(st.sampled_from(sorted(self.charged)))
        if self.charged[attempt] in (Progress.PENDING, Progress.FAILED):
            self.charged[attempt] = end

    @precondition(lambda self: self.returned)
    @rule(data=st.data(), end=st.sampled_from(ENDS[:2]))
    def settle_refund(self, data, end):
        refund = data.draw(st.sampled_from(sorted(self.returned)))
        if self.returned[refund] is Progress.PENDING:
            self.returned[refund] = end

    @precondition(lambda self: self.returned)
    @rule(data=st.data())
    def bounce(self, data):
        """A bank sends back what had gone back."""
        refund = data.draw(st.sampled_from(sorted(self.returned)))
        if self.returned[refund] is Progress.SUCCEEDED:
            self.returned[refund] = Progress.FAILED
            self.bounced.add(refund)

    # --- what we hear: the truth of now, or an older one, any number of times

    @precondition(lambda self: self.charged)
    @rule(data=st.data(), stale=st.booleans())
    def hear(self, data, stale):
        id = data.draw(st.sampled_from(sorted(self.charged)))
        said = Outcome(Progress.PENDING if stale else self.charged[id])
        before = self.payment
        self.payment, attempt = domain.hear(before, self.attempts[id], said, NOW)
        news = attempt is not self.attempts[id]
        self.attempts[id] = attempt
        if self.payment.state in CAPTURED and before.state not in CAPTURED:
            self.captures += 1
        elif news and domain.surplus(self.payment, attempt):
            self.begin(self.payment, domain.return_surplus(before, attempt, new_id(), NOW))

    @precondition(lambda self: self.returned)
    @rule(data=st.data(), stale=st.booleans())
    def hear_refund(self, data, stale):
        id = data.draw(st.sampled_from(sorted(self.returned)))
        # What was true before a refund bounced may be heard after it.
        older = Progress.SUCCEEDED if id in self.bounced else Progress.PENDING
        said = Outcome(older if stale else self.returned[id])
        self.payment, self.refunds[id] = domain.hear_refund(
            self.payment, self.refunds[id], said, NOW
        )

    # --- what always holds

    @invariant()
    def money_is_told_to_have_come_at_most_once(self):
        assert self.captures <= 1
        assert (self.captures == 1) == (self.payment.state in CAPTURED)

    @invariant()
    def no_more_goes_back_than_came(self):
        """Of every attempt, counted anew from its refunds; and the payment's own count is right."""
        payment = self.payment
        for attempt in self.attempts.values():
            came = payment.amount.minor if attempt.progress is Progress.SUCCEEDED else 0
            going = self.sum_of(attempt.id, Progress.PENDING)
            gone = self.sum_of(attempt.id, Progress.SUCCEEDED)
            assert going + gone <= came
            if attempt.id == payment.attempt and payment.state in CAPTURED:
                assert (payment.refunding, payment.refunded) == (going, gone)
                assert (payment.state is State.REFUNDED) == (gone == came)

    def sum_of(self, attempt, progress):
        found = self.refunds.values()
        return sum(r.amount.minor for r in found if r.attempt == attempt and r.progress is progress)

    @invariant()
    def what_was_paid_in_vain_goes_back(self):
        for attempt in self.attempts.values():
            if domain.surplus(self.payment, attempt):
                assert [r for r in self.refunds.values() if r.attempt == attempt.id and r.surplus]

    @invariant()
    def one_attempt_is_under_way_at_most(self):
        pending = [a for a in self.attempts.values() if a.progress is Progress.PENDING]
        assert len(pending) <= 1 or self.payment.state in CAPTURED

    @invariant()
    def what_we_know_is_true_or_was(self):
        for id, attempt in self.attempts.items():
            if attempt.progress is Progress.SUCCEEDED:
                assert self.charged[id] is Progress.SUCCEEDED
        for id, refund in self.refunds.items():
            if refund.progress is Progress.FAILED:
                assert self.returned[id] is Progress.FAILED


TestPaying = Paying.TestCase
TestPaying.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
