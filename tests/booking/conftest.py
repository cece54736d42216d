"""Booking, served for the tests of this folder."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from services.booking.__main__ import SERVICE
from services.booking.config import Config
from services.booking.domain import EVENTS
from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import announcement
from tests.serving import PARTICIPANTS, World, serving
from turnout.booking.v1 import booking_pb2, booking_pb2_grpc
from turnout.event.v1 import event_pb2, participant_pb2
from turnout.payment.v1 import payment_pb2

HOLD = timedelta(minutes=15)


@dataclass
class Booking:
    """The service, and what the others tell it."""

    world: World
    stub: Any

    async def on_sale(
        self, *types: event_pb2.TicketType, event: Name | None = None, **more: Any
    ) -> Name:
        """Puts an event on sale: five seats for 12.50 EUR unless its types are given."""
        event = event or Name(new_id(), new_id())
        told = event_pb2.EventPublished(announcement=announcement(event, *types, **more))
        await self.world.hear(told, subject=EVENTS.format(event))
        return event

    async def revise(self, event: Name, *types: event_pb2.TicketType, **more: Any) -> None:
        told = event_pb2.EventRevised(announcement=announcement(event, *types, **more))
        await self.world.hear(told, subject=EVENTS.format(event))

    async def call_off(self, event: Name) -> None:
        name = EVENTS.format(event)
        await self.world.hear(event_pb2.EventCancelled(event=name), subject=name)

    async def answer(
        self,
        event: Name,
        answer: str,
        *,
        who: Name | None = None,
        kind: str = "standard",
        guests: int = 0,
    ) -> str:
        """Has a participant answer `YES`, `NO` or `MAYBE`; returns the participant's name."""
        name = PARTICIPANTS.format(who or Name(event.organization, new_id()))
        told = participant_pb2.ParticipantAnswered(
            participant=name,
            event=EVENTS.format(event),
            answer=f"ANSWER_{answer}",
            ticket_type=kind,
            guests=guests,
        )
        await self.world.hear(told, subject=name)
        return name

    async def pay(self, booking: booking_pb2.Booking, payment: uuid.UUID | None = None) -> str:
        """Tells that the money of a booking came; returns the payment's name."""
        organization = booking.name.split("/")[1]
        name = f"organizations/{organization}/payments/{payment or new_id()}"
        told = payment_pb2.PaymentCaptured(payment=name, booking=booking.name, amount=booking.total)
        await self.world.hear(told, subject=name)
        return name

    async def lapse(self, event: Name, *, ahead: timedelta = HOLD) -> None:
        """Lets time pass and does what is due."""
        self.world.clock.ahead += ahead
        await self.world.do_all("lapse", event.organization)

    async def entry(self, event: Name, kind: str = "standard") -> Any:
        """How many seats of a type there are, and where."""
        request = booking_pb2.GetAvailabilityRequest(name=f"{EVENTS.format(event)}/availability")
        found = await self.stub.GetAvailability(request)
        return next(entry for entry in found.entries if entry.ticket_type == kind)

    async def seats(self, event: Name, kind: str = "standard") -> tuple[int, int, int]:
        """How many are free, held and sold."""
        entry = await self.entry(event, kind)
        return entry.free, entry.held, entry.sold


@pytest.fixture(scope="session")
async def served(database: Any, owner: Any) -> AsyncIterator[Booking]:
    db = await database("booking")
    async with serving(SERVICE, db, await owner(db), config=Config(hold=HOLD)) as world:
        yield Booking(world, booking_pb2_grpc.BookingServiceStub(world.channel))


@pytest.fixture
def booking(served: Booking) -> Booking:
    served.world.clock.ahead = timedelta()
    return served


@pytest.fixture
async def event(booking: Booking) -> Name:
    """Five seats for 12.50 EUR each."""
    return await booking.on_sale()
