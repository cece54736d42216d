"""What location does with journeys, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from services.kit.caller import Caller
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.location.events import store as events
from services.location.events.domain import EVENTS, Event, EventNotFound, NotAttending
from services.location.geofences import store as geofences
from services.location.hours.domain import BEHIND, COUNT
from services.location.journeys import domain, store, wire
from services.location.journeys.domain import JOURNEYS, ORDER, Consent, Journey, State, Viewers
from services.location.retention.domain import TIDY, next_night
from services.location.segments import store as segments
from turnout.access.v1 import access_pb2

# Roles that organize, beside programs and what acts for the platform, which have none.
ORGANIZING = frozenset((0, access_pb2.ROLE_OWNER, access_pb2.ROLE_ADMIN, access_pb2.ROLE_ORGANIZER))
SEATED = ORDER.index(Viewers.PARTICIPANTS)
# The work that forgets a journey of somebody who is gone; its id is the journey's.
ERASE = "erase"


async def begin(tx: Tx, traveler: str, consent: Consent, now: datetime) -> Journey:
    """Takes down a consent, or finds the one that the person gave before."""
    event = await events.find(tx, consent.event)
    if event is None:
        raise EventNotFound(EVENTS.format(consent.event))
    # Refuses what is over; writes nothing yet.
    journey = domain.begin(new_id(), event, traveler, consent, now)
    if not await events.attends(tx, consent.event, traveler):
        raise NotAttending(EVENTS.format(consent.event), traveler)
    if await store.add(tx, journey):
        # What will be kept of it is to be looked after.
        organization = journey.name.organization
        tx.schedule(TIDY, organization, organization, next_night(now))
        # Once there is such work, it goes on by itself until the event is over.
        tx.schedule_by(COUNT, organization, journey.event.id, now + BEHIND)
        return journey
    found = await store.find_one(tx, consent.event, traveler)
    # None: it was given up between the two statements, and so would the new one be.
    return journey if found is None else found


async def agree(tx: Tx, traveler: str, consent: Consent, now: datetime) -> Journey:
    """Takes down what somebody agrees to in a message; who only paused goes on."""
    journey = await begin(tx, traveler, consent, now)
    if journey.pause_time is None or not journey.lasts(now):
        return journey
    return await _turned(tx, domain.resume, await _locked(tx, journey), now)


async def disagree(
    tx: Tx, event: Name, traveler: str, now: datetime, *, held: bool
) -> Journey | None:
    """Takes a consent back for who says so in a message, or holds it; None if there is none."""
    journey = await store.find_one(tx, event, traveler)
    if journey is None:
        return None
    journey = await _locked(tx, journey)
    if not held:
        return await _withdraw(tx, journey, now)
    return await _turned(tx, domain.pause, journey, now) if journey.lasts(now) else journey


async def _locked(tx: Tx, journey: Journey) -> Journey:
    return await store.lock(tx, journey.name) or journey


async def own(tx: Tx, name: Name, who: Caller) -> tuple[Journey, Event]:
    """The caller's own journey, and where it leads."""
    journey = _own(await store.find(tx, name), name, who)
    event = await events.find(tx, journey.event)
    if event is None:
        raise LookupError(f"{JOURNEYS.format(name)} leads nowhere")
    return journey, event


def within_sight(who: Caller) -> frozenset[Viewers]:
    """Whose journeys somebody with the permission sees: of those who let as many see them."""
    nearest = 0 if who.role in ORGANIZING else 1
    return frozenset(ORDER[nearest:])


def in_sight(who: Caller) -> frozenset[Viewers]:
    """As `within_sight`, also for who has no permission but a seat."""
    return within_sight(who) if who.permitted else frozenset(ORDER[SEATED:])


def distance(who: Caller) -> int:
    """How far out somebody stands who looks at an event; see `reach`."""
    return min(map(domain.reach, in_sight(who)))


async def may_watch(tx: Tx, event: Name, who: Caller) -> None:
    """Refuses who neither works at an event nor has a seat."""
    known = await events.find(tx, event) is not None
    if not known or not (who.permitted or await events.attends(tx, event, who.name)):
        raise EventNotFound(EVENTS.format(event))


async def visible(tx: Tx, name: Name, who: Caller) -> Journey:
    """A journey that the caller may see."""
    return shown(await store.find(tx, name), name, who)


async def pause(tx: Tx, name: Name, who: Caller, now: datetime) -> Journey:
    """Holds the sharing; only the person can."""
    return await _turn(tx, domain.pause, name, who, now)


async def resume(tx: Tx, name: Name, who: Caller, now: datetime) -> Journey:
    """Goes on with the sharing; only the person can."""
    return await _turn(tx, domain.resume, name, who, now)


async def _turn(
    tx: Tx,
    rule: Callable[[Journey, datetime], Journey],
    name: Name,
    who: Caller,
    now: datetime,
) -> Journey:
    return await _turned(tx, rule, _own(await store.lock(tx, name), name, who), now)


async def _turned(
    tx: Tx, rule: Callable[[Journey, datetime], Journey], journey: Journey, now: datetime
) -> Journey:
    turned = rule(journey, now)
    if turned is not journey:
        await store.put_consent(tx, turned)
    return turned


async def withdraw(tx: Tx, name: Name, who: Caller, now: datetime) -> Journey:
    """Takes the consent back; only the person can."""
    return await _withdraw(tx, _own(await store.lock(tx, name), name, who), now)


async def _withdraw(tx: Tx, journey: Journey, now: datetime) -> Journey:
    if journey.state is State.WITHDRAWN:
        return journey
    withdrawn = domain.withdraw(journey, now)
    await segments.forget(tx, journey.name)
    await geofences.forget(tx, journey.name)
    await store.put(tx, [withdrawn])
    await store.put_consent(tx, withdrawn)
    # Who had arrived is not said to be on the way no more.
    if journey.state in domain.LASTING:
        tx.publish(wire.ended(withdrawn), subject=JOURNEYS.format(journey.name))
    return withdrawn


async def forget_person(tx: Tx, person: str, now: datetime) -> None:
    """Has everything forgotten that is known of where somebody was, who is no more with us."""
    await tx.speak_for(person)
    for name in await store.of_person(tx, person):
        tx.schedule(ERASE, name.organization, name.id, now)


async def erase(tx: Tx, name: Name, now: datetime) -> None:
    """Takes a consent back for somebody who is no more with us."""
    journey = await store.lock(tx, name)
    if journey is not None:
        await _withdraw(tx, journey, now)


async def end(tx: Tx, found: Sequence[Journey]) -> None:
    ended = [domain.expire(journey) for journey in found]
    if ended:
        await store.put(tx, ended)
    for journey in ended:
        tx.publish(wire.ended(journey), subject=JOURNEYS.format(journey.name))


def shown(journey: Journey | None, name: Name, who: Caller) -> Journey:
    if journey is None or not sees(who, journey):
        raise domain.JourneyNotFound(JOURNEYS.format(name))
    return journey


def sees(who: Caller, journey: Journey) -> bool:
    """Whether a journey is the caller's own, or one of who let such people see it."""
    if journey.traveler == who.name:
        return True
    return who.permitted and journey.terms.viewers in within_sight(who)


def as_seen(journey: Journey, who: Caller, now: datetime) -> Journey:
    """What the caller is shown of a journey: all of their own, and of others what they agreed."""
    return journey if journey.traveler == who.name else domain.seen(journey, now)


def _own(journey: Journey | None, name: Name, who: Caller) -> Journey:
    if journey is None or journey.traveler != who.name:
        raise domain.JourneyNotFound(JOURNEYS.format(name))
    return journey
