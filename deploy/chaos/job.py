"""The main job, played again and again by people whom nothing makes give up early.

Each gathering has an organizer of its own, more people than seats, some who forget to pay or give
their seat back, and devices whose clocks are wrong.
"""

from __future__ import annotations

import asyncio
import pathlib
import random
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace

import grpc
import httpx

from deploy.chaos.record import UUID, Outcome, Record, Recording
from deploy.demo import guest as guests
from deploy.demo import organizer as organizers
from deploy.demo import play as plays
from deploy.demo.guest import Guest, Part
from deploy.demo.organizer import VENUE, Organizer
from deploy.demo.rest import Declined, Json, Rest, once, until
from deploy.demo.trips import Fix, Trip, move
from deploy.tracker.tracker import OPTIONS, Lost

HOLD_SECONDS = 45
RATE = 20.0
TRAVELERS, TOO_MANY = 9, 3
# Every so manieth gives the seat back instead of coming.
FICKLE = 4
# How many seconds the clocks of devices are ahead. What is two hours off is refused, and not
# a clock but a mistake.
SKEWS = (0.0, 0.0, 0.4, 240.0, -2400.0, 5400.0)
# A sender that is killed holds its messages for a minute.
LETTER_SECONDS = 150.0
WALK = 0.000_012_6  # degrees of latitude in a second, at 1.4 m/s


@dataclass
class Mailbox:
    """What the console provider has written so far, read once."""

    file: pathlib.Path
    _read: int = 0
    _links: dict[str, str] = field(default_factory=dict)

    async def link(self, address: str, seconds: float = LETTER_SECONDS) -> str:
        """The link of the invitation that comes to an address; raises TimeoutError if none does."""

        async def ask() -> str:
            self._look()
            return self._links.get(address, "")

        found = await until(ask, bool, seconds)
        if not found:
            raise TimeoutError(f"no invitation came to {address} in {seconds:g} s")
        return found

    def _look(self) -> None:
        if not self.file.exists():
            return
        with self.file.open("rb") as file:
            file.seek(self._read)
            # A line that is being written is read next time.
            whole = file.read().rpartition(b"\n")[0]
        if whole:
            self._read += len(whole) + 1
            self._links.update(plays.links(whole.decode(errors="replace").splitlines()))


@dataclass(frozen=True)
class Stage:
    """Where it is played: by a line that may be bad, to the mesh that is being hurt."""

    rest: Rest
    channel: grpc.aio.Channel
    mailbox: Mailbox
    record: Record
    chance: random.Random


def stage(address: str, messages: pathlib.Path, record: Record, seed: int) -> Stage:
    """`address` is where the line begins. Channel and client are the caller's to close."""
    limits = httpx.Limits(max_connections=128)
    transport = Recording(record, httpx.AsyncHTTPTransport(limits=limits))
    client = httpx.AsyncClient(base_url=f"http://{address}", timeout=20, transport=transport)
    channel = grpc.aio.insecure_channel(address, options=OPTIONS)
    return Stage(Rest(client), channel, Mailbox(messages), record, random.Random(seed))


async def gatherings(place: Stage, seconds: float) -> int:
    """Holds one gathering after the other; begins none after so many seconds. Says how many."""
    end, count = place.record.now() + seconds, 0
    while count == 0 or place.record.now() < end:
        await gathering(place)
        count += 1
    return count


async def gathering(place: Stage) -> None:
    """One event, from the sign-up of its organizer until everybody has come or given up."""
    people = plays.cast([walk()] * TRAVELERS)
    yes = sum(person.part is not Part.DECLINES for person in people)
    start, end = organizers.from_now(60), organizers.from_now(3600)

    async def open_doors() -> None:
        who = await organizers.sign_up(place.rest, place.mailbox.file)
        event = await organizers.announce(who, yes - TOO_MANY, start, end, hall(yes - TOO_MANY))
        async with asyncio.TaskGroup() as group:
            for person in people:
                part = _play(place, who, event, person)
                group.create_task(_guarded(place, person.name, part))

    await _guarded(place, "Olga Organizer", open_doors())


async def _guarded(place: Stage, who: str, part: Awaitable[None]) -> None:
    """Lets the others go on when somebody does not get on."""
    try:
        await part
    except Lost as error:
        # That is for the checks to say as well; here it is said by who saw it.
        place.record.unfinished.append(f"{who}: Lost: {error}")
    except grpc.aio.AioRpcError as error:
        place.record.unfinished.append(f"{who}: {error.code().name}: {error.details()}")
    except (Declined, TimeoutError, ValueError) as error:
        place.record.unfinished.append(f"{who}: {type(error).__name__}: {error}")


async def _play(place: Stage, who: Organizer, event: Json, person: Guest) -> None:
    listed = await organizers.invite(who, event["name"], person.name, person.number)
    person.participant = listed["name"]
    person.address = listed.get("email") or listed["phone"]
    person.rest = who.rest.bearing(f"Link {await place.mailbox.link(person.address)}")
    await guests.answer(person)
    if person.part is not Part.TRAVELS or person.state != "HELD":
        return
    await guests.pay(person)
    if person.state != "CONFIRMED":
        return
    if person.number % FICKLE == FICKLE - 1:
        await person.edge.post(f"{person.booking}:cancel", once())
        return
    await guests.consent(person, event["name"], RATE)
    await _travel(place, person)


async def _travel(place: Stage, person: Guest) -> None:
    """Goes there with a device whose clock may be wrong; writes down what was acknowledged."""
    assert person.trip is not None, "travelers have one"
    skew = place.chance.choice(SKEWS)
    moved = skewed(person.trip, skew)
    ids = UUID.findall(f"{person.participant} {person.booking} {person.journey}")
    told = place.record.begin(f"Track {person.journey}, clock {skew:+g} s", ids)
    try:
        await guests.travel(person, place.channel, moved, lambda: time.time() + skew)
    finally:
        place.record.acknowledged[person.journey] = person.acknowledged
        # What was under way when the journey ended is wanted no more.
        if person.ended or 0 < person.sent == person.acknowledged:
            told.outcome = Outcome.OK
        told.said = f"{person.acknowledged} of {person.sent} positions acknowledged"


def walk(seconds: int = 300) -> Trip:
    """A way from the south, in seconds of life; a position every two seconds."""
    fixes = [
        Fix(float(second), WALK * second, 0.0, accuracy=8.0, speed=1.4)
        for second in range(0, seconds, 2)
    ]
    return Trip("a walk from the south", "walk", tuple(fixes))


def skewed(trip: Trip, skew: float) -> Trip:
    """The trip as it begins now, by a clock that is so many seconds ahead."""
    moved = move(trip, VENUE, time.time() + 1 + trip.seconds / RATE, RATE)
    return replace(moved, fixes=tuple(replace(fix, time=fix.time + skew) for fix in moved.fixes))


def hall(seats: int) -> Json:
    """A hall with so many seats, three in a row."""
    rows = [
        {"id": str(row + 1), "seats": [{"id": str(seat + 1)} for seat in range(3)]}
        for row in range(seats // 3)
    ]
    if seats % 3:
        left = [{"id": str(seat + 1)} for seat in range(seats % 3)]
        rows.append({"id": str(len(rows) + 1), "seats": left})
    return {"sections": [{"id": "stalls", "rows": rows}]}
