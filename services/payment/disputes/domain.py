"""The rules of disputes. Plain values in, plain values out: no clock, no chance, no I/O."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.money import Money
from services.kit.names import Collection, Name

DISPUTES = Collection("disputes", "turnout.app/Dispute")
# How long before the evidence is due those are told again who look after the money.
REMINDED = timedelta(days=2)


class State(enum.Enum):
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


CLOSED = frozenset({State.WON, State.LOST})
# Providers tell in any order and twice; what is decided stays so.
RANK = {State.NEEDS_RESPONSE: 0, State.UNDER_REVIEW: 1, State.WON: 2, State.LOST: 2}


@dataclass(frozen=True)
class Said:
    """What a provider says of a dispute."""

    state: State
    amount: Money
    # Why, in the provider's word.
    reason: str
    due_time: datetime | None
    # What the provider took for it, fee and all; None: nothing, or not any more.
    withdrawn: Money | None
    time: datetime


@dataclass(frozen=True)
class Dispute:
    name: Name
    payment: Name
    attempt: uuid.UUID
    provider: str
    # How the provider calls it.
    reference: str
    said: Said
    create_time: datetime
    update_time: datetime
    close_time: datetime | None = None
    version: int = 1

    @property
    def held(self) -> int:
        """What the bank has or may keep, in minor units: it cannot go back another time."""
        return 0 if self.said.state is State.WON else self.said.amount.minor

    @property
    def withdrawn(self) -> int:
        return self.said.withdrawn.minor if self.said.withdrawn else 0


class DisputeNotFound(errors.NotFound):
    message = "there is no dispute {dispute}"
    dispute: str


def opened(dispute: Dispute) -> Dispute:
    """A dispute as it is first heard of, perhaps when all is over."""
    closed = dispute.said.state in CLOSED
    return replace(dispute, close_time=dispute.update_time if closed else None)


def hear(before: Dispute, said: Said, now: datetime) -> Dispute:
    """What a dispute becomes by what a provider says of it. The same one if that is no news."""
    was = before.said
    if RANK[said.state] < RANK[was.state] or (was.state in CLOSED and said.state != was.state):
        return before
    if said.state is was.state and said.time < was.time:
        return before
    if replace(said, time=was.time) == was:
        return before
    close_time = before.close_time or (now if said.state in CLOSED else None)
    return replace(
        before, said=said, update_time=now, close_time=close_time, version=before.version + 1
    )


def reminder(dispute: Dispute, now: datetime) -> datetime | None:
    """When to tell again that evidence is due; None when there is no more to be told."""
    due = dispute.said.due_time
    if dispute.said.state is not State.NEEDS_RESPONSE or due is None or due <= now:
        return None
    return max(now, due - REMINDED)
