"""What is done about what people write. Each function runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.kit.db import Tx
from services.kit.names import ORGANIZATIONS, Name
from services.kit.pages import Page
from services.messaging.conversations import actions as conversations
from services.messaging.decency import actions as decency
from services.messaging.devices import store as devices
from services.messaging.devices.domain import DEVICES, MOST
from services.messaging.inbound import commands, domain, store, wire
from services.messaging.inbound.domain import INBOUND, Inbound, State
from services.messaging.inbound.words import Intent
from services.messaging.messages.domain import Kind
from services.messaging.notices import actions as notices
from services.messaging.notices.domain import Notice
from services.messaging.people import store as people
from services.messaging.people.domain import PARTICIPANTS, Person
from turnout.event.v1 import participant_pb2
from turnout.location.v1 import location_pb2

# Does what somebody asks for who wrote; its id is that of the inbound message.
ACT = "act"


@dataclass(frozen=True)
class Sender:
    """Who wrote, and what we wrote to them of last."""

    name: Name
    event: Name
    person: Person


async def take(tx: Tx, inbound: Inbound, now: datetime) -> Inbound:
    """Keeps what somebody wrote, and has it looked at. The same again changes nothing."""
    if not await store.add(tx, inbound):
        return await store.known(tx, inbound)
    tx.schedule(ACT, inbound.name.organization, inbound.name.id, now)
    return inbound


async def act(tx: Tx, name: Name, *, key: bytes, now: datetime) -> None:
    """Does what somebody asks for, or leaves it to whoever reads it."""
    inbound = await store.lock(tx, name)
    if inbound is None or inbound.state is not State.RECEIVED:
        return
    sender = await _sender(tx, inbound)
    if sender is not None:
        inbound = domain.known(inbound, sender.name, sender.event)
    done = await _Obeying(tx, inbound, sender, key, now).outcome() if sender else None
    if sender is None:
        await _hush_stranger(tx, inbound, now)
    if done is None:
        await conversations.file(tx, inbound, sender.person if sender else None, now)
    await store.keep(tx, done or domain.filed(inbound))


async def confirm(tx: Tx, fact: participant_pb2.ReplyTaken, *, key: bytes, now: datetime) -> None:
    """Tells who wrote what came of it, by what they wrote on."""
    inbound = await store.find(tx, INBOUND.parse(fact.inbound_message, "inbound_message"))
    if inbound is not None:
        await _answer(tx, inbound, wire.taken(fact), key=key, now=now)


async def confirm_consent(
    tx: Tx, fact: location_pb2.ConsentTaken, *, key: bytes, now: datetime
) -> None:
    """Tells who wrote whether they are seen on the way, by what they wrote on."""
    inbound = await store.find(tx, INBOUND.parse(fact.inbound_message, "inbound_message"))
    if inbound is not None:
        await _answer(tx, inbound, wire.consented(fact), key=key, now=now)


async def inbound_message(tx: Tx, name: Name) -> Inbound:
    found = await store.find(tx, name)
    if found is None:
        raise domain.InboundMessageNotFound(INBOUND.format(name))
    return found


async def inbound_messages(
    tx: Tx, organization: uuid.UUID, page: Page, *, participant: Name | None
) -> tuple[Sequence[Inbound], str]:
    """A page of what was written, and the token of the next."""
    if participant is not None and participant.organization != organization:
        return [], ""
    wanted = participant.id if participant else None
    found = await store.page(tx, organization, page, participant=wanted)
    return page.cut(found, store.key)


async def _sender(tx: Tx, inbound: Inbound) -> Sender | None:
    """Who wrote: who got what they answer, or else who is reached by where it came from."""
    organization = inbound.name.organization
    found = None
    if inbound.reply_to:
        found = await store.answered(tx, organization, inbound.reply_to)
    found = found or await store.last_to(tx, organization, inbound.sender)
    if found is not None:
        name, event = PARTICIPANTS.parse(found[0]), found[1]
    else:
        reached = await store.reached_by(tx, organization, inbound.sender)
        if reached is None:
            return None
        name, event = Name(organization, reached[0]), reached[1]
    known = await people.participant(tx, name, PARTICIPANTS.format(name))
    if known is None:
        return None
    of = event or (known[0].event.id if known[0].event else None)
    return Sender(name, Name(organization, of), known[0]) if of else None


async def _hush_stranger(tx: Tx, inbound: Inbound, now: datetime) -> None:
    """One need not be known to want no more messages."""
    command = domain.understood(inbound, "")
    if command is not None and command.intent is Intent.STOP:
        await decency.stop(tx, inbound.name.organization, [inbound.sender], now)


async def _answer(tx: Tx, inbound: Inbound, notice: Notice, *, key: bytes, now: datetime) -> None:
    by = (inbound.channel, inbound.sender)
    said = replace(notice, by=by, reply_to=domain.quoted(inbound))
    await notices.tell(tx, inbound.name.organization, said, key=key, now=now)


@dataclass(frozen=True)
class _Obeying:
    """Carries out what somebody who is known wrote."""

    tx: Tx
    inbound: Inbound
    sender: Sender
    key: bytes = field(repr=False)
    now: datetime

    async def outcome(self) -> Inbound | None:
        """What came of it; None if it is for a person to read."""
        if self.inbound.place is not None:
            fact = wire.location_shared(self.inbound)
            self.tx.publish(fact, subject=fact.participant)
            return domain.located(self.inbound)
        command = domain.understood(self.inbound, self.sender.person.language)
        if command is None:
            return None
        obeyed = domain.obeyed(self.inbound, command)
        await self._obey(command, obeyed)
        return obeyed

    async def _obey(self, command: commands.Command, obeyed: Inbound) -> None:
        if command.intent in domain.ANSWERS:
            # The answer counts when event says so, and is confirmed then.
            fact = wire.reply_received(obeyed, command.guests)
            self.tx.publish(fact, subject=fact.participant)
        elif command.intent in domain.SHARING:
            # It counts when location says so, and is confirmed then.
            self._tell_location(command.intent, obeyed)
        elif command.intent is Intent.LATE:
            await self._tell_organizer(command.minutes)
            # Who does not say how late is asked where they are.
            minutes = command.minutes
            await self._answer(
                Notice(Kind.LATE_NOTED, *self._to, late_minutes=minutes, asks_location=not minutes)
            )
        else:
            await self._hush(command.intent)
            if command.intent is Intent.STOP:
                self._tell_location(command.intent, obeyed)
            await self._answer(Notice(wire.ANSWERED_BY[command.intent], *self._to))

    async def _hush(self, intent: Intent) -> None:
        """Who wants no more messages gets none, by whatever we reached them."""
        person, organization = self.sender.person, self.inbound.name.organization
        notified = await devices.of(self.tx, organization, person.name, MOST)
        addresses = (
            self.inbound.sender,
            person.email,
            person.phone,
            *map(DEVICES.format, notified),
        )
        if intent is Intent.STOP:
            await decency.stop(self.tx, organization, addresses, self.now)
        elif intent is Intent.START:
            await decency.allow(self.tx, organization, addresses)

    def _tell_location(self, intent: Intent, obeyed: Inbound) -> None:
        """Who agrees to be seen is seen; who wants no more messages may not want that either."""
        if intent is Intent.SHARE:
            agreed = wire.sharing_agreed(obeyed)
            self.tx.publish(agreed, subject=agreed.participant)
        else:
            refused = wire.sharing_refused(obeyed, held=intent is Intent.STOP)
            self.tx.publish(refused, subject=refused.participant)

    async def _tell_organizer(self, minutes: int) -> None:
        host = ORGANIZATIONS.format(self.inbound.name.organization)
        traveler, event = self._to
        notice = Notice(Kind.LATE, host, event, traveler=traveler, late_minutes=minutes)
        await notices.tell(
            self.tx, self.inbound.name.organization, notice, key=self.key, now=self.now
        )

    async def _answer(self, notice: Notice) -> None:
        await _answer(self.tx, self.inbound, notice, key=self.key, now=self.now)

    @property
    def _to(self) -> tuple[str, Name]:
        return PARTICIPANTS.format(self.sender.name), self.sender.event


async def forget(tx: Tx, participant: Name) -> None:
    """Forgets what somebody wrote who is on the list no more."""
    await store.forget(tx, participant)
