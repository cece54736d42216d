"""What a movement of money means for the books. Pure.

A debit is positive and a credit negative; what belongs to one transaction sums to zero.
"""

from __future__ import annotations

import enum
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kit import errors
from services.kit.money import Money
from services.kit.names import Name
from services.payment.costs.domain import Kept, Taken
from services.payment.disputes.domain import Dispute
from services.payment.disputes.domain import State as Outcome
from services.payment.domain import Attempt, Payment, Refund
from services.payment.invoices.domain import Invoice
from services.payment.invoices.domain import Kind as Paper
from services.payment.payouts.domain import Payout

_ACCOUNT = re.compile(
    r"(provider|fees|payouts)-[a-z]{1,20}|event-[0-9a-f-]{36}|disputed|owed|taxes|unassigned"
)

# What came twice and has to go back.
OWED = "owed"
# The tax in what was paid.
TAXES = "taxes"
# What the platform kept of what was paid.
PLATFORM = "fees-platform"
# What banks took for disputes that are not decided.
DISPUTED = "disputed"
# What was paid for a booking of which nobody said what it is for.
UNASSIGNED = "unassigned"


class Kind(enum.Enum):
    """What moved money."""

    CAPTURE = "capture"
    REFUND = "refund"
    REFUND_REVERSAL = "refund_reversal"
    SURPLUS = "surplus"
    SURPLUS_REFUND = "surplus_refund"
    SURPLUS_REFUND_REVERSAL = "surplus_refund_reversal"
    DISPUTE = "dispute"
    DISPUTE_REVERSAL = "dispute_reversal"
    DISPUTE_LOSS = "dispute_loss"
    PROCESSING_FEE = "processing_fee"
    APPLICATION_FEE = "application_fee"
    APPLICATION_FEE_REFUND = "application_fee_refund"
    TAX = "tax"
    TAX_REFUND = "tax_refund"
    PAYOUT = "payout"
    PAYOUT_REVERSAL = "payout_reversal"


@dataclass(frozen=True)
class Posting:
    """One line of a transaction: a debit when positive, a credit when negative."""

    account: str
    amount: Money


@dataclass(frozen=True)
class Transaction:
    """A movement of money. There is one of a kind for a source, such as a refund."""

    kind: Kind
    # The attempt or the refund that it is about.
    source: uuid.UUID
    # The payment, or the payout, that it belongs to.
    about: Payment | Payout
    postings: Sequence[Posting]


@dataclass(frozen=True)
class Entry:
    """A line of the books."""

    transaction: uuid.UUID
    kind: Kind
    account: str
    amount: Money
    # What it belongs to: the one or the other.
    payment: Name | None
    payout: Name | None
    create_time: datetime


@dataclass(frozen=True)
class Period:
    """From a time on, and before another; None is no bound."""

    start: datetime | None = None
    end: datetime | None = None


class BadAccount(errors.Invalid):
    """A name that no account can have."""


class BadPeriod(errors.Invalid):
    """A period that ends before it begins."""


def account(text: str, field: str) -> str:
    """An account by its name; refuses what can be none."""
    if not _ACCOUNT.fullmatch(text):
        raise BadAccount(field, "must be one of those that `LedgerService` names")
    return text


def period(start: datetime | None, end: datetime | None) -> Period:
    if start is not None and end is not None and end <= start:
        raise BadPeriod("end_time", "must be later than start_time")
    return Period(start, end)


def capture(payment: Payment) -> Transaction:
    """Somebody paid: the provider holds it for us, and the event brought it."""
    assert payment.attempt is not None
    amount, held = payment.amount, payment.provider
    return _moved(Kind.CAPTURE, payment.attempt, payment, held, amount, _earned(payment))


def surplus(payment: Payment, attempt: Attempt) -> Transaction:
    """Somebody paid what was paid already: it is there, and not ours."""
    amount, held = payment.amount, attempt.provider
    return _moved(Kind.SURPLUS, attempt.id, payment, held, amount, OWED)


def refund(payment: Payment, refund: Refund) -> Transaction:
    """Money went back."""
    kind = Kind.SURPLUS_REFUND if refund.surplus else Kind.REFUND
    return _given_back(kind, payment, refund, -refund.amount)


def reversal(payment: Payment, refund: Refund) -> Transaction:
    """What had gone back came back again."""
    kind = Kind.SURPLUS_REFUND_REVERSAL if refund.surplus else Kind.REFUND_REVERSAL
    return _given_back(kind, payment, refund, refund.amount)


