"""What analytics hears: all that there is to count, from every service and from event itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from services.event.analytics import actions, store
from services.event.analytics.domain import Delivery, Offer, Receipt, Sale
from services.event.events.domain import EVENTS
from services.event.participants.domain import BOOKINGS, JOURNEYS, PARTICIPANTS
from services.kit.db import Tx
from services.kit.inbox import Handler, Heard
from services.kit.names import Collection
from services.kit.wire import instant, parse_money, span
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import event_pb2, participant_pb2
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import messaging_pb2
from turnout.payment.v1 import payment_pb2

MESSAGES = Collection("messages")
CHANNELS = {
    number: name.removeprefix("CHANNEL_").lower()
    for name, number in messaging_pb2.Message.Channel.items()
}


# --- events


async def announced(
    tx: Tx, fact: event_pb2.EventPublished | event_pb2.EventRevised, heard: Heard
) -> None:
    said = fact.announcement
    ends = instant(said.end_time) or heard.create_time
    event = EVENTS.parse(said.event, "event")
    await actions.offer(tx, event, offer(said), ends, heard.create_time)


async def called_off(tx: Tx, fact: event_pb2.EventCancelled, _: Heard) -> None:
    await actions.call_off(tx, EVENTS.parse(fact.event, "event"))


async def withdrawn(
    tx: Tx, fact: event_pb2.EventUnpublished | event_pb2.EventDeleted, _: Heard
) -> None:
    await actions.withdraw(tx, EVENTS.parse(fact.event, "event"))


def offer(said: event_pb2.Announcement) -> Offer:
    """Seats that types have in common are there once."""
    own = sum(each.capacity for each in said.ticket_types if not each.pool)
    shared = sum(pool.capacity for pool in said.pools)
    return Offer(own + shared, {each.id: each.capacity for each in said.ticket_types})


# --- bookings


def booking_is(time: str, seats: Callable[[Any], Mapping[str, int]] = lambda _: {}) -> Handler:
    """Hears a fact of a booking, which gives the booking the time of that name."""

    async def hear(tx: Tx, fact: Any, heard: Heard) -> None:
        booking = BOOKINGS.parse(fact.booking, "booking")
        event = EVENTS.parse(fact.event, "event")
        times: dict[str, datetime] = {time: heard.create_time}
        sale = Sale(booking.id, event.id, seats=seats(fact), **times)
        await actions.sell(tx, booking.organization, sale)

    return hear


def held_seats(fact: booking_pb2.BookingHeld) -> Mapping[str, int]:
    seats: Counter[str] = Counter()
    for item in fact.items:
        seats[item.ticket_type] += item.quantity
    return seats


def sold_seats(fact: booking_pb2.BookingConfirmed) -> Mapping[str, int]:
    return Counter(ticket.ticket_type for ticket in fact.tickets)


# --- money


def money_is(kind: str) -> Handler:
    async def hear(tx: Tx, fact: Any, heard: Heard) -> None:
        booking = BOOKINGS.parse(fact.booking, "booking")
        amount = parse_money(fact.amount, "amount")
        receipt = Receipt(heard.id, booking.id, kind, amount, heard.create_time)
        await actions.receive(tx, booking.organization, receipt)

    return hear


# --- messages


def message_is(time: str) -> Handler:
    """Hears a fact of a message, which gives the message the time of that name."""

    async def hear(tx: Tx, fact: Any, heard: Heard) -> None:
        message = MESSAGES.parse(fact.message, "message")
        to_participant = f"/{PARTICIPANTS.plural}/" in fact.recipient
        times: dict[str, datetime] = {time: heard.create_time}
        delivery = Delivery(
            message=message.id,
            event=EVENTS.parse(fact.event, "event").id if fact.event else None,
            participant=PARTICIPANTS.parse(fact.recipient).id if to_participant else None,
            channel=CHANNELS.get(fact.channel, CHANNELS[0]),
            kind=fact.kind,
            **times,
        )
        await actions.deliver(tx, message.organization, delivery)

    return hear


async def merged(tx: Tx, fact: participant_pb2.ParticipantMerged, _: Heard) -> None:
    into = PARTICIPANTS.parse(fact.participant, "participant")
    await actions.adopt(tx, into, PARTICIPANTS.parse(fact.duplicate, "duplicate"))


# --- arrivals


async def arrived(
    tx: Tx, fact: location_pb2.JourneyArrived | location_pb2.ArrivalCorrected, _: Heard
) -> None:
    journey = JOURNEYS.parse(fact.journey, "journey")
    at, expected = instant(fact.arrive_time), instant(fact.expected_time)
    error = None if at is None or expected is None else round((at - expected).total_seconds())
    await store.arrive(
        tx,
        journey.organization,
        journey.id,
        EVENTS.parse(fact.event, "event").id,
        # Whoever is late by less than a second is late.
        late=math.ceil(span(fact.lateness).total_seconds()),
        error=error,
    )


async def retracted(tx: Tx, fact: location_pb2.ArrivalRetracted, _: Heard) -> None:
    journey = JOURNEYS.parse(fact.journey, "journey")
    await store.arrive_not(tx, journey.organization, journey.id)


async def corrected(tx: Tx, fact: location_pb2.ArrivalCorrected, heard: Heard) -> None:
    journey = JOURNEYS.parse(fact.journey, "journey")
    await store.arrive_not(tx, journey.organization, journey.id)
    await arrived(tx, fact, heard)


HEARS: Mapping[type[Message], Handler] = {
    event_pb2.EventPublished: announced,
    event_pb2.EventRevised: announced,
    event_pb2.EventCancelled: called_off,
    event_pb2.EventUnpublished: withdrawn,
    event_pb2.EventDeleted: withdrawn,
    booking_pb2.BookingHeld: booking_is("hold_time", held_seats),
    booking_pb2.BookingConfirmed: booking_is("confirm_time", sold_seats),
    booking_pb2.BookingLapsed: booking_is("lapse_time"),
    booking_pb2.BookingCancelled: booking_is("cancel_time"),
    payment_pb2.PaymentCaptured: money_is("captured"),
    payment_pb2.PaymentRefunded: money_is("refunded"),
    participant_pb2.ParticipantMerged: merged,
    messaging_pb2.MessageSent: message_is("sent_time"),
    messaging_pb2.MessageDelivered: message_is("deliver_time"),
    messaging_pb2.MessageRead: message_is("read_time"),
    messaging_pb2.MessageFailed: message_is("fail_time"),
    location_pb2.JourneyArrived: arrived,
    location_pb2.ArrivalRetracted: retracted,
    location_pb2.ArrivalCorrected: corrected,
}
