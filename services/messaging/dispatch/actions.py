"""What the dispatcher does, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.kit.names import Name
from services.messaging.accounts import store as accounts
from services.messaging.circulars import actions as circulars
from services.messaging.decency import actions as decency
from services.messaging.decency.domain import Drop, Verdict, Wait
from services.messaging.devices import actions as devices
from services.messaging.devices.domain import DEVICES
from services.messaging.digests import actions as digests
from services.messaging.dispatch import domain, store, wire
from services.messaging.dispatch.domain import (
    LEASE,
    Dispatcher,
    Gate,
    Lane,
    Outcome,
    Rate,
    Report,
    Taken,
)
from services.messaging.messages import store as messages
from services.messaging.messages import wire as message_wire
from services.messaging.messages.actions import CASCADE
from services.messaging.messages.content import Content
from services.messaging.messages.domain import (
    FINAL,
    MESSAGES,
    NOBODYS,
    PLATFORM,
    Channel,
    Event,
    Failure,
    Letter,
    Message,
    Priority,
    State,
    Text,
)
from services.messaging.people import store as people

SEND = "send"
# What a cascade does not go on without.
MOVING = {State.FAILED, State.DELIVERED, State.READ}
# How often a lane is looked at for somebody who may be written to, in one transaction.
LOOKS = 8


# --- lining up


async def line_up(tx: Tx, queued: Iterable[Message], now: datetime) -> None:
    """Has the dispatcher look at the lanes of messages that are queued in this transaction."""
    urgent: dict[Channel, bool] = {}
    organization = PLATFORM
    for message in queued:
        organization = message.name.organization
        immediate = message.priority is Priority.IMMEDIATE
        urgent[message.channel] = urgent.get(message.channel, False) or immediate
    await look_at(tx, organization, urgent, now)


async def look_at(
    tx: Tx, organization: uuid.UUID, urgent: Mapping[Channel, bool], now: datetime
) -> None:
    """Has the dispatcher look at lanes, where something is queued in this transaction: at once
    where that cannot wait."""
    for channel in sorted(urgent, key=lambda channel: channel.value):
        lane = await store.enter(tx, organization, channel)
        later = now if urgent[channel] else max(now, lane.next_time or now)
        tx.schedule_by(SEND, organization, lane.id, later)


# --- sending


@dataclass(frozen=True)
class Attempt:
    """A message that is to be handed over, and every word of it."""

    message: Message
    letter: Letter


async def take(
    tx: Tx,
    organization: uuid.UUID,
    channel: Channel,
    *,
    most: int,
    usual: Rate,
    key: bytes,
    now: datetime,
) -> list[uuid.UUID]:
    """Takes what may go out now off a lane, for the caller to hand over."""
    lane = await store.lock_lane(tx, organization, channel)
    gate = domain.now_is(await store.dispatcher(tx, organization), now)
    if gate.state is Gate.STOPPED:
        return []
    await store.release(tx, lane, now)
    found = await store.next_immediate(tx, lane, most)
    if found:
        await store.hold(tx, organization, found, now + LEASE)
    if gate.state is Gate.RUNNING:
        rate = lane.rate or usual
        room = min(most - len(found), domain.allowance(lane, rate, now))
        others = await _decent(tx, lane, room, key, now)
        await store.spend(tx, domain.spend(lane, rate, len(others), now))
        found += others
    return found


async def _decent(tx: Tx, lane: Lane, room: int, key: bytes, now: datetime) -> list[uuid.UUID]:
    """Takes who is next and may be written to now; whoever is to be left in peace makes room."""
    taken: list[uuid.UUID] = []
    policy = await decency.policy(tx, lane.organization)
    for _ in range(LOOKS):
        ids = await store.next_ones(tx, lane, room - len(taken))
        if not ids:
            break
        verdicts = await decency.judge(tx, lane.organization, lane.channel, ids, now)
        going = [id for id in ids if verdicts[id] is None]
        if going and policy.digest_window is not None:
            going = await digests.gather(
                tx, lane.organization, lane.channel, going, key=key, now=now
            )
        taken += going
        if going:
            await store.hold(tx, lane.organization, going, now + LEASE)
        await _leave_in_peace(tx, lane.organization, verdicts, now)
    return taken


async def _leave_in_peace(
    tx: Tx, organization: uuid.UUID, verdicts: Mapping[uuid.UUID, Verdict], now: datetime
) -> None:
    waits: dict[datetime, list[uuid.UUID]] = {}
    drops = {id: verdict for id, verdict in verdicts.items() if isinstance(verdict, Drop)}
    for id, verdict in verdicts.items():
        if isinstance(verdict, Wait):
            waits.setdefault(verdict.until, []).append(id)
    for until, ids in waits.items():
        await store.hold(tx, organization, ids, until)
    for message in await messages.lock_all(tx, organization, drops) if drops else []:
        drop = drops[message.name.id]
        await decency.fail_now(tx, message, drop.failure, drop.reason, now=now)


async def give_back(tx: Tx, organization: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    """Puts back in line what was taken and not handed over."""
    await store.give_back(tx, organization, ids)


async def letters(
    tx: Tx, organization: uuid.UUID, ids: Iterable[uuid.UUID], key: bytes
) -> list[Attempt]:
    """Messages that are not at their end, and every word of them, first come, first served."""
    found = await messages.letters(tx, organization, ids)
    notified = [message.address for message, _, _ in found if message.channel is Channel.PUSH]
    known = await devices.addresses(tx, organization, notified, key)
    by_mail = any(message.channel is Channel.EMAIL for message, _, _ in found)
    host = await people.host(tx, organization) if by_mail else None
    whose = host.display_name if host else ""
    left = [each for each in found if each[0].state not in FINAL]
    said = await circulars.said(tx, organization, left, key)
    attempts = [
        Attempt(message, _letter(message, _address(message, known), to_name, whose, content))
        for message, to_name, _ in left
        if (content := said.get(message.name.id)) is not None
    ]
    return sorted(attempts, key=lambda each: (each.message.priority, each.message.name.id))


def _address(message: Message, devices: Mapping[str, str]) -> str:
    """Where a message goes; empty where that is gone."""
    if message.channel is not Channel.PUSH:
        return message.address
    return devices.get(message.address, "")


def _letter(message: Message, address: str, to_name: str, host: str, said: Content) -> Letter:
    return Letter(
        name=message.name,
        channel=message.channel,
        to_name=to_name,
        address=address,
        text=Text(message.shown.subject, said.body),
        language=said.language,
        host=host,
        template=said.template,
        buttons=said.buttons,
        links=said.links,
        asks_location=said.asks_location,
        reply_to=said.reply_to,
    )


async def look_again(
    tx: Tx, organization: uuid.UUID, channel: Channel, *, usual: Rate, now: datetime
) -> None:
    """Has the dispatcher look at a lane when something will be ready there, if anything will."""
    lane = await store.lock_lane(tx, organization, channel)
    gate = domain.now_is(await store.dispatcher(tx, organization), now)
    if gate.state is Gate.STOPPED:
        return
    waits = await store.waits(tx, lane)
    times = [waits.wait_time] if waits.wait_time else []
    if waits.immediate:
        times.append(now)
    elif waits.ready and gate.state is Gate.RUNNING:
        times.append(domain.next_time(lane, lane.rate or usual, now))
    elif waits.ready and gate.resume_time is not None:
        times.append(gate.resume_time)
    if times:
        tx.schedule(SEND, organization, lane.id, min(times))


async def claim(
    tx: Tx, organization: uuid.UUID, claims: Sequence[tuple[Message, str]], now: datetime
) -> list[Message | None]:
    """Passes the point of no return with messages, as they were read; by which provider each.

    Gives them as they are then; None for each that has changed since, or that somebody else is
    past that point with.
    """
    passed: dict[uuid.UUID, Message] = {}
    for message, provider in claims:
        after = domain.claim(message, provider)
        if after is not None:
            passed.setdefault(message.name.id, after)
    moved = [(after, now + LEASE, after.version - 1) for after in passed.values()]
    ours = await messages.keep_unchanged(tx, organization, moved)
    await messages.record(tx, [_event(passed[id], now) for id in ours])
    await _carry(tx, organization, [passed[id] for id in ours], now)
    # A message that is there twice is handed over once.
    return [passed.pop(m.name.id, None) if m.name.id in ours else None for m, _ in claims]


# A message as it was handed over, by whom, and what came of it.
Ended = tuple[Message, str, Outcome]
_Early = Mapping[tuple[str, str], Sequence[Event]]


async def settle(
    tx: Tx, organization: uuid.UUID, ended: Sequence[Ended], now: datetime
) -> list[Message]:
    """Writes down how attempts ended, and when the next is due where there must be one.

    Gives the messages that changed, as they are now.
    """
    early = await _early(tx, organization, ended)
    done, changed = await _settle(tx, organization, ended, early, now)
    left = {each[0].name.id: each for each in ended if each[0].name.id not in done}
    if left:
        # Somebody has said something of them meanwhile.
        found = await messages.lock_all(tx, organization, left)
        again = [(message, *left[message.name.id][1:]) for message in found]
        changed += (await _settle(tx, organization, again, early, now))[1]
    return changed


async def _settle(
    tx: Tx, organization: uuid.UUID, ended: Sequence[Ended], early: _Early, now: datetime
) -> tuple[set[uuid.UUID], list[Message]]:
    """Those that are as they were thought to be, and what has become of those that changed."""
    done: set[uuid.UUID] = set()
    moved: list[tuple[Message, datetime | None, int]] = []
    befores: dict[uuid.UUID, Message] = {}
    events: dict[uuid.UUID, Event] = {}
    for before, provider, outcome in ended:
        id = before.name.id
        after = domain.settle(before, outcome, provider=provider, now=now)
        if after == before:
            done.add(id)
            continue
        befores[id] = before
        events[id] = _settled(after, provider, outcome, now)
        final = _hear_all(after, early.get(_by(after), ()))
        moved.append((final, now + _pause(after, outcome), before.version))
    kept = await messages.keep_unchanged(tx, organization, moved)
    changed = [final for final, _, _ in moved if final.name.id in kept]
    await messages.record(tx, [events[message.name.id] for message in changed])
    for message in changed:
        _tell(tx, befores[message.name.id], message, now)
    await _carry(tx, organization, changed, now)
    return done | kept, changed


def _pause(after: Message, outcome: Outcome) -> timedelta:
    if not isinstance(outcome, domain.Deferred):
        return domain.pause(after.attempts)
    if outcome.elsewhere:
        return timedelta()
    return max(domain.pause(after.attempts), outcome.after or timedelta())


def _event(message: Message, now: datetime) -> Event:
    return Event(message.name, message.state, now, now, message.provider)


def _settled(message: Message, provider: str, outcome: Outcome, now: datetime) -> Event:
    """What an attempt came to, whatever the message is by now."""
    if isinstance(outcome, Taken):
        said = outcome.provider_message
        return Event(message.name, State.SENT, now, now, provider, said)
    state = State.FAILED if message.state is State.FAILED else State.SENDING
    event = Event(message.name, state, now, now, provider, failure=message.failure)
    return replace(event, reason=outcome.reason)


# --- what providers say later


def _by(message: Message) -> tuple[str, str]:
    return message.provider, message.provider_message


async def _early(tx: Tx, organization: uuid.UUID, ended: Sequence[Ended]) -> _Early:
    """What providers said of messages before they said that they have them."""
    taken = {
        (provider, outcome.provider_message): message.name
        for message, provider, outcome in ended
        if isinstance(outcome, Taken) and outcome.provider_message
    }
    names: dict[str, list[str]] = {}
    for provider, name in taken:
        names.setdefault(provider, []).append(name)
    found: dict[tuple[str, str], list[Event]] = {}
    for provider, theirs in names.items():
        for event in await messages.take_early(tx, organization, provider, theirs):
            found.setdefault((provider, event.provider_message), []).append(event)
    for key, events in found.items():
        await messages.record(tx, [replace(event, message=taken[key]) for event in events])
    return found


def _hear_all(message: Message, events: Sequence[Event]) -> Message:
    for event in events:
        message = domain.hear(message, _report(event))
    return message


def _report(event: Event) -> Report:
    return Report(
        provider=event.provider,
        provider_message=event.provider_message,
        message=None,
        state=event.state,
        time=event.event_time,
        failure=event.failure,
        reason=event.reason,
    )


async def report(tx: Tx, organization: uuid.UUID, said: Report, now: datetime) -> Message | None:
    """Lets take effect what a provider says of a message of an organization.

    What it says of a message that we do not know it to have is kept until we do; None then.
    """
    id = said.message
    if id is None:
        id = await messages.of_provider(tx, organization, said.provider, said.provider_message)
    found = await messages.lock_all(tx, organization, [id]) if id is not None else []
    event = Event(
        message=found[0].name if found else Name(organization, NOBODYS),
        state=said.state,
        event_time=said.time,
        record_time=now,
        provider=said.provider,
        provider_message=said.provider_message,
        failure=said.failure,
        reason=said.reason,
    )
    await messages.record(tx, [event])
    if not found:
        return None
    (before,) = found
    after = domain.hear(before, said)
    if after != before:
        await messages.keep(tx, organization, [(after, None)])
        _tell(tx, before, after, now)
        await _carry(tx, organization, [after], now)
    return after


async def _carry(
    tx: Tx, organization: uuid.UUID, changed: Sequence[Message], now: datetime
) -> None:
    """Has what went together come to what the message came to that it went with."""
    moved = await digests.parts(tx, organization, changed)
    await messages.record(tx, [_followed(after, now) for _, after in moved])
    for before, after in moved:
        _tell(tx, before, after, now)


def _followed(part: Message, now: datetime) -> Event:
    return replace(_event(part, now), failure=part.failure, reason=part.failure_reason)


def _tell(tx: Tx, before: Message, after: Message, now: datetime) -> None:
    """Tells what a message has come to, each step once."""
    if after.cascade is not None and after.state in MOVING and before.state is not after.state:
        tx.schedule(CASCADE, after.name.organization, after.cascade, now)
    subject = MESSAGES.format(after.name)
    known = before.send_time is not None
    if after.send_time is not None and not known and after.state is not State.FAILED:
        tx.publish(message_wire.sent(after), subject=subject)
    if after.state is before.state:
        return
    if after.state is State.FAILED:
        tx.publish(message_wire.failed(after), subject=subject)
        if "/pushDevices/" in after.address and after.failure is Failure.NO_ADDRESS:
            # Its provider says that nobody is there any more.
            device = DEVICES.parse(after.address)
            tx.schedule(devices.DROP, device.organization, device.id, now)
    elif after.state is State.DELIVERED:
        tx.publish(message_wire.delivered(after), subject=subject)
    elif after.state is State.READ:
        if before.state is not State.DELIVERED:
            tx.publish(message_wire.delivered(after), subject=subject)
        tx.publish(message_wire.read(after), subject=subject)


# --- whether, and how fast


async def dispatcher(
    tx: Tx, organization: uuid.UUID, now: datetime
) -> tuple[Dispatcher, datetime | None]:
    """The dispatcher, and when the message was queued that waits longest."""
    found = domain.now_is(await store.dispatcher(tx, organization), now)
    return found, await store.oldest(tx, organization)


async def move(
    tx: Tx,
    organization: uuid.UUID,
    rule: Callable[[Dispatcher], Dispatcher],
    *,
    version: int | None,
    now: datetime,
) -> tuple[Dispatcher, datetime | None]:
    """Starts, stops, pauses or resumes; to do what is done already changes nothing."""
    before = await store.lock_dispatcher(tx, organization)
    if version is not None and version != before.version:
        raise StaleEtag(wire.dispatcher_name(organization))
    after = rule(domain.now_is(before, now))
    if after != before:
        after = replace(after, version=before.version + 1)
        await store.move(tx, after)
    if after.state is not Gate.STOPPED:
        for lane in (await store.lanes_of(tx, organization)).values():
            tx.schedule(SEND, organization, lane.id, now)
    return after, await store.oldest(tx, organization)


async def lanes(tx: Tx, organization: uuid.UUID) -> list[Lane]:
    """All lanes, by the words of their channels."""
    known = await store.lanes_of(tx, organization)
    return [known.get(each, Lane(organization, each)) for each in wire.POLICIES]


async def limits(
    tx: Tx, organization: uuid.UUID, usual: Callable[[Channel], int]
) -> dict[Channel, int]:
    """How many messages in a second go out on each channel at the most: as many as the account
    takes that is used first, or the platform where there is none."""
    own = await accounts.used_first(tx, organization)
    return {each: own[each].rate if each in own else usual(each) for each in wire.POLICIES}


async def change_rate(
    tx: Tx,
    organization: uuid.UUID,
    channel: Channel,
    rule: Callable[[Lane], Rate],
    *,
    version: int | None,
    now: datetime,
) -> Lane:
    lane = await store.lock_lane(tx, organization, channel)
    if version is not None and version != lane.version:
        raise StaleEtag(wire.policy_name(organization, channel))
    rate = rule(lane)
    await store.change(tx, lane, rate)
    tx.schedule(SEND, organization, lane.id, now)
    return replace(lane, rate=rate, version=lane.version + 1)