def _given_back(kind: Kind, payment: Payment, refund: Refund, amount: Money) -> Transaction:
    other = OWED if refund.surplus else _earned(payment)
    return _moved(kind, refund.id, payment, refund.provider, amount, other)


def withdrawal(payment: Payment, before: Dispute | None, after: Dispute) -> Transaction | None:
    """A provider took money for a dispute, or gave it back. None when it did neither."""
    more = after.withdrawn - (before.withdrawn if before else 0)
    if not more:
        return None
    kind = Kind.DISPUTE if more > 0 else Kind.DISPUTE_REVERSAL
    amount = Money(payment.amount.currency, more)
    lines = Posting(f"provider-{after.provider}", -amount), Posting(DISPUTED, amount)
    return Transaction(kind, _step(after.name, after.version), payment, lines)


def loss(payment: Payment, before: Dispute | None, after: Dispute) -> Transaction | None:
    """What was taken for a dispute is gone: the event's share if it was lost, and the fee.

    None when it was gone before, or may come back.
    """
    was, gone = _gone(before) if before else (0, 0), _gone(after)
    share, fee = gone[0] - was[0], gone[1] - was[1]
    if not share and not fee:
        return None
    currency = payment.amount.currency
    lines = [
        Posting(DISPUTED, Money(currency, -share - fee)),
        Posting(_earned(payment), Money(currency, share)),
        Posting(f"fees-{after.provider}", Money(currency, fee)),
    ]
    kept = tuple(line for line in lines if line.amount)
    return Transaction(Kind.DISPUTE_LOSS, _step(after.name, after.version), payment, kept)


def _gone(dispute: Dispute) -> tuple[int, int]:
    """What does not come back of what was taken for a dispute: of its amount, and the fee."""
    taken, amount = dispute.withdrawn, dispute.said.amount.minor
    if dispute.said.state is Outcome.LOST:
        return min(taken, amount), max(0, taken - amount)
    # Of a dispute that was won the amount comes back, and the fee may be kept.
    won = dispute.said.state is Outcome.WON and taken < amount
    return 0, taken if won else 0


def costs(
    payment: Payment, before: Kept | None, after: Kept, provider: str
) -> Iterator[Transaction]:
    """What a provider, or the platform, took of a charge or gave back, since it was last asked."""
    was, taken = before.taken if before else Taken(after.taken.currency), after.taken
    moved = (
        (Kind.PROCESSING_FEE, taken.processing - was.processing, f"fees-{provider}"),
        (Kind.APPLICATION_FEE, taken.application - was.application, PLATFORM),
        (Kind.APPLICATION_FEE_REFUND, was.returned - taken.returned, PLATFORM),
    )
    for kind, minor, account in moved:
        if minor:
            amount, source = Money(taken.currency, minor), _step(after.name, after.version)
            lines = Posting(f"provider-{provider}", -amount), Posting(account, amount)
            yield Transaction(kind, source, payment, lines)


def tax(payment: Payment, invoice: Invoice) -> Transaction | None:
    """What of a price is tax is not the event's. None if nothing is."""
    owed = sum(one.tax for one in invoice.taxes)
    if not owed:
        return None
    kind, way = (Kind.TAX_REFUND, -1) if invoice.kind is Paper.CREDIT_NOTE else (Kind.TAX, 1)
    amount = Money(invoice.total.currency, way * owed)
    lines = Posting(_earned(payment), amount), Posting(TAXES, -amount)
    return Transaction(kind, invoice.name.id, payment, lines)


def payout(before: Payout | None, after: Payout) -> Transaction | None:
    """Money left a provider for the bank, or came back from there. None when it did neither."""
    more = after.moved - (before.moved if before else 0)
    if not more:
        return None
    kind = Kind.PAYOUT if after.moved else Kind.PAYOUT_REVERSAL
    amount = Money(after.said.amount.currency, more)
    lines = (
        Posting(f"provider-{after.provider}", -amount),
        Posting(f"payouts-{after.provider}", amount),
    )
    return Transaction(kind, _step(after.name, after.version), after, lines)


def _step(name: Name, version: int) -> uuid.UUID:
    """What tells the movements of one thing apart."""
    return uuid.uuid5(name.id, str(version))


def _earned(payment: Payment) -> str:
    return UNASSIGNED if payment.event is None else f"event-{payment.event}"


def _moved(
    kind: Kind, source: uuid.UUID, payment: Payment, provider: str, amount: Money, other: str
) -> Transaction:
    lines = Posting(f"provider-{provider}", amount), Posting(other, -amount)
    return Transaction(kind, source, payment, lines)
