"""What payment hears of booking: what is to be paid, and what not any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from services.kit.db import Tx
from services.payment import actions, wire
from services.payment.domain import BOOKINGS, PARTICIPANTS, Standing
from turnout.booking.v1 import booking_pb2, ticket_pb2
from turnout.event.v1 import participant_pb2

Handler = Callable[[Tx, Any, Any], Awaitable[None]]
Ended = booking_pb2.BookingLapsed | booking_pb2.BookingCancelled


async def merged(tx: Tx, fact: participant_pb2.ParticipantMerged, _: Any) -> None:
    participant = PARTICIPANTS.parse(fact.participant, "participant")
    await actions.merge(tx, participant.organization, fact.participant, fact.duplicate)


def hears(now: Callable[[], datetime]) -> Mapping[type[Message], Handler]:
    async def held(tx: Tx, fact: booking_pb2.BookingHeld, _: Any) -> None:
        await actions.keep_claim(tx, wire.held(fact), now())

    async def confirmed(tx: Tx, fact: booking_pb2.BookingConfirmed, _: Any) -> None:
        await actions.keep_claim(tx, wire.confirmed(fact), now())

    def ended(standing: Standing) -> Handler:
        async def end(tx: Tx, fact: Ended, _: Any) -> None:
            await actions.end_claim(tx, BOOKINGS.parse(fact.booking, "booking"), standing, now())

        return end

    async def forfeited(tx: Tx, fact: booking_pb2.BookingForfeited, _: Any) -> None:
        await actions.forfeit(tx, wire.forfeited(fact), now())

    async def returned(tx: Tx, fact: ticket_pb2.TicketReturned, _: Any) -> None:
        if fact.payment:
            await actions.give_back_part(tx, *wire.returned(fact), now())

    return {
        participant_pb2.ParticipantMerged: merged,
        booking_pb2.BookingHeld: held,
        booking_pb2.BookingConfirmed: confirmed,
        booking_pb2.BookingLapsed: ended(Standing.LAPSED),
        booking_pb2.BookingCancelled: ended(Standing.CANCELLED),
        booking_pb2.BookingForfeited: forfeited,
        ticket_pb2.TicketReturned: returned,
    }
