"""What comes of what somebody should be told. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from google.protobuf.message import Message as Fact

from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import USERS, Name
from services.kit.secrets import open, seal
from services.messaging.cascades import store as cascade_store
from services.messaging.cascades.actions import Draft, queue
from services.messaging.cascades.domain import Plan, Way, notifies
from services.messaging.devices import actions as devices
from services.messaging.messages import domain as messages
from services.messaging.messages.content import packed
from services.messaging.messages.domain import Channel, Kind
from services.messaging.notices import domain, store, wire
from services.messaging.people import actions as people
from services.messaging.people import store as people_store
from services.messaging.people.domain import Person
from services.messaging.templates import rendering
from services.messaging.templates.domain import Template
from services.messaging.wordings import actions as wordings
from services.messaging.wordings import writing

T = TypeVar("T")

TELL = "tell"
FINANCE, OWNER = "ROLE_FINANCE", "ROLE_OWNER"
LOOK_AGAIN = timedelta(seconds=1)
TO_HOSTS = frozenset({Kind.ARRIVAL, Kind.NO_ARRIVAL, Kind.LATE, Kind.RUNNING_LATE})


async def hear(
    tx: Tx, told: Sequence[tuple[Name, Fact]], *, key: bytes, link: wire.Link, now: datetime
) -> None:
    """Tells people of facts about one organization, or keeps those that speak of the unknown."""
    said = [(id, fact, wire.notice(fact, link)) for id, fact in told if not wire.quiet(fact)]
    if not said:
        return
    desk = _Desk(tx, said[0][0].organization, key, now)
    await desk.meet(notice.recipient for _, _, notice in said)
    kept = []
    for id, fact, notice in said:
        if notice.kind in domain.ACCOUNTING:
            await desk.tell_accountants(notice)
        elif not await desk.tell(notice, last=False):
            body = seal(key, fact.SerializeToString(), str(id.id))
            kept.append((id, fact.DESCRIPTOR.full_name, body))
            tx.schedule(TELL, id.organization, id.id, now + LOOK_AGAIN)
    store.wait(tx, kept, now)
    await desk.send()


async def look_again(tx: Tx, id: Name, *, key: bytes, link: wire.Link, now: datetime) -> None:
    """Tells somebody of a fact that was kept; with what is known, when that took too long."""
    kept = await store.waiting_fact(tx, id)
    if kept is None:
        return
    type, body, since = kept
    notice = wire.notice(wire.fact(type, open(key, body, str(id.id))), link)
    desk = _Desk(tx, id.organization, key, now)
    if await desk.tell(notice, last=now - since >= domain.PATIENCE):
        await store.wait_no_more(tx, id)
        await desk.send()
    else:
        tx.schedule(TELL, id.organization, id.id, now + LOOK_AGAIN)


async def tell(
    tx: Tx,
    organization: uuid.UUID,
    notice: domain.Notice,
    *,
    key: bytes,
    now: datetime,
    name: Name | None = None,
) -> list[messages.Message]:
    """Queues the message that a notice asks for, with what is known, under a name if given."""
    desk = _Desk(tx, organization, key, now)
    await desk.tell(notice, last=True, name=name)
    return await desk.send()


async def tell_current(
    tx: Tx,
    organization: uuid.UUID,
    notices: Sequence[domain.Notice],
    *,
    key: bytes,
    now: datetime,
) -> list[bool]:
    """Queues what is of use only now. False for what speaks of the unknown, or of what is called
    off, and is not said."""
    desk = _Desk(tx, organization, key, now)
    await desk.meet(name for each in notices for name in (each.recipient, each.traveler))
    done = [await desk.takes_place(each) and await desk.tell(each, last=False) for each in notices]
    await desk.send()
    return done


async def notify(
    tx: Tx, notice: domain.Notice, person: Person, *, key: bytes, now: datetime
) -> None:
    """Queues what the platform has to say to somebody. What it says is complete in itself."""
    about = rendering.Subject(notice, person, event=None, host=None)
    name = Name(messages.PLATFORM, new_id())
    draft = _draft(name, about, domain.ways(notice, person), event=None, now=now)
    await queue(tx, [draft], key=key, now=now)


class _Desk:
    """Writes what one organization has to tell, and queues all of it together.

    What many messages speak of is looked up once.
    """

    def __init__(self, tx: Tx, organization: uuid.UUID, key: bytes, now: datetime) -> None:
        self._tx, self._organization = tx, organization
        self._key, self._now = key, now
        self._people: dict[str, Person | None] = {}
        self._known: dict[Any, Any] = {}
        self._drafts: list[Draft] = []

    async def meet(self, names: Iterable[str]) -> None:
        """Looks up people who are going to be told, all of them together."""
        wanted = set(names)
        found = await people.participants(self._tx, self._organization, wanted, self._key)
        self._people.update(found)

    async def tell(self, notice: domain.Notice, *, last: bool, name: Name | None = None) -> bool:
        """Writes what a notice asks for. False when something it needs is not known yet."""
        about = await self._subject(notice)
        if not last and not _complete(about):
            return False
        if notice.kind in TO_HOSTS and about.host and not about.host.contact_email:
            return True  # the organization wants to hear nothing
        plan = await self._once(cascade_store.plan, self._organization, notice.kind)
        ways = domain.ways(notice, await self._reached(about.person, plan), plan.steps)
        event = about.event.name if about.event else notice.event
        name = name or Name(self._organization, new_id())
        own = await self._once(wordings.own, self._organization, notice.kind)
        self._drafts.append(_draft(name, about, ways, event=event, now=self._now, own=own))
        return True

    async def takes_place(self, notice: domain.Notice) -> bool:
        """Whether the event of a notice has not been called off."""
        event = await self._once(people_store.event, notice.event) if notice.event else None
        return event is not None and not event.called_off

    async def tell_accountants(self, notice: domain.Notice) -> None:
        """Tells those who look after the money, or whose the organization is if none do."""
        told = await self._once(people_store.members_who_are, self._organization, FINANCE)
        if not told:
            told = await self._once(people_store.members_who_are, self._organization, OWNER)
        for user in told:
            await self.tell(replace(notice, recipient=USERS.format(user)), last=True)

    async def send(self) -> list[messages.Message]:
        """Queues what was written."""
        return await queue(self._tx, self._drafts, key=self._key, now=self._now)

    async def _subject(self, notice: domain.Notice) -> rendering.Subject:
        event = notice.event
        if event is None and notice.booking is not None:
            event = await self._once(people_store.event_of_booking, notice.booking)
        return rendering.Subject(
            notice=notice,
            person=notice.invitee or await self._person(notice.recipient),
            event=await self._once(people_store.event, event) if event else None,
            host=await self._once(people_store.host, self._organization),
            traveler=await self._person(notice.traveler),
        )

    async def _reached(self, person: Person | None, plan: Plan) -> Person | None:
        """Somebody with what they are notified on, where the plan asks for that."""
        if person is None or not notifies(plan.steps):
            return person
        found = await self._once(devices.reached, self._organization, person.name)
        return replace(person, devices=found)

    async def _person(self, name: str) -> Person | None:
        """Who bears a name. None for somebody whom nobody knows but by an address."""
        if name and name not in self._people:
            self._people[name] = await people.person(self._tx, name, self._key)
        return self._people.get(name)

    async def _once(self, look: Callable[..., Awaitable[T]], *args: Any) -> T:
        if (look, *args) not in self._known:
            self._known[look, *args] = await look(self._tx, *args)
        found: T = self._known[look, *args]
        return found


def _draft(
    name: Name,
    about: rendering.Subject,
    ways: Sequence[Way],
    *,
    event: Name | None,
    now: datetime,
    own: Template | None = None,
) -> Draft:
    written = [_written(way, about, own) for way in ways]
    if written:
        way, shown = (written[0].channel, written[0].address), _shown(written[0])
    else:
        way = (Channel.NONE, "")
        shown = writing.text(about.without_secrets(), Channel.NONE, own)
    message = domain.compose(name, about.notice, way=way, event=event, shown=shown, now=now)
    return Draft(message, about.person.display_name if about.person else "", written)


def _shown(way: Way) -> messages.Text:
    return messages.Text(way.subject, way.shown)


def _written(way: Way, about: rendering.Subject, own: Template | None) -> Way:
    """A step, with what it says on its channel."""
    shown = writing.text(about.without_secrets(), way.channel, own)
    said = packed(writing.content(about, way.channel, own))
    return replace(way, subject=shown.subject, shown=shown.body, body=said)


def _complete(about: rendering.Subject) -> bool:
    """Whether all that the message speaks of is known."""
    if about.notice.invitee is not None:
        return about.host is not None
    traveler = about.traveler is not None or not about.notice.traveler
    return about.person is not None and about.event is not None and traveler
