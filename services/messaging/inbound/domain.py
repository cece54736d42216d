"""The rules of what people write to us. Plain values in, plain values out."""

from __future__ import annotations

import email.utils
import enum
import re
from dataclasses import dataclass, replace
from datetime import datetime

from services.kit import errors
from services.kit.names import Collection, Name
from services.messaging.inbound import commands
from services.messaging.inbound.words import Intent
from services.messaging.messages.domain import Channel

INBOUND = Collection("inboundMessages", "turnout.app/InboundMessage")
# What event takes for the words of a reply.
LONGEST_NOTE = 500


class State(enum.Enum):
    RECEIVED = "received"
    OBEYED = "obeyed"
    FILED = "filed"


@dataclass(frozen=True)
class Place:
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Attachment:
    """A picture, a sound or a document, which stays with the provider."""

    provider_id: str
    content_type: str = ""
    filename: str = ""


@dataclass(frozen=True)
class Inbound:
    """Something that somebody wrote, said or showed, whatever it came by."""

    name: Name
    channel: Channel
    # As `address` writes it.
    sender: str
    # What the provider calls it; the same again on the same channel is the same message.
    provider_message: str
    send_time: datetime
    create_time: datetime
    sender_name: str = ""
    text: str = ""
    # What stands behind the button that they pressed.
    button: str = ""
    place: Place | None = None
    attachments: tuple[Attachment, ...] = ()
    # What the provider calls the message of ours that it answers.
    reply_to: str = ""
    # What came of it.
    state: State = State.RECEIVED
    participant: Name | None = None
    event: Name | None = None
    # `location` for a place, else the value of an `Intent`, or empty.
    intent: str = ""
    guests: int = 0
    late_minutes: int = 0
    version: int = 1


LOCATION = "location"
# How WhatsApp names what was written there; others' names do not come back to them.
QUOTED = "wamid."
SHARING = frozenset({Intent.SHARE, Intent.UNSHARE})
ANSWERS = frozenset({Intent.YES, Intent.NO, Intent.MAYBE})


class InboundMessageNotFound(errors.NotFound):
    message = "there is no {name}"
    name: str


class BadInboundMessage(errors.Invalid):
    """A value that nothing has that somebody wrote."""


def address(channel: Channel, sender: str) -> str:
    """Who wrote, as messages to them are addressed: the same however it was written."""
    if channel is Channel.EMAIL:
        return (email.utils.parseaddr(sender)[1] or sender.strip()).lower()
    text = sender.removeprefix("whatsapp:").strip()
    return "+" + re.sub(r"\D", "", text) if _NUMBER.fullmatch(text) else text


# A phone number, however it is grouped; WhatsApp leaves the plus out.
_NUMBER = re.compile(r"\+?[0-9][0-9 ()./-]{5,22}")


def understood(inbound: Inbound, language: str) -> commands.Command | None:
    """The command that somebody gave, who reads that language."""
    pressed = commands.pressed(inbound.button) if inbound.button else None
    if pressed is not None:
        return pressed
    words = inbound.text or inbound.button
    found = commands.command(words, language)
    if found is None and inbound.channel is Channel.EMAIL:
        return commands.command(commands.first_words(words), language)
    return found


def quoted(inbound: Inbound) -> str:
    """What the provider calls a message that an answer to it can show; empty if none can."""
    shown = inbound.channel is Channel.WHATSAPP and inbound.provider_message.startswith(QUOTED)
    return inbound.provider_message if shown else ""


def known(inbound: Inbound, participant: Name | None, event: Name | None) -> Inbound:
    """Who wrote, and what about, once that was found out."""
    return replace(inbound, participant=participant, event=event)


def obeyed(inbound: Inbound, command: commands.Command) -> Inbound:
    return replace(
        inbound,
        state=State.OBEYED,
        intent=command.intent.value,
        guests=command.guests or 0,
        late_minutes=command.minutes,
        version=inbound.version + 1,
    )


def located(inbound: Inbound) -> Inbound:
    return replace(inbound, state=State.OBEYED, intent=LOCATION, version=inbound.version + 1)


def filed(inbound: Inbound) -> Inbound:
    return replace(inbound, state=State.FILED, version=inbound.version + 1)
