"""What comes of what somebody should be told. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from google.protobuf.message import Message as Fact

from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import USERS, Name
from services.kit.secrets import open, seal
from services.messaging.cascades import actions as cascades
from services.messaging.cascades import store as cascade_store
from services.messaging.cascades.domain import Way
from services.messaging.dispatch.actions import line_up
from services.messaging.messages import domain as messages
from services.messaging.messages import store as message_store
from services.messaging.messages import wire as message_wire
from services.messaging.messages.content import packed
from services.messaging.messages.domain import Channel, Kind
from services.messaging.notices import domain, store, wire
from services.messaging.people import actions as people
from services.messaging.people import store as people_store
from services.messaging.people.domain import Person
from services.messaging.templates import rendering

TELL = "tell"
FINANCE, OWNER = "ROLE_FINANCE", "ROLE_OWNER"
LOOK_AGAIN = timedelta(seconds=1)
TO_HOSTS = frozenset({Kind.ARRIVAL, Kind.LATE})


async def hear(tx: Tx, id: Name, fact: Fact, *, key: bytes, link: wire.Link, now: datetime) -> None:
    """Tells somebody of a fact, or keeps it until all that it speaks of is known."""
    if wire.quiet(fact):
        return
    notice = wire.notice(fact, link)
    if notice.kind in domain.ACCOUNTING:
        await _tell_accountants(tx, id.organization, notice, key=key, now=now)
    elif not await _tell(tx, id.organization, notice, key=key, now=now, last=False):
        type, body = fact.DESCRIPTOR.full_name, seal(key, fact.SerializeToString(), str(id.id))
        await store.wait(tx, id, type=type, body=body, now=now)
        tx.schedule(TELL, id.organization, id.id, now + LOOK_AGAIN)


async def _tell_accountants(
    tx: Tx, organization: uuid.UUID, notice: domain.Notice, *, key: bytes, now: datetime
) -> None:
    """Tells those who look after the money, or whose the organization is if there are none."""
    told = await people_store.members_who_are(tx, organization, FINANCE)
    for user in told or await people_store.members_who_are(tx, organization, OWNER):
        person = replace(notice, recipient=USERS.format(user))
        await _tell(tx, organization, person, key=key, now=now, last=True)


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
    tx: Tx,
    organization: uuid.UUID,
    notice: domain.Notice,
    *,
    key: bytes,
    now: datetime,
    last: bool,
    name: Name | None = None,
) -> bool:
    """Queues the message that a notice asks for. False when something it needs is not known yet."""
    about = await _subject(tx, organization, notice, key)
    if not last and not _complete(about):
        return False
    if notice.kind in TO_HOSTS and about.host and not about.host.contact_email:
        return True  # the organization wants to hear nothing
    plan = await cascade_store.plan(tx, organization, notice.kind)
    ways = domain.ways(notice, about.person, plan.steps)
    event = about.event.name if about.event else notice.event
    name = name or Name(organization, new_id())
    await _queue(tx, name, about, ways, event=event, key=key, now=now)
    return True


async def tell(
    tx: Tx,
    organization: uuid.UUID,
    notice: domain.Notice,
    *,
    key: bytes,
    now: datetime,
    name: Name | None = None,
) -> None:
    """Queues the message that a notice asks for, with what is known, under a name if given."""
    await _tell(tx, organization, notice, key=key, now=now, last=True, name=name)


async def notify(
    tx: Tx, notice: domain.Notice, person: Person, *, key: bytes, now: datetime
) -> None:
    """Queues what the platform has to say to somebody. What it says is complete in itself."""
    about = rendering.Subject(notice, person, event=None, host=None)
    name = Name(messages.PLATFORM, new_id())
    await _queue(tx, name, about, domain.ways(notice, person), event=None, key=key, now=now)


async def _queue(
    tx: Tx,
    name: Name,
    about: rendering.Subject,
    ways: Sequence[Way],
    *,
    event: Name | None,
    key: bytes,
    now: datetime,
) -> None:
    first = (ways[0].channel, ways[0].address) if ways else (Channel.NONE, "")
    shown = rendering.render(about.without_secrets(), first[0])
    message = domain.compose(name, about.notice, way=first, event=event, shown=shown, now=now)
    to_name = about.person.display_name if about.person else ""
    if message.state in messages.FINAL:
        await message_store.add(tx, [message_store.New(message, to_name, None)])
        tx.publish(message_wire.failed(message), subject=messages.MESSAGES.format(message.name))
        return
    if len(ways) > 1:
        message = replace(message, cascade=name.id)
        deadline = now + ways[0].deadline if ways[0].deadline else None
        rest = [_written(way, about) for way in ways[1:]]
        await cascades.begin(tx, message, deadline, rest, key)
    said = packed(rendering.content(about, message.channel))
    sealed = seal(key, said.encode(), messages.MESSAGES.format(message.name))
    await message_store.add(tx, [message_store.New(message, to_name, sealed)])
    await line_up(tx, [message], message.create_time)


def _written(way: Way, about: rendering.Subject) -> Way:
    """A step, with what it says on its channel."""
    shown = rendering.render(about.without_secrets(), way.channel)
    said = packed(rendering.content(about, way.channel))
    return replace(way, subject=shown.subject, shown=shown.body, body=said)


async def _subject(
    tx: Tx, organization: uuid.UUID, notice: domain.Notice, key: bytes
) -> rendering.Subject:
    event = notice.event
    if event is None and notice.booking is not None:
        event = await people_store.event_of_booking(tx, notice.booking)
    return rendering.Subject(
        notice=notice,
        person=notice.invitee or await _recipient(tx, notice, key),
        event=await people_store.event(tx, event) if event else None,
        host=await people_store.host(tx, organization),
        traveler=await people.person(tx, notice.traveler, key) if notice.traveler else None,
    )


async def _recipient(tx: Tx, notice: domain.Notice, key: bytes) -> Person | None:
    """Who is told. None for somebody whom nobody knows but by an address."""
    return await people.person(tx, notice.recipient, key) if notice.recipient else None


def _complete(about: rendering.Subject) -> bool:
    """Whether all that the message speaks of is known."""
    if about.notice.invitee is not None:
        return about.host is not None
    traveler = about.traveler is not None or not about.notice.traveler
    return about.person is not None and about.event is not None and traveler
