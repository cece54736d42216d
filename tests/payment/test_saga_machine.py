"""A model of hold, pay and confirm between two services and a provider, over the real rules.

Facts travel late, workers die between any two steps, answers are lost after the provider acted,
webhooks come twice, in any order or never. Whatever happens: what came and did not go back is
what the confirmed bookings are worth, and everything ends.
"""

from __future__ import annotations

import dataclasses
import enum
import uuid

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.booking import domain as sales
from services.payment import domain
from services.payment.domain import CAPTURED, OPEN, UNDER_WAY, Outcome, Progress, Reason, Standing
from services.payment.ledger import domain as books
from tests.booking.builders import NOW, offer, offers, order

SEATS = 2
WAIT = sales.HOLD


class Death(enum.Enum):
    """When a worker dies that asks the provider for something."""

    NEVER = "never"
    BEFORE = "before the provider heard of it"
    # Or the answer timed out: who asked knows nothing.
    AFTER = "before the answer was written down"


class Provider:
    """What is true. The same key is the same charge, and a stopped one never begins."""

    def __init__(self):
        self.charges: dict[uuid.UUID, Progress] = {}
        self.refunds: dict[uuid.UUID, tuple[uuid.UUID, int, Progress]] = {}
        self.amounts: dict[uuid.UUID, int] = {}

    def charge(self, key, amount):
        self.amounts[key] = amount
        return Outcome(self.charges.setdefault(key, Progress.PENDING))

    def cancel(self, key):
        if self.charges.get(key, Progress.PENDING) is Progress.PENDING:
            self.charges[key] = Progress.CANCELLED
        return Outcome(self.charges[key])

    def find(self, key):
        return Outcome(self.charges.get(key, Progress.PENDING))

    def refund(self, key, charge, amount):
        if key not in self.refunds:
            gone = sum(m for c, m, p in self.refunds.values() if c == charge and p in GOING)
            good = self.charges.get(charge) is Progress.SUCCEEDED
            fits = good and gone + amount <= self.amounts[charge]
            assert fits, "more is asked back than came"
            self.refunds[key] = charge, amount, Progress.PENDING
        return Outcome(self.refunds[key][2])

    def kept(self, attempts):
        """What came of some charges and did not go back."""
        came = sum(
            self.amounts[key] for key in attempts if self.charges.get(key) is Progress.SUCCEEDED
        )
        return came - sum(
            minor
            for charge, minor, progress in self.refunds.values()
            if charge in attempts and progress is Progress.SUCCEEDED
        )


GOING = (Progress.PENDING, Progress.SUCCEEDED)


