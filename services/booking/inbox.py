"""What booking hears: what is on sale, who comes, and what was paid."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from services.booking import actions, wire
from services.booking.actions import Terms
from services.booking.check_in import actions as door
from services.booking.check_in import wire as door_wire
from services.booking.domain import BOOKINGS, EVENTS, Cause, Sale
from services.booking.no_shows import actions as no_shows
from services.booking.no_shows import wire as no_show_wire
from services.booking.no_shows.domain import Expected
from services.booking.tickets import actions as tickets
from services.booking.tickets import wire as ticket_wire
from services.booking.waitlist import actions as waitlist
from services.kit.db import Tx
from turnout.auth.v1 import auth_pb2
from turnout.event.v1 import event_pb2, participant_pb2
from turnout.location.v1 import location_pb2
from turnout.payment.v1 import dispute_pb2, payment_pb2

Handler = Callable[[Tx, Any, Any], Awaitable[None]]
Answer = participant_pb2.Participant.Answer


def hears(terms: Terms, now: Callable[[], datetime]) -> Mapping[type[Message], Handler]:
    async def answered(tx: Tx, fact: participant_pb2.ParticipantAnswered, _: Any) -> None:
        order = wire.answer(fact)
        if fact.answer == Answer.ANSWER_YES:
            await actions.accept(tx, order, now(), terms)
        elif fact.answer == Answer.ANSWER_NO:
            await actions.decline(tx, order.event, order.buyer, Cause.BUYER, now())

    async def removed(tx: Tx, fact: participant_pb2.ParticipantRemoved, _: Any) -> None:
        event = EVENTS.parse(fact.event, "event")
        await actions.decline(tx, event, fact.participant, Cause.ORGANIZER, now())

    async def called_off(tx: Tx, fact: event_pb2.EventCancelled, _: Any) -> None:
        await actions.call_off(tx, EVENTS.parse(fact.event, "event"), now())

    async def captured(tx: Tx, fact: payment_pb2.PaymentCaptured, _: Any) -> None:
        booking, receipt = wire.receipt(fact)
        await actions.settle(tx, booking, receipt, now=now(), terms=terms)

    async def user_gone(tx: Tx, fact: auth_pb2.UserDeleted, _: Any) -> None:
        await actions.forget_person(tx, fact.user, now())

    return {
        auth_pb2.UserDeleted: user_gone,
        event_pb2.EventPublished: announced,
        event_pb2.EventRevised: announced,
        event_pb2.EventUnpublished: off_sale,
        event_pb2.EventCompleted: off_sale,
        event_pb2.EventCancelled: called_off,
        participant_pb2.ParticipantAnswered: answered,
        participant_pb2.ParticipantRemoved: removed,
        participant_pb2.ParticipantMerged: merged,
        payment_pb2.PaymentCaptured: captured,
        dispute_pb2.DisputeOpened: _disputed(now, disputed=True),
        dispute_pb2.DisputeWon: _disputed(now, disputed=False),
        **_on_the_way(now),
    }


def _on_the_way(now: Callable[[], datetime]) -> Mapping[type[Message], Handler]:
    async def arrived(tx: Tx, fact: location_pb2.JourneyArrived, _: Any) -> None:
        event, who, at = door_wire.arrived(fact)
        await door.arrive(tx, event, who, at=at or now(), now=now())
        await no_shows.expect(tx, event, Expected(who))

    async def expected(tx: Tx, fact: location_pb2.ArrivalExpected, _: Any) -> None:
        event, one = no_show_wire.expected(fact)
        if one.time is None:
            await no_shows.lose(tx, event, one.person)
        else:
            await no_shows.expect(tx, event, one)

    async def retracted(tx: Tx, fact: location_pb2.ArrivalRetracted, _: Any) -> None:
        event = EVENTS.parse(fact.event, "event")
        await door.arrive_not(tx, event, fact.traveler, now())
        await no_shows.miss(tx, event, fact.traveler)

    async def ended(tx: Tx, fact: location_pb2.JourneyEnded, _: Any) -> None:
        await no_shows.lose(tx, EVENTS.parse(fact.event, "event"), fact.traveler)

    return {
        location_pb2.JourneyArrived: arrived,
        location_pb2.ArrivalRetracted: retracted,
        location_pb2.ArrivalExpected: expected,
        location_pb2.JourneyEnded: ended,
    }


def _disputed(now: Callable[[], datetime], *, disputed: bool) -> Handler:
    async def hear(
        tx: Tx, fact: dispute_pb2.DisputeOpened | dispute_pb2.DisputeWon, _: Any
    ) -> None:
        await actions.dispute(tx, BOOKINGS.parse(fact.booking, "booking"), now(), disputed=disputed)

    return hear


async def merged(tx: Tx, fact: participant_pb2.ParticipantMerged, _: Any) -> None:
    event = EVENTS.parse(fact.event, "event")
    await actions.merge(tx, event, fact.participant, fact.duplicate)


async def announced(
    tx: Tx, fact: event_pb2.EventPublished | event_pb2.EventRevised, _: Any
) -> None:
    event, sale = wire.announced(fact.announcement)
    await actions.announce(tx, event, sale)
    await tickets.know(tx, *ticket_wire.gathering(fact.announcement))
    await waitlist.plan(tx, event)


async def off_sale(
    tx: Tx, fact: event_pb2.EventUnpublished | event_pb2.EventCompleted, _: Any
) -> None:
    """Nothing more is sold; who has a seat keeps it."""
    await actions.announce(tx, EVENTS.parse(fact.event, "event"), Sale(types=()))
