"""Positions: reports over many streams, each acknowledged once it is on disk."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.tenant import within
from services.location.events import actions
from services.location.events.domain import Event
from services.location.instants import micros
from services.location.journeys import domain, store
from services.location.journeys.domain import JOURNEYS, Consent, Journey, Mode
from services.location.segments.columns import SCALE
from tests.bench import load, report
from tests.bench.load import Sample, Side
from tests.bench.place import Place, Server
from tests.serving import PARTICIPANTS, Metadata, as_guest
from turnout.location.v1 import location_pb2

METHOD = "/turnout.location.v1.LocationService/Track"
STREAMS = 200
WINDOW = 4  # reports that a device sends ahead
RAMP = 0.4  # seconds until as much is under way as there will be
SIZES = {50: 0.8, 10: 0.6}  # positions in a report, and what is wanted of the echo
ACK = 30.0  # milliseconds
VENUE = (52.52, 13.405)
# Devices that were offline for a while tell all at once; so reports are as fast as they go.
AGO = timedelta(days=7)
EMPTY: Metadata = ()

Frame = location_pb2.TrackRequest
Answer = location_pb2.TrackResponse


@dataclass
class Device:
    """Somebody on the way, a position per second, and how much of it was told so far."""

    name: str
    metadata: Metadata
    begin_ms: int
    frames: dict[int, Frame]
    told: int = 0

    def report(self, size: int) -> bytes:
        """The next report of so many positions."""
        frame = self.frames[size]
        frame.report.first_sequence = self.told + 1
        frame.report.columns.base_time_ms = self.begin_ms + 1000 * self.told
        self.told += size
        return frame.SerializeToString()

    @property
    def open(self) -> bytes:
        return Frame(open=Frame.Open(name=self.name)).SerializeToString()


async def run(place: Place) -> list[report.Row]:
    url, db = await place.database("location")
    devices = await on_the_way(db)
    ours = await place.service("location", url)
    kind = "turnout.location.v1.TrackRequest"
    echo, quick = await place.echo(kind), await place.echo(kind, loop="uvloop")
    sides = {}
    for size in SIZES:
        sides[f"echo {size}"] = streaming(echo, "/bench/Stream", devices, size)
        sides[f"quick {size}"] = streaming(quick, "/bench/Stream", devices, size)
        sides[f"ours {size}"] = streaming(ours, METHOD, await on_the_way(db), size)
    found = await load.interleaved(sides, place.pace)
    third = load.typical(found["ours 50"]) / 3
    paced = {
        "echo": streaming(echo, "/bench/Stream", devices, 50, rate=third),
        "ours": streaming(ours, METHOD, await on_the_way(db), 50, rate=third),
    }
    return rows(found, await load.interleaved(paced, place.pace))


def rows(found: dict[str, list[Sample]], paced: dict[str, list[Sample]]) -> list[report.Row]:
    said = []
    for size, wanted in SIZES.items():
        ours, echo = found[f"ours {size}"], found[f"echo {size}"]
        quick = load.rates(found[f"quick {size}"])
        name = f"location: reports of {size}, {STREAMS} streams"
        said += [
            report.row(name, "1/s", load.rates(ours), "echo", load.rates(echo), at_least=wanted),
            report.row(name, "1/s", load.rates(ours), "echo on uvloop", quick),
            report.row(f"{name}, p99", "ms", load.p99s(ours), "echo", load.p99s(echo)),
            report.row(f"{name}, server", "µs", load.costs(ours), "echo", load.costs(echo)),
        ]
    kept = [rate * 50 for rate in load.rates(found["ours 50"])]
    heard = [rate * 50 for rate in load.rates(found["echo 50"])]
    slow, quick = load.p99s(paced["ours"]), load.p99s(paced["echo"])
    acked = "location: acknowledged at a third of that, p99"
    return [
        *said,
        report.row("location: positions kept", "1/s", kept, "echo", heard),
        report.row(acked, "ms", slow, "echo", quick),
        report.against(acked, "ms", slow, ACK),
    ]


# --- people


async def on_the_way(db: Database) -> list[Device]:
    """People who agreed to be followed a week ago, and told nothing yet."""
    organization, now = new_id(), datetime.now(UTC)
    event = Event(
        Name(organization, new_id()), *VENUE, 100, now + timedelta(hours=1), now + timedelta(days=1)
    )
    frames = {size: frame(size) for size in SIZES}
    devices = []
    with within(organization):
        await db.run(actions.announce, event, now)
        for _ in range(STREAMS):
            guest = Name(organization, new_id())
            journey = begun(event, PARTICIPANTS.format(guest), now - AGO)
            await db.run(store.add, journey)
            name, begin = JOURNEYS.format(journey.name), micros(now - AGO) // 1000
            devices.append(Device(name, as_guest(guest), begin, frames))
    return devices


def begun(event: Event, traveler: str, at: datetime) -> Journey:
    return domain.begin(new_id(), event, traveler, Consent(event.name, Mode.WALK, 1.0), at)


def frame(size: int) -> Frame:
    """Walking up and down far away from the venue, a step per second."""
    places = [(VENUE[0] - 0.1 + 1e-5 * (n % 25), VENUE[1]) for n in range(size)]
    columns = location_pb2.Columns(
        time_offsets_ms=[1000 * n for n in range(size)],
        latitudes_e7=[round(place[0] * SCALE) for place in places],
        longitudes_e7=[round(place[1] * SCALE) for place in places],
        horizontal_accuracies_meters=[5.0] * size,
        speeds_meters_per_second=[1.1] * size,
    )
    return Frame(report=Frame.Report(columns=columns))


# --- streams


@dataclass
class Talk:
    """One stream of one device. `asked` holds what was told and not acknowledged yet."""

    call: Any
    device: Device
    size: int
    asked: deque[tuple[int, float]] = field(default_factory=deque)
    latencies: list[float] = field(default_factory=list)

    async def open(self) -> None:
        await self.call.write(self.device.open)
        await self.call.read()

    async def tell(self, at: float) -> None:
        """Tells a report that was due at a time."""
        told = self.device.report(self.size)
        self.asked.append((self.device.told, at))
        await self.call.write(told)

    async def hear(self) -> int:
        """Waits for an answer, and says how many reports it acknowledges."""
        answer = await self.call.read()
        if not isinstance(answer, bytes):
            raise RuntimeError(f"a stream ended: {await self.call.code()}")
        kept, now, before = Answer.FromString(answer).kept_through, time.perf_counter(), self.asked
        count = 0
        while before and before[0][0] <= kept:
            self.latencies.append(now - before.popleft()[1])
            count += 1
        return count


Talking = Callable[[Talk, float], Awaitable[None]]


def streaming(
    server: Server, method: str, devices: Sequence[Device], size: int, *, rate: float = 0
) -> Side:
    """All devices at once: as fast as they are acknowledged, or so many reports a second.

    Their streams stay open from one measurement to the next: what it costs to open two hundred
    is not what a report costs.
    """
    calls: list[Any] = [channel.stream_stream(method) for channel in server.channels]
    talking = paced(rate / len(devices)) if rate else eager
    talks: list[Talk] = []

    async def run(seconds: float) -> Sample:
        if not talks:
            opened = zip(itertools.cycle(calls), devices, strict=False)
            talks.extend(Talk(call(metadata=d.metadata), d, size) for call, d in opened)
            await asyncio.gather(*(talk.open() for talk in talks))
        end = time.perf_counter() + RAMP + seconds
        async with asyncio.TaskGroup() as group:
            for talk in talks:
                group.create_task(_until(talk, talking, end))
            await asyncio.sleep(RAMP)
            for talk in talks:
                talk.latencies.clear()
            begun, spent = time.perf_counter(), load.cpu(server.pids)
            await asyncio.sleep(end - begun)
            # As much is under way now as was at the begin. What comes later counts for nothing.
            latencies = [latency for talk in talks for latency in talk.latencies]
            took, spent = time.perf_counter() - begun, load.cpu(server.pids) - spent
        return Sample(took, latencies, spent)

    return Side(run, server.pids)


async def _until(talk: Talk, talking: Talking, end: float) -> None:
    await talking(talk, end)
    while talk.asked:
        await talk.hear()


async def eager(talk: Talk, end: float) -> None:
    """Has always as many reports under way as a device may send ahead."""
    for _ in range(WINDOW):
        await talk.tell(time.perf_counter())
    while time.perf_counter() < end:
        for _ in range(await talk.hear()):
            await talk.tell(time.perf_counter())


def paced(rate: float) -> Talking:
    """So many reports a second, whether the one before is acknowledged or not."""

    async def tell(talk: Talk, end: float) -> None:
        first = time.perf_counter() + random.random() / rate
        dues = [first + n / rate for n in range(max(1, int((end - first) * rate)))]
        async with asyncio.TaskGroup() as group:
            group.create_task(_listen(talk, len(dues)))
            for due in dues:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                await talk.tell(due)

    return tell


async def _listen(talk: Talk, reports: int) -> None:
    while reports > 0:
        reports -= await talk.hear()
