"""A model of hold, pay and confirm between two services and a provider, over the real rules.

Facts travel late, workers die between any two steps, answers are lost after the provider acted,
webhooks come twice, in any order or never. Some tries are held until somebody decides, some
payments go back in part, some are disputed. Whatever happens: what came and did not go back is what
the confirmed bookings are worth, less what somebody gave back by hand, and everything ends.
"""

from __future__ import annotations

import dataclasses
import enum
import uuid

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.booking import domain as sales
from services.kit.money import Money
from services.kit.names import Name
from services.payment import domain
from services.payment.disputes import domain as quarrels
from services.payment.domain import CAPTURED, OPEN, UNDER_WAY, Outcome, Progress, Reason, Standing
from services.payment.ledger import domain as books
from tests.booking.builders import NOW, offer, offers, order

SEATS = 2
WAIT = sales.HOLD
# What a provider takes for a dispute beside its amount.
PRICE = 1500
# Why money goes back that nobody had to give back.
BY_HAND = (Reason.REQUESTED, Reason.FRAUDULENT)


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
        self.disputes: dict[uuid.UUID, quarrels.State] = {}

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
        gone = sum(
            minor
            for charge, minor, progress in self.refunds.values()
            if charge in attempts and progress is Progress.SUCCEEDED
        )
        return came - gone - sum(self.withdrawn(key) for key in attempts)

    def withdrawn(self, charge):
        """What it took for the dispute of a charge, if there is one that was not won."""
        state = self.disputes.get(charge, quarrels.State.WON)
        return 0 if state is quarrels.State.WON else self.amounts[charge] + PRICE


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
        # Tries that wait for somebody; disputes as they are known, by the charge; what was said of
        # them; refunds that failed and were begun again.
        self.held: set[uuid.UUID] = set()
        self.disputes: dict[uuid.UUID, quarrels.Dispute] = {}
        self.told: list[tuple[uuid.UUID, quarrels.Said]] = []
        self.again: set[uuid.UUID] = set()

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
    def buy_well(self):
        """What is planned for: everybody hears of everything, and there is a seat."""
        held = self.hold_one()
        if held is None:
            return
        while self.to_payment:
            self.payment_hears()
        begun = self.pay_for(held)
        if begun is None:
            return
        self.errand(("charge", begun))
        self.settle_one(begun, Progress.SUCCEEDED)
        self.hear_charge(begun, Outcome(Progress.SUCCEEDED))
        while self.to_booking:
            self.booking_hears()

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

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def pay_and_be_held(self, data):
        self.pay_for(data.draw(st.sampled_from(sorted(self.claims))), held=True)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), good=st.booleans())
    def decide(self, data, good):
        """Somebody looks at a try that a rule held, perhaps when its booking is over."""
        self.decide_one(data.draw(st.sampled_from(sorted(self.held))), good)

    def decide_one(self, id, good):
        self.held.discard(id)
        if good:
            self.due |= {("charge", id), ("find", id)}
        else:
            self.hear_charge(id, Outcome(Progress.FAILED))

    def pay_for(self, booking, *, held=False):
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
        if held:
            self.held.add(attempt.id)
        else:
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

    @property
    def refundable(self):
        return sorted(p.name.id for p in self.payments.values() if p.state in CAPTURED and p.left)

    @precondition(lambda self: self.refundable)
    @rule(data=st.data(), reason=st.sampled_from(BY_HAND))
    def give_back_some(self, data, reason):
        """Somebody gives a part back, or all, because they want to or because it looks stolen."""
        payment = self.payments[data.draw(st.sampled_from(self.refundable))]
        minor = data.draw(st.sampled_from(sorted({1, payment.left.minor // 2 or 1})))
        amount = Money(payment.amount.currency, minor) if data.draw(st.booleans()) else None
        wish = domain.Wish(payment.name, amount, reason)
        after, refund = domain.refund_some(payment, self.id(), wish, self.now)
        self.payments[payment.name.id] = after
        self.begin_refund(refund)

    def give_back(self, payments, reason):
        for payment in payments:
            promised = domain.promise(payment, payment.kept, self.now)
            self.payments[payment.name.id] = promised
            begun = domain.refund(promised, self.id(), reason, self.now)
            if begun is not None:
                self.payments[payment.name.id] = begun[0]
                self.begin_refund(begun[1])

    def begin_refund(self, refund):
        payment = self.payments[refund.payment.id]
        gone = payment.disputed + payment.refunding + payment.refunded
        assert refund.surplus or gone <= payment.amount.minor, "what a bank has goes back as well"
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

    @property
    def disputable(self):
        """Charges that brought what we know of."""
        found = (p for p in self.payments.values() if p.state in CAPTURED)
        return sorted(p.attempt for p in found if p.attempt not in self.provider.disputes)

    @precondition(lambda self: self.disputable)
    @rule(data=st.data(), heard=st.booleans())
    def provider_disputes(self, data, heard):
        key = data.draw(st.sampled_from(self.disputable))
        self.dispute_is(key, quarrels.State.NEEDS_RESPONSE)
        if heard:
            self.hear_dispute(*self.told.pop())

    @property
    def quarrelling(self):
        found = self.provider.disputes.items()
        return sorted(key for key, state in found if state not in quarrels.CLOSED)

    @precondition(lambda self: self.quarrelling)
    @rule(data=st.data(), state=st.sampled_from(list(quarrels.State)[1:]))
    def provider_decides(self, data, state):
        self.dispute_is(data.draw(st.sampled_from(self.quarrelling)), state)

    def dispute_is(self, key, state):
        self.provider.disputes[key] = state
        currency, withdrawn = "EUR", self.provider.withdrawn(key)
        said = quarrels.Said(
            state=state,
            amount=Money(currency, self.provider.amounts[key]),
            reason="fraudulent",
            due_time=None,
            withdrawn=Money(currency, withdrawn) if withdrawn else None,
            time=self.now,
        )
        self.told.append((key, said))

    @precondition(lambda self: self.told)
    @rule(data=st.data(), again=st.booleans())
    def dispute_webhook(self, data, again):
        at = data.draw(st.integers(0, len(self.told) - 1))
        self.hear_dispute(*(self.told[at] if again else self.told.pop(at)))

    def hear_dispute(self, key, said):
        attempt = self.attempts[key]
        payment, before = self.payments[attempt.payment.id], self.disputes.get(key)
        if before is None:
            name = Name(payment.name.organization, self.id())
            after = quarrels.opened(
                quarrels.Dispute(
                    name=name,
                    payment=payment.name,
                    attempt=key,
                    provider="sandbox",
                    reference=f"dp_{key}",
                    said=said,
                    create_time=self.now,
                    update_time=self.now,
                )
            )
        else:
            after = quarrels.hear(before, said, self.now)
            if after is before:
                return
        self.disputes[key] = after
        more = after.held - (before.held if before else 0)
        payment = self.payments[payment.name.id] = domain.contest(payment, more, self.now)
        owed = domain.repay(payment, self.id(), self.now)
        if owed is not None:
            self.payments[payment.name.id] = owed[0]
            self.begin_refund(owed[1])
        for booked in (
            books.withdrawal(payment, before, after),
            books.loss(payment, before, after),
        ):
            if booked is not None:
                self.book(booked)

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
    def never_more_goes_back_than_came(self):
        for payment in self.payments.values():
            assert payment.refunding + payment.refunded <= payment.amount.minor

    @invariant()
    def the_books_are_balanced(self):
        assert sum(entry.amount.minor for entry in self.entries) == 0

    def by_hand(self, attempts):
        """What went back of some charges that nobody had to give back."""
        return sum(
            refund.amount.minor
            for refund in self.refunds.values()
            if refund.attempt in attempts
            and refund.progress is Progress.SUCCEEDED
            and refund.reason in BY_HAND
            and not refund.surplus
        )

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
        for id in sorted(self.held):
            self.decide_one(id, good=False)
        for due in sorted(self.due):
            self.errand(due)
        for key in self.quarrelling:
            self.dispute_is(key, quarrels.State.WON)
        while self.told:
            self.hear_dispute(*self.told.pop())
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
            if refund.progress is not Progress.FAILED or refund.id in self.again:
                continue
            if refund.surplus:
                others = [r for r in self.refunds.values() if r.attempt == refund.attempt]
                if all(r.progress is Progress.FAILED for r in others):
                    again = dataclasses.replace(refund, id=self.id(), progress=Progress.PENDING)
                    self.begin_refund(again)
            else:
                self.begin_again(refund)

    def begin_again(self, refund):
        payment = self.payments[refund.payment.id]
        begun = domain.refund_part(payment, self.id(), refund.amount, refund.reason, self.now)
        # While a bank has the money, whoever was told waits.
        if begun is not None:
            self.again.add(refund.id)
            self.payments[payment.name.id] = begun[0]
            self.begin_refund(begun[1])

    def snapshot(self):
        return (
            dict(self.bookings),
            dict(self.payments),
            dict(self.attempts),
            dict(self.refunds),
            dict(self.provider.charges),
            dict(self.provider.refunds),
            dict(self.provider.disputes),
            dict(self.disputes),
            len(self.held),
            len(self.to_payment) + len(self.to_booking),
            set(self.due),
        )

    def everything_is_accounted_for(self):
        for id, booking in self.bookings.items():
            attempts = self.attempts_of(id)
            confirmed = booking.state is sales.State.CONFIRMED
            worth = booking.total.minor - self.by_hand(attempts) if confirmed else 0
            lost = sum(self.provider.withdrawn(key) for key in attempts)
            kept = self.provider.kept(attempts) + lost
            # What a bank took of what had to go back does not have to go back as well.
            assert kept == worth or (lost and worth < kept <= worth + lost)
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
