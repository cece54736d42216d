"""The rules of the sandbox: which method does what. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.kit.money import Money
from services.payment.domain import Outcome, Progress
from services.payment.provider import DisputeState

SOON = timedelta(seconds=3)
# How long there can be evidence, and what a dispute costs beside its amount.
EVIDENCE = timedelta(days=7)
DISPUTE_FEE = 1500  # minor units


@dataclass(frozen=True)
class Method:
    """What happens when a method is charged."""

    failure: str = ""
    # How long the charge is under way.
    delay: timedelta = timedelta()
    # How often the provider says how it went.
    notices: int = 1
    # What a refund of it fails with: at once, or `bounce` after it had succeeded.
    refund_failure: str = ""
    bounce: timedelta = timedelta()
    # How long after the charge its owner disputes it, and how the bank decides as much later.
    dispute: timedelta = timedelta()
    verdict: DisputeState | None = None


METHODS = {
    "pm_card_visa": Method(),
    "pm_card_visa_chargeDeclined": Method(failure="card_declined"),
    "pm_card_slow": Method(delay=timedelta(seconds=3)),
    "pm_card_visa_twice": Method(notices=2),
    "pm_card_refundFail": Method(
        refund_failure="expired_or_canceled_card", bounce=timedelta(seconds=3)
    ),
    "pm_card_createDispute": Method(dispute=SOON),
    "pm_card_createDispute_won": Method(dispute=SOON, verdict=DisputeState.WON),
    "pm_card_createDispute_lost": Method(dispute=SOON, verdict=DisputeState.LOST),
    "pm_card_visa_refundDeclined": Method(refund_failure="insufficient_funds"),
}


@dataclass(frozen=True)
class Charge:
    """A charge as the provider knows it, under the key of who asked for it."""

    organization: uuid.UUID
    key: uuid.UUID
    method: str
    amount: Money
    progress: Progress
    failure: str = ""

    @property
    def reference(self) -> str:
        return f"ch_{self.key.hex}"

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.progress, self.reference, self.failure)


@dataclass(frozen=True)
class Refund:
    """Money of a charge that went back."""

    organization: uuid.UUID
    key: uuid.UUID
    charge: uuid.UUID
    amount: Money
    progress: Progress
    failure: str = ""

    @property
    def reference(self) -> str:
        return f"re_{self.key.hex}"

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.progress, self.reference, self.failure)


@dataclass(frozen=True)
class Dispute:
    """A charge that the owner of the card does not accept, under the key of the charge."""

    organization: uuid.UUID
    key: uuid.UUID
    amount: Money
    state: DisputeState
    due_time: datetime

    @property
    def reference(self) -> str:
        return f"dp_{self.key.hex}"

    @property
    def withdrawn(self) -> int:
        """What the provider took for it; a dispute that is won costs nothing."""
        return 0 if self.state is DisputeState.WON else self.amount.minor + DISPUTE_FEE


def method(name: str) -> Method:
    return METHODS.get(name) or Method(failure=f"no such payment method: {name}")


def settle(charge: Charge) -> Charge:
    """How a charge ends that was not stopped."""
    if charge.progress is not Progress.PENDING:
        return charge
    failure = method(charge.method).failure
    progress = Progress.FAILED if failure else Progress.SUCCEEDED
    return replace(charge, progress=progress, failure=failure)


def cancel(charge: Charge) -> Charge:
    """Stops a charge that is under way. What has ended stays as it ended."""
    if charge.progress is not Progress.PENDING:
        return charge
    return replace(charge, progress=Progress.CANCELLED)


def refund(
    charge: Charge | None, returned: int, asked: Refund, *, disputed: bool = False
) -> Refund:
    """Gives money back, but never more than came. `returned` is what went back so far."""
    if charge is None or charge.progress is not Progress.SUCCEEDED:
        return replace(asked, progress=Progress.FAILED, failure="charge_not_captured")
    if disputed:
        return replace(asked, progress=Progress.FAILED, failure="charge_disputed")
    if returned + asked.amount.minor > charge.amount.minor:
        return replace(asked, progress=Progress.FAILED, failure="charge_already_refunded")
    how = method(charge.method)
    if how.refund_failure and not how.bounce:
        return replace(asked, progress=Progress.FAILED, failure=how.refund_failure)
    return replace(asked, progress=Progress.SUCCEEDED)


def bounce(charge: Charge, refund: Refund) -> Refund:
    """Takes back what had gone back."""
    if refund.progress is not Progress.SUCCEEDED:
        return refund
    failure = method(charge.method).refund_failure
    return replace(refund, progress=Progress.FAILED, failure=failure)
