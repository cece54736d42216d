"""What location does with journeys, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kit.caller import Caller
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.location.events import store as events
from services.location.events.domain import EVENTS, Event, EventNotFound, NotAttending
from services.location.journeys import domain, store, wire
from services.location.journeys.domain import JOURNEYS, Journey, Mode, State
from services.location.segments import store as segments

# The work that forgets a journey of somebody who is gone; its id is the journey's.
ERASE = "erase"


@dataclass(frozen=True)
class Consent:
    """What a person agrees to."""

    event: Name
    traveler: str
    mode: Mode
    rate: float


async def begin(tx: Tx, consent: Consent, now: datetime) -> Journey:
    """Takes down a consent, or finds the one that the person gave before."""
    event = await events.find(tx, consent.event)
    if event is None:
        raise EventNotFound(EVENTS.format(consent.event))
    # Refuses what is over; writes nothing yet.
    journey = domain.begin(new_id(), event, consent.traveler, consent.mode, consent.rate, now)
    if not await events.attends(tx, consent.event, consent.traveler):
        raise NotAttending(EVENTS.format(consent.event), consent.traveler)
    if await store.add(tx, journey):
        return journey
    found = await store.find_one(tx, consent.event, consent.traveler)
    # None: it was given up between the two statements, and so would the new one be.
    return journey if found is None else found


async def own(tx: Tx, name: Name, who: Caller) -> tuple[Journey, Event]:
    """The caller's own journey, and where it leads."""
    journey = _own(await store.find(tx, name), name, who)
    event = await events.find(tx, journey.event)
    if event is None:
        raise LookupError(f"{JOURNEYS.format(name)} leads nowhere")
    return journey, event


async def visible(tx: Tx, name: Name, who: Caller) -> Journey:
    """A journey that the caller may see."""
    return shown(await store.find(tx, name), name, who)


async def withdraw(tx: Tx, name: Name, who: Caller) -> Journey:
    """Takes the consent back; only the person can."""
    return await _withdraw(tx, _own(await store.lock(tx, name), name, who))


async def _withdraw(tx: Tx, journey: Journey) -> Journey:
    if journey.state is State.WITHDRAWN:
        return journey
    withdrawn = domain.withdraw(journey)
    await segments.forget(tx, journey.name)
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


async def end(tx: Tx, found: Sequence[Journey]) -> None:
    ended = [domain.expire(journey) for journey in found]
    if ended:
        await store.put(tx, ended)
    for journey in ended:
        tx.publish(wire.ended(journey), subject=JOURNEYS.format(journey.name))


def shown(journey: Journey | None, name: Name, who: Caller) -> Journey:
    if journey is None or not (who.permitted or journey.traveler == who.name):
        raise domain.JourneyNotFound(JOURNEYS.format(name))
    return journey


def _own(journey: Journey | None, name: Name, who: Caller) -> Journey:
    if journey is None or journey.traveler != who.name:
        raise domain.JourneyNotFound(JOURNEYS.format(name))
    return journey
