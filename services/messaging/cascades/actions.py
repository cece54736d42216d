"""What comes of a cascade, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.secrets import open, seal
from services.messaging.cascades import domain, store, wire
from services.messaging.cascades.domain import Cascade, Plan, Way
from services.messaging.circulars import actions as circulars
from services.messaging.decency.actions import fail_now
from services.messaging.dispatch.actions import line_up, look_at
from services.messaging.messages import store as messages
from services.messaging.messages import wire as message_wire
from services.messaging.messages.actions import CASCADE
from services.messaging.messages.domain import (
    FINAL,
    MESSAGES,
    Channel,
    Failure,
    Kind,
    Message,
    State,
    Text,
)

FASTER = "it was delivered by another channel"
TOO_LATE = "it did not go out in time, and goes by another channel"


@dataclass(frozen=True)
class Draft:
    """A message to queue, and all the ways to say the same, each with its words.

    The message goes by the first of them, and others like it by all of the same channel, as to
    several devices. Without any it is one that has failed already.
    """

    message: Message
    to_name: str
    ways: Sequence[Way]


async def queue(tx: Tx, drafts: Sequence[Draft], *, key: bytes, now: datetime) -> list[Message]:
    """Adds messages of one organization, all of them together, and has them sent.

    Gives the first of each draft.
    """
    if not drafts:
        return []
    added: list[messages.New] = []
    firsts: list[Message] = []
    begun: list[Cascade] = []
    for draft in drafts:
        message = draft.message
        if not draft.ways:
            tx.publish(message_wire.failed(message), subject=MESSAGES.format(message.name))
            added.append(messages.New(message, draft.to_name, None))
        else:
            if len(draft.ways) > 1:
                message = replace(message, cascade=message.name.id)
            step, rest = domain.step(draft.ways)
            added += _new(message, draft.to_name, step, key)
            if rest:
                until = now + step[0].deadline if step[0].deadline else None
                begun.append(Cascade(message.name, rest, until))
        firsts.append(message)
    _begin(tx, begun, key)
    messages.add_last(tx, added)
    queued = [each.message for each in added if each.message.state not in FINAL]
    await line_up(tx, queued, now)
    return firsts


def _new(message: Message, to_name: str, step: Sequence[Way], key: bytes) -> list[messages.New]:
    """What goes at once to all that a step leads to; `message` is the first of it."""
    found: list[messages.New] = []
    for way in step:
        if found:
            shown = Text(way.subject, way.shown)
            name = Name(message.name.organization, new_id())
            message = replace(message, name=name, address=way.address, shown=shown)
        sealed = seal(key, way.body.encode(), MESSAGES.format(message.name))
        found.append(messages.New(message, to_name, sealed))
    return found


# Of a message that was queued: its id, the circular, and the steps after it (`packed_steps`).
Begun = tuple[uuid.UUID, uuid.UUID, str]


async def queue_many(
    tx: Tx,
    many: messages.Many,
    begun: Mapping[timedelta | None, Sequence[Begun]],
    now: datetime,
) -> None:
    """Adds messages that say the same to many, and has them sent; `begun` are those that can be
    said otherwise, by the time that the first way has."""
    for deadline, cascades in begun.items():
        until = now + deadline if deadline else None
        store.begin_circular(tx, many.organization, cascades, until)
        for id, _, _ in cascades:
            _come_back(tx, Cascade(Name(many.organization, id), (), until))
    await messages.add_many(tx, many)
    await look_at(tx, many.organization, {Channel(each): False for each in set(many.channel)}, now)


def _begin(tx: Tx, begun: Sequence[Cascade], key: bytes) -> None:
    """Keeps what else there is to try, should the first messages not arrive."""
    store.begin(tx, [(cascade, _sealed(cascade, key)) for cascade in begun])
    for cascade in begun:
        _come_back(tx, cascade)


async def advance(tx: Tx, name: Name, *, key: bytes, now: datetime) -> None:
    """Goes on to the next channel if the last one came to nothing; ends when something arrived."""
    kept = await store.lock(tx, name)
    if kept is None:
        return
    ways = kept.steps
    if kept.sealed:
        ways = store.unpacked(open(key, kept.sealed, _context(name)))
    cascade = Cascade(name, ways, kept.deadline_time)
    if domain.is_held(cascade):
        return  # who lets it go on has it looked at again
    ids = await store.tried(tx, name)
    tried = await messages.lock_all(tx, name.organization, ids)
    if by := domain.arrived(tried):
        await _take_back(tx, [each for each in tried if each.channel not in by], FASTER, now)
        await store.end(tx, name)
        return
    if not domain.is_over(cascade, tried, now):
        _come_back(tx, cascade)
        return
    if kept.circular is not None:
        circular = Name(name.organization, kept.circular)
        written = await circulars.written(tx, circular, tried[0], cascade.ways, key)
        cascade = replace(cascade, ways=written)
    if cascade.ways and not domain.is_useless(tried[0], now):
        await _take_back(tx, tried, TOO_LATE, now)
        await _try_next(tx, cascade, tried[0], key=key, now=now)
    else:
        await store.end(tx, name)


async def _try_next(tx: Tx, cascade: Cascade, first: Message, *, key: bytes, now: datetime) -> None:
    step, rest = domain.step(cascade.ways)
    way = step[0]
    message = Message(
        name=Name(cascade.name.organization, new_id()),
        recipient=first.recipient,
        address=way.address,
        channel=way.channel,
        kind=first.kind,
        event=first.event,
        shown=Text(way.subject, way.shown),
        create_time=now,
        priority=first.priority,
        cascade=cascade.name.id,
        expire_time=first.expire_time,
    )
    (known,) = await messages.letters(tx, cascade.name.organization, [first.name.id])
    await messages.add(tx, _new(message, known[1], step, key))
    await line_up(tx, [message], now)
    # The last step is watched too: what is delivered late ends it.
    until = now + (way.deadline or domain.WATCHED) if way.deadline or not rest else None
    after = replace(cascade, ways=rest, deadline_time=until)
    await store.go_on(tx, after, _sealed(after, key) if rest else None)
    _come_back(tx, after)


async def _take_back(tx: Tx, tried: Sequence[Message], why: str, now: datetime) -> None:
    """Fails what nobody can have yet."""
    for message in tried:
        if message.state is State.QUEUED and not message.open_attempt:
            assert message.state not in FINAL
            await fail_now(tx, message, Failure.SUPERSEDED, why, now=now)


def _come_back(tx: Tx, cascade: Cascade) -> None:
    if cascade.deadline_time is not None:
        tx.schedule(CASCADE, cascade.name.organization, cascade.name.id, cascade.deadline_time)


def _sealed(cascade: Cascade, key: bytes) -> bytes:
    return seal(key, store.packed(cascade.ways), _context(cascade.name))


def _context(name: Name) -> str:
    return f"{MESSAGES.format(name)}/cascade"


# --- plans


async def plans(tx: Tx, organization: uuid.UUID) -> list[Plan]:
    """All plans, by the words of their kinds."""
    known = await store.plans(tx, organization)
    return [known.get(kind, Plan(organization, kind)) for kind in wire.KINDS]


async def change_plan(
    tx: Tx,
    organization: uuid.UUID,
    kind: Kind,
    rule: Callable[[Plan], Plan],
    version: int | None,
) -> Plan:
    before = await store.lock_plan(tx, organization, kind)
    if version not in (None, before.version):
        raise StaleEtag(wire.plan_name(organization, kind))
    after = domain.need_plan(rule(before))
    await store.change_plan(tx, after)
    return replace(after, version=before.version + 1)
