"""The rules of comparing books. Pure."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.money import Money
from services.kit.names import Collection, Name
from services.payment.domain import Progress

RECONCILIATIONS = Collection("reconciliations", "turnout.app/Reconciliation")
LONGEST = timedelta(days=31)
SHOWN = 500
# When the night is, in UTC, and from when on what was begun has had its time to end.
HOUR, SETTLED = 3, timedelta(hours=1)
# How much later one side may begin what the other began.
NEAR = timedelta(days=1)
# How long a bank may take to decide a dispute.
DECIDED = timedelta(days=120)


class Subject(enum.Enum):
    """What moves money."""

    CHARGE = "charge"
    REFUND = "refund"
    # Money that a bank takes back: pending while it is disputed, succeeded once that is lost.
    DISPUTE = "dispute"


@dataclass(frozen=True)
class Movement:
    """Money that moved, or was to move, as one side knows it."""

    subject: Subject
    # Our key of it; None when the provider has none of ours.
    key: uuid.UUID | None
    amount: Money
    progress: Progress
    # When that side began it.
    begin_time: datetime
    # The provider's name of it. Empty on our side while we have not heard it.
    reference: str = ""


class Kind(enum.Enum):
    UNKNOWN_HERE = "unknown_here"
    UNKNOWN_THERE = "unknown_there"
    OUTCOME = "outcome"
    AMOUNT = "amount"


class Repair(enum.Enum):
    ASK_AGAIN = "ask_again"
    BY_HAND = "by_hand"


@dataclass(frozen=True)
class Difference:
    kind: Kind
    repair: Repair
    ours: Movement | None
    theirs: Movement | None
    # Whether the repair was begun.
    repaired: bool = False


class State(enum.Enum):
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True)
class Reconciliation:
    name: Name
    provider: str
    start_time: datetime
    end_time: datetime
    create_time: datetime
    state: State = State.RUNNING
    compared: int = 0
    found: int = 0
    differences: Sequence[Difference] = field(default=())
    finish_time: datetime | None = None
    version: int = 1

    @property
    def wider(self) -> tuple[datetime, datetime]:
        """The span to read: what one side began just within it the other began just outside."""
        return self.start_time - NEAR, self.end_time + NEAR

    @property
    def disputed(self) -> tuple[datetime, datetime]:
        """When disputes may have begun that are decided in the span, or began in it."""
        return self.start_time - DECIDED, self.end_time

    def spans(self, movement: Movement) -> bool:
        return self.start_time <= movement.begin_time < self.end_time


class ReconciliationNotFound(errors.NotFound):
    message = "there is no reconciliation {reconciliation}"
    reconciliation: str


class ReconciliationRunning(errors.Unmet):
    message = "{reconciliation} is not done yet"
    reconciliation: str


class BadReconciliation(errors.Invalid):
    """A comparison of nothing, or of too much."""


def begin(
    name: Name, provider: str, start: datetime, end: datetime, now: datetime
) -> Reconciliation:
    """Takes down what is to be compared."""
    if end <= start:
        raise BadReconciliation("reconciliation.end_time", "must be later than start_time")
    if end - start > LONGEST:
        raise BadReconciliation(
            "reconciliation.end_time", f"must be at most {LONGEST.days} days after start_time"
        )
    if start > now:
        raise BadReconciliation("reconciliation.start_time", "must not be in the future")
    return Reconciliation(name, provider, start, end, now)


def finish(
    value: Reconciliation,
    ours: Sequence[Movement],
    theirs: Sequence[Movement],
    disputes: Sequence[tuple[Movement | None, Movement, bool]],
    now: datetime,
) -> Reconciliation:
    """Takes down what the comparison found. Both sides come with what is near the span.

    `disputes` are ours, the provider's, and whether the charge is known here.
    """
    found = [*compare(value, ours, theirs), *quarrel(disputes)]
    keys = [one.key or one.reference for one in (*ours, *theirs) if value.spans(one)]
    return replace(
        value,
        state=State.DONE,
        compared=len(set(keys)) + len(disputes),
        found=len(found),
        differences=found[:SHOWN],
        finish_time=now,
        version=value.version + 1,
    )


def compare(
    value: Reconciliation, ours: Sequence[Movement], theirs: Sequence[Movement]
) -> list[Difference]:
    """What two sides do not agree on, by our keys; what moved nothing on either is no matter."""
    there = {(one.subject, one.key): one for one in theirs}
    here = {(one.subject, one.key) for one in ours}
    found = [
        _difference(one, there.get((one.subject, one.key))) for one in ours if value.spans(one)
    ]
    found += [
        Difference(Kind.UNKNOWN_HERE, Repair.BY_HAND, None, one)
        for one in theirs
        if value.spans(one)
        and (one.key is None or (one.subject, one.key) not in here)
        and one.progress is Progress.SUCCEEDED
    ]
    return [one for one in found if one is not None]


def quarrel(disputes: Sequence[tuple[Movement | None, Movement, bool]]) -> list[Difference]:
    """What the provider knows better of disputes: we know of them by its word alone."""
    found = []
    for ours, theirs, known in disputes:
        if ours is None:
            repair = Repair.ASK_AGAIN if known else Repair.BY_HAND
            found.append(Difference(Kind.UNKNOWN_HERE, repair, None, theirs))
        elif ours.progress is not theirs.progress:
            found.append(Difference(Kind.OUTCOME, Repair.ASK_AGAIN, ours, theirs))
        elif ours.amount != theirs.amount:
            found.append(Difference(Kind.AMOUNT, Repair.ASK_AGAIN, ours, theirs))
    return found


def _difference(ours: Movement, theirs: Movement | None) -> Difference | None:
    if theirs is None:
        if ours.progress is not Progress.SUCCEEDED:
            return None
        return Difference(Kind.UNKNOWN_THERE, Repair.BY_HAND, ours, None)
    if ours.progress is not theirs.progress:
        # Money that we know to have moved and the provider does not is no matter of asking.
        ask = ours.progress is Progress.PENDING or theirs.progress is Progress.SUCCEEDED
        repair = Repair.ASK_AGAIN if ask else Repair.BY_HAND
        return Difference(Kind.OUTCOME, repair, ours, theirs)
    if ours.amount != theirs.amount and ours.progress is Progress.SUCCEEDED:
        return Difference(Kind.AMOUNT, Repair.BY_HAND, ours, theirs)
    return None


def repair(value: Reconciliation) -> tuple[Reconciliation, list[Movement]]:
    """What to ask the provider for again, and the comparison with that begun."""
    if value.state is not State.DONE:
        raise ReconciliationRunning(RECONCILIATIONS.format(value.name))
    open = [one for one in value.differences if one.repair is Repair.ASK_AGAIN and not one.repaired]
    if not open:
        return value, []
    done = [
        replace(one, repaired=True) if one.repair is Repair.ASK_AGAIN else one
        for one in value.differences
    ]
    sides = [one.ours or one.theirs for one in open]
    asked = [one for one in sides if one is not None]
    return replace(value, differences=done, version=value.version + 1), asked


def next_night(now: datetime) -> datetime:
    """When the books of a day are compared next."""
    tonight = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return tonight if tonight > now else tonight + timedelta(days=1)


def last_day(now: datetime) -> tuple[datetime, datetime]:
    """The span that a night compares: a day, and the day before it once more."""
    end = now - SETTLED
    return end - timedelta(days=2), end
