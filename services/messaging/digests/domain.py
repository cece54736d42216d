"""The rules of digests: what goes together, what that says, and what became of it. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from services.messaging.messages.content import Content
from services.messaging.messages.domain import (
    FINAL,
    ORDER,
    Channel,
    Kind,
    Message,
    Text,
)

# What goes together. Notifications are short, and WhatsApp takes approved words for each alone.
CHANNELS = frozenset({Channel.EMAIL, Channel.SMS})
MOST = 20

_BETWEEN = {Channel.EMAIL: "\n\n———\n\n", Channel.SMS: "\n\n"}


def grouped(
    ids: Sequence[uuid.UUID], company: Sequence[Sequence[uuid.UUID]]
) -> list[list[uuid.UUID]]:
    """What goes, and with what: each of those messages once, the others if they are company."""
    of = {id: number for number, each in enumerate(company) for id in each}
    left = [list(each) for each in company]
    gone: set[uuid.UUID] = set()
    found = []
    for id in ids:
        if id in gone:
            continue
        others = left[of[id]] if id in of else []
        together = sorted([id, *(each for each in others if each != id)][:MOST])
        gone.update(together)
        if id in of:
            left[of[id]] = [each for each in others if each not in gone]
        found.append(together)
    return found


def text(channel: Channel, parts: Sequence[Text]) -> Text:
    """What messages say together, the oldest first."""
    said = [f"{each.subject}\n\n{each.body.strip()}".strip() for each in parts]
    body = _BETWEEN[channel].join(said)
    if channel is not Channel.EMAIL:
        return Text("", body)
    return Text(f"{parts[0].subject[:900]} (+{len(parts) - 1})", body + "\n")


def content(channel: Channel, parts: Sequence[tuple[str, Content]]) -> Content:
    """All that messages say together, each with its subject."""
    together = text(channel, [Text(subject, said.body) for subject, said in parts])
    links = dict.fromkeys(link for _, said in parts for link in said.links)
    return Content(together.body, language=parts[0][1].language, links=tuple(links))


def is_digest(message: Message) -> bool:
    return message.kind is Kind.DIGEST


def mirrored(part: Message, digest: Message) -> Message:
    """What became of a message, by what became of what it went with."""
    if part.state in FINAL and ORDER[digest.state] <= ORDER[part.state]:
        return part
    after = replace(
        part,
        state=digest.state,
        provider=digest.provider,
        failure=digest.failure,
        failure_reason=digest.failure_reason,
        attempts=digest.attempts,
        open_attempt=digest.open_attempt,
        send_time=digest.send_time,
        deliver_time=digest.deliver_time,
        read_time=digest.read_time,
    )
    return part if after == part else replace(after, version=part.version + 1)
