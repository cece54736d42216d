"""The rules of payouts. Plain values in, plain values out: no clock, no chance, no I/O."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime

from services.kit import errors
from services.kit.money import Money
from services.kit.names import Collection, Name

PAYOUTS = Collection("payouts", "turnout.app/Payout")


class State(enum.Enum):
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


# Providers tell in any order and twice. A bank may return what had been paid, and that is final.
RANK = {State.PENDING: 0, State.PAID: 1, State.FAILED: 2, State.CANCELLED: 2}


@dataclass(frozen=True)
class Said:
    """What a provider says of a payout."""

    state: State
    # Below nothing when the provider takes from the bank what it is owed.
    amount: Money
    # When it is there, or was to be.
    arrival_time: datetime
    # Why it failed, in the provider's words. Empty unless it did.
    failure: str
    time: datetime


@dataclass(frozen=True)
class Payout:
    name: Name
    provider: str
    # How the provider calls it.
    reference: str
    said: Said
    create_time: datetime
    update_time: datetime
    version: int = 1

    @property
    def moved(self) -> int:
        """What left the provider for the bank, in minor units."""
        return self.said.amount.minor if self.said.state is State.PAID else 0


class PayoutNotFound(errors.NotFound):
    message = "there is no payout {payout}"
    payout: str


def hear(before: Payout, said: Said, now: datetime) -> Payout:
    """What a payout becomes by what a provider says of it. The same one if that is no news."""
    was = before.said
    if RANK[said.state] < RANK[was.state] or (RANK[was.state] == 2 and said.state != was.state):
        return before
    if said.state is was.state and said.time < was.time:
        return before
    # How much it is was said when it began; what was booked of it has to stay.
    said = replace(said, amount=was.amount)
    if replace(said, time=was.time) == was:
        return before
    return replace(before, said=said, update_time=now, version=before.version + 1)
