"""The facts that messaging listens to, and what it does about them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from google.protobuf.message import Message as Fact

from services.kit.db import Tx
from services.kit.inbox import Handler, Heard, Together, Told
from services.kit.names import USERS, Name
from services.messaging.departures import actions as departures
from services.messaging.departures.domain import JOURNEYS
from services.messaging.departures.wire import forecast
from services.messaging.inbound import actions as inbound
from services.messaging.notices import actions as notices
from services.messaging.notices.wire import TOLD, Link
from services.messaging.people import actions, store, wire
from services.messaging.people.domain import EVENTS, PARTICIPANTS
from turnout.auth.v1 import auth_pb2, organization_pb2
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import event_pb2, participant_pb2, task_pb2
from turnout.location.v1 import location_pb2


def hears(key: bytes, link: Link, now: Callable[[], datetime]) -> Mapping[type[Fact], Handler]:
    """The handlers; `key` seals what is personal."""

    async def tell(tx: Tx, told: Sequence[Told]) -> None:
        facts = [
            (Name(heard.organization, heard.id), fact)
            for fact, heard in told
            if heard.organization is not None
        ]
        await notices.hear(tx, facts, key=key, link=link, now=now())

    async def invited(tx: Tx, told: Sequence[Told]) -> None:
        people = [wire.participant(fact) for fact, _ in told]
        await actions.know_participants(tx, people, key)
        await tell(tx, told)

    async def changed(tx: Tx, fact: participant_pb2.ParticipantChanged, _: Heard) -> None:
        await store.change_participant(tx, *wire.participant(fact))

    async def answered(tx: Tx, told: Sequence[Told]) -> None:
        said = [wire.answered(fact) for fact, _ in told]
        await store.know_answers(tx, said[0][0].organization, {who.id: what for who, what in said})

    async def taken(tx: Tx, fact: participant_pb2.ReplyTaken, _: Heard) -> None:
        await inbound.confirm(tx, fact, key=key, now=now())

    async def consented(tx: Tx, fact: location_pb2.ConsentTaken, _: Heard) -> None:
        await inbound.confirm_consent(tx, fact, key=key, now=now())

    async def user_gone(tx: Tx, fact: auth_pb2.UserDeleted, _: Heard) -> None:
        await actions.forget_user(tx, USERS.parse(fact.user, "user"), now())

    async def removed(tx: Tx, fact: participant_pb2.ParticipantRemoved, _: Heard) -> None:
        actions.part_with(tx, PARTICIPANTS.parse(fact.participant, "participant"), now())

    return {
        **dict.fromkeys(TOLD, Together(tell)),
        auth_pb2.UserRegistered: _user,
        auth_pb2.UserChanged: _user,
        auth_pb2.UserDeleted: user_gone,
        organization_pb2.OrganizationCreated: _host,
        organization_pb2.OrganizationChanged: _host,
        event_pb2.EventPublished: _event,
        event_pb2.EventRevised: _event,
        event_pb2.EventCancelled: _called_off,
        participant_pb2.ParticipantInvited: Together(invited),
        task_pb2.ParticipantNotified: Together(invited),
        participant_pb2.ParticipantChanged: changed,
        participant_pb2.ParticipantAnswered: Together(answered),
        participant_pb2.ParticipantRemoved: removed,
        participant_pb2.ReplyTaken: taken,
        location_pb2.ConsentTaken: consented,
        booking_pb2.BookingHeld: _held,
        **_on_the_way(tell, key, now),
    }


def _on_the_way(
    tell: Callable[[Tx, Sequence[Told]], Awaitable[None]], key: bytes, now: Callable[[], datetime]
) -> Mapping[type[Fact], Handler]:
    async def expected(tx: Tx, told: Sequence[Told]) -> None:
        found = [each for each in (forecast(fact) for fact, _ in told) if each is not None]
        if found:
            await departures.hear(tx, found[0].journey.organization, found, key=key, now=now())

    async def arrived(tx: Tx, told: Sequence[Told]) -> None:
        await ended(tx, told)
        await tell(tx, told)

    async def ended(tx: Tx, told: Sequence[Told]) -> None:
        journeys = [JOURNEYS.parse(fact.journey, "journey") for fact, _ in told]
        await departures.forget(tx, journeys)

    return {
        location_pb2.ArrivalExpected: Together(expected),
        location_pb2.JourneyArrived: Together(arrived),
        location_pb2.JourneyEnded: Together(ended),
    }


async def _user(tx: Tx, fact: auth_pb2.UserRegistered | auth_pb2.UserChanged, _: Heard) -> None:
    await store.know_user(tx, *wire.user(fact))


async def _host(tx: Tx, fact: organization_pb2.OrganizationCreated, _: Heard) -> None:
    await store.know_host(tx, wire.host(fact))


async def _event(tx: Tx, fact: event_pb2.EventPublished, _: Heard) -> None:
    await store.know_event(tx, wire.gathering(fact))


async def _called_off(tx: Tx, fact: event_pb2.EventCancelled, _: Heard) -> None:
    await store.call_off(tx, EVENTS.parse(fact.event, "event"), fact.reason)


async def _held(tx: Tx, fact: booking_pb2.BookingHeld, _: Heard) -> None:
    await store.know_booking(tx, *wire.held(fact))
