"""What location does, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kit import errors
from services.kit.caller import Caller
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.location import domain, store, wire
from services.location.domain import EVENTS, JOURNEYS, Event, Journey, Mode, Passage, State
from services.location.segments import Point, Report, points

# The work that ends the journeys to an event; its id is the event's.
EXPIRE = "expire"
# The work that forgets a journey of somebody who is gone; its id is the journey's.
ERASE = "erase"
MOST_AT_ONCE = 500
MOST_SEGMENTS = 16


@dataclass(frozen=True)
class Consent:
    """What a person agrees to."""

    event: Name
    traveler: str
    mode: Mode
    rate: float


@dataclass(frozen=True)
class Entry:
    """A report that wants to be kept."""

    journey: Name
    report: Report


@dataclass(frozen=True)
class Kept:
    """What became of a report: the journey after it, and after those beside it."""

    journey: Journey
    event: Event


# --- journeys


async def begin(tx: Tx, consent: Consent, now: datetime) -> Journey:
    """Takes down a consent, or finds the one that the person gave before."""
    event = await store.find_event(tx, consent.event)
    if event is None:
        raise domain.EventNotFound(EVENTS.format(consent.event))
    # Refuses what is over; writes nothing yet.
    journey = domain.begin(new_id(), event, consent.traveler, consent.mode, consent.rate, now)
    if not await store.attends(tx, consent.event, consent.traveler):
        raise domain.NotAttending(EVENTS.format(consent.event), consent.traveler)
    if await store.add(tx, journey):
        return journey
    found = await store.find_one(tx, consent.event, consent.traveler)
    # None: it was given up between the two statements, and so would the new one be.
    return journey if found is None else found


async def visible(tx: Tx, name: Name, who: Caller) -> Journey:
    """A journey that the caller may see."""
    return _visible(await store.find(tx, name), name, who)


async def withdraw(tx: Tx, name: Name, who: Caller) -> Journey:
    """Takes the consent back; only the person can."""
    return await _withdraw(tx, _own(await store.lock(tx, name), name, who))


async def _withdraw(tx: Tx, journey: Journey) -> Journey:
    if journey.state is State.WITHDRAWN:
        return journey
    withdrawn = domain.withdraw(journey)
    await store.forget(tx, journey.name)
    await store.put(tx, [withdrawn])
    # Who had arrived is not said to be on the way no more.
    if journey.state in domain.LASTING:
        tx.publish(wire.ended(withdrawn), subject=JOURNEYS.format(journey.name))
    return withdrawn


async def forget_person(tx: Tx, person: str, now: datetime) -> None:
    """Has everything forgotten that is known of where somebody was, who is no more with us."""
    await tx.speak_for(person)
    for name in await store.of_person(tx, person):
        tx.schedule(ERASE, name.organization, name.id, now)


async def erase(tx: Tx, name: Name) -> None:
    """Takes a consent back for somebody who is no more with us."""
    journey = await store.lock(tx, name)
    if journey is not None:
        await _withdraw(tx, journey)


def _visible(journey: Journey | None, name: Name, who: Caller) -> Journey:
    if journey is None or not (who.permitted or journey.traveler == who.name):
        raise domain.JourneyNotFound(JOURNEYS.format(name))
    return journey


def _own(journey: Journey | None, name: Name, who: Caller) -> Journey:
    if journey is None or journey.traveler != who.name:
        raise domain.JourneyNotFound(JOURNEYS.format(name))
    return journey


# --- positions


async def own(tx: Tx, name: Name, who: Caller) -> tuple[Journey, Event]:
    """The caller's own journey, and where it leads."""
    journey = _own(await store.find(tx, name), name, who)
    event = await store.find_event(tx, journey.event)
    if event is None:
        raise LookupError(f"{JOURNEYS.format(name)} leads nowhere")
    return journey, event


async def keep(tx: Tx, entries: Sequence[Entry], now: datetime) -> list[Kept | errors.Refusal]:
    """Keeps reports of many journeys, in order; says of each what became of it.

    One refused report does not keep the others out.
    """
    names = sorted({entry.journey for entry in entries}, key=lambda name: name.id)
    await tx.take_part({name.organization for name in names})
    passages = await store.lock_many(tx, names)
    answers = [_take(passages, entry, now) for entry in entries]
    new = [
        (entry.journey, answer)
        for entry, answer in zip(entries, answers, strict=True)
        if isinstance(answer, Report)
    ]
    settled = {name: domain.settle(passage, now) for name, passage in passages.items()}
    if new:
        store.keep(tx, new, [settled[name] for name in dict.fromkeys(name for name, _ in new)])
    for name, passage in passages.items():
        _tell(tx, passage.before.state, settled[name])
    return [
        answer
        if isinstance(answer, errors.Refusal)
        else Kept(settled[entry.journey], passages[entry.journey].event)
        for entry, answer in zip(entries, answers, strict=True)
    ]


