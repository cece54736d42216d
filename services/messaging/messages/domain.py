"""The rules of messages. Plain values in, plain values out: no clock, no chance, no wire."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.kit import errors
from services.kit.names import Collection, Name

MESSAGES = Collection("messages", "turnout.app/Message")
# Whose the messages are that the platform itself has to send. Nobody is a member of it.
PLATFORM = uuid.UUID(int=0)
# Of what a provider says of a message before we know that it has it.
NOBODYS = uuid.UUID(int=0)

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
    # That a seat is held for who waits for one.
    OFFER = "offer"
    CANCELLED = "cancelled"
    MOVED = "moved"
    REFUND = "refund"
    # Money came when the booking could make nothing of it any more.
    FORFEITED = "forfeited"
    # What was paid is on paper.
    RECEIPT = "receipt"
    # For those who look after the money.
    REFUND_FAILED = "refund-failed"
    REVIEW_NEEDED = "review-needed"
    DISPUTE_OPENED = "dispute-opened"
    DISPUTE_DUE = "dispute-due"
    DISPUTE_WON = "dispute-won"
    DISPUTE_LOST = "dispute-lost"
    ARRIVAL = "arrival"
    # That somebody is not there after all.
    NO_ARRIVAL = "no-arrival"
    MEMBERSHIP = "membership"
    # That somebody comes late, as they say.
    LATE = "late"
    # What the forecasts of who is on the way say: to them, and to who waits for them.
    LEAVE_NOW = "leave-now"
    RUNNING_LATE = "running-late"
    # What an organization says in words of its own.
    TEST = "test"
    CAMPAIGN = "campaign"
    NOTE = "note"
    # Several of them to one person.
    DIGEST = "digest"
    # What is said to who wrote to us: by somebody of the organization, or by itself.
    REPLY = "reply"
    ANSWER = "answer"
    LATE_NOTED = "late-noted"
    WHERE = "where"
    # Whether the way of somebody is seen.
    SHARING = "sharing"
    HELP = "help"
    STOPPED = "stopped"
    STARTED = "started"
    # What the platform says.
    PASSWORD_CODE = "password-code"  # noqa: S105 - a word
    EMAIL_CODE = "email-code"
    PHONE_CODE = "phone-code"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a word
    EMAIL_CHANGED = "email-changed"
    EMAIL_TAKEN = "email-taken"


class Channel(enum.Enum):
    # Members are looked up for every recipient of a campaign, and each is there once.
    __hash__ = object.__hash__

    NONE = "none"
    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    PUSH = "push"


class State(enum.Enum):
    """Only ever from the upper to the lower, but for the one doubt that `dispatch` clears up.

    So what a message came to is the furthest of what was heard of it, in whatever order that
    came: what is delivered has not failed, whoever says so.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"


ORDER = {state: number for number, state in enumerate(State)}
# Nothing more is to be handed over.
FINAL = {State.SENT, State.FAILED, State.DELIVERED, State.READ}


class Priority(enum.IntEnum):
    """What goes first. Within a priority it is first come, first served."""

    IMMEDIATE = 1
    HIGH = 2
    NORMAL = 3
    BULK = 4


class Failure(enum.Enum):
    """Why a message failed, for programs."""

    NONE = ""
    NO_ADDRESS = "no-address"
    REFUSED = "refused"
    UNKNOWN_OUTCOME = "unknown-outcome"
    PROVIDER_AWAY = "provider-away"
    SUPPRESSED = "suppressed"
    SUPERSEDED = "superseded"
    REJECTED_CONTENT = "rejected-content"
    ACCOUNT = "account"
    EXPIRED = "expired"


# What we came to ourselves, and not by a provider's word: it may have the message all the same.
OUR_GUESS = {Failure.UNKNOWN_OUTCOME, Failure.PROVIDER_AWAY}


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
    priority: Priority = Priority.NORMAL
    failure: Failure = Failure.NONE
    deliver_time: datetime | None = None
    read_time: datetime | None = None
    # The first message of those that say the same by one channel after the other.
    cascade: uuid.UUID | None = None
    # From when on it is of no use; None if it always is.
    expire_time: datetime | None = None
    # The message that says it together with others; what became of that, became of it.
    digest: uuid.UUID | None = None
    # What it says, where many are told the same.
    circular: uuid.UUID | None = None


@dataclass(frozen=True)
class Button:
    """A way to answer, and what we get when it is taken."""

    title: str
    payload: str


@dataclass(frozen=True)
class Link:
    """Where something is done that the message asks for, and what that is called."""

    title: str
    uri: str = field(repr=False)


@dataclass(frozen=True)
class ProviderTemplate:
    """Words that a provider knows and has approved, by its name for them."""

    name: str
    language: str
    # What is filled in, in order; each with its name where the template has names.
    parameters: tuple[tuple[str, str], ...] = ()
    # What is filled in at its head, and behind the address of its button. Empty where it has none.
    header: str = ""
    link: str = field(default="", repr=False)
    # How many buttons to answer by it has.
    quick_replies: int = 0


@dataclass(frozen=True)
class Letter:
    """What a provider gets: a message with every word of it, and who it is for.

    What a channel has no way to say is left out there; `text` says it all.
    """

    name: Name
    channel: Channel
    to_name: str
    address: str
    text: Text = field(repr=False)
    # A language tag such as `pt-BR`; empty when not known.
    language: str = ""
    # The same as `text` for programs that show pages. Empty where there is none.
    html: str = field(default="", repr=False)
    # Who writes, as people call them. Empty when not known.
    host: str = ""
    # The same in words that the provider has approved, for when one may not write freely.
    template: ProviderTemplate | None = field(default=None, repr=False)
    buttons: tuple[Button, ...] = ()
    links: tuple[Link, ...] = ()
    # Whether it asks where the person is.
    asks_location: bool = False
    # What the provider calls the message that it answers.
    reply_to: str = ""
    # Where one says, by a single POST, that one wants no more of them (RFC 8058).
    unsubscribe_uri: str = field(default="", repr=False)


@dataclass(frozen=True)
class Event:
    """Something that happened to a message, by whoever says so."""

    message: Name
    state: State
    event_time: datetime
    record_time: datetime
    provider: str = ""
    provider_message: str = ""
    failure: Failure = Failure.NONE
    reason: str = ""
    # Where it stands in the order of what was heard; set by the database.
    position: int = 0


@dataclass(frozen=True)
class Sent:
    """What is said of a message that a provider has."""

    message: Name
    provider: str
    provider_message: str
    send_time: datetime


class MessageNotFound(errors.NotFound):
    message = "there is no {name}"
    name: str


def erase(message: Message) -> Message:
    """A message to somebody who is no more with us: what nobody has of it yet goes to nobody."""
    if message.open_attempt or message.state in FINAL:
        return message
    return fail(message, Failure.NO_ADDRESS, GONE)


def fail(message: Message, failure: Failure, reason: str) -> Message:
    return replace(
        message,
        state=State.FAILED,
        failure=failure,
        failure_reason=reason,
        open_attempt=False,
        version=message.version + 1,
    )
