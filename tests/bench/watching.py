"""Watching: a crowd of viewers of one event, and how late they see who moved."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil

from services.kit.db import Database, Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.tenant import within
from services.location.events import actions
from services.location.events.domain import EVENTS, Event
from services.location.journeys import domain, store
from services.location.journeys.domain import JOURNEYS, Consent, Mode, Terms, Viewers
from services.location.segments.columns import SCALE
from tests.bench import load, report
from tests.bench.load import Sample, Side
from tests.bench.place import Place, Server
from tests.serving import PARTICIPANTS, Metadata, as_guest, as_user
from turnout.location.v1 import location_pb2

SERVICE = "/turnout.location.v1.LocationService"
VIEWERS, PEOPLE = 1000, 200
AT_MOST = 2.0
# A frame comes five times a second, so a measurement takes a while.
LONGER = 3
EVERY = 1.0  # seconds between two positions of one person
VENUE = (52.52, 13.405)
# Journeys of which the memory is measured.
MANY = 1000
# KiB; less is not seen from outside.
PAGE = 4.0
# Streams that tell of those journeys at a time.
AT_ONCE = 100

Frame = location_pb2.TrackRequest
Answer = location_pb2.TrackResponse
Seen = location_pb2.WatchArrivalsResponse


@dataclass
class Person:
    """Somebody who walks, and when each position was told."""

    name: str
    metadata: Metadata
    told: int = 0
    at: dict[int, float] = field(default_factory=dict, repr=False)

    @property
    def open(self) -> bytes:
        return Frame(open=Frame.Open(name=self.name)).SerializeToString()

    def report(self) -> bytes:
        """Where they are now: eleven kilometres away, and a metre nearer than before."""
        self.told += 1
        columns = location_pb2.Columns(
            base_time_ms=time.time_ns() // 1_000_000,
            time_offsets_ms=[0],
            latitudes_e7=[round((VENUE[0] - 0.1 + 1e-5 * self.told) * SCALE)],
            longitudes_e7=[round(VENUE[1] * SCALE)],
            horizontal_accuracies_meters=[5.0],
            speeds_meters_per_second=[1.1],
        )
        told = Frame(report=Frame.Report(first_sequence=self.told, columns=columns))
        self.at[self.told] = time.perf_counter()
        return told.SerializeToString()


@dataclass(frozen=True)
class Crowd:
    """People on the way to one event, and who watches them."""

    event: Event
    people: Sequence[Person]
    viewers: Sequence[Metadata]

    @property
    def watch(self) -> bytes:
        request = location_pb2.WatchArrivalsRequest(event=EVENTS.format(self.event.name))
        return request.SerializeToString()


async def run(place: Place) -> list[report.Row]:
    url, db = await place.database("location")
    viewers, people = place.pace.rows(VIEWERS), place.pace.rows(PEOPLE)
    crowd = await gathered(place, db, people, viewers)
    ours = await place.service("location", url)
    bare = await place.broadcast()
    said = await memory(place, db, ours, bare, viewers)
    same = replace(crowd, people=[replace(person, at={}) for person in crowd.people])
    sides = {
        "ours": watched(ours, SERVICE + "/Track", SERVICE + "/WatchArrivals", crowd),
        "bare": watched(bare, "/bench/Track", "/bench/Watch", same),
    }
    pace = replace(place.pace, seconds=place.pace.seconds * LONGER)
    found = await load.interleaved(sides, pace)
    name = f"watching: {viewers} viewers of {people} people"
    mine, theirs, baseline = found["ours"], found["bare"], "bare broadcast"
    return [
        report.row(
            f"{name}, p99",
            "ms",
            load.p99s(mine),
            baseline,
            load.p99s(theirs),
            at_most=AT_MOST,
        ),
        report.row(f"{name}, p50", "ms", load.p50s(mine), baseline, load.p50s(theirs)),
        report.row(f"{name}, seen", "1/s", load.rates(mine), baseline, load.rates(theirs)),
        *said,
    ]


async def gathered(place: Place, db: Database, people: int, viewers: int) -> Crowd:
    """People who begin to walk, half of the viewers with a seat, and half who work there."""
    organization, now = new_id(), datetime.now(UTC)
    start, end = now + timedelta(hours=2), now + timedelta(hours=6)
    event = Event(Name(organization, new_id()), *VENUE, 100, start, end)
    guests = [Name(organization, new_id()) for _ in range(viewers // 2)]
    staff = [uuid.uuid4() for _ in range(viewers - len(guests))]
    walking = [Name(organization, new_id()) for _ in range(people)]

    async def gather(tx: Tx) -> list[Person]:
        await actions.announce(tx, event, now)
        for guest in guests:
            booking, name = Name(organization, new_id()), PARTICIPANTS.format(guest)
            await actions.attend(tx, booking, event.name, name)
        return [await _begun(tx, event, guest, now) for guest in walking]

    with within(organization):
        found = await db.run(gather)
    owner = await place.databases.owner(db)
    await owner.execute(
        "insert into members (organization, \"user\", role) select %s, unnest(%s::uuid[]), 'STAFF'",
        [organization, staff],
    )
    return Crowd(event, found, [*map(as_guest, guests), *map(as_user, staff)])


async def _begun(tx: Tx, event: Event, guest: Name, now: datetime) -> Person:
    consent = Consent(event.name, Mode.WALK, 1.0, Terms(viewers=Viewers.PARTICIPANTS))
    journey = domain.begin(new_id(), event, PARTICIPANTS.format(guest), consent, now)
    await store.add(tx, journey)
    return Person(JOURNEYS.format(journey.name), as_guest(guest))


# --- who moves, and who sees it


@dataclass
class Audience:
    """The viewers of a crowd, and what they got: each frame once, and when to whom."""

    calls: Sequence[Any]
    frames: dict[bytes, list[float]] = field(default_factory=dict)

    async def listen(self) -> None:
        """Hears all frames, until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for call in self.calls:
                group.create_task(self._listen(call))

    async def _listen(self, call: Any) -> None:
        frames = self.frames
        while isinstance(frame := await call.read(), bytes):
            now = time.perf_counter()
            frames.setdefault(frame, []).append(now)
        raise RuntimeError(f"a viewer saw no more: {await call.code()}")

    def latencies(self, people: Mapping[str, Person], begin: float, end: float) -> list[float]:
        """How long after it was told each viewer saw each position that was told in that time."""
        found = []
        for frame, seen in self.frames.items():
            for one in Seen.FromString(frame).travelers:
                told = people[one.journey].at.get(one.position.sequence, 0.0)
                if begin <= told <= end:
                    found += [at - told for at in seen]
        return found


