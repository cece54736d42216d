"""What payment hears: what is to be paid and what not any more, and by what terms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from services.kit.db import Tx
from services.kit.inbox import Heard
from services.kit.names import ORGANIZATIONS
from services.payment import actions, wire
from services.payment.domain import BOOKINGS, EVENTS, PARTICIPANTS
from services.payment.event_refunds import actions as event_refunds
from services.payment.gatherings import store as gatherings
from services.payment.gatherings import wire as gathering_wire
from services.payment.invoices import actions as papers
from turnout.auth.v1 import organization_pb2
from turnout.booking.v1 import booking_pb2, ticket_pb2
from turnout.event.v1 import event_pb2, participant_pb2

Handler = Callable[[Tx, Any, Any], Awaitable[None]]


async def merged(tx: Tx, fact: participant_pb2.ParticipantMerged, _: Any) -> None:
    participant = PARTICIPANTS.parse(fact.participant, "participant")
    await actions.merge(tx, participant.organization, fact.participant, fact.duplicate)


async def announced(
    tx: Tx, fact: event_pb2.EventPublished | event_pb2.EventRevised, _: Any
) -> None:
    await gatherings.keep(tx, gathering_wire.gathering(fact.announcement))


async def called(
    tx: Tx,
    fact: organization_pb2.OrganizationCreated | organization_pb2.OrganizationChanged,
    _: Any,
) -> None:
    organization = ORGANIZATIONS.parse(fact.organization, "organization")
    await papers.call(tx, organization, fact.display_name)


def hears(now: Callable[[], datetime]) -> Mapping[type[Message], Handler]:
    async def held(tx: Tx, fact: booking_pb2.BookingHeld, _: Any) -> None:
        await actions.keep_claim(tx, wire.held(fact), now())

    async def confirmed(tx: Tx, fact: booking_pb2.BookingConfirmed, _: Any) -> None:
        await actions.keep_claim(tx, wire.confirmed(fact), now())

    async def lapsed(tx: Tx, fact: booking_pb2.BookingLapsed, _: Any) -> None:
        await actions.lapse_claim(tx, BOOKINGS.parse(fact.booking, "booking"), now())

    async def cancelled(tx: Tx, fact: booking_pb2.BookingCancelled, heard: Heard) -> None:
        booking = BOOKINGS.parse(fact.booking, "booking")
        await actions.cancel_claim(tx, booking, wire.cause(fact), heard.create_time, now())

    async def called_off(tx: Tx, fact: event_pb2.EventCancelled, _: Any) -> None:
        await event_refunds.begin(tx, EVENTS.parse(fact.event, "event"), now())

    async def forfeited(tx: Tx, fact: booking_pb2.BookingForfeited, _: Any) -> None:
        await actions.forfeit(tx, wire.forfeited(fact), now())

    async def returned(tx: Tx, fact: ticket_pb2.TicketReturned, heard: Heard) -> None:
        if fact.payment:
            returned = wire.returned(fact)
            await actions.give_back_part(tx, *returned, at=heard.create_time, now=now())

    return {
        organization_pb2.OrganizationCreated: called,
        organization_pb2.OrganizationChanged: called,
        event_pb2.EventPublished: announced,
        event_pb2.EventRevised: announced,
        event_pb2.EventCancelled: called_off,
        participant_pb2.ParticipantMerged: merged,
        booking_pb2.BookingHeld: held,
        booking_pb2.BookingConfirmed: confirmed,
        booking_pb2.BookingLapsed: lapsed,
        booking_pb2.BookingCancelled: cancelled,
        booking_pb2.BookingForfeited: forfeited,
        ticket_pb2.TicketReturned: returned,
    }
