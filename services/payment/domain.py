"""The rules of payment. Plain values in, plain values out: no clock, no chance, no gRPC, no SQL."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.money import Money, scale
from services.kit.names import Collection, Name

BOOKINGS = Collection("bookings", "turnout.app/Booking")
EVENTS = Collection("events", "turnout.app/Event")
PAYMENTS = Collection("payments", "turnout.app/Payment")
REFUNDS = Collection("refunds", "turnout.app/Refund")
PARTICIPANTS = Collection("participants", "turnout.app/Participant")


class Standing(enum.Enum):
    """Where the booking stands that is to be paid."""

    HELD = "held"
    CONFIRMED = "confirmed"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class State(enum.Enum):
    REQUIRES_METHOD = "requires_method"
    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


# What provider money has that came by transfer or at the door.
OFFLINE = "offline"

# The provider has something in hand.
UNDER_WAY = frozenset({State.PROCESSING, State.REQUIRES_ACTION, State.AUTHORIZED})
# Something may still be charged.
OPEN = UNDER_WAY | {State.REQUIRES_METHOD, State.FAILED}
# The money came, whatever became of it.
CAPTURED = frozenset({State.SUCCEEDED, State.REFUNDING, State.REFUNDED})


class Progress(enum.Enum):
    """How far something is that a provider was asked to do."""

    PENDING = "pending"
    # Who pays has to do something first.
    CHALLENGED = "challenged"
    # The money is reserved, and waits to be taken.
    AUTHORIZED = "authorized"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUCCEEDED = "succeeded"


# How far something may be that has not ended.
GOING = frozenset({Progress.PENDING, Progress.CHALLENGED, Progress.AUTHORIZED})
# What a provider says is believed only if it says more than we know: notices come twice and in
# any order, and that money moved is final. Who pays may be asked for something more than once.
RANK = {
    Progress.PENDING: 0,
    Progress.CHALLENGED: 0,
    Progress.AUTHORIZED: 1,
    Progress.FAILED: 2,
    Progress.CANCELLED: 2,
    Progress.SUCCEEDED: 3,
}
# Of a refund the failure is final: a bank may return what had gone back.
REFUND_RANK = {
    Progress.PENDING: 0,
    Progress.SUCCEEDED: 1,
    Progress.FAILED: 2,
    Progress.CANCELLED: 2,
}


class Reason(enum.Enum):
    """Why money goes back."""

    REQUESTED = "requested"
    DUPLICATE = "duplicate"
    FRAUDULENT = "fraudulent"
    BOOKING_CANCELLED = "booking_cancelled"
    LATE = "late"
    EVENT_CANCELLED = "event_cancelled"


class Cause(enum.Enum):
    """Who ended a booking, or a part of it."""

    BUYER = "buyer"
    ORGANIZER = "organizer"
    EVENT = "event"


# All of it, in hundredths of a percent.
WHOLE = 10_000


@dataclass(frozen=True)
class Tier:
    """A share, in hundredths of a percent, for who is at least so many days early."""

    days: int
    share: int


@dataclass(frozen=True)
class Outcome:
    """What a provider says of a charge or a refund."""

    progress: Progress
    # How the provider calls it. May be empty.
    reference: str = ""
    # Why it failed, or the try before, in the provider's words. Empty unless it did.
    failure: str = ""
    # What who pays has to do, sealed by the provider, which opens it. Empty unless it is that.
    action: bytes = field(default=b"", repr=False)
    # What was taken of a charge that succeeded; None is all of it.
    taken: Money | None = None


@dataclass(frozen=True)
class Posted:
    """What a provider sent, as it came."""

    organization: uuid.UUID
    provider: str
    # The provider's id of it.
    reference: str
    body: bytes


@dataclass(frozen=True)
class Item:
    """Seats of one type that are to be paid, and what one costs, in minor units."""

    ticket_type: str
    quantity: int
    minor: int


@dataclass(frozen=True)
class Claim:
    """What is to be paid for a booking, as booking says."""

    booking: Name
    buyer: str
    total: Money
    standing: Standing
    # When the hold lapses; None unless it is held.
    expire_time: datetime | None = None
    # What it is for; None of what was told before that was kept.
    event: uuid.UUID | None = None
    # What was booked, if that was told.
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Payment:
    name: Name
    booking: Name
    payer: str
    amount: Money
    state: State
    provider: str
    create_time: datetime
    update_time: datetime
    # The latest attempt, or the one that captured the money.
    attempt: uuid.UUID | None = None
    # Why the last attempt failed.
    failure: str = ""
    capture_time: datetime | None = None
    # What is on its way back, and what went back, in minor units.
    refunding: int = 0
    refunded: int = 0
    # What it is for, if booking said so.
    event: uuid.UUID | None = None
    # What goes back to who gives seats back; None is everything.
    terms: tuple[Tier, ...] | None = None
    # What banks have or kept because the owner of a card does not accept it, in minor units.
    disputed: int = 0
    # What has to go back once no bank has it any more, in minor units.
    owing: int = 0
    # Which account with the provider it goes through; None is the provider's only one.
    account: uuid.UUID | None = None
    # What who pays has to do, as the provider sealed it. Empty unless there is something.
    action: bytes = field(default=b"", repr=False)
    # What the platform keeps of it, in minor units.
    fee: int = 0
    version: int = 1

    @property
    def left(self) -> Money:
        """What could still go back."""
        return Money(self.amount.currency, max(0, self.kept.minor - self.disputed))

    @property
    def kept(self) -> Money:
        """What neither went back nor is on its way, though a bank may have it."""
        gone = self.refunding + self.refunded
        return Money(self.amount.currency, self.amount.minor - gone)


@dataclass(frozen=True)
class Attempt:
    """One try to charge. Its id is the idempotency key for the provider."""

    id: uuid.UUID
    payment: Name
    # What to charge, as the provider names it.
    method: str
    provider: str
    create_time: datetime
    progress: Progress = Progress.PENDING
    reference: str = ""
    failure: str = ""
    account: uuid.UUID | None = None
    # Where a browser goes back to that had to leave for the provider's page. May be empty.
    return_uri: str = ""
    # How much is to be taken of what is reserved; None while nobody asked for it.
    capture: Money | None = None


@dataclass(frozen=True)
class Refund:
    """Money of one attempt on its way back. Its id is the idempotency key for the provider."""

    id: uuid.UUID
    payment: Name
    attempt: uuid.UUID
    amount: Money
    provider: str
    create_time: datetime
    update_time: datetime
    reason: Reason
    note: str = ""
    # Who began it; empty when we did.
    creator: str = ""
    # It returns what an attempt brought beside the one that counts.
    surplus: bool = False
    progress: Progress = Progress.PENDING
    reference: str = ""
    failure: str = ""
    version: int = 1

    @property
    def name(self) -> Name:
        return Name(self.payment.organization, self.id)


@dataclass(frozen=True)
class Wish:
    """What somebody wants to give back; None is all that is left."""

    payment: Name
    amount: Money | None
    reason: Reason
    note: str = ""
    creator: str = ""


class BookingNotFound(errors.NotFound):
    message = "there is no booking {booking} to pay for, or not yet; try again in a moment"
    booking: str


class BookingNotPayable(errors.Unmet):
    message = "nothing is to be paid for {booking}, which is {state}"
    booking: str
    state: str


class PaymentNotFound(errors.NotFound):
    message = "there is no payment {payment}"
    payment: str


class WrongPaymentState(errors.Unmet):
    message = "{payment} is {state}"
    payment: str
    state: str


class RefundNotFound(errors.NotFound):
    message = "there is no refund {refund}"
    refund: str


class RefundTooLarge(errors.Unmet):
    message = "of {payment} there is {left} left to give back"
    payment: str
    left: str


class NoProvider(errors.Unmet):
    message = "{payment} is paid by transfer or at the door: the organization has no provider"
    payment: str


class BadCapture(errors.Invalid):
    """An amount that cannot be taken of what is reserved."""


class WrongRefundState(errors.Unmet):
    message = "{refund} is {state}, or not for us to give"
    refund: str
    state: str


class BadRefund(errors.Invalid):
    """A refund that could be of no payment, or not of this one."""


# --- paying


def open(
    id: uuid.UUID,
    claim: Claim,
    provider: str,
    now: datetime,
    *,
    terms: tuple[Tier, ...] | None = None,
    account: uuid.UUID | None = None,
    fee: int = 0,
) -> Payment:
    """Opens the payment of a booking that is held."""
    check_payable(claim, now)
    return Payment(
        name=Name(claim.booking.organization, id),
        booking=claim.booking,
        payer=claim.buyer,
        amount=claim.total,
        state=State.REQUIRES_METHOD,
        provider=provider,
        create_time=now,
        update_time=now,
        event=claim.event,
        terms=terms,
        account=account,
        fee=fee,
    )


def check_payable(claim: Claim, now: datetime) -> None:
    """Refuses what is not held any more, or costs nothing."""
    over = claim.expire_time is not None and claim.expire_time <= now
    standing = Standing.LAPSED if claim.standing is Standing.HELD and over else claim.standing
    if standing is not Standing.HELD or not claim.total:
        raise BookingNotPayable(BOOKINGS.format(claim.booking), standing.name)


def confirm(
    payment: Payment,
    claim: Claim,
    *,
    attempt: uuid.UUID,
    method: str,
    now: datetime,
    return_uri: str = "",
) -> tuple[Payment, Attempt]:
    """Begins to charge. While one attempt is under way there is no other."""
    if payment.state not in (State.REQUIRES_METHOD, State.FAILED):
        raise WrongPaymentState(PAYMENTS.format(payment.name), payment.state.name)
    if payment.provider == OFFLINE:
        raise NoProvider(PAYMENTS.format(payment.name))
    check_payable(claim, now)
    begun = Attempt(
        id=attempt,
        payment=payment.name,
        method=method,
        provider=payment.provider,
        create_time=now,
        account=payment.account,
        return_uri=return_uri,
    )
    return _turned(payment, State.PROCESSING, now, attempt=attempt), begun


def capture(
    payment: Payment, attempt: Attempt, amount: Money | None, now: datetime
) -> tuple[Payment, Attempt]:
    """Begins to take what is reserved, or a part of it; the rest is let go."""
    if payment.state is not State.AUTHORIZED:
        raise WrongPaymentState(PAYMENTS.format(payment.name), payment.state.name)
    wanted = payment.amount if amount is None else amount
    if wanted.currency != payment.amount.currency:
        raise BadCapture("amount.currency_code", f"must be {payment.amount.currency}")
    if not wanted or wanted > payment.amount:
        raise BadCapture("amount", "must be more than nothing, and at most what is reserved")
    return _turned(payment, State.PROCESSING, now), replace(attempt, capture=wanted)


def record(
    payment: Payment, claim: Claim, *, attempt: uuid.UUID, note: str, now: datetime
) -> tuple[Payment, Attempt]:
    """Takes down money that came without a provider."""
    if payment.state not in (State.REQUIRES_METHOD, State.FAILED):
        raise WrongPaymentState(PAYMENTS.format(payment.name), payment.state.name)
    check_payable(claim, now)
    came = Attempt(
        id=attempt,
        payment=payment.name,
        method=OFFLINE,
        provider=OFFLINE,
        create_time=now,
        progress=Progress.SUCCEEDED,
        reference=note,
    )
    paid = _turned(payment, State.SUCCEEDED, now, attempt=attempt, capture_time=now)
    return replace(paid, provider=OFFLINE), came


def cancel(payment: Payment, now: datetime) -> Payment:
    """Closes a payment at the wish of who pays; one that is under way stays so for now."""
    if payment.state in CAPTURED:
        raise WrongPaymentState(PAYMENTS.format(payment.name), payment.state.name)
    return wind_up(payment, now)


def complete(payment: Payment, refund: Refund, now: datetime) -> tuple[Payment, Refund]:
    """Takes down that money was given back by hand, which only came by hand."""
    if refund.provider == OFFLINE and refund.progress is Progress.PENDING:
        return hear_refund(payment, refund, Outcome(Progress.SUCCEEDED), now)
    if refund.provider == OFFLINE and refund.progress is Progress.SUCCEEDED:
        return payment, refund
    raise WrongRefundState(REFUNDS.format(refund.name), refund.progress.name)


# --- what the provider says


def told(attempt: Attempt, outcome: Outcome) -> bool:
    """Whether an outcome says more than is known, or something else of what has not begun."""
    was, now = attempt.progress, outcome.progress
    if RANK[was] == RANK[now] == 0:
        return was is not now or attempt.failure != outcome.failure
    return RANK[now] > RANK[was]


def hear(
    payment: Payment, attempt: Attempt, outcome: Outcome, now: datetime
) -> tuple[Payment, Attempt]:
    """What a payment and one of its attempts become by what the provider says of the attempt.

    Money that came counts even after we gave up on it. Of attempts that an other one has
    followed nothing else counts.
    """
    if not told(attempt, outcome):
        # What the provider calls it is worth knowing from the beginning.
        if outcome.reference and not attempt.reference:
            return payment, replace(attempt, reference=outcome.reference)
        return payment, attempt
    known = replace(
        attempt,
        progress=outcome.progress,
        reference=outcome.reference or attempt.reference,
        failure=outcome.failure,
    )
    return _heard(payment, known, outcome, now), known


# What a payment is while its attempt is so far, or ended so.
STATES = {
    Progress.PENDING: State.PROCESSING,
    Progress.CHALLENGED: State.REQUIRES_ACTION,
    Progress.AUTHORIZED: State.AUTHORIZED,
    Progress.FAILED: State.FAILED,
    Progress.CANCELLED: State.CANCELLED,
}


def _heard(payment: Payment, attempt: Attempt, outcome: Outcome, now: datetime) -> Payment:
    if attempt.progress is Progress.SUCCEEDED:
        if payment.state in CAPTURED:
            return payment
        paid = _turned(payment, State.SUCCEEDED, now, attempt=attempt.id, capture_time=now)
        amount = outcome.taken or payment.amount
        return replace(paid, provider=attempt.provider, account=attempt.account, amount=amount)
    if payment.state not in UNDER_WAY or payment.attempt != attempt.id:
        return payment
    state = STATES[attempt.progress]
    failure = "" if state is State.CANCELLED else attempt.failure
    turned = _turned(payment, state, now, failure=failure)
    return replace(turned, action=outcome.action)


def surplus(payment: Payment, attempt: Attempt) -> bool:
    """Whether an attempt brought money that another one had brought already."""
    return (
        attempt.progress is Progress.SUCCEEDED
        and payment.state in CAPTURED
        and payment.attempt != attempt.id
    )


# --- when there is nothing to pay any more


def wind_up(payment: Payment, now: datetime) -> Payment:
    """Closes a payment that nothing was asked for; one that is under way stays so."""
    if payment.state not in (State.REQUIRES_METHOD, State.FAILED):
        return payment
    return _turned(payment, State.CANCELLED, now)


def refund(
    payment: Payment, id: uuid.UUID, reason: Reason, now: datetime
) -> tuple[Payment, Refund] | None:
    """Begins to give back all that is left. None when there is nothing, or it never came."""
    if payment.state not in CAPTURED or not payment.left:
        return None
    return _refunded(payment, id, Wish(payment.name, None, reason), payment.left, now)


def share_due(payment: Payment, cause: Cause, start: datetime | None, at: datetime) -> int:
    """The share of a price that goes back when somebody gives seats back at a time.

    In hundredths of a percent. `start` is when the event begins, None if that is not known.
    """
    if cause is not Cause.BUYER or payment.terms is None or start is None:
        return WHOLE
    early = start - at
    return next((tier.share for tier in payment.terms if early >= timedelta(tier.days)), 0)


def part(amount: Money, share: int) -> Money:
    """A share of an amount, rounded to the nearest."""
    return Money(amount.currency, (amount.minor * share + WHOLE // 2) // WHOLE)


def refund_part(
    payment: Payment, id: uuid.UUID, amount: Money, reason: Reason, now: datetime
) -> tuple[Payment, Refund] | None:
    """Begins to give back so much, or what is left if that is less. None when it is nothing."""
    if payment.state not in CAPTURED or not (given := min(amount, payment.left)):
        return None
    return _refunded(payment, id, Wish(payment.name, given, reason), given, now)


def refund_some(
    payment: Payment, id: uuid.UUID, wish: Wish, now: datetime
) -> tuple[Payment, Refund]:
    """Begins to give back what somebody wants to, but never more than came."""
    if payment.state not in CAPTURED:
        raise WrongPaymentState(PAYMENTS.format(payment.name), payment.state.name)
    amount = payment.left if wish.amount is None else wish.amount
    if amount.currency != payment.amount.currency:
        raise BadRefund(
            "refund.amount.currency_code", f"must be {payment.amount.currency}, as it was paid"
        )
    if not amount or amount > payment.left:
        left = f"{payment.left.minor / scale(amount.currency):g} {amount.currency}"
        raise RefundTooLarge(PAYMENTS.format(payment.name), left)
    return _refunded(payment, id, wish, amount, now)


def _refunded(
    payment: Payment, id: uuid.UUID, wish: Wish, amount: Money, now: datetime
) -> tuple[Payment, Refund]:
    assert payment.attempt is not None
    begun = Refund(
        id=id,
        payment=payment.name,
        attempt=payment.attempt,
        amount=amount,
        provider=payment.provider,
        create_time=now,
        update_time=now,
        reason=wish.reason,
        note=wish.note,
        creator=wish.creator,
    )
    return _returned(payment, now, going=amount.minor), begun


def return_surplus(payment: Payment, attempt: Attempt, id: uuid.UUID, now: datetime) -> Refund:
    """Gives back what a second attempt brought for what was paid already."""
    return Refund(
        id=id,
        payment=payment.name,
        attempt=attempt.id,
        amount=payment.amount,
        provider=attempt.provider,
        create_time=now,
        update_time=now,
        reason=Reason.DUPLICATE,
        surplus=True,
    )


def hear_refund(
    payment: Payment, refund: Refund, outcome: Outcome, now: datetime
) -> tuple[Payment, Refund]:
    """What a payment and its refund become by what the provider says of the refund."""
    if REFUND_RANK[outcome.progress] <= REFUND_RANK[refund.progress]:
        return payment, refund
    known = replace(
        refund,
        progress=outcome.progress,
        reference=outcome.reference or refund.reference,
        failure=outcome.failure,
        update_time=now,
        version=refund.version + 1,
    )
    if refund.surplus:
        return payment, known
    amount = refund.amount.minor
    was_going, was_gone = refund.progress is Progress.PENDING, refund.progress is Progress.SUCCEEDED
    gone = (amount if known.progress is Progress.SUCCEEDED else 0) - (amount if was_gone else 0)
    return _returned(payment, now, going=-amount if was_going else 0, gone=gone), known


def promise(payment: Payment, amount: Money, now: datetime) -> Payment:
    """Keeps in mind what cannot go back of so much because a bank has it."""
    short = amount.minor - min(amount.minor, payment.left.minor)
    owing = min(payment.owing + short, payment.kept.minor - payment.left.minor)
    if payment.state not in CAPTURED or owing <= payment.owing:
        return payment
    return replace(payment, owing=owing, update_time=now, version=payment.version + 1)


def repay(payment: Payment, id: uuid.UUID, now: datetime) -> tuple[Payment, Refund] | None:
    """Begins to give back what was owed while a bank had it. None if nothing was."""
    amount = Money(payment.amount.currency, min(payment.owing, payment.left.minor))
    reason = Reason.BOOKING_CANCELLED
    begun = refund_part(payment, id, amount, reason, now)
    if begun is None:
        return None
    after, refund = begun
    return replace(after, owing=payment.owing - amount.minor), refund


def contest(payment: Payment, more: int, now: datetime) -> Payment:
    """A payment of which banks have that much more, or less, in minor units."""
    if not more:
        return payment
    disputed = payment.disputed + more
    return replace(payment, disputed=disputed, update_time=now, version=payment.version + 1)


def _returned(payment: Payment, now: datetime, *, going: int = 0, gone: int = 0) -> Payment:
    """A payment of which more or less is on its way back, or went back."""
    refunding, refunded = payment.refunding + going, payment.refunded + gone
    state = State.SUCCEEDED
    if refunded == payment.amount.minor:
        state = State.REFUNDED
    elif refunding + refunded == payment.amount.minor:
        state = State.REFUNDING
    turned = _turned(payment, state, now)
    return replace(turned, refunding=refunding, refunded=refunded)


def _turned(
    payment: Payment,
    state: State,
    now: datetime,
    *,
    attempt: uuid.UUID | None = None,
    failure: str = "",
    capture_time: datetime | None = None,
) -> Payment:
    return replace(
        payment,
        state=state,
        attempt=attempt or payment.attempt,
        failure=failure,
        action=b"",
        capture_time=capture_time or payment.capture_time,
        update_time=now,
        version=payment.version + 1,
    )
