"""What searching hears: how many seats of an event are held and sold."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.message import Message

from services.event.events.domain import EVENTS
from services.event.participants.domain import BOOKINGS
from services.event.search import actions
from services.kit.db import Tx
from services.kit.inbox import Handler, Heard
from turnout.booking.v1 import booking_pb2


async def held(tx: Tx, fact: booking_pb2.BookingHeld, _: Heard) -> None:
    seats = sum(item.quantity for item in fact.items)
    await actions.book(tx, BOOKINGS.parse(fact.booking), EVENTS.parse(fact.event), seats)


async def confirmed(tx: Tx, fact: booking_pb2.BookingConfirmed, _: Heard) -> None:
    seats = len(fact.tickets)
    await actions.book(tx, BOOKINGS.parse(fact.booking), EVENTS.parse(fact.event), seats)


async def freed(
    tx: Tx, fact: booking_pb2.BookingLapsed | booking_pb2.BookingCancelled, _: Heard
) -> None:
    await actions.free(tx, BOOKINGS.parse(fact.booking), EVENTS.parse(fact.event))


HEARS: Mapping[type[Message], Handler] = {
    booking_pb2.BookingHeld: held,
    booking_pb2.BookingConfirmed: confirmed,
    booking_pb2.BookingLapsed: freed,
    booking_pb2.BookingCancelled: freed,
}
