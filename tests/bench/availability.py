"""How late who watches an event hears of what was committed, in whichever process."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterable, Sequence
from typing import Any

from services.booking import wire
from services.kit.names import Name
from tests.bench.place import Server
from tests.booking.builders import create
from tests.serving import Metadata
from turnout.booking.v1 import availability_pb2, booking_pb2

HOLD = "/turnout.booking.v1.BookingService/CreateBooking"
WATCH = "/turnout.booking.v1.AvailabilityService/WatchAvailability"
WATCHERS = 64
# Between two holds, in seconds: more often than a view is looked at.
PAUSE = 0.03


class Watcher:
    """One stream, and when its newest frame came."""

    def __init__(self) -> None:
        self.held = -1
        self.moved = asyncio.Event()

    async def read(self, frames: AsyncIterable[bytes]) -> None:
        async for frame in frames:
            [entry] = booking_pb2.Availability.FromString(frame).entries
            self.held = entry.held
            self.moved.set()

    async def sees(self, held: int) -> float:
        """Waits until so many seats are seen to be held; says when that was."""
        while self.held < held:
            self.moved.clear()
            await self.moved.wait()
        return time.perf_counter()


async def lags(
    server: Server, event: Name, user: Metadata, anybody: Metadata, seconds: float
) -> Sequence[float]:
    """Seconds from the answer to a hold until each watcher saw it, for one hold after the other.

    Streams go to all processes of a server, and holds to one of them.
    """
    watchers = [Watcher() for _ in range(WATCHERS)]
    name = wire.AVAILABILITIES.format(event)
    asked = availability_pb2.WatchAvailabilityRequest(name=name).SerializeToString()
    hold: Any = server.channels[0].unary_unary(HOLD)
    watches: list[Any] = [channel.unary_stream(WATCH) for channel in server.channels]
    found: list[float] = []
    async with asyncio.TaskGroup() as group:
        with contextlib.ExitStack() as stack:
            for number, watcher in enumerate(watchers):
                call = watches[number % len(watches)](asked, metadata=anybody)
                stack.callback(call.cancel)
                task = group.create_task(watcher.read(call))
                stack.callback(task.cancel)
            await asyncio.gather(*(watcher.sees(0) for watcher in watchers))
            held, end = max(watcher.held for watcher in watchers), time.perf_counter() + seconds
            while time.perf_counter() < end:
                await hold(create(event).SerializeToString(), metadata=user)
                answered, held = time.perf_counter(), held + 1
                seen = await asyncio.gather(*(watcher.sees(held) for watcher in watchers))
                found += [max(0.0, at - answered) for at in seen]
                await asyncio.sleep(PAUSE)
    return found