def watched(server: Server, track: str, watch: str, crowd: Crowd) -> Side:
    """Everybody tells a position a second, and everybody else looks."""
    people = {person.name: person for person in crowd.people}

    async def run(seconds: float) -> Sample:
        async with contextlib.AsyncExitStack() as stack:
            calls = await opened(stack, server, watch, crowd)
            audience = Audience(calls)
            listening = asyncio.create_task(audience.listen())
            stack.push_async_callback(_ended, listening)
            tracks = await asyncio.gather(
                *(_track(stack, server, track, person) for person in crowd.people)
            )
            begin = time.perf_counter()
            # Until somebody saw something, however long that takes.
            latencies: list[float] = []
            while not latencies:
                end = time.perf_counter() + seconds
                pairs = zip(crowd.people, tracks, strict=True)
                await asyncio.gather(*(_walk(person, call, end) for person, call in pairs))
                # What was told last is seen a little later.
                await asyncio.sleep(EVERY)
                latencies = audience.latencies(people, begin, end)
            if listening.done():
                listening.result()
            return Sample(seconds, latencies)

    return Side(run, server.pids)


async def opened(
    stack: contextlib.AsyncExitStack, server: Server, method: str, crowd: Crowd
) -> list[Any]:
    """A stream for every viewer, each with its first frame read."""
    calls: list[Any] = [channel.unary_stream(method) for channel in server.channels]
    pairs = zip(itertools.cycle(calls), crowd.viewers, strict=False)
    found = [call(crowd.watch, metadata=who) for call, who in pairs]
    for call in found:
        stack.callback(call.cancel)
    await asyncio.gather(*(call.read() for call in found))
    return found


async def _track(
    stack: contextlib.AsyncExitStack, server: Server, method: str, person: Person
) -> Any:
    channel: Any = random.choice(server.channels)
    call = channel.stream_stream(method)(metadata=person.metadata)
    stack.callback(call.cancel)
    await call.write(person.open)
    await call.read()
    return call


async def _walk(person: Person, call: Any, end: float) -> None:
    """A position a second, from some time within the first one on."""
    due = time.perf_counter() + random.random() * min(EVERY, end - time.perf_counter())
    while due < end:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await tell(person, call)
        due += EVERY


async def tell(person: Person, call: Any) -> None:
    """Tells where somebody is, and waits until that is acknowledged."""
    await call.write(person.report())
    while True:
        answer = await call.read()
        if not isinstance(answer, bytes):
            raise RuntimeError(f"a stream ended: {await call.code()}")
        if Answer.FromString(answer).kept_through >= person.told:
            return


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


# --- memory


async def memory(
    place: Place, db: Database, ours: Server, bare: Server, viewers: int
) -> list[report.Row]:
    """What a process keeps for each viewer, and for each person on the way."""
    watching = await gathered(place, db, 0, viewers)
    walking = await gathered(place, db, place.pace.rows(MANY), 0)
    # First the journeys: what streams leave behind would hide what these need.
    journeys = [
        await per_journey(ours, SERVICE + "/Track", walking.people),
        await per_journey(bare, "/bench/Track", walking.people),
    ]
    streams = [
        await per_stream(ours, SERVICE + "/WatchArrivals", watching),
        await per_stream(bare, "/bench/Watch", watching),
    ]
    baseline = "bare broadcast"
    return [
        report.row(f"watching: memory per {what}", "KiB", [mine], baseline, [theirs])
        for what, (mine, theirs) in (("open stream", streams), ("live journey", journeys))
    ]


async def per_stream(server: Server, method: str, crowd: Crowd) -> float:
    """KiB for each stream that is open."""
    before = resident(server)
    async with contextlib.AsyncExitStack() as stack:
        await opened(stack, server, method, crowd)
        return max(PAGE, resident(server) - before) / len(crowd.viewers)


async def per_journey(server: Server, method: str, people: Sequence[Person]) -> float:
    """KiB for each journey that was heard of a moment ago."""
    before = resident(server)
    for begin in range(0, len(people), AT_ONCE):
        async with contextlib.AsyncExitStack() as stack:
            some = [replace(person, at={}) for person in people[begin : begin + AT_ONCE]]
            calls = await asyncio.gather(
                *(_track(stack, server, method, person) for person in some)
            )
            await asyncio.gather(*map(tell, some, calls))
    return max(PAGE, resident(server) - before) / len(people)


def resident(server: Server) -> float:
    """KiB that the processes of a server have."""
    return sum(psutil.Process(pid).memory_info().rss for pid in server.pids) / 1024
