"""The facts of others that location listens to."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.message import Message

from services.kit import errors
from services.kit.clock import now
from services.kit.db import Tx
from services.kit.inbox import Handler, Heard
from services.kit.wire import instant
from services.location.devices.domain import Fix, report
from services.location.events import actions, wire
from services.location.events.domain import BOOKINGS, EVENTS
from services.location.journeys import actions as consents
from services.location.journeys import store as journeys
from services.location.journeys import wire as journey_wire
from services.location.journeys.actions import forget_person
from services.location.track.actions import Entry, keep
from services.location.track.crowd import Crowd
from turnout.auth.v1 import auth_pb2
from turnout.booking.v1 import booking_pb2, ticket_pb2
from turnout.event.v1 import event_pb2, participant_pb2
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import inbound_pb2


async def _announced(
    tx: Tx, fact: event_pb2.EventPublished | event_pb2.EventRevised, _: Heard
) -> None:
    told = fact.announcement
    online = told.mode == event_pb2.Event.MODE_ONLINE
    if told.venue.HasField("location") and not online:
        await actions.announce(tx, wire.announced(told), now())
    else:
        # Nobody is on the way to what is online, or went online.
        await actions.cancel(tx, EVENTS.parse(told.event, "event"), now())


async def _called_off(
    tx: Tx,
    fact: event_pb2.EventCancelled | event_pb2.EventCompleted | event_pb2.EventUnpublished,
    _: Heard,
) -> None:
    await actions.cancel(tx, EVENTS.parse(fact.event, "event"), now())


async def _confirmed(tx: Tx, fact: booking_pb2.BookingConfirmed, _: Heard) -> None:
    booking, event = BOOKINGS.parse(fact.booking, "booking"), EVENTS.parse(fact.event, "event")
    await actions.attend(tx, booking, event, fact.buyer, len(fact.tickets) or None)


async def _given_back(tx: Tx, fact: booking_pb2.BookingCancelled, _: Heard) -> None:
    booking, event = BOOKINGS.parse(fact.booking, "booking"), EVENTS.parse(fact.event, "event")
    await actions.stay_away(tx, booking, event, fact.buyer)


async def _passed_on(tx: Tx, fact: ticket_pb2.TicketTransferred, _: Heard) -> None:
    await actions.pass_on(tx, wire.seat(fact), fact.giver, fact.holder)


async def _returned(tx: Tx, fact: ticket_pb2.TicketReturned, _: Heard) -> None:
    await actions.give_back(tx, wire.seat(fact), fact.holder)


async def _merged(tx: Tx, fact: participant_pb2.ParticipantMerged, _: Heard) -> None:
    event = EVENTS.parse(fact.event, "event")
    await actions.merge(tx, event, fact.participant, fact.duplicate)


async def _shared(tx: Tx, fact: inbound_pb2.LocationShared, heard: Heard) -> None:
    """A place in a message is a position of the journey, if the person agreed to be seen."""
    event = EVENTS.parse(fact.event, "event")
    journey = await journeys.find_one(tx, event, fact.participant)
    if journey is not None:
        fix = Fix(
            instant(fact.capture_time) or heard.create_time,
            fact.location.latitude,
            fact.location.longitude,
            source=location_pb2.POSITION_SOURCE_MANUAL,
        )
        # What is refused, as outside of the sharing, is not kept; nobody waits for an answer.
        await keep(tx, Crowd(), [Entry(journey.name, report([fix]))], now())


async def _agreed(tx: Tx, fact: inbound_pb2.SharingAgreed, heard: Heard) -> None:
    """Words in a message are a consent as good as any: they are kept as its proof."""
    consent, at = journey_wire.agreed(fact, heard.create_time), now()
    try:
        journey = await consents.agree(tx, fact.participant, consent, at)
    except errors.Refusal as refusal:
        told = journey_wire.taken(fact, None, at, refusal.reason)
    else:
        over = "" if journey.lasts(at) else "JOURNEY_OVER"
        told = journey_wire.taken(fact, journey, at, over)
    tx.publish(told, subject=fact.participant)


async def _refused(tx: Tx, fact: inbound_pb2.SharingRefused, _: Heard) -> None:
    event, at = EVENTS.parse(fact.event, "event"), now()
    journey = await consents.disagree(tx, event, fact.participant, at, held=fact.held)
    # Who wants no more messages is not told either that nothing is shared any more.
    if not fact.held:
        tx.publish(journey_wire.taken(fact, journey, at), subject=fact.participant)


async def _gone(tx: Tx, fact: auth_pb2.UserDeleted, _: Heard) -> None:
    await forget_person(tx, fact.user, now())


HEARS: Mapping[type[Message], Handler] = {
    event_pb2.EventPublished: _announced,
    event_pb2.EventRevised: _announced,
    event_pb2.EventCancelled: _called_off,
    event_pb2.EventCompleted: _called_off,
    event_pb2.EventUnpublished: _called_off,
    participant_pb2.ParticipantMerged: _merged,
    booking_pb2.BookingConfirmed: _confirmed,
    booking_pb2.BookingCancelled: _given_back,
    ticket_pb2.TicketTransferred: _passed_on,
    ticket_pb2.TicketReturned: _returned,
    inbound_pb2.LocationShared: _shared,
    inbound_pb2.SharingAgreed: _agreed,
    inbound_pb2.SharingRefused: _refused,
    auth_pb2.UserDeleted: _gone,
}
