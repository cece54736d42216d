"""Kills what keeps positions, again and again under load, and counts what is on disk afterwards.

    python -m tests.location.kills [TIMES]

Devices stream to two ingest processes while an ingest process, Postgres and Redis are killed in
turn, each so many times (10). Nothing that was acknowledged may be missing, nothing may be there
twice, and every stream has to go on by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import pathlib
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc
import psycopg
import uvloop

from deploy.local.part import Part
from deploy.local.part import start as begin
from deploy.local.postgres import Postgres
from deploy.local.process import Command, python
from deploy.local.redis import Redis
from deploy.local.settings import ROOT, free_ports, listens
from deploy.local.trouble import Trouble
from deploy.tracker import Tracker
from services.kit import migrate
from services.kit.db import Database
from tests.location.world import Traveler, opened
from tests.servers import database_of, databases
from tests.serving import SECRET

PATIENCE = 90.0  # seconds that a part may take to be back
FAR, NEAR = 60_000.0, 20_000.0  # metres; nobody arrives meanwhile
QUICK = (
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 500),
)


class Serving(Part):
    """One ingest process of location."""

    def __init__(self, number: int, home: pathlib.Path, env: Mapping[str, str]) -> None:
        self.name = f"ingest {number}"
        self.port = free_ports(1)[0]
        self.log = home / f"ingest-{number}.log"
        self.pid_file = home / f"ingest-{number}.pid"
        self.patience = PATIENCE
        self._env = {**os.environ, **env, "TURNOUT_LISTEN": self.address, "PYTHONTZPATH": ""}

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def command(self) -> Command:
        words = python("services.location", "serve")
        return Command(self.name, words, self.log, self._env, ROOT)

    def ready(self) -> bool:
        return listens("127.0.0.1", self.port)


@dataclass
class Ground:
    """Servers that may be killed, and everybody who streams to them."""

    parts: dict[str, Part]
    ingest: list[Serving]
    # Sees all rows.
    owner_url: str
    travelers: list[Traveler]
    # Linux takes the end of the thread that started a process for the death of its parent.
    thread: ThreadPoolExecutor
    lapses: list[float] = field(default_factory=list)

    async def kill(self, name: str) -> None:
        """Ends a part as a crash would, and starts it again."""
        await asyncio.get_running_loop().run_in_executor(self.thread, _kill, self.parts[name])


def _kill(part: Part) -> None:
    assert part.process is not None
    os.kill(part.process.pid, signal.SIGKILL)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            part.launch()
            part.wait()
            return
        except Trouble:
            # What is left of Postgres may hold its memory for a moment.
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


@contextlib.asynccontextmanager
async def ground(people: int, processes: int = 2) -> AsyncIterator[Ground]:
    """Postgres, Redis and ingest processes of its own, and people who agreed to be followed."""
    async with contextlib.AsyncExitStack() as stack:
        home = pathlib.Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="turnout-kills-", ignore_cleanup_errors=True)
            )
        )
        thread = stack.enter_context(ThreadPoolExecutor(1))
        postgres = Postgres(home / "postgres", fsync=False)
        redis = Redis(home / "redis", fsync=False)
        for part in (postgres, redis):
            await _started(part, thread, stack)
        found = await stack.enter_async_context(databases(postgres.url))
        urls = await found.urls("location")
        db = await Database.open(urls.service, "location")
        async with opened(db, await found.owner(db), redis.url) as world:
            house = await world.house()
            event = await house.event()
            travelers = [await house.traveler(event) for _ in range(people)]
        await db.close()
        env = {
            "TURNOUT_DATABASE_URL": urls.service,
            "TURNOUT_REDIS_URL": redis.url,
            "TURNOUT_SECRET": SECRET.decode(),
        }
        ingest = [Serving(number, home, env) for number in range(processes)]
        for serving in ingest:
            await _started(serving, thread, stack)
        parts = {part.name: part for part in (postgres, redis, *ingest)}
        name = database_of(urls.service)
        owner_url = migrate.url(postgres.url, database=name, user="postgres")
        yield Ground(parts, ingest, owner_url, travelers, thread)


async def _started(
    part: Part, thread: ThreadPoolExecutor, stack: contextlib.AsyncExitStack
) -> None:
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(thread, begin, part)

    async def end() -> None:
        await loop.run_in_executor(thread, part.stop)

    stack.push_async_callback(end)


@dataclass(frozen=True)
class Outcome:
    """What became of one person's positions: the numbers that were told, and what is on disk."""

    acknowledged: int
    told: int
    # First and last number of each segment, in order.
    segments: list[tuple[int, int]]
    reconnects: int

    @property
    def lost(self) -> int:
        """How many acknowledged positions are not on disk."""
        kept = {n for first, last in self.segments for n in range(first, last + 1)}
        return len(set(range(1, self.acknowledged + 1)) - kept)

    @property
    def doubled(self) -> int:
        """How many positions are on disk more than once."""
        numbers = [n for first, last in self.segments for n in range(first, last + 1)]
        return len(numbers) - len(set(numbers))


