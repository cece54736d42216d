"""The rules of the door. Plain values in, plain values out.

A ticket lets in once. Scans may be told in any order and again and again: the first one by its
own clock is the one that counts, and every other one of the same ticket is listed as a conflict.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.booking.codes import LEEWAY
from services.booking.domain import EVENTS, TICKETS
from services.booking.tickets.domain import State, Ticket, TicketSuspended, WrongTicketState
from services.kit import errors
from services.kit.names import Collection, Name

SCANS = Collection("scans", "turnout.app/Scan")


class Outcome(enum.Enum):
    """What became of a scan."""

    ADMITTED = "admitted"
    # The ticket let somebody in at another time.
    CONFLICT = "conflict"
    # It was no ticket that lets anybody in.
    REFUSED = "refused"


@dataclass(frozen=True)
class Entry:
    """How a ticket was used, or that it was not after all."""

    # The scan that counts.
    scan: uuid.UUID
    time: datetime
    gate: str = ""


@dataclass(frozen=True)
class Pass:
    """A ticket, as far as the door is concerned."""

    ticket: Ticket
    entry: Entry | None = None
    # When it was last let out again by hand. No scan from before counts any more.
    undo_time: datetime | None = None


@dataclass(frozen=True)
class Door:
    """How the door of an event works. Version 0 is that of one that nobody ever changed."""

    check_in_on_arrival: bool = False
    # Whether a code must be one that ends.
    fresh_codes: bool = False
    version: int = 0


@dataclass(frozen=True)
class Scan:
    """One look of a device at a ticket. The id is the device's own."""

    name: Name
    event: Name
    scan_time: datetime
    create_time: datetime
    # Who held the device.
    creator: str
    gate: str = ""
    ticket: uuid.UUID | None = None
    outcome: Outcome = Outcome.REFUSED
    # Why it was refused, as the reason of a refusal.
    reason: str = ""
    # Of a conflict: the scan that counts instead.
    winner: uuid.UUID | None = None


class CodeUnknown(errors.NotFound):
    message = "the code is not of a ticket of {event}"
    event: str


class CodeReplaced(errors.Unmet):
    message = "{ticket} was issued anew; only its newest code opens the door"
    ticket: str


class CodeStale(errors.Unmet):
    message = "the code of {ticket} is over, or was printed; show the one that there is now"
    ticket: str


class WrongEvent(errors.Unmet):
    message = "{ticket} is for {event}"
    ticket: str
    event: str


class AlreadyCheckedIn(errors.Unmet):
    message = "somebody came in with {ticket} at {time}, at the gate {gate!r}"
    ticket: str
    time: str
    gate: str


class NotCheckedIn(errors.Unmet):
    message = "nobody came in with {ticket}"
    ticket: str


class BadScan(errors.Invalid):
    """A scan that cannot be."""


class ScanNotFound(errors.NotFound):
    message = "there is no scan {scan}"
    scan: str


def require_good(seen: Pass, event: Name) -> None:
    """Refuses a ticket that lets nobody in at the event, whoever has it."""
    ticket = seen.ticket
    if ticket.event != event:
        raise WrongEvent(TICKETS.format(ticket.name), EVENTS.format(ticket.event))
    if ticket.state is State.SUSPENDED:
        raise TicketSuspended(TICKETS.format(ticket.name))
    if ticket.state not in (State.VALID, State.USED):
        raise WrongTicketState(TICKETS.format(ticket.name), ticket.state.name)


def check_in(seen: Pass, event: Name, entry: Entry) -> Pass:
    """Lets in whoever shows the ticket, once."""
    require_good(seen, event)
    if seen.entry is not None:
        raise already(seen)
    return replace(seen, entry=entry)


def is_stale(expire_time: datetime | None, time: datetime, door: Door) -> bool:
    """Whether a code that ends then, or never, opens no door at that time."""
    if expire_time is None:
        return door.fresh_codes
    return time > expire_time + LEEWAY


def already(seen: Pass) -> AlreadyCheckedIn:
    assert seen.entry is not None
    name = TICKETS.format(seen.ticket.name)
    return AlreadyCheckedIn(name, seen.entry.time.isoformat(), seen.entry.gate)


def merge(seen: Pass, entry: Entry) -> Pass:
    """What a scan makes of a ticket that is good, however late it is told.

    The first by the clock counts, and of two at once the one with the smaller id, so that the
    order in which they are told makes no difference.
    """
    if seen.undo_time is not None and entry.time <= seen.undo_time:
        return seen
    if seen.entry is not None and (seen.entry.time, seen.entry.scan) <= (entry.time, entry.scan):
        return seen
    return replace(seen, entry=entry)


def retract(seen: Pass, others: Iterable[Entry]) -> Pass:
    """Takes an entry back that nobody made at the door. What somebody did there counts instead,
    and whatever is told of it later."""
    others = list(others)
    return replace(seen, entry=min(others, key=lambda one: (one.time, one.scan), default=None))


def undo(seen: Pass, now: datetime) -> Pass:
    """Takes an entry back: a mistake at the door, or somebody who left for good."""
    if seen.entry is None:
        raise NotCheckedIn(TICKETS.format(seen.ticket.name))
    return replace(seen, entry=None, undo_time=max(now, seen.entry.time))