def _take(
    passages: Mapping[Name, Passage], entry: Entry, now: datetime
) -> Report | errors.Refusal | None:
    """What of a report is to be kept, if anything; or why it is not."""
    passage = passages.get(entry.journey)
    if passage is None:
        return domain.JourneyNotFound(JOURNEYS.format(entry.journey))
    try:
        return domain.take(passage, entry.report, now)
    except errors.Refusal as refusal:
        return refusal


def _tell(tx: Tx, before: State, journey: Journey) -> None:
    """Publishes what reports made true: one starts the journey, one may end it."""
    if before is State.READY and journey.state is not before:
        tx.publish(wire.started(journey), subject=JOURNEYS.format(journey.name))
    if before is not State.ARRIVED and journey.state is State.ARRIVED:
        tx.publish(wire.arrived(journey), subject=JOURNEYS.format(journey.name))


async def positions(
    tx: Tx, name: Name, who: Caller, now: datetime, *, after: int, most: int
) -> list[Point]:
    """Positions of a journey with numbers above `after`: the caller's own, or somebody's whose
    consent stands. To others, only those from after the consent was given."""
    journey = _visible(await store.find(tx, name), name, who)
    if journey.traveler == who.name:
        return await _points(tx, name, after=after, most=most, since=0)
    if not journey.lasts(now):
        raise domain.over(journey)
    since = domain.micros(journey.create_time - domain.EARLY)
    return await _points(tx, name, after=after, most=most, since=since)


async def _points(tx: Tx, name: Name, *, after: int, most: int, since: int) -> list[Point]:
    found: list[Point] = []
    while len(found) < most:
        reports = await store.read(tx, name, after=after, most=MOST_SEGMENTS)
        for report in reports:
            found += [p for p in points(report) if p.sequence > after and p.micros >= since]
            after = max(after, report.last)
        if len(reports) < MOST_SEGMENTS:
            break
    return found[:most]


# --- what other services say


async def announce(tx: Tx, event: Event, now: datetime) -> None:
    """Learns where and when people meet, or that it changed; consents last until its end."""
    await store.announce(tx, event)
    await store.postpone(tx, event.name, event.end_time)
    tx.schedule(EXPIRE, event.name.organization, event.name.id, max(now, event.end_time))


async def cancel(tx: Tx, event: Name, now: datetime) -> None:
    """Nobody needs to come, and nobody is followed."""
    await store.cancel(tx, event)
    tx.schedule(EXPIRE, event.organization, event.id, now)


async def attend(tx: Tx, booking: Name, event: Name, attendee: str) -> None:
    await store.attend(tx, booking, event, attendee, True)


async def stay_away(tx: Tx, booking: Name, event: Name, attendee: str) -> None:
    """Who gave the last booking back is not followed any more."""
    await store.attend(tx, booking, event, attendee, False)
    if not await store.attends(tx, event, attendee):
        await _expire(tx, await store.lock_of_traveler(tx, event, attendee))


async def merge(tx: Tx, event: Name, attendee: str, duplicate: str) -> None:
    """Makes the seats and the journeys of one participant those of another, the same person.

    Who has a journey already keeps it, and the other one ends.
    """
    await store.move_attendances(tx, event, attendee=attendee, duplicate=duplicate)
    await store.move_journeys(tx, event, traveler=attendee, duplicate=duplicate)
    await _expire(tx, await store.lock_of_traveler(tx, event, duplicate))


async def expire(tx: Tx, organization: uuid.UUID, event_id: uuid.UUID, now: datetime) -> None:
    """Ends the journeys to an event that is over; some at a time."""
    event = await store.find_event(tx, Name(organization, event_id))
    if event is None:
        return
    if not event.over(now):
        tx.schedule(EXPIRE, organization, event_id, event.end_time)
        return
    found = await store.lock_lasting(tx, event.name, MOST_AT_ONCE)
    await _expire(tx, found)
    if len(found) == MOST_AT_ONCE:
        tx.schedule(EXPIRE, organization, event_id, now)


async def _expire(tx: Tx, found: Sequence[Journey]) -> None:
    ended = [domain.expire(journey) for journey in found]
    if ended:
        await store.put(tx, ended)
    for journey in ended:
        tx.publish(wire.ended(journey), subject=JOURNEYS.format(journey.name))
