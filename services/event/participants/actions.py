"""What is done with participants, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from services.event.events import store as events
from services.event.events.domain import Event
from services.event.forms import domain as form_rules
from services.event.forms import store as forms
from services.event.forms.domain import Form, Said
from services.event.participants import domain, store, wire
from services.event.participants.domain import (
    PARTICIPANTS,
    Alike,
    Channel,
    Contact,
    Participant,
    ParticipantNotFound,
    Reply,
    Step,
    Wanted,
)
from services.kit import errors
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.pages import Page

# Makes the address of the page that opens for a participant, until a time.
Links = Callable[[Name, datetime], str]
# A participant, and the form that the answers in it are to.
Seen = tuple[Participant, Form]
Revision = Callable[[Participant, Form], tuple[Contact, tuple[Said, ...] | None]]


async def enlist(
    tx: Tx, event: Name, contact: Contact, said: Sequence[Said], now: datetime
) -> Seen:
    form = await forms.find(tx, event)
    answers = form_rules.answered(form, (), said, at=wire.ANSWERED)
    of = await events.find(tx, event)
    participant = domain.enlist(new_id(), of, contact, now, answers)
    await store.add(tx, participant)
    return participant, form


async def read(tx: Tx, name: Name) -> Seen:
    participant = await store.find(tx, name)
    return participant, await forms.find(tx, participant.event)


async def page(tx: Tx, wanted: Wanted, page: Page) -> list[Seen]:
    found = await store.page(tx, wanted, page)
    known = await forms.find_all(tx, [each.event for each in found])
    return [(each, known[each.event]) for each in found]


async def update(
    tx: Tx, name: Name, revision: Revision, now: datetime, *, seen: int | None
) -> Seen:
    """Gives a participant the contact and the answers that `revision` makes of them."""
    before = await store.lock_participant(tx, name)
    form = await forms.find(tx, before.event)
    contact, said = revision(before, form)
    answers = before.question_answers
    if said is not None:
        answers = form_rules.answered(form, (), said, at=wire.ANSWERED)
    changed = domain.change(before, contact, answers, now)
    saved = await store.save(tx, changed, before=before, seen=seen)
    if contact != before.contact:
        tx.publish(wire.changed(saved), subject=PARTICIPANTS.format(saved.name))
    return saved, form


async def remove(tx: Tx, name: Name, *, seen: int | None) -> None:
    """Takes a participant off the list, and tells the others to let go of them."""
    before = await store.lock_participant(tx, name)
    # One that was merged away is gone already; the one it was merged into is not meant.
    if before.name != name:
        raise ParticipantNotFound(PARTICIPANTS.format(name))
    await store.save(tx, before, before=before, seen=seen)
    await store.drop(tx, before)
    tx.publish(wire.removed(before), subject=PARTICIPANTS.format(name))


async def merge(tx: Tx, name: Name, duplicate: Name, now: datetime) -> Seen:
    """Makes one participant of two, and tells the others who has what from now on."""
    # In one order, so that two who merge the same people the other way around do not wait for
    # each other.
    found = {each: await store.lock_participant(tx, each) for each in sorted_names(name, duplicate)}
    kept, gone = found[name], found[duplicate]
    merged = domain.merge(kept, gone, now)
    saved = await store.merge(tx, merged, before=kept, duplicate=gone)
    tx.publish(wire.merged(saved, gone.name), subject=PARTICIPANTS.format(saved.name))
    if saved.contact != kept.contact:
        tx.publish(wire.changed(saved), subject=PARTICIPANTS.format(saved.name))
    return saved, await forms.find(tx, saved.event)


def sorted_names(*names: Name) -> list[Name]:
    return sorted(names, key=lambda name: name.id)


async def duplicates(
    tx: Tx, event: Name, *, after: tuple[str, str] | None, most: int
) -> tuple[list[Alike], Form]:
    """The next groups of those at an event who may be one and the same person."""
    found = await store.duplicates(tx, event, after=after, most=most)
    return found, await forms.find(tx, event)


async def invite(tx: Tx, name: Name, links: Links, now: datetime) -> Seen:
    before = await store.lock_participant(tx, name)
    event = await events.find(tx, before.event)
    saved = await store.save(tx, domain.invite(before, event, now), before=before)
    link = links(saved.name, domain.link_expiry(event))
    tx.publish(wire.invited(saved, link), subject=PARTICIPANTS.format(saved.name))
    return saved, await forms.find(tx, saved.event)


async def answer(tx: Tx, name: Name, reply: Reply, now: datetime, *, whole: bool) -> Seen:
    """Takes an answer. `whole`: a yes answers all that the event must know."""
    before = await store.lock_participant(tx, name)
    event, form = await events.find(tx, before.event), await forms.find(tx, before.event)
    participant, news = domain.answer(before, event, reply, now, form=form, whole=whole)
    saved = await store.save(tx, participant, before=before)
    if news:
        tx.publish(wire.answered(saved), subject=PARTICIPANTS.format(saved.name))
    return saved, form


async def invitation(tx: Tx, name: Name, links: Links) -> tuple[Participant, Event, Form, str]:
    """What a link is about, and a link of the participant's own where that is another one."""
    participant = await store.find(tx, name)
    event = await events.find(tx, participant.event)
    own = "" if participant.name == name else links(participant.name, domain.link_expiry(event))
    return participant, event, await forms.find(tx, participant.event), own


async def hear_reply(
    tx: Tx, name: Name, event: Name, reply: Reply, now: datetime, inbound_message: str = ""
) -> None:
    """Takes what a participant wrote back, unless it comes too late or is to another event.

    What came of it is told by the name of what they wrote. It would be the same at another try.
    """
    before = await store.lock_if_known(tx, name)
    if before is None or before.event != event:
        return
    within = domain.within(reply, await forms.find(tx, event))
    refusal = ""
    try:
        after, _ = await answer(tx, before.name, within, now, whole=False)
    except errors.Refusal as refused:
        after, refusal = before, refused.reason
    if inbound_message:
        taken = wire.reply_taken(after, inbound_message, refusal)
        tx.publish(taken, subject=PARTICIPANTS.format(after.name))


async def advance(tx: Tx, name: Name, event: Name, step: Step, now: datetime) -> None:
    """Takes in what a service tells of a participant at that event.

    A participant that is gone needs no more steps, and what is done at other events of the
    organization with the same link is no step on this way.
    """
    before = await store.lock_if_known(tx, name)
    if before is not None and before.event == event:
        await store.save(tx, domain.advance(before, step, now), before=before)


async def take_back(
    tx: Tx,
    name: Name,
    event: Name,
    *,
    about: uuid.UUID | None,
    at: datetime | None = None,
    instead: Step | None = None,
    now: datetime,
) -> None:
    """Hears that somebody did not arrive, on a journey or at a time, or at another time instead."""
    before = await store.lock_if_known(tx, name)
    if before is None or before.event != event:
        return
    after = domain.take_back(before, about, at, now)
    if instead is not None:
        after = domain.advance(after, instead, now)
    await store.save(tx, after, before=before)


async def hear_of(tx: Tx, name: Name, reason: str, at: datetime, now: datetime) -> None:
    """Notes why a message to a participant did not get there, or that it did."""
    before = await store.lock_if_known(tx, name)
    if before is not None:
        await store.save(tx, domain.hear_of(before, reason, at, now), before=before)


async def send(tx: Tx, name: Name, at: datetime, channel: Channel | None, now: datetime) -> None:
    before = await store.lock_if_known(tx, name)
    if before is not None:
        await store.save(tx, domain.send(before, at, channel, now), before=before)