async def killed(place: Ground, times: int) -> list[Outcome]:
    """Streams from everybody while each part is killed so many times; then lets all end."""
    stop = asyncio.Event()
    streams = [asyncio.create_task(_stream(place, person, stop)) for person in place.travelers]
    try:
        victims = ("ingest 0", "postgres", "redis")
        for name in itertools.chain.from_iterable(itertools.repeat(victims, times)):
            begun = time.monotonic()
            await place.kill(name)
            await _everybody_goes_on(streams)
            place.lapses.append(time.monotonic() - begun)
            print(f"killed {name}: all go on after {place.lapses[-1]:.1f} s", flush=True)
    finally:
        stop.set()
        found = await asyncio.gather(*streams)
    return found


# How many positions of each stream are on disk, for those who wait for more.
_kept: dict[str, int] = {}


async def _everybody_goes_on(streams: list[asyncio.Task[Outcome]]) -> None:
    """Waits until the service keeps something new of everybody."""
    before = dict(_kept)
    async with asyncio.timeout(PATIENCE):
        while any(_kept[name] < kept + 20 for name, kept in before.items()):
            for stream in streams:
                if stream.done():
                    stream.result()
            await asyncio.sleep(0.05)


async def _stream(place: Ground, person: Traveler, stop: asyncio.Event) -> Outcome:
    address = place.ingest[place.travelers.index(person) % len(place.ingest)].address
    seconds = _numbers()
    async with (
        grpc.aio.insecure_channel(address, options=QUICK) as channel,
        Tracker(channel, person.journey, person.metadata, batch=10, linger=0.02) as tracker,
    ):
        told = 0
        while not stop.is_set():
            if tracker.waiting < 100:
                await tracker.add(person.at(FAR, seconds=next(seconds)))
                told += 1
            _kept[person.journey] = tracker.kept_through
            await asyncio.sleep(0.02)
        await asyncio.wait_for(tracker.drain(), PATIENCE)
    async with await psycopg.AsyncConnection.connect(place.owner_url) as owner:
        rows = await owner.execute(
            "select first_sequence, count from segments where journey = %s order by 1", [person.id]
        )
        segments = [(first, first + count - 1) for first, count in await rows.fetchall()]
    return Outcome(tracker.acknowledged, told, segments, tracker.reconnects)


def _numbers() -> Iterator[float]:
    """Seconds from a minute ago on, a tenth of one apart."""
    return (n / 10 - 60 for n in itertools.count())


async def _main(times: int) -> int:
    async with ground(people=20) as place:
        found = await killed(place, times)
    told, lost = sum(one.told for one in found), sum(one.lost for one in found)
    doubled, again = sum(one.doubled for one in found), sum(one.reconnects for one in found)
    print(
        f"{times} times each: {told} positions of {len(found)} people, {again} reconnects:"
        f" {lost} lost, {doubled} doubled"
    )
    complete = all(one.acknowledged == one.told for one in found)
    return 0 if complete and not lost and not doubled else 1


if __name__ == "__main__":
    sys.exit(uvloop.run(_main(int("".join(sys.argv[1:]) or 10))))
