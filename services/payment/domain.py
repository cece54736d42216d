"""The rules of payment. Plain values in, plain values out: no clock, no chance, no gRPC, no SQL."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from services.kit import errors
from services.kit.money import Money
from services.kit.names import Collection, Name

BOOKINGS = Collection("bookings", "turnout.app/Booking")
PAYMENTS = Collection("payments", "turnout.app/Payment")


class Standing(enum.Enum):
    """Where the booking stands that is to be paid."""

    HELD = "held"
    CONFIRMED = "confirmed"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class State(enum.Enum):
    REQUIRES_METHOD = "requires_method"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


# Something may still be charged.
OPEN = frozenset({State.REQUIRES_METHOD, State.PROCESSING, State.FAILED})
# The money came, whatever became of it.
CAPTURED = frozenset({State.SUCCEEDED, State.REFUNDING, State.REFUNDED})


class Progress(enum.Enum):
    """How far something is that a provider was asked to do."""

    PENDING = "pending"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUCCEEDED = "succeeded"


# What a provider says is believed only if it says more than we know: notices come twice and in
# any order, and that money moved is final.
RANK = {Progress.PENDING: 0, Progress.FAILED: 1, Progress.CANCELLED: 1, Progress.SUCCEEDED: 2}


@dataclass(frozen=True)
class Outcome:
    """What a provider says of a charge or a refund."""

    progress: Progress
    # How the provider calls it. May be empty.
    reference: str = ""
    # Why it failed, in the provider's words. Empty unless it did.
    failure: str = ""


@dataclass(frozen=True)
class Claim:
    """What is to be paid for a booking, as booking says."""

    booking: Name
    buyer: str
    total: Money
    standing: Standing
    # When the hold lapses; None unless it is held.
    expire_time: datetime | None = None


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
    version: int = 1


@dataclass(frozen=True)
class Attempt:
    """One try to charge. Its id is the idempotency key for the provider."""

    id: uuid.UUID
    payment: Name
    # What to charge, as the provider names it.
    method: str
    create_time: datetime
    progress: Progress = Progress.PENDING
    reference: str = ""
    failure: str = ""


@dataclass(frozen=True)
class Refund:
    """Money of one attempt on its way back. Its id is the idempotency key for the provider."""

    id: uuid.UUID
    payment: Name
    attempt: uuid.UUID
    amount: Money
    create_time: datetime
    progress: Progress = Progress.PENDING
    reference: str = ""
    failure: str = ""


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


# --- paying


def open(id: uuid.UUID, claim: Claim, provider: str, now: datetime) -> Payment:
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
    )


def check_payable(claim: Claim, now: datetime) -> None:
    """Refuses what is not held any more, or costs nothing."""
    over = claim.expire_time is not None and claim.expire_time <= now
    standing = Standing.LAPSED if claim.standing is Standing.HELD and over else claim.standing
    if standing is not Standing.HELD or not claim.total:
        raise BookingNotPayable(BOOKINGS.format(claim.booking), standing.name)


def confirm(
    payment: Payment, claim: Claim, *, attempt: uuid.UUID, method: str, now: datetime
) -> tuple[Payment, Attempt]:
    """Begins to charge. While one attempt is under way there is no other."""
    if payment.state not in (State.REQUIRES_METHOD, State.FAILED):
        raise WrongPaymentState(PAYMENTS.format(payment.name), payment.state.name)
    check_payable(claim, now)
    begun = Attempt(id=attempt, payment=payment.name, method=method, create_time=now)
    return _turned(payment, State.PROCESSING, now, attempt=attempt), begun


# --- what the provider says


def told(before: Progress, outcome: Outcome) -> bool:
    """Whether an outcome says more than is known."""
    return RANK[outcome.progress] > RANK[before]


def hear(
    payment: Payment, attempt: Attempt, outcome: Outcome, now: datetime
) -> tuple[Payment, Attempt]:
    """What a payment and one of its attempts become by what the provider says of the attempt.

    Money that came counts even after we gave up on it. Of attempts that an other one has
    followed nothing else counts.
    """
    if not told(attempt.progress, outcome):
        return payment, attempt
    known = replace(
        attempt,
        progress=outcome.progress,
        reference=outcome.reference or attempt.reference,
        failure=outcome.failure,
    )
    return _heard(payment, known, now), known


def _heard(payment: Payment, attempt: Attempt, now: datetime) -> Payment:
    if attempt.progress is Progress.SUCCEEDED:
        if payment.state in CAPTURED:
            return payment
        return _turned(payment, State.SUCCEEDED, now, attempt=attempt.id, capture_time=now)
    if payment.state is not State.PROCESSING or payment.attempt != attempt.id:
        return payment
    if attempt.progress is Progress.CANCELLED:
        return _turned(payment, State.CANCELLED, now)
    return _turned(payment, State.FAILED, now, failure=attempt.failure)


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


def refund(payment: Payment, id: uuid.UUID, now: datetime) -> tuple[Payment, Refund] | None:
    """Begins to give all of it back. None when there is nothing to give, or it is given already."""
    if payment.state is not State.SUCCEEDED or payment.attempt is None:
        return None
    begun = Refund(
        id=id, payment=payment.name, attempt=payment.attempt, amount=payment.amount, create_time=now
    )
    return _turned(payment, State.REFUNDING, now), begun


def hear_refund(
    payment: Payment, refund: Refund, outcome: Outcome, now: datetime
) -> tuple[Payment, Refund]:
    """What a payment and its refund become by what the provider says of the refund."""
    if not told(refund.progress, outcome):
        return payment, refund
    known = replace(
        refund,
        progress=outcome.progress,
        reference=outcome.reference or refund.reference,
        failure=outcome.failure,
    )
    if payment.state is not State.REFUNDING or payment.attempt != refund.attempt:
        return payment, known
    state = State.REFUNDED if known.progress is Progress.SUCCEEDED else State.SUCCEEDED
    return _turned(payment, state, now), known


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
        capture_time=capture_time or payment.capture_time,
        update_time=now,
        version=payment.version + 1,
    )
