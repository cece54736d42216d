"""The rules of conversations. Plain values in, plain values out."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from services.kit import errors
from services.kit.names import Collection, Name
from services.messaging.inbound.domain import Inbound
from services.messaging.messages.domain import Channel
from services.messaging.people.domain import Person

CONVERSATIONS = Collection("conversations", "turnout.app/Conversation")
SNIPPET = 120  # characters


class State(enum.Enum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True)
class Conversation:
    name: Name
    channel: Channel
    address: str
    create_time: datetime
    update_time: datetime
    participant: Name | None = None
    display_name: str = ""
    event: Name | None = None
    state: State = State.OPEN
    assignee: uuid.UUID | None = None
    entry_count: int = 0
    snippet: str = ""
    version: int = 1


@dataclass(frozen=True)
class Entry:
    """Something that was said: by the person (`inbound`), or to the person (`message`)."""

    conversation: Name
    number: int
    text: str
    create_time: datetime
    inbound: Name | None = None
    message: Name | None = None
    author: str = ""


@dataclass(frozen=True)
class Wanted:
    """Which conversations are asked for; what is None asks for nothing."""

    state: State | None = None
    assignee: uuid.UUID | None = None
    participant: Name | None = None


class ConversationNotFound(errors.NotFound):
    message = "there is no {name}"
    name: str


class BadFrame(errors.Invalid):
    """A frame that may not come now."""


class TooSlow(errors.Exhausted):
    message = "the reader cannot keep up; open the stream again"


class StreamMoved(errors.Unreachable):
    message = "the stream was open for long enough; open it again"
    retry_seconds = 0.1


def begin(id: uuid.UUID, inbound: Inbound, now: datetime) -> Conversation:
    name = Name(inbound.name.organization, id)
    return Conversation(name, inbound.channel, inbound.sender, create_time=now, update_time=now)


def written(
    before: Conversation, inbound: Inbound, person: Person | None, text: str, now: datetime
) -> tuple[Conversation, Entry]:
    """Takes in what the person wrote: it waits for an answer, on what they wrote on."""
    entry = Entry(before.name, before.entry_count + 1, text, now, inbound=inbound.name)
    after = _said(before, entry, State.OPEN, now)
    known = person.display_name if person else ""
    return replace(
        after,
        channel=inbound.channel,
        address=inbound.sender,
        participant=inbound.participant or before.participant,
        event=inbound.event or before.event,
        display_name=known or inbound.sender_name or before.display_name,
    ), entry


def replied(
    before: Conversation, message: Name, text: str, author: str, by: uuid.UUID | None, now: datetime
) -> tuple[Conversation, Entry]:
    """Takes down an answer. Who answers what nobody sees to sees to it."""
    number = before.entry_count + 1
    entry = Entry(before.name, number, text, now, message=message, author=author)
    after = _said(before, entry, State.ANSWERED, now)
    return replace(after, assignee=before.assignee or by), entry


def assign(before: Conversation, assignee: uuid.UUID | None, now: datetime) -> Conversation:
    return _changed(before, replace(before, assignee=assignee), now)


def close(before: Conversation, now: datetime) -> Conversation:
    return _changed(before, replace(before, state=State.CLOSED), now)


def _said(before: Conversation, entry: Entry, state: State, now: datetime) -> Conversation:
    return replace(
        before,
        state=state,
        entry_count=entry.number,
        snippet=" ".join(entry.text.split())[:SNIPPET],
        update_time=now,
        version=before.version + 1,
    )


def _changed(before: Conversation, after: Conversation, now: datetime) -> Conversation:
    if after == before:
        return before
    return replace(after, update_time=now, version=before.version + 1)
