"""What messaging does, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from google.protobuf.message import Message as Fact

from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import ORGANIZATIONS, USERS, Name
from services.kit.pages import Page
from services.kit.secrets import open, seal
from services.messaging import domain, rendering, store, wire

SEND = "send"
TELL = "tell"
# Forgets a message to somebody who is gone; its id is the message's.
ERASE = "erase"
LOOK_AGAIN = timedelta(seconds=1)


# --- what was heard


async def know_participant(tx: Tx, name: Name, person: domain.Person, key: bytes) -> None:
    link = seal(key, person.link.encode(), person.name)
    await store.know_participant(tx, name, person, link=link)


async def forget_user(tx: Tx, user: uuid.UUID, now: datetime) -> None:
    """Has everything forgotten that is known of somebody who is no more with us."""
    await store.forget_user(tx, user)
    person = USERS.format(user)
    await tx.speak_for(person)
    for name in await store.of_person(tx, person):
        tx.schedule(ERASE, name.organization, name.id, now)


async def erase(tx: Tx, name: Name) -> None:
    """Forgets what a message said, and to whom."""
    message = await store.lock(tx, name)
    if message is not None:
        await store.erase(tx, domain.erase(message))


async def hear(tx: Tx, id: Name, fact: Fact, *, key: bytes, link: wire.Link, now: datetime) -> None:
    """Tells somebody of a fact, or keeps it until all that it speaks of is known."""
    notice = wire.notice(fact, link)
    if not await _tell(tx, id.organization, notice, key=key, now=now, last=False):
        type, body = fact.DESCRIPTOR.full_name, seal(key, fact.SerializeToString(), str(id.id))
        await store.wait(tx, id, type=type, body=body, now=now)
        tx.schedule(TELL, id.organization, id.id, now + LOOK_AGAIN)


async def look_again(tx: Tx, id: Name, *, key: bytes, link: wire.Link, now: datetime) -> None:
    """Tells somebody of a fact that was kept; with what is known, when that took too long."""
    kept = await store.waiting_fact(tx, id)
    if kept is None:
        return
    type, body, since = kept
    notice = wire.notice(wire.fact(type, open(key, body, str(id.id))), link)
    last = now - since >= domain.PATIENCE
    if await _tell(tx, id.organization, notice, key=key, now=now, last=last):
        await store.wait_no_more(tx, id)
    else:
        tx.schedule(TELL, id.organization, id.id, now + LOOK_AGAIN)


async def _tell(
    tx: Tx, organization: uuid.UUID, notice: domain.Notice, *, key: bytes, now: datetime, last: bool
) -> bool:
    """Queues the message that a notice asks for. False when something it needs is not known yet."""
    about = await _subject(tx, organization, notice, key)
    if not last and not _complete(about):
        return False
    if notice.kind is domain.Kind.ARRIVAL and about.host and not about.host.contact_email:
        return True  # the organization wants to hear nothing
    name = Name(organization, new_id())
    channel, _ = domain.route(about.person)
    message = domain.compose(
        name,
        notice,
        person=about.person,
        event=about.event.name if about.event else notice.event,
        shown=rendering.render(about.without_secrets(), channel),
        now=now,
    )
    await _queue(tx, message, about, key)
    return True


async def notify(
    tx: Tx, notice: domain.Notice, person: domain.Person, *, key: bytes, now: datetime
) -> None:
    """Queues what the platform has to say to somebody. What it says is complete in itself."""
    about = rendering.Subject(notice, person, event=None, host=None)
    channel, _ = domain.route(person)
    message = domain.compose(
        Name(domain.PLATFORM, new_id()),
        notice,
        person=person,
        event=None,
        shown=rendering.render(about.without_secrets(), channel),
        now=now,
    )
    await _queue(tx, message, about, key)


async def _queue(tx: Tx, message: domain.Message, about: rendering.Subject, key: bytes) -> None:
    to_name = about.person.display_name if about.person else ""
    if message.state in domain.FINAL:
        await store.add(tx, message, to_name=to_name, sealed_body=None)
        tx.publish(wire.failed(message), subject=domain.MESSAGES.format(message.name))
        return
    body = rendering.render(about, message.channel).body
    sealed = seal(key, body.encode(), domain.MESSAGES.format(message.name))
    await store.add(tx, message, to_name=to_name, sealed_body=sealed)
    tx.schedule(SEND, message.name.organization, message.name.id, message.create_time)


async def _subject(
    tx: Tx, organization: uuid.UUID, notice: domain.Notice, key: bytes
) -> rendering.Subject:
    event = notice.event
    if event is None and notice.booking is not None:
        event = await store.event_of_booking(tx, notice.booking)
    return rendering.Subject(
        notice=notice,
        person=notice.invitee or await _person(tx, notice.recipient, key),
        event=await store.event(tx, event) if event else None,
        host=await store.host(tx, organization),
        traveler=await _person(tx, notice.traveler, key) if notice.traveler else None,
    )


def _complete(about: rendering.Subject) -> bool:
    """Whether all that the message speaks of is known."""
    if about.notice.invitee is not None:
        return about.host is not None
    traveler = about.traveler is not None or not about.notice.traveler
    return about.person is not None and about.event is not None and traveler


async def _person(tx: Tx, name: str, key: bytes) -> domain.Person | None:
    """Who bears a name: a user, a participant, or an organization."""
    match name.split("/"):
        case ["users", _]:
            return await store.user(tx, USERS.parse(name), name)
        case ["organizations", _]:
            host = await store.host(tx, ORGANIZATIONS.parse(name))
            return domain.Person(name, host.display_name, host.contact_email) if host else None
        case _:
            found = await store.participant(tx, domain.PARTICIPANTS.parse(name), name)
            if found is None:
                return None
            person, link = found
            return replace(person, link=open(key, link, name).decode())


# --- sending


async def letter(tx: Tx, name: Name, key: bytes) -> tuple[domain.Message, domain.Letter] | None:
    """A message that is not at its end, and every word of it."""
    found = await store.letter(tx, name)
    if found is None or found[0].state in domain.FINAL:
        return None
    message, to_name, sealed = found
    assert sealed is not None
    body = open(key, sealed, domain.MESSAGES.format(name)).decode()
    text = domain.Text(message.shown.subject, body)
    return message, domain.Letter(name, message.channel, to_name, message.address, text)


async def claim(tx: Tx, name: Name, provider: str) -> bool:
    """Passes the point of no return. False if somebody else is past it."""
    message = await store.lock(tx, name)
    claimed = domain.claim(message, provider) if message else None
    if claimed is None:
        return False
    await store.keep(tx, claimed, final=False)
    return True


async def settle(
    tx: Tx, name: Name, outcome: domain.Outcome, *, provider: str, now: datetime
) -> None:
    """Writes down how an attempt ended, and when the next one is due if there must be one."""
    before = await store.lock(tx, name)
    if before is None:
        return
    after = domain.settle(before, outcome, provider=provider, now=now)
    if after == before:
        return
    await store.keep(tx, after, final=after.state in domain.FINAL)
    subject = domain.MESSAGES.format(name)
    if after.state is domain.State.SENT:
        tx.publish(wire.sent(after), subject=subject)
    elif after.state is domain.State.FAILED:
        tx.publish(wire.failed(after), subject=subject)
    else:
        tx.schedule(SEND, name.organization, name.id, now + domain.pause(after.attempts))


# --- looking


async def message(tx: Tx, name: Name) -> domain.Message:
    found = await store.message(tx, name)
    if found is None:
        raise domain.MessageNotFound(domain.MESSAGES.format(name))
    return found


async def messages(
    tx: Tx, organization: uuid.UUID, page: Page, *, event: Name | None, recipient: str
) -> tuple[Sequence[domain.Message], str]:
    """A page of messages, and the token of the next."""
    if event is not None and event.organization != organization:
        return [], ""
    wanted = event.id if event else None
    found = await store.messages_of(tx, organization, page, event=wanted, recipient=recipient)
    return page.cut(found, store.key)
