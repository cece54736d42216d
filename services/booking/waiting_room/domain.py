"""The rules of waiting rooms. Plain values in, plain values out.

While a room is on, only who was let in may book. One person has one place, however often they
ask; who comes first is let in first, and of those who came before it opened the room can draw
the order by lot.
"""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.booking.domain import EVENTS
from services.kit import errors
from services.kit.names import Collection, Name

PLACES = Collection("waitingRoomPlaces", "turnout.app/WaitingRoomPlace")
# How long who was let in may book.
ADMISSION = timedelta(minutes=15)
RATE = 300  # people let in per minute
LOAD = 100  # orders at once that turn an automatic room on


class Mode(enum.Enum):
    OFF = "off"
    ON = "on"
    # Turned on by load, and off when nobody is left in it.
    AUTOMATIC = "automatic"


class State(enum.Enum):
    WAITING = "waiting"
    ADMITTED = "admitted"


@dataclass(frozen=True)
class Room:
    """How the waiting room of an event works. `admit_time`: until when people were let in."""

    mode: Mode = Mode.OFF
    rate: int = RATE
    shuffles: bool = False
    # Nobody is let in before; None for at once.
    open_time: datetime | None = None
    version: int = 0
    admit_time: datetime | None = None
    # The order was drawn for those who came before it opened.
    drawn: bool = False
    # Whether only who was let in may book.
    guarded: bool = False


@dataclass(frozen=True)
class Change:
    """What an organizer wants of a room; None for what stays."""

    mode: Mode | None = None
    rate: int | None = None
    shuffles: bool | None = None
    # Present if it changes, even to nothing.
    open_time: tuple[datetime | None] | None = None


@dataclass(frozen=True)
class Place:
    """Somebody's place in a room. The number is the order in which they are let in."""

    name: Name
    event: Name
    person: str
    number: int
    create_time: datetime
    admit_time: datetime | None = None
    # How many are ahead, plus one; 0 once let in.
    position: int = 0
    version: int = 1

    @property
    def state(self) -> State:
        return State.WAITING if self.admit_time is None else State.ADMITTED

    @property
    def expire_time(self) -> datetime | None:
        """When one has to have booked."""
        return self.admit_time + ADMISSION if self.admit_time else None


class RoomOff(errors.Unmet):
    message = "nobody has to wait for {event}: book"
    event: str


class PlaceNotFound(errors.NotFound):
    message = "there is no place {place} in a waiting room"
    place: str


class BadRoom(errors.Invalid):
    """A waiting room that cannot be."""


def require_on(room: Room, event: Name) -> None:
    if not room.guarded:
        raise RoomOff(EVENTS.format(event))


def over(place: Place, now: datetime) -> bool:
    """Whether somebody was let in and the time to book is over."""
    return place.expire_time is not None and place.expire_time <= now


def is_open(room: Room, now: datetime) -> bool:
    return room.guarded and (room.open_time is None or room.open_time <= now)


def admit(room: Room, waiting: int, now: datetime) -> tuple[Room, int]:
    """How many are let in now, at the rate of the room.

    What nobody came for is not saved up, but for one: a room that was empty lets in who comes.
    """
    if not is_open(room, now):
        return room, 0
    step = timedelta(minutes=1) / room.rate
    since = room.admit_time or (room.open_time or now) - step
    number = max(0, min(int((now - since) / step), waiting))
    return replace(room, admit_time=max(since + number * step, now - step)), number


def wait(room: Room, position: int, now: datetime) -> timedelta:
    """How long somebody has to wait, as far as one can tell."""
    opening = max(timedelta(), room.open_time - now) if room.open_time else timedelta()
    return opening + position * timedelta(minutes=1) / room.rate


def purpose(person: str) -> str:
    """What the token of somebody says beside the event: it is good for them alone."""
    return f"admission-{hashlib.sha256(person.encode()).hexdigest()[:32]}"
