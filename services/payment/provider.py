"""What payment asks of those who move the money, whoever they are."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.kit import errors
from services.kit.money import Money
from services.payment.costs.domain import Costs
from services.payment.domain import Outcome, Reason
from services.payment.reconciliation.domain import Movement


@dataclass(frozen=True)
class Charge:
    """Money to take. Charging again with the same key is the same charge."""

    organization: uuid.UUID
    key: uuid.UUID
    amount: Money
    # What to charge, as the provider names it. Empty: who pays says that to the provider.
    method: str
    # When we began it.
    begin_time: datetime
    # Which of the organization's accounts it goes through, where the provider has several.
    account: uuid.UUID | None = None
    # How the provider calls it. Empty while nobody told us.
    reference: str = ""
    # Where a browser goes back to. May be empty.
    return_uri: str = ""
    # How much is to be taken of what was reserved; None while nobody asked for it.
    capture: Money | None = None
    # What it is for: the name of the payment.
    payment: str = ""
    # What the platform keeps of it; None is nothing.
    fee: Money | None = None


@dataclass(frozen=True)
class Return:
    """Money to give back of what the charge with the key `charge` took."""

    organization: uuid.UUID
    key: uuid.UUID
    charge: uuid.UUID
    amount: Money
    begin_time: datetime
    account: uuid.UUID | None = None
    # How the provider calls it, and the charge. Empty while nobody told us.
    reference: str = ""
    charge_reference: str = ""
    reason: Reason = Reason.REQUESTED
    # Whether the platform kept something of the charge.
    fee: bool = False


class Step(enum.Enum):
    """What who pays has to do."""

    # To choose a method and confirm with it, by the provider's library in the browser.
    CONFIRM = "confirm"
    # To prove who they are, by that library.
    AUTHENTICATE = "authenticate"
    # The same on a page of the provider.
    REDIRECT = "redirect"


@dataclass(frozen=True)
class Action:
    """What who pays has to do, and with what. For their eyes only."""

    step: Step
    redirect_uri: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    publishable_key: str = ""
    # The account that the library has to be told of, such as a connected one. May be empty.
    provider_account: str = ""


class Subject(enum.Enum):
    """What a notice is about."""

    CHARGE = "charge"
    REFUND = "refund"


@dataclass(frozen=True)
class Notice:
    """What a provider says unasked of the charge or the refund with our key."""

    subject: Subject
    key: uuid.UUID
    # How it went; None where the provider has to be asked, for it may be otherwise by now.
    outcome: Outcome | None


class DisputeState(enum.Enum):
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True)
class Disputed:
    """What a provider says of a charge that the owner of the card does not accept."""

    reference: str
    # How the provider calls the charge, as in the reference of its attempt.
    charge: str
    amount: Money
    state: DisputeState
    # Why, in the provider's word, such as `fraudulent`.
    reason: str
    # Until when there can be evidence. None when there can be none.
    due_time: datetime | None
    # What the provider took from the balance for it, the amount and a fee; None: nothing, or
    # not any more.
    withdrawn: Money | None
    # When the provider said it.
    time: datetime


class PayoutState(enum.Enum):
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class PaidOut:
    """What a provider says of money on its way to the bank of the organization."""

    reference: str
    amount: Money
    state: PayoutState
    # When it is there, or was to be.
    arrival_time: datetime
    # Why it failed, in the provider's words. Empty unless it did.
    failure: str
    time: datetime


@dataclass(frozen=True)
class AccountChanged:
    """What a provider says of the account itself."""

    # How the provider calls it.
    reference: str
    charges_enabled: bool
    payouts_enabled: bool
    # What the provider wants to know before it goes on. May be empty.
    due: Sequence[str]


Heard = Notice | Disputed | PaidOut | AccountChanged


class BadNotice(errors.Invalid):
    """A notice that is signed and cannot be read."""


class EndpointNotFound(errors.NotFound):
    message = "there is no endpoint {endpoint} of {provider}"
    provider: str
    endpoint: str


class Provider(Protocol):
    """Somebody who moves money.

    The coroutines talk to the outside: never call them inside a transaction. They raise
    whatever goes wrong on the way, after which nobody knows whether anything happened, and the
    same call may be made again. What the provider declines is an outcome and raises nothing.
    """

    @property
    def name(self) -> str:
        """How the provider is called in names and paths, such as `sandbox`."""

    async def charge(self, charge: Charge) -> Outcome: ...

    async def capture(self, charge: Charge) -> Outcome:
        """Takes what was reserved, as much of it as `charge.capture` says."""

    async def cancel(self, charge: Charge) -> Outcome:
        """Stops a charge if it can; the outcome tells. One that is not known never begins."""

    async def find(self, charge: Charge) -> Outcome: ...

    async def costs(self, charge: Charge) -> Costs:
        """What was taken of a charge that is over, and what is known of the card."""

    async def refund(self, refund: Return) -> Outcome: ...

    async def find_refund(self, refund: Return) -> Outcome: ...

    async def movements(
        self, organization: uuid.UUID, start: datetime, end: datetime
    ) -> Sequence[Movement]:
        """All charges and refunds that began at `start` or later and before `end`."""

    async def disputes(
        self, organization: uuid.UUID, start: datetime, end: datetime
    ) -> Sequence[Disputed]:
        """All disputes that began at `start` or later and before `end`, as they are now."""

    async def verify(
        self, organization: uuid.UUID, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> str:
        """The provider's id of a notice. Raises `BadSignature` unless the provider sent it."""

    def read(self, body: bytes) -> Heard | None:
        """What a verified notice says; None when it says nothing that concerns us."""

    async def action(self, organization: uuid.UUID, sealed: bytes) -> Action:
        """What who pays has to do, out of what an outcome had sealed."""
