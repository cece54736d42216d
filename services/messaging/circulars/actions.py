"""What is done with circulars, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.kit.db import Tx
from services.kit.names import Name
from services.kit.secrets import open
from services.messaging.cascades.domain import Way
from services.messaging.circulars import store
from services.messaging.circulars.domain import Circular, circular_id, content
from services.messaging.messages.content import Content, packed, unpacked
from services.messaging.messages.domain import MESSAGES, Channel, Message
from services.messaging.people import store as people
from services.messaging.people.domain import PARTICIPANTS, Person
from services.messaging.templates.domain import Translation
from services.messaging.templates.rendering import LEFT_OUT, one_line

# A message, how its recipient is called, and its whole body, sealed; None of a circular.
Found = tuple[Message, str, bytes | None]


async def keep(tx: Tx, of: Name, translation: Translation, filled: Mapping[str, str]) -> Circular:
    """What is written to many in a language: as it was when the first of them was written to."""
    name = Name(of.organization, circular_id(of.id, translation.language))
    await store.add(tx, Circular(name, translation, filled))
    return (await store.find(tx, name.organization, [name.id]))[name.id]


async def said(
    tx: Tx, organization: uuid.UUID, found: Sequence[Found], key: bytes
) -> dict[uuid.UUID, Content]:
    """All that messages say, by their ids; without those that have forgotten it."""
    known = {
        message.name.id: unpacked(open(key, sealed, MESSAGES.format(message.name)).decode())
        for message, _, sealed in found
        if sealed is not None
    }
    shared = [each for each in found if each[2] is None and each[0].circular is not None]
    if not shared:
        return known
    circulars = await store.find(tx, organization, {m.circular for m, _, _ in shared if m.circular})
    links = await _links(tx, organization, [message for message, _, _ in shared], key)
    for message, to_name, _ in shared:
        circular = circulars[message.circular] if message.circular else None
        if circular is not None:
            link = links.get(message.recipient, "")
            known[message.name.id] = content(circular, message.channel, to_name, link)
    return known


async def _links(
    tx: Tx, organization: uuid.UUID, messages: Sequence[Message], key: bytes
) -> dict[str, str]:
    """The links of the recipients, by their names; without those who are not there any more."""
    ids = {PARTICIPANTS.parse(each.recipient).id for each in messages}
    found = await people.participants_with_links(tx, organization, ids)
    return {person.name: open(key, link, person.name).decode() for person, link in found}


async def written(
    tx: Tx, circular: Name, first: Message, ways: Sequence[Way], key: bytes
) -> list[Way]:
    """Ways to say a circular to who a message is for, with the words; to where they are now."""
    found = await store.find(tx, circular.organization, [circular.id])
    known = await people.participant(tx, PARTICIPANTS.parse(first.recipient), first.recipient)
    if known is None or circular.id not in found:
        return []
    person, link = known
    whole = open(key, link, person.name).decode()
    reached = [replace(way, address=way.address or _address(person, way.channel)) for way in ways]
    return [_say(found[circular.id], way, person, whole) for way in reached if way.address]


def _address(person: Person, channel: Channel) -> str:
    return person.email if channel is Channel.EMAIL else person.phone


def _say(circular: Circular, way: Way, person: Person, link: str) -> Way:
    shown = {"name": one_line(person.display_name), "link": LEFT_OUT}
    text = circular.blank(way.channel)(shown)
    body = packed(content(circular, way.channel, person.display_name, link))
    return replace(way, subject=text.subject, shown=text.body, body=body)
