"""How far the money of an event is back with those who paid. Pure."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kit import errors
from services.kit.money import Money
from services.kit.names import Collection, Name

# Named like their events.
EVENT_REFUNDS = Collection("eventRefunds", "turnout.app/EventRefund")


class State(enum.Enum):
    RUNNING = "running"
    DONE = "done"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class Run:
    """One walk through the payments of an event, by their ids."""

    name: Name
    # The last payment that was looked at.
    last: uuid.UUID
    running: bool
    create_time: datetime
    finish_time: datetime | None = None
    version: int = 1


@dataclass(frozen=True)
class Tally:
    """What became of the payments of an event that brought money."""

    paid: int
    # On its way back, wholly or in part; and wholly back.
    pending: int
    refunded: int
    # Neither on its way nor back.
    left: int
    paid_amounts: Sequence[Money]
    refunded_amounts: Sequence[Money]


class EventRefundNotFound(errors.NotFound):
    message = "nothing is given back for an event by the name of {event_refund}"
    event_refund: str


def state(run: Run, tally: Tally) -> State:
    if run.running or tally.pending:
        return State.RUNNING
    return State.INCOMPLETE if tally.left else State.DONE
