"""The rules of what somebody is told. Plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.kit.money import Money
from services.kit.names import Name
from services.messaging.cascades.domain import PERSONAL, USUAL, Step, Way
from services.messaging.cascades.domain import ways as cascade_ways
from services.messaging.messages.domain import (
    Channel,
    Failure,
    Kind,
    Message,
    Priority,
    ProviderTemplate,
    State,
    Text,
)
from services.messaging.people.domain import Person

# What was heard may mention people and events that we hear of a moment later, for the facts of
# different services come in any order.
PATIENCE = timedelta(seconds=30)
# What those are told who look after the money of an organization.
ACCOUNTING = frozenset(
    {
        Kind.REFUND_FAILED,
        Kind.REVIEW_NEEDED,
        Kind.DISPUTE_OPENED,
        Kind.DISPUTE_DUE,
        Kind.DISPUTE_WON,
        Kind.DISPUTE_LOST,
    }
)
# What nobody can wait for, and what somebody waits for; the rest is told in good time.
PRIORITIES = {
    Kind.PASSWORD_CODE: Priority.IMMEDIATE,
    Kind.EMAIL_CODE: Priority.IMMEDIATE,
    Kind.PHONE_CODE: Priority.IMMEDIATE,
    Kind.PASSWORD_CHANGED: Priority.IMMEDIATE,
    Kind.EMAIL_CHANGED: Priority.IMMEDIATE,
    Kind.EMAIL_TAKEN: Priority.IMMEDIATE,
    Kind.TICKET: Priority.HIGH,
    Kind.LAPSED: Priority.HIGH,
    Kind.SOLD_OUT: Priority.HIGH,
    Kind.OFFER: Priority.HIGH,
    Kind.LATE: Priority.HIGH,
    Kind.LEAVE_NOW: Priority.HIGH,
    Kind.RUNNING_LATE: Priority.HIGH,
    Kind.CANCELLED: Priority.HIGH,
    Kind.MOVED: Priority.HIGH,
    Kind.REFUND: Priority.HIGH,
    Kind.MEMBERSHIP: Priority.HIGH,
}

NO_ADDRESS = "no address of the recipient is known"


@dataclass(frozen=True)
class Notice:
    """Something that somebody should be told."""

    kind: Kind
    # The resource name of who should be told.
    recipient: str
    # What it is about. One of the two is enough to find the event.
    event: Name | None = None
    booking: Name | None = None
    # Of a ticket what the door reads; or what somebody proves with who they are. Good as a key:
    # never shown to others.
    codes: tuple[str, ...] = field(default=(), repr=False)
    # Of a refund.
    amount: Money | None = None
    # Of what went wrong: why, in somebody else's words. May be empty.
    detail: str = ""
    # What something is called on paper, and where a program gets that paper.
    number: str = ""
    path: str = ""
    # Until when something is to be done.
    due_time: datetime | None = None
    # Of an arrival: the resource name of who arrived, when, and how many minutes after the start.
    # Of somebody on the way: who is expected, and how many minutes after the start.
    traveler: str = ""
    arrive_time: datetime | None = None
    late_minutes: int = 0
    # When somebody has to leave to be in time; None for at once.
    leave_time: datetime | None = None
    # From when on there is no use in saying it.
    expire_time: datetime | None = None
    # Of an offer: how long it stands.
    until: datetime | None = None
    # Of a membership: who is asked, since nobody has heard of them, and as what.
    invitee: Person | None = None
    role: str = ""
    # Of a code: how long it is good.
    code_minutes: int = 0
    # Of an answer: `yes`, `no` or `maybe`, who comes along, and why it was not taken.
    answer: str = ""
    guests: int = 0
    refusal: str = ""
    # What somebody of the organization says, as it is. The subject is one line.
    text: str = ""
    subject: str = ""
    # What somebody wrote on who is answered, and from where. None: as they are reached.
    by: tuple[Channel, str] | None = None
    # What the provider calls what they wrote, where an answer can say that.
    reply_to: str = ""
    # Whether it asks where the person is.
    asks_location: bool = False
    # The same in words that the provider has approved.
    template: ProviderTemplate | None = field(default=None, repr=False)


def ways(notice: Notice, person: Person | None, steps: Sequence[Step] = USUAL) -> list[Way]:
    """What a notice goes by: what it answers, or what reaches the person, one after the other."""
    if notice.by is not None:
        return [Way(*notice.by, deadline=None)]
    found = cascade_ways(steps, person)
    return found[:1] if notice.kind in PERSONAL else found


def route(person: Person | None) -> tuple[Channel, str]:
    """How to reach somebody: by e-mail if we can, else by a text message."""
    found = cascade_ways(USUAL, person)
    return (found[0].channel, found[0].address) if found else (Channel.NONE, "")


def priority(notice: Notice) -> Priority:
    """Who wrote to us is answered at once."""
    if notice.by is not None:
        return Priority.IMMEDIATE
    return PRIORITIES.get(notice.kind, Priority.NORMAL)


def compose(
    name: Name,
    notice: Notice,
    *,
    way: tuple[Channel, str],
    event: Name | None,
    shown: Text,
    now: datetime,
) -> Message:
    """A message on its way; a failed one when there is no way to the person."""
    channel, address = way
    message = Message(
        name=name,
        recipient=notice.recipient,
        address=address,
        channel=channel,
        kind=notice.kind,
        event=event,
        shown=shown,
        create_time=now,
        priority=priority(notice),
        expire_time=notice.expire_time,
    )
    if channel is Channel.NONE:
        return replace(
            message,
            state=State.FAILED,
            failure=Failure.NO_ADDRESS,
            failure_reason=NO_ADDRESS,
        )
    return message