class Saga(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.now, self.count = NOW, 0
        self.stock = offers(offer(capacity=SEATS))
        self.bookings: dict[uuid.UUID, sales.Booking] = {}
        self.claims: dict[uuid.UUID, domain.Claim] = {}
        self.payments: dict[uuid.UUID, domain.Payment] = {}
        self.attempts: dict[uuid.UUID, domain.Attempt] = {}
        self.refunds: dict[uuid.UUID, domain.Refund] = {}
        self.provider = Provider()
        # Facts on their way, in their order; work that is due; webhooks that were sent.
        self.to_payment: list[tuple[str, uuid.UUID, uuid.UUID]] = []
        self.to_booking: list[tuple[uuid.UUID, uuid.UUID]] = []
        self.due: set[tuple[str, uuid.UUID]] = set()
        self.notices: list[tuple[str, uuid.UUID, Progress]] = []
        self.entries: list[books.Posting] = []

    def id(self):
        """The next id: the same ones in every run of the same example."""
        self.count += 1
        return uuid.UUID(int=self.count)

    # --- booking

    @rule()
    def hold(self):
        self.hold_one()

    def hold_one(self):
        try:
            made = sales.hold(self.id(), order(1), self.stock, self.now)
        except sales.SoldOut:
            return None
        self.turn(None, made)
        self.to_payment.append(("held", made.name.id, made.name.id))
        return made.name.id

    @rule(death=st.sampled_from(Death), settled=st.booleans())
    def buy(self, death, settled):
        """What most people do: they hold, and pay while they do."""
        held = self.hold_one()
        if held is None:
            return
        while self.to_payment:
            self.payment_hears()
        begun = self.pay_for(held)
        if begun is not None:
            self.errand(("charge", begun), death)
        if settled and self.provider.charges.get(begun) is Progress.PENDING:
            self.settle_one(begun, Progress.SUCCEEDED)

    @rule()
    def wait(self):
        """Every hold that there is comes to its end."""
        self.now += WAIT

    @precondition(lambda self: self.bookings)
    @rule(data=st.data())
    def lapse(self, data):
        self.lapse_one(data.draw(st.sampled_from(sorted(self.bookings))))

    def lapse_one(self, id):
        before = self.bookings[id]
        after = sales.lapse(before, self.now)
        if after is not before:
            self.turn(before, after)
            self.to_payment.append(("lapsed", id, id))

    @precondition(lambda self: self.bookings)
    @rule(data=st.data())
    def cancel(self, data):
        before = self.bookings[data.draw(st.sampled_from(sorted(self.bookings)))]
        if before.state in (sales.State.HELD, sales.State.CONFIRMED):
            self.turn(before, sales.cancel(before, self.now))
            self.to_payment.append(("cancelled", before.name.id, before.name.id))

    def turn(self, before, after):
        self.stock = sales.moved(self.stock, before, after)
        self.bookings[after.name.id] = after

    @precondition(lambda self: self.to_booking)
    @rule()
    def booking_hears(self):
        id, payment = self.to_booking.pop(0)
        before = self.bookings[id]
        receipt = sales.Receipt(payment, before.total)
        after = sales.settle(before, receipt, self.stock, self.now)
        if after is None:
            self.to_payment.append(("forfeited", id, payment))
        elif after is not before:
            assert before.state is not sales.State.CONFIRMED
            self.turn(before, after)
            self.to_payment.append(("confirmed", id, id))

    # --- payment

    @precondition(lambda self: self.to_payment)
    @rule()
    def payment_hears(self):
        what, id, payment = self.to_payment.pop(0)
        booking = self.bookings[id]
        if what == "held":
            self.claims[id] = domain.Claim(
                booking.name,
                booking.buyer,
                booking.total,
                Standing.HELD,
                expire_time=booking.create_time + WAIT,
            )
            return
        if what == "forfeited":
            self.give_back([self.payments[payment]], Reason.LATE)
            return
        self.claims[id] = dataclasses.replace(
            self.claims[id], standing=Standing(what), expire_time=None
        )
        for open_ in [p for p in self.of(id) if p.state in OPEN]:
            after = domain.wind_up(open_, self.now)
            self.payments[open_.name.id] = after
            if after is open_ and open_.attempt:
                self.due.add(("cancel", open_.attempt))
        if what == "cancelled":
            self.give_back(self.of(id), Reason.BOOKING_CANCELLED)

    def of(self, booking):
        return [p for p in self.payments.values() if p.booking.id == booking]

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def pay(self, data):
        self.pay_for(data.draw(st.sampled_from(sorted(self.claims))))

    def pay_for(self, booking):
        """Opens the payment of a booking, if there is none, and confirms it."""
        claim = self.claims[booking]
        mine = self.of(claim.booking.id)
        known = [p for p in mine if p.state in OPEN]
        if claim.standing is Standing.HELD:
            known += [p for p in mine if p.state is domain.State.SUCCEEDED]
        try:
            payment = known[0] if known else domain.open(self.id(), claim, "sandbox", self.now)
            after, attempt = domain.confirm(
                payment, claim, attempt=self.id(), method="pm_card_visa", now=self.now
            )
        except (domain.WrongPaymentState, domain.BookingNotPayable):
            return None
        self.payments[after.name.id], self.attempts[attempt.id] = after, attempt
        self.due |= {("charge", attempt.id), ("find", attempt.id)}
        return attempt.id

    @precondition(lambda self: self.due)
    @rule(data=st.data(), death=st.sampled_from(Death))
    def work(self, data, death):
        self.errand(data.draw(st.sampled_from(sorted(self.due))), death)

    def errand(self, due, death=Death.NEVER):
        """Asks the provider outside of any transaction; who dies leaves it to the next one."""
        kind, id = due
        if kind in ("refund", "find-refund"):
            outcome = self.ask_refund(id, death)
            hear = self.hear_refund
        else:
            outcome = self.ask_charge(kind, id, death)
            hear = self.hear_charge
        if death is not Death.NEVER:
            return
        if outcome is not None:
            hear(id, outcome)
        if outcome is None or outcome.progress is not Progress.PENDING or "find" not in kind:
            self.due.discard(due)

    def ask_charge(self, kind, id, death):
        attempt = self.attempts[id]
        payment = self.payments[attempt.payment.id]
        claim = self.claims[payment.booking.id]
        if attempt.progress is not Progress.PENDING or death is Death.BEFORE:
            return None
        if kind == "charge":
            if claim.standing is not Standing.HELD:
                return None
            return self.provider.charge(id, payment.amount.minor)
        return self.provider.cancel(id) if kind == "cancel" else self.provider.find(id)

    def ask_refund(self, id, death):
        refund = self.refunds[id]
        if refund.progress is not Progress.PENDING or death is Death.BEFORE:
            return None
        return self.provider.refund(id, refund.attempt, refund.amount.minor)

    def hear_charge(self, id, outcome):
        attempt = self.attempts[id]
        before = self.payments[attempt.payment.id]
        after, known = domain.hear(before, attempt, outcome, self.now)
        if known is attempt:
            return
        self.attempts[id], self.payments[before.name.id] = known, after
        if after is not before:
            if after.state is domain.State.SUCCEEDED:
                self.book(books.capture(after))
                self.to_booking.append((after.booking.id, after.name.id))
            if before.state in UNDER_WAY and before.attempt not in (None, id):
                self.due.add(("cancel", before.attempt))
        elif domain.surplus(after, known):
            self.book(books.surplus(after, known))
            self.begin_refund(domain.return_surplus(after, known, self.id(), self.now))

    def give_back(self, payments, reason):
        for payment in payments:
            begun = domain.refund(payment, self.id(), reason, self.now)
            if begun is not None:
                self.payments[payment.name.id] = begun[0]
                self.begin_refund(begun[1])

    def begin_refund(self, refund):
        self.refunds[refund.id] = refund
        self.due |= {("refund", refund.id), ("find-refund", refund.id)}

    def hear_refund(self, id, outcome):
        refund = self.refunds[id]
        before = self.payments[refund.payment.id]
        after, known = domain.hear_refund(before, refund, outcome, self.now)
        if known is refund:
            return
        self.payments[before.name.id], self.refunds[id] = after, known
        if known.progress is Progress.SUCCEEDED:
            self.book(books.refund(after, known))
        elif refund.progress is Progress.SUCCEEDED:
            self.book(books.reversal(after, known))

    def book(self, transaction):
        self.entries += transaction.postings

    # --- the provider

    @precondition(lambda self: Progress.PENDING in self.provider.charges.values())
    @rule(data=st.data(), end=st.sampled_from([Progress.SUCCEEDED, Progress.FAILED]))
    def provider_settles(self, data, end):
        pending = [k for k, p in self.provider.charges.items() if p is Progress.PENDING]
        self.settle_one(data.draw(st.sampled_from(sorted(pending))), end)

    def settle_one(self, key, end):
        self.provider.charges[key] = end
        self.notices.append(("charge", key, end))

    @precondition(lambda self: self.returning)
    @rule(data=st.data(), end=st.sampled_from([Progress.SUCCEEDED, Progress.FAILED]))
    def provider_returns(self, data, end):
        self.return_one(data.draw(st.sampled_from(sorted(self.returning))), end)

    @property
    def returning(self):
        found = self.provider.refunds.items()
        return [key for key, (_, _, progress) in found if progress is Progress.PENDING]

    def return_one(self, key, end):
        charge, minor, _ = self.provider.refunds[key]
        self.provider.refunds[key] = charge, minor, end
        self.notices.append(("refund", key, end))

    @precondition(lambda self: self.notices)
    @rule(data=st.data(), again=st.booleans())
    def webhook(self, data, again):
        """Any of those that were sent, in any order; some come again, and some never."""
        at = data.draw(st.integers(0, len(self.notices) - 1))
        subject, key, progress = self.notices[at] if again else self.notices.pop(at)
        hear = self.hear_charge if subject == "charge" else self.hear_refund
        hear(key, Outcome(progress))

    # --- what always holds

    @invariant()
    def no_booking_is_confirmed_unpaid(self):
        for booking in self.bookings.values():
            if booking.state is sales.State.CONFIRMED:
                attempts = self.attempts_of(booking.name.id)
                charged = [self.provider.charges.get(key) for key in attempts]
                assert Progress.SUCCEEDED in charged

    @invariant()
    def no_seat_is_sold_twice(self):
        taken = (sales.State.HELD, sales.State.CONFIRMED)
        assert sum(b.state in taken for b in self.bookings.values()) <= SEATS

    @invariant()
    def no_payment_is_captured_twice(self):
        """What comes a second time is known to be surplus, and goes back."""
        for payment in self.payments.values():
            if payment.state not in CAPTURED:
                continue
            for attempt in self.attempts.values():
                other = attempt.payment == payment.name and attempt.id != payment.attempt
                if other and attempt.progress is Progress.SUCCEEDED:
                    assert [r for r in self.refunds.values() if r.attempt == attempt.id]

    @invariant()
    def the_books_are_balanced(self):
        assert sum(entry.amount.minor for entry in self.entries) == 0

    def attempts_of(self, booking):
        mine = {payment.name for payment in self.of(booking)}
        return {a.id for a in self.attempts.values() if a.payment in mine}

    # --- and in the end

    def teardown(self):
        if not hasattr(self, "bookings"):
            return
        self.now += WAIT
        for _ in range(40):
            if not self.settle_down():
                break
        else:
            raise AssertionError("it does not come to an end")
        self.everything_is_accounted_for()

    def settle_down(self):
        """Lets everybody do what there is to do; says whether there was anything."""
        before = self.snapshot()
        for id in sorted(self.bookings):
            self.lapse_one(id)
        while self.to_payment or self.to_booking:
            self.payment_hears() if self.to_payment else self.booking_hears()
        for due in sorted(self.due):
            self.errand(due)
        for key, progress in self.provider.charges.items():
            if progress is Progress.PENDING:
                self.provider.charges[key] = Progress.SUCCEEDED
        for key in self.returning:
            self.return_one(key, Progress.SUCCEEDED)
        self.finance_begins_again()
        return self.snapshot() != before

    def finance_begins_again(self):
        """A refund that failed reopens the debt: somebody who was told of it begins another."""
        for refund in list(self.refunds.values()):
            if refund.progress is not Progress.FAILED:
                continue
            payment = self.payments[refund.payment.id]
            if refund.surplus:
                others = [r for r in self.refunds.values() if r.attempt == refund.attempt]
                if all(r.progress is Progress.FAILED for r in others):
                    again = dataclasses.replace(refund, id=self.id(), progress=Progress.PENDING)
                    self.begin_refund(again)
            elif payment.left:
                self.give_back([payment], Reason.REQUESTED)

    def snapshot(self):
        return (
            dict(self.bookings),
            dict(self.payments),
            dict(self.attempts),
            dict(self.refunds),
            dict(self.provider.charges),
            dict(self.provider.refunds),
            len(self.to_payment) + len(self.to_booking),
            set(self.due),
        )

    def everything_is_accounted_for(self):
        for id, booking in self.bookings.items():
            worth = booking.total.minor if booking.state is sales.State.CONFIRMED else 0
            assert self.provider.kept(self.attempts_of(id)) == worth
            assert booking.state is not sales.State.HELD
        ended = {*CAPTURED, domain.State.CANCELLED, domain.State.FAILED}
        for payment in self.payments.values():
            assert payment.state in ended
            assert not payment.refunding
        assert not [a for a in self.attempts.values() if a.progress is Progress.PENDING]
        assert not [r for r in self.refunds.values() if r.progress is Progress.PENDING]
        held = sum(e.amount.minor for e in self.entries if e.account == "provider-sandbox")
        assert held == self.provider.kept(set(self.attempts))


TestSaga = Saga.TestCase
TestSaga.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
