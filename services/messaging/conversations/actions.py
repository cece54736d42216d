"""What is done with conversations, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from services.kit.caller import Caller, Kind
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import USERS, Name
from services.kit.pages import Page
from services.messaging.conversations import domain, store
from services.messaging.conversations.domain import CONVERSATIONS, Conversation, Entry
from services.messaging.inbound import commands
from services.messaging.inbound.domain import Inbound
from services.messaging.messages.domain import Channel
from services.messaging.messages.domain import Kind as Message
from services.messaging.notices import actions as notices
from services.messaging.notices.domain import Notice
from services.messaging.people.domain import PARTICIPANTS, Person

# Shows somebody that we read what they wrote; its id is that of the inbound message.
READ = "read-receipt"


async def file(tx: Tx, inbound: Inbound, person: Person | None, now: datetime) -> None:
    """Puts what somebody wrote into their conversation, where somebody will read it."""
    name = await _of(tx, inbound, person)
    before = await store.lock(tx, name) or domain.begin(name.id, inbound, now)
    after, entry = domain.written(before, inbound, person, _text(inbound), now)
    await _keep(tx, after, entry)


async def reply(
    tx: Tx,
    name: Name,
    text: str,
    *,
    by: Caller,
    key: bytes,
    now: datetime,
    asks_location: bool = False,
) -> Entry:
    """Answers a person on what they wrote on."""
    before = await _locked(tx, name)
    await _seen(tx, before, now)
    message = Name(name.organization, new_id())
    user = USERS.parse(by.name) if by.kind is Kind.USER else None
    after, entry = domain.replied(before, message, text, by.name, user, now)
    await _keep(tx, after, entry)
    notice = Notice(
        Message.REPLY,
        PARTICIPANTS.format(before.participant) if before.participant else "",
        before.event,
        by=(before.channel, before.address),
        text=text,
        asks_location=asks_location,
    )
    await notices.tell(tx, name.organization, notice, key=key, now=now, name=message)
    return entry


async def assign(tx: Tx, name: Name, assignee: uuid.UUID | None, now: datetime) -> Conversation:
    after = await _change(tx, name, lambda before: domain.assign(before, assignee, now))
    if assignee is not None:
        await _seen(tx, after, now)
    return after


async def mark_read(tx: Tx, name: Name, now: datetime) -> Conversation:
    """Has the person shown that what they wrote last was read."""
    found = await conversation(tx, name)
    await _seen(tx, found, now)
    return found


async def close(tx: Tx, name: Name, now: datetime) -> Conversation:
    return await _change(tx, name, lambda before: domain.close(before, now))


async def conversation(tx: Tx, name: Name) -> Conversation:
    found = await store.find(tx, name)
    if found is None:
        raise domain.ConversationNotFound(CONVERSATIONS.format(name))
    return found


async def conversations(
    tx: Tx, organization: uuid.UUID, page: Page, wanted: domain.Wanted
) -> tuple[Sequence[Conversation], str]:
    """A page of conversations, and the token of the next."""
    if wanted.participant is not None and wanted.participant.organization != organization:
        return [], ""
    found = await store.page(
        tx,
        organization,
        page,
        state=wanted.state,
        assignee=wanted.assignee,
        participant=wanted.participant.id if wanted.participant else None,
    )
    return page.cut(found, store.key)


async def entries(tx: Tx, name: Name, page: Page) -> tuple[Sequence[Entry], str]:
    """A page of what was said, and the token of the next."""
    await conversation(tx, name)
    after = page.keys("after")["after"] or 0
    found = await store.entries(tx, name, after=after, most=page.limit)
    return page.cut(found, lambda entry: (entry.number,))


async def _seen(tx: Tx, read: Conversation, now: datetime) -> None:
    """Has it shown that somebody reads what waits for an answer."""
    if read.channel is not Channel.WHATSAPP or read.state is not domain.State.OPEN:
        return
    inbound = await store.last_inbound(tx, read.name)
    if inbound is not None:
        tx.schedule(READ, read.name.organization, inbound, now)


async def _of(tx: Tx, inbound: Inbound, person: Person | None) -> Name:
    """The conversation of who wrote: by where that came from, or by what else reaches them."""
    organization = inbound.name.organization
    others = {person.email.lower(), person.phone} - {""} if person else set()
    known = await store.of_addresses(tx, organization, sorted({inbound.sender, *others}))
    id = await store.claim(tx, organization, inbound.sender, known or new_id())
    if others:
        await store.also(tx, organization, sorted(others), id)
    return Name(organization, id)


def _text(inbound: Inbound) -> str:
    text = inbound.text or inbound.button
    if inbound.channel is Channel.EMAIL:
        text = commands.written(text) or text
    return text


async def _change(
    tx: Tx, name: Name, change: Callable[[Conversation], Conversation]
) -> Conversation:
    before = await _locked(tx, name)
    after = change(before)
    if after != before:
        await _keep(tx, after)
    return after


async def _locked(tx: Tx, name: Name) -> Conversation:
    found = await store.lock(tx, name)
    if found is None:
        raise domain.ConversationNotFound(CONVERSATIONS.format(name))
    return found


async def _keep(tx: Tx, value: Conversation, entry: Entry | None = None) -> None:
    await store.save(tx, value)
    if entry is not None:
        await store.say(tx, entry)
    tx.stir(store.topic(value.name.organization))
