"""What event hears: how far its participants have come. Each fact is one step on their way.

Others book and travel too, such as users without an invitation; all that is kept of them is
whether they have a seat.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from services.event.analytics import inbox as analytics
from services.event.calendar import inbox as calendar
from services.event.events import actions as events
from services.event.events.domain import EVENTS
from services.event.participants import actions, wire
from services.event.participants.domain import BOOKINGS, JOURNEYS, PARTICIPANTS, Mark, Step
from services.event.search import inbox as search
from services.event.series import actions as series
from services.event.webhooks import inbox as webhooks
from services.kit.clock import now
from services.kit.db import Tx
from services.kit.inbox import Handler, Heard, joined
from services.kit.names import ORGANIZATIONS, Name
from services.kit.wire import instant
from turnout.auth.v1 import organization_pb2
from turnout.booking.v1 import booking_pb2, check_in_pb2
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import messaging_pb2

INVITATION = "invitation"
# What guests are told of an organization that is no more.
CLOSED = "the organizer has closed"


def participant_in(text: str) -> Name | None:
    """The participant that a buyer, a traveler or a recipient is; None for anybody else."""
    is_one = text.startswith("organizations/") and f"/{PARTICIPANTS.plural}/" in text
    return PARTICIPANTS.parse(text) if is_one else None


def booking_is(mark: Mark) -> Handler:
    async def hear(tx: Tx, fact: Any, heard: Heard) -> None:
        booking = BOOKINGS.parse(fact.booking, "booking").id
        event = EVENTS.parse(fact.event, "event")
        if mark in (Mark.HELD, Mark.CONFIRMED):
            has = mark is Mark.CONFIRMED
            await events.hold(tx, event, booking, fact.buyer, has=has)
        else:
            await events.release(tx, event, booking)
        await _step(tx, fact.buyer, fact.event, Step(mark, heard.create_time, booking))

    return hear


def journey_is(mark: Mark) -> Handler:
    async def hear(tx: Tx, fact: Any, heard: Heard) -> None:
        journey = JOURNEYS.parse(fact.journey, "journey").id
        await _step(tx, fact.traveler, fact.event, Step(mark, heard.create_time, journey))

    return hear


async def refused(tx: Tx, fact: booking_pb2.BookingRefused, heard: Heard) -> None:
    await _step(tx, fact.buyer, fact.event, Step(Mark.REFUSED, heard.create_time))


async def arrived(tx: Tx, fact: location_pb2.JourneyArrived, heard: Heard) -> None:
    journey = JOURNEYS.parse(fact.journey, "journey").id
    at = arrival_time(fact, heard.create_time)
    await _step(tx, fact.traveler, fact.event, Step(Mark.ARRIVED, at, journey))


async def sent(tx: Tx, fact: messaging_pb2.MessageSent, heard: Heard) -> None:
    participant = participant_in(fact.recipient)
    if participant is not None and fact.kind == INVITATION:
        channel = wire.sent_by(fact.channel)
        await actions.send(tx, participant, heard.create_time, channel, now())


async def undelivered(tx: Tx, fact: messaging_pb2.MessageFailed, heard: Heard) -> None:
    participant = participant_in(fact.recipient)
    if participant is not None:
        await actions.hear_of(tx, participant, fact.reason, heard.create_time, now())


async def got_there(
    tx: Tx, fact: messaging_pb2.MessageSent | messaging_pb2.MessageDelivered, heard: Heard
) -> None:
    """Takes back that a message did not get there, once another one does."""
    participant = participant_in(fact.recipient)
    if participant is not None:
        await actions.hear_of(tx, participant, "", heard.create_time, now())


async def delivered(tx: Tx, fact: messaging_pb2.MessageDelivered, heard: Heard) -> None:
    if fact.kind == INVITATION:
        await _step(tx, fact.recipient, fact.event, Step(Mark.DELIVERED, heard.create_time))


async def replied(tx: Tx, fact: messaging_pb2.ReplyReceived, _: Heard) -> None:
    participant, reply = participant_in(fact.participant), wire.heard(fact)
    if participant is not None and reply is not None:
        event = EVENTS.parse(fact.event, "event")
        await actions.hear_reply(tx, participant, event, reply, now(), fact.inbound_message)


async def checked_in(tx: Tx, fact: check_in_pb2.TicketCheckedIn, heard: Heard) -> None:
    """Who was let in is there, whether they shared the way or not."""
    at = min(instant(fact.scan_time) or heard.create_time, heard.create_time)
    await _step(tx, fact.holder, fact.event, Step(Mark.ARRIVED, at))


async def retracted(tx: Tx, fact: location_pb2.ArrivalRetracted, _: Heard) -> None:
    participant = participant_in(fact.traveler)
    if participant is not None:
        event, journey = EVENTS.parse(fact.event, "event"), JOURNEYS.parse(fact.journey, "journey")
        await actions.take_back(tx, participant, event, about=journey.id, now=now())


async def corrected(tx: Tx, fact: location_pb2.ArrivalCorrected, heard: Heard) -> None:
    participant = participant_in(fact.traveler)
    if participant is not None:
        event, journey = EVENTS.parse(fact.event, "event"), JOURNEYS.parse(fact.journey, "journey")
        step = Step(Mark.ARRIVED, arrival_time(fact, heard.create_time), journey.id)
        await actions.take_back(tx, participant, event, about=journey.id, instead=step, now=now())


async def let_out(tx: Tx, fact: check_in_pb2.TicketCheckInReverted, _: Heard) -> None:
    """Takes back what a ticket said that did not let anybody in after all."""
    participant, at = participant_in(fact.holder), instant(fact.scan_time)
    if participant is not None and at is not None:
        event = EVENTS.parse(fact.event, "event")
        await actions.take_back(tx, participant, event, about=None, at=at, now=now())


async def closed(tx: Tx, fact: organization_pb2.OrganizationDeleted, _: Heard) -> None:
    organization = ORGANIZATIONS.parse(fact.organization, "organization")
    await series.end_all(tx, organization)
    await events.call_off(tx, organization, CLOSED, now())


def arrival_time(
    fact: location_pb2.JourneyArrived | location_pb2.ArrivalCorrected, told: datetime
) -> datetime:
    """When the device says it arrived, unless its clock is ahead of the news."""
    return min(instant(fact.arrive_time) or told, told)


async def _step(tx: Tx, who: str, event: str, step: Step) -> None:
    participant = participant_in(who)
    if participant is not None:
        await actions.advance(tx, participant, EVENTS.parse(event, "event"), step, now())


OF_PEOPLE: Mapping[type[Message], Handler] = {
    booking_pb2.BookingHeld: booking_is(Mark.HELD),
    booking_pb2.BookingRefused: refused,
    booking_pb2.BookingConfirmed: booking_is(Mark.CONFIRMED),
    booking_pb2.BookingLapsed: booking_is(Mark.LAPSED),
    booking_pb2.BookingCancelled: booking_is(Mark.CANCELLED),
    messaging_pb2.MessageSent: sent,
    organization_pb2.OrganizationDeleted: closed,
    messaging_pb2.MessageDelivered: delivered,
    messaging_pb2.ReplyReceived: replied,
    check_in_pb2.TicketCheckedIn: checked_in,
    location_pb2.JourneyStarted: journey_is(Mark.UNDER_WAY),
    location_pb2.JourneyArrived: arrived,
    location_pb2.JourneyEnded: journey_is(Mark.ENDED),
    location_pb2.ArrivalRetracted: retracted,
    location_pb2.ArrivalCorrected: corrected,
    check_in_pb2.TicketCheckInReverted: let_out,
}

# Beside what they mean for the way of a participant.
OF_MESSAGES: Mapping[type[Message], Handler] = {
    messaging_pb2.MessageFailed: undelivered,
    messaging_pb2.MessageSent: got_there,
    messaging_pb2.MessageDelivered: got_there,
}

HEARS = joined(
    OF_PEOPLE, OF_MESSAGES, analytics.HEARS, calendar.HEARS, search.HEARS, webhooks.HEARS
)
