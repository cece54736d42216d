"""The rules of tickets. Plain values in, plain values out."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.booking.domain import TICKETS, Booking, Item
from services.kit import errors
from services.kit.money import Money, total
from services.kit.names import Name

# How long somebody may think about a ticket that is offered to them.
OFFERED = timedelta(days=7)


class State(enum.Enum):
    VALID = "valid"
    # Somebody came in with it.
    USED = "used"
    # Its booking stands no more.
    CANCELLED = "cancelled"
    # The seat went back to the sale.
    RETURNED = "returned"
    # The payment of its booking is disputed.
    SUSPENDED = "suspended"


@dataclass(frozen=True)
class Transfer:
    """An offer of a ticket to somebody else, until it is taken or its time is over."""

    id: uuid.UUID
    expire_time: datetime
    # Who may take it; anybody who has the token if empty.
    recipient: str = ""


@dataclass(frozen=True)
class Ticket:
    """The right to one seat, as its holder has it."""

    name: Name
    booking: Name
    event: Name
    ticket_type: str
    code: str
    holder: str
    state: State
    update_time: datetime
    # Which of its codes is the newest.
    issue: int = 1
    transfer: Transfer | None = None
    version: int = 1
    # When somebody came in with it.
    check_in_time: datetime | None = None
    # Where one sits; empty where seats have no names.
    seat: str = ""


@dataclass(frozen=True)
class Gathering:
    """What a ticket says of its event."""

    display_name: str
    start_time: datetime
    end_time: datetime
    time_zone: str
    place: str = ""


class TicketNotFound(errors.NotFound):
    message = "there is no ticket {ticket}"
    ticket: str


class WrongTicketState(errors.Unmet):
    message = "{ticket} is {state}"
    ticket: str
    state: str


class TicketSuspended(errors.Unmet):
    message = "{ticket} lets nobody in while its payment is disputed"
    ticket: str


class PassUnavailable(errors.Unmet):
    message = "there is no {format} of {ticket}: {problem}"
    ticket: str
    format: str
    problem: str


class TransferNotFound(errors.NotFound):
    message = "the token does not offer {ticket}, not to you, or no more"
    ticket: str


def require_valid(ticket: Ticket) -> None:
    if ticket.state is State.SUSPENDED:
        raise TicketSuspended(TICKETS.format(ticket.name))
    if ticket.state is not State.VALID:
        raise WrongTicketState(TICKETS.format(ticket.name), ticket.state.name)


def transfer(ticket: Ticket, offer: Transfer, now: datetime) -> Ticket:
    """Offers a ticket to somebody; an earlier offer of it ends. Its holder has it until then."""
    require_valid(ticket)
    return _turned(ticket, now, transfer=offer)


def recall(ticket: Ticket, now: datetime) -> Ticket:
    """Takes an offer back. Without any, nothing changes."""
    return _turned(ticket, now, transfer=None) if ticket.transfer else ticket


def accept(ticket: Ticket, offer: uuid.UUID, who: str, now: datetime) -> Ticket:
    """Gives a ticket to who takes the offer; who has taken it already keeps it.

    The code it had is good no more; `reissue` gives it another one.
    """
    made = ticket.transfer
    if made is None or made.id != offer or made.recipient not in ("", who):
        raise TransferNotFound(TICKETS.format(ticket.name))
    if made.expire_time <= now:
        raise TransferNotFound(TICKETS.format(ticket.name))
    require_valid(ticket)
    return replace(ticket, holder=who)


def reissue(ticket: Ticket, code: str, now: datetime) -> Ticket:
    """Another code in place of the one before, which dies with any offer of the ticket."""
    require_valid(ticket)
    return _turned(ticket, now, transfer=None, code=code, issue=ticket.issue + 1)


def give_back(ticket: Ticket, now: datetime) -> Ticket:
    require_valid(ticket)
    return _turned(ticket, now, transfer=None, state=State.RETURNED)


def without(booking: Booking, ticket_type: str, now: datetime, seat: str = "") -> Booking:
    """A booking of several seats when one of them was given back, and costs that much less."""
    items = tuple(
        replace(
            item,
            quantity=item.quantity - 1,
            seats=tuple(name for name in item.seats if name != seat),
        )
        if item.ticket_type == ticket_type
        else item
        for item in booking.items
    )
    left = tuple(item for item in items if item.quantity)
    paid = booking.total - share(booking, ticket_type)
    return replace(
        booking,
        items=left,
        total=paid,
        discount=_worth(left, paid.currency) - paid if booking.discount else None,
        update_time=now,
        version=booking.version + 1,
    )


def share(booking: Booking, ticket_type: str) -> Money:
    """What one seat cost: its part of what the booking cost, by the prices of its types."""
    whole = _worth(booking.items, booking.total.currency).minor
    prices = {item.ticket_type: item.price.minor if item.price else 0 for item in booking.items}
    seats = sum(item.quantity for item in booking.items)
    weight, of = (prices[ticket_type], whole) if whole else (1, seats)
    return Money(booking.total.currency, booking.total.minor * weight // of)


def _worth(items: tuple[Item, ...], currency: str) -> Money:
    """What seats cost before any discount."""
    prices = [item.price * item.quantity for item in items if item.price]
    return total(currency, prices)


def _turned(ticket: Ticket, now: datetime, **changes: object) -> Ticket:
    changed = {"update_time": now, "version": ticket.version + 1, **changes}
    return replace(ticket, **changed)  # type: ignore[arg-type]
