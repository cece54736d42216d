"""What payment asks of those who move the money, whoever they are."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.kit import errors
from services.kit.money import Money
from services.payment.domain import Outcome
from services.payment.reconciliation.domain import Movement


@dataclass(frozen=True)
class Charge:
    """Money to take. Charging again with the same key is the same charge."""

    organization: uuid.UUID
    key: uuid.UUID
    amount: Money
    method: str


@dataclass(frozen=True)
class Return:
    """Money to give back of what the charge with the key `charge` took."""

    organization: uuid.UUID
    key: uuid.UUID
    charge: uuid.UUID
    amount: Money


class Subject(enum.Enum):
    """What a notice is about."""

    CHARGE = "charge"
    REFUND = "refund"


@dataclass(frozen=True)
class Notice:
    """What a provider says unasked of the charge or the refund with our key."""

    subject: Subject
    key: uuid.UUID
    outcome: Outcome


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


Heard = Notice | Disputed | PaidOut


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

    async def cancel(self, charge: Charge) -> Outcome:
        """Stops a charge if it can; the outcome tells. One that is not known never begins."""

    async def find(self, charge: Charge) -> Outcome: ...

    async def refund(self, refund: Return) -> Outcome: ...

    async def find_refund(self, refund: Return) -> Outcome: ...

    async def movements(
        self, organization: uuid.UUID, start: datetime, end: datetime
    ) -> Sequence[Movement]:
        """All charges and refunds that began at `start` or later and before `end`."""

    def verify(
        self, organization: uuid.UUID, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> str:
        """The provider's id of a notice. Raises `BadSignature` unless the provider sent it."""

    def read(self, body: bytes) -> Heard | None:
        """What a verified notice says; None when it says nothing that concerns us."""
