"""What is done with participants, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.event.events import store as events
from services.event.events.domain import Event
from services.event.participants import domain, store, wire
from services.event.participants.domain import (
    PARTICIPANTS,
    Contact,
    Participant,
    Reply,
    Step,
)
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name

# Makes the address of the page that opens for a participant, until a time.
Links = Callable[[Name, datetime], str]


async def enlist(tx: Tx, event: Name, contact: Contact, now: datetime) -> Participant:
    participant = domain.enlist(new_id(), await events.find(tx, event), contact, now)
    await store.add(tx, participant)
    return participant


async def invite(tx: Tx, name: Name, links: Links, now: datetime) -> Participant:
    before = await store.lock_participant(tx, name)
    event = await events.find(tx, before.event)
    saved = await store.save(tx, domain.invite(before, event, now), before=before)
    link = links(name, domain.link_expiry(event))
    tx.publish(wire.invited(saved, link), subject=PARTICIPANTS.format(name))
    return saved


async def answer(tx: Tx, name: Name, reply: Reply, now: datetime) -> Participant:
    before = await store.lock_participant(tx, name)
    event = await events.find(tx, before.event)
    participant, news = domain.answer(before, event, reply, now)
    saved = await store.save(tx, participant, before=before)
    if news:
        tx.publish(wire.answered(saved), subject=PARTICIPANTS.format(name))
    return saved


async def invitation(tx: Tx, name: Name) -> tuple[Participant, Event]:
    participant = await store.find(tx, name)
    return participant, await events.find(tx, participant.event)


async def advance(tx: Tx, name: Name, event: Name, step: Step, now: datetime) -> None:
    """Takes in what a service tells of a participant at that event.

    A participant that is gone needs no more steps, and what is done at other events of the
    organization with the same link is no step on this way.
    """
    before = await store.lock_if_known(tx, name)
    if before is not None and before.event == event:
        await store.save(tx, domain.advance(before, step, now), before=before)


async def send(tx: Tx, name: Name, at: datetime, now: datetime) -> None:
    before = await store.lock_if_known(tx, name)
    if before is not None:
        await store.save(tx, domain.send(before, at, now), before=before)
