"""Waiting rooms on the wire: messages to values and back. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from services.booking.domain import EVENTS, OfferNotFound
from services.booking.waiting_room import domain
from services.booking.waiting_room.domain import (
    PLACES,
    BadRoom,
    Change,
    Mode,
    Place,
    Room,
    State,
)
from services.kit import links
from services.kit.etags import etag
from services.kit.names import Name, Singleton, parent
from services.kit.wire import duration, instant, timestamp
from turnout.booking.v1 import waiting_room_pb2

ROOMS = Singleton(EVENTS, "waitingRoom")
PATCHABLE = frozenset({"mode", "rate_per_minute", "shuffling", "open_time"})
MOST_RATE = 100_000
MODES = {
    Mode.OFF: waiting_room_pb2.WaitingRoom.MODE_OFF,
    Mode.ON: waiting_room_pb2.WaitingRoom.MODE_ON,
    Mode.AUTOMATIC: waiting_room_pb2.WaitingRoom.MODE_AUTOMATIC,
}
STATES = {
    State.WAITING: waiting_room_pb2.WaitingRoomPlace.STATE_WAITING,
    State.ADMITTED: waiting_room_pb2.WaitingRoomPlace.STATE_ADMITTED,
}


def event_of(request: waiting_room_pb2.CreateWaitingRoomPlaceRequest) -> Name:
    sent = request.waiting_room_place.event
    event = EVENTS.parse(sent, "waiting_room_place.event")
    if event.organization != parent(request.parent):
        # Another organization's event is none at all to this one.
        raise OfferNotFound(sent)
    return event


def change(sent: waiting_room_pb2.WaitingRoom, paths: AbstractSet[str]) -> Change:
    mode = next((mode for mode, value in MODES.items() if value == sent.mode), None)
    if "mode" in paths and mode is None:
        raise BadRoom("waiting_room.mode", "must be one of the modes")
    if "rate_per_minute" in paths and not 1 <= sent.rate_per_minute <= MOST_RATE:
        raise BadRoom("waiting_room.rate_per_minute", f"must be from 1 to {MOST_RATE}")
    return Change(
        mode if "mode" in paths else None,
        sent.rate_per_minute if "rate_per_minute" in paths else None,
        sent.shuffling if "shuffling" in paths else None,
        (instant(sent.open_time),) if "open_time" in paths else None,
    )


def room(event: Name, value: Room, waiting: int) -> waiting_room_pb2.WaitingRoom:
    return waiting_room_pb2.WaitingRoom(
        name=ROOMS.format(event),
        mode=MODES[value.mode],
        rate_per_minute=value.rate,
        shuffling=value.shuffles,
        open_time=timestamp(value.open_time),
        guarding=value.guarded,
        waiting=waiting,
        etag=etag(value.version),
    )


def place(
    value: Place, of: Room, *, key: bytes, now: datetime
) -> waiting_room_pb2.WaitingRoomPlace:
    """`key` signs the token of who was let in."""
    made = waiting_room_pb2.WaitingRoomPlace(
        name=PLACES.format(value.name),
        event=EVENTS.format(value.event),
        person=value.person,
        state=STATES[value.state],
        position=value.position,
        create_time=timestamp(value.create_time),
        expire_time=timestamp(value.expire_time),
        etag=etag(value.version),
    )
    if value.expire_time is None:
        made.estimated_wait.CopyFrom(duration(domain.wait(of, value.position, now)))
    elif not domain.over(value, now):
        subject, purpose = EVENTS.format(value.event), domain.purpose(value.person)
        made.token = links.sign(key, subject, purpose, value.expire_time)
    return made


def admits(token: str, event: Name, person: str, *, key: bytes, now: datetime) -> bool:
    """Whether a token lets that person book at the event."""
    try:
        link = links.verify(key, token, now)
    except (links.LinkInvalid, links.LinkExpired):
        return False
    return link.subject == EVENTS.format(event) and link.purpose == domain.purpose(person)
