"""The rules of the sandbox: which method does what. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.money import Money
from services.payment.domain import GOING, Outcome, Progress
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
    # Whether who pays has to prove who they are first.
    challenge: bool = False
    # Whether the money is reserved only.
    manual: bool = False
    # Whether something that was so before is told after how it ended.
    shuffled: bool = False


# Who pays says it later, in the browser.
LATER = ""
METHODS = {
    LATER: Method(challenge=True),
    "pm_card_visa": Method(),
    "pm_card_authenticationRequired": Method(challenge=True),
    "pm_card_manual": Method(manual=True),
    "pm_card_visa_shuffled": Method(shuffled=True),
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


class ChallengeNotFound(errors.NotFound):
    message = "the sandbox asked nobody for {challenge}"
    challenge: str


@dataclass(frozen=True)
class Charge:
    """A charge as the provider knows it, under the key of who asked for it."""

    organization: uuid.UUID
    key: uuid.UUID
    method: str
    # What was asked for, or what was taken of it.
    amount: Money
    progress: Progress
    failure: str = ""

    @property
    def reference(self) -> str:
        return f"ch_{self.key.hex}"

    @property
    def outcome(self) -> Outcome:
        challenged = self.progress is Progress.CHALLENGED
        return Outcome(
            self.progress,
            self.reference,
            self.failure,
            action=str(self.key).encode() if challenged else b"",
            taken=self.amount if self.progress is Progress.SUCCEEDED else None,
        )


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
    """How a charge goes on that was not stopped."""
    if charge.progress is not Progress.PENDING:
        return charge
    how = method(charge.method)
    if how.challenge:
        return replace(charge, progress=Progress.CHALLENGED)
    return _charged(charge, how)


def _charged(charge: Charge, how: Method) -> Charge:
    if how.failure:
        return replace(charge, progress=Progress.FAILED, failure=how.failure)
    progress = Progress.AUTHORIZED if how.manual else Progress.SUCCEEDED
    return replace(charge, progress=progress, failure="")


def answer(charge: Charge, chosen: str, *, decline: bool) -> Charge:
    """What a charge becomes by what who pays did: chose a method, or proved who they are or not.

    Who chooses chooses anew when that was declined.
    """
    if charge.progress is not Progress.CHALLENGED:
        return charge
    if charge.method != LATER:
        failed = replace(charge, progress=Progress.FAILED, failure="authentication_required")
        return failed if decline else _charged(charge, Method())
    tried = _charged(replace(charge, method=chosen), method(chosen))
    if tried.progress is Progress.FAILED:
        return replace(charge, failure=tried.failure)
    how = method(chosen)
    return replace(tried, progress=Progress.CHALLENGED) if how.challenge else tried


def capture(charge: Charge, amount: Money) -> Charge:
    """Takes what was reserved, or a part of it."""
    if charge.progress is not Progress.AUTHORIZED:
        return charge
    return replace(charge, progress=Progress.SUCCEEDED, amount=amount)


def cancel(charge: Charge) -> Charge:
    """Stops a charge that is under way. What has ended stays as it ended."""
    if charge.progress not in GOING:
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
