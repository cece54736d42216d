"""The rules of messages. Plain values in, plain values out: no clock, no chance, no wire."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.money import Money
from services.kit.names import Collection, Name

MESSAGES = Collection("messages", "turnout.app/Message")
EVENTS = Collection("events", "turnout.app/Event")
BOOKINGS = Collection("bookings", "turnout.app/Booking")
PARTICIPANTS = Collection("participants", "turnout.app/Participant")

# Whose the messages are that the platform itself has to send. Nobody is a member of it.
PLATFORM = uuid.UUID(int=0)

# What was heard may mention people and events that we hear of a moment later, for the facts of
# different services come in any order.
PATIENCE = timedelta(seconds=30)

# After a try that provably failed: 2 s, 4 s, 8 s and so on, and for no longer than a day.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=15)
GIVE_UP = timedelta(hours=24)

NO_ADDRESS = "no address of the recipient is known"
GONE = "the account of the recipient was deleted"


class Kind(enum.Enum):
    """What a message is about."""

    INVITATION = "invitation"
    CONFIRMATION = "confirmation"
    REMINDER = "reminder"
    THANKS = "thanks"
    TICKET = "ticket"
    LAPSED = "lapsed"
    SOLD_OUT = "sold-out"
    CANCELLED = "cancelled"
    MOVED = "moved"
    REFUND = "refund"
    ARRIVAL = "arrival"
    MEMBERSHIP = "membership"
    # What the platform says.
    PASSWORD_CODE = "password-code"  # noqa: S105 - a word
    EMAIL_CODE = "email-code"
    PHONE_CODE = "phone-code"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a word
    EMAIL_CHANGED = "email-changed"


class Channel(enum.Enum):
    NONE = "none"
    EMAIL = "email"
    SMS = "sms"


class State(enum.Enum):
    """Only ever from the upper to the lower."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


FINAL = {State.SENT, State.FAILED}


# --- what was heard


@dataclass(frozen=True)
class Person:
    """Somebody to write to, by the resource name."""

    name: str
    display_name: str
    email: str = ""
    phone: str = ""
    # A language tag such as `pt-BR`; empty when not known.
    language: str = ""
    # Where the person answers, pays and shares the way. Good as a key: never shown to others.
    link: str = field(default="", repr=False)


@dataclass(frozen=True)
class Gathering:
    """What messages say of an event."""

    name: Name
    display_name: str
    place: str
    start_time: datetime
    time_zone: str
    called_off: bool = False
    cancel_reason: str = ""


@dataclass(frozen=True)
class Host:
    """What messages say of an organization, and where it hears of its events itself."""

    id: uuid.UUID
    display_name: str
    contact_email: str


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
    # Of an arrival: the resource name of who arrived, when, and how many minutes after the start.
    traveler: str = ""
    arrive_time: datetime | None = None
    late_minutes: int = 0
    # Of a membership: who is asked, since nobody has heard of them, and as what.
    invitee: Person | None = None
    role: str = ""
    # Of a code: how long it is good.
    code_minutes: int = 0


# --- messages


@dataclass(frozen=True)
class Text:
    """What a message says. The subject is one line, and empty where the channel has none."""

    subject: str
    body: str


@dataclass(frozen=True)
class Message:
    name: Name
    recipient: str
    address: str
    channel: Channel
    kind: Kind
    event: Name | None
    # Without what is personal: links and codes.
    shown: Text
    create_time: datetime
    state: State = State.QUEUED
    provider: str = ""
    provider_message: str = ""
    failure_reason: str = ""
    # How many attempts to hand it to a provider came to an end.
    attempts: int = 0
    # Whether a provider may have it, and has not said so yet.
    open_attempt: bool = False
    send_time: datetime | None = None
    version: int = 1


@dataclass(frozen=True)
class Letter:
    """What a provider gets: a message with every word of it, and who it is for."""

    name: Name
    channel: Channel
    to_name: str
    address: str
    text: Text = field(repr=False)


# --- what became of an attempt


@dataclass(frozen=True)
class Taken:
    """The provider has it, under that name of its own."""

    provider_message: str = ""


@dataclass(frozen=True)
class Deferred:
    """The provider provably has it not, and may take it later."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """The provider will never take it."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """The provider may have it or not, and nobody can find out."""

    reason: str


Outcome = Taken | Deferred | Refused | Unknown


class MessageNotFound(errors.NotFound):
    message = "there is no {name}"
    name: str


# --- rules


def route(person: Person | None) -> tuple[Channel, str]:
    """How to reach somebody: by e-mail if we can, else by a text message."""
    if person is None:
        return Channel.NONE, ""
    if person.email:
        return Channel.EMAIL, person.email
    if person.phone:
        return Channel.SMS, person.phone
    return Channel.NONE, ""


def compose(
    name: Name,
    notice: Notice,
    *,
    person: Person | None,
    event: Name | None,
    shown: Text,
    now: datetime,
) -> Message:
    """A message on its way; a failed one when there is no way to the person."""
    channel, address = route(person)
    message = Message(
        name=name,
        recipient=notice.recipient,
        address=address,
        channel=channel,
        kind=notice.kind,
        event=event,
        shown=shown,
        create_time=now,
    )
    if channel is Channel.NONE:
        return replace(message, state=State.FAILED, failure_reason=NO_ADDRESS)
    return message


def claim(message: Message, provider: str) -> Message | None:
    """Passes the point of no return: from here on the provider may have it.

    None when somebody else is past that point, or the message is at its end.
    """
    if message.open_attempt or message.state in FINAL:
        return None
    return replace(
        message,
        state=State.SENDING,
        provider=provider,
        open_attempt=True,
        version=message.version + 1,
    )


def settle(message: Message, outcome: Outcome, *, provider: str, now: datetime) -> Message:
    """Ends an attempt. A message that a provider has is sent, whatever was thought of it before."""
    ended = replace(
        message,
        provider=provider,
        attempts=message.attempts + 1,
        open_attempt=False,
        version=message.version + 1,
    )
    match outcome:
        case Taken(provider_message):
            return replace(
                ended,
                state=State.SENT,
                provider_message=provider_message,
                failure_reason="",
                send_time=now,
            )
        case _ if message.state in FINAL:
            return message
        case Deferred(reason) if now - message.create_time < GIVE_UP:
            return ended
        case Deferred(reason):
            return _failed(ended, f"given up after {ended.attempts} attempts: {reason}")
        case Refused(reason):
            return _failed(ended, reason)
        case Unknown(reason):
            return _failed(ended, f"unknown outcome: {reason}")


def erase(message: Message) -> Message:
    """A message to somebody who is no more with us: what nobody has of it yet goes to nobody."""
    if message.open_attempt or message.state in FINAL:
        return message
    return _failed(replace(message, version=message.version + 1), GONE)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(attempts - 1, 20)))


def _failed(message: Message, reason: str) -> Message:
    return replace(message, state=State.FAILED, failure_reason=reason)
