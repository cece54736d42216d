"""The live view: what changes on the way to an event, for all who watch it.

One hub per watched event and process reads what changed since it looked last, at most four
times a second and only when somebody said that there is news, and renders it once for all its
viewers. A viewer takes what is newest when it gets to it, so a slow one gets fewer frames and
never old ones, and nothing queues up. Redis carries the news from process to process; what it
carries is only "look", and without it a hub looks once a second. Postgres keeps the truth, and
the number of the transaction that is in every resume token.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import redis

from services.kit.caller import SYSTEM, acting
from services.kit.db import Database, Tx
from services.kit.log import logger
from services.kit.names import Name
from services.kit.outbox import carrier
from services.kit.patience import Patience
from services.kit.status import ShuttingDown
from services.kit.tenant import within
from services.location import store, wire
from services.location.domain import EPOCH, EVENTS, LASTING, Journey
from turnout.location.v1 import location_pb2

TICK = 0.25  # seconds between two looks at the least
LOOK = 1.0  # … and at the most
AGE = timedelta(seconds=10)
# Travelers in one frame; 250 bytes each.
MOST = 2000
# Where processes tell each other what there is news of.
CHANNEL = "live:location"
BLOCK = 5.0  # seconds to wait for news of other processes

Frame = location_pb2.WatchArrivalsResponse
Traveler = location_pb2.WatchArrivalsResponse.Traveler
WITHDRAWN = location_pb2.Journey.STATE_WITHDRAWN


@dataclass
class Seen:
    """What a hub knows of one traveler."""

    journey: Journey
    # The number of the change, and the look at which the hub saw it.
    change: int
    look: int
    traveler: Traveler


@dataclass
class Hub:
    """Everybody on the way to one event, as one process knows it."""

    event: Name
    db: Database
    now: Callable[[], datetime]
    viewers: int = 0
    look: int = 0
    horizon: int = 0
    known: dict[Name, Seen] = field(default_factory=dict)
    failure: Exception | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _aged: datetime = EPOCH
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _deltas: dict[int, Frame] = field(default_factory=dict)

    async def run(self) -> None:
        """Looks whenever there is news, until it is cancelled; a failure goes to the viewers."""
        try:
            while True:
                await self._refresh()
                await asyncio.sleep(TICK)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK - TICK):
                        await self.news.wait()
                self.news.clear()
        except Exception as error:
            self.failure = error
            raise
        finally:
            self.failure = self.failure or ShuttingDown()
            self._wake()

    async def ready(self) -> None:
        """Waits for the first look."""
        while not self.look:
            await self.moved()

    async def moved(self) -> None:
        """Waits until there is something new; raises what ended the hub."""
        if self.failure is not None:
            raise self.failure
        await self._moved.wait()
        if self.failure is not None:
            raise self.failure

    def snapshot(self, since: int) -> list[Frame]:
        """Everybody, or who changed since a viewer left, in frames that are not too large.

        Only the last one lets a viewer go on from there. Somebody who took the consent back is
        shown to those alone who may have seen them before.
        """
        since = since if since <= self.horizon else 0
        found = [
            seen.traveler
            for seen in self.known.values()
            if (seen.change >= since if since else seen.traveler.state != WITHDRAWN)
        ]
        parts = [found[at : at + MOST] for at in range(0, len(found), MOST)] or [[]]
        frames = [wire.watched(part, since) for part in parts]
        frames[-1].resume_token = wire.resume_token(self.horizon)
        return frames

    def delta(self, look: int) -> Frame:
        """Who changed after the look that a viewer has seen. The same one for all who saw it."""
        if look not in self._deltas:
            changed = [seen.traveler for seen in self.known.values() if seen.look > look]
            self._deltas[look] = wire.watched(changed, self.horizon)
        return self._deltas[look]

    async def _refresh(self) -> None:
        with within(self.event.organization), acting(SYSTEM("location")):
            changed, horizon = await self.db.read(_look, self.event, self.horizon)
        now = self.now()
        # What was under way at the last look is read again, and is news only if it changed.
        news = [
            Seen(journey, change, self.look + 1, wire.traveler(journey, now))
            for journey, change in changed
            if journey.name not in self.known or self.known[journey.name].change != change
        ]
        self.known |= {seen.journey.name: seen for seen in news}
        news += self._age(now)
        self.horizon = horizon
        self._deltas.clear()
        if news or not self.look:
            self.look += 1
            self._wake()

    def _age(self, now: datetime) -> list[Seen]:
        """Renders anew, now and then, what looks different by the mere passing of time: who is
        late and silent, or whose time is up."""
        if now - self._aged < AGE:
            return []
        self._aged = now
        found = []
        for seen in self.known.values():
            if seen.journey.state in LASTING:
                rendered = wire.traveler(seen.journey, now)
                if rendered != seen.traveler:
                    seen.look, seen.traveler = self.look + 1, rendered
                    found.append(seen)
        return found

    def _wake(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


async def _look(tx: Tx, event: Name, since: int) -> tuple[list[tuple[Journey, int]], int]:
    return await store.changed(tx, event, since), await store.horizon(tx)


class Live:
    """The hubs of a process, the news between processes, and the tasks of open streams.

    `run` must be running; what it starts ends with it.
    """

    def __init__(self, db: Database, redis_url: str, now: Callable[[], datetime]) -> None:
        self._db = db
        self._redis_url = redis_url
        self._now = now
        self._hubs: dict[Name, Hub] = {}
        self._hub_tasks: dict[Name, asyncio.Task[None]] = {}
        self._tracks: dict[Name, set[Callable[[], None]]] = {}
        self._changed: set[Name] = set()
        self._over: set[Name] = set()
        self._told = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._started = asyncio.Event()

    async def tasks(self) -> asyncio.TaskGroup:
        """Where the tasks of streams live; they catch what goes wrong in them."""
        await self._started.wait()
        if self._tasks is None:
            raise ShuttingDown()
        return self._tasks

    async def run(self) -> None:
        """Carries news to and from other processes, until it is cancelled."""
        client = carrier(self._redis_url)
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._started.set()
                self._tasks.create_task(self._tell(client))
                self._tasks.create_task(self._hear(client))
        finally:
            self._tasks = None
            await client.aclose()

    def changed(self, event: Name) -> None:
        """There is news of an event, committed by this process."""
        self._look(event)
        self._changed.add(event)
        self._told.set()

    def over(self, journey: Journey) -> None:
        """A journey ended otherwise than by a report."""
        self.changed(journey.event)
        self._end(journey.name)
        self._over.add(journey.name)
        self._told.set()

    @contextlib.contextmanager
    def tracking(self, journey: Name, look: Callable[[], None]) -> Iterator[None]:
        """Calls `look` when the journey may be over, as long as the block lasts."""
        waiting = self._tracks.setdefault(journey, set())
        waiting.add(look)
        try:
            yield
        finally:
            waiting.discard(look)
            if not waiting and self._tracks.get(journey) is waiting:
                self._tracks.pop(journey)

    @contextlib.asynccontextmanager
    async def watching(self, event: Name) -> AsyncIterator[Hub]:
        """The hub of an event, there for as long as somebody watches."""
        hub = self._hubs.get(event)
        if hub is None or hub.failure is not None:
            hub = self._hubs[event] = Hub(event, self._db, self._now)
            tasks = await self.tasks()
            # Of no caller, for it acts for all that come.
            context = contextvars.Context()
            self._hub_tasks[event] = tasks.create_task(self._watch(hub), context=context)
        hub.viewers += 1
        try:
            await hub.ready()
            yield hub
        finally:
            hub.viewers -= 1
            if not hub.viewers and self._hubs.get(event) is hub:
                self._hubs.pop(event)
                self._hub_tasks.pop(event).cancel()

    async def _watch(self, hub: Hub) -> None:
        try:
            await hub.run()
        except Exception as error:  # noqa: BLE001 - its viewers get it
            logger.warning("a live view ended", event=EVENTS.format(hub.event), error=str(error))

    def _look(self, event: Name) -> None:
        hub = self._hubs.get(event)
        if hub is not None:
            hub.news.set()

    def _end(self, journey: Name) -> None:
        for look in self._tracks.get(journey, ()):
            look()

    # --- between processes

    async def _tell(self, client: Any) -> None:
        patience = Patience("teller of the live view")
        while True:
            await self._told.wait()
            self._told.clear()
            changed, self._changed = self._changed, set()
            over, self._over = self._over, set()
            messages = [f"event {n.organization} {n.id}" for n in changed]
            messages += [f"journey {n.organization} {n.id}" for n in over]
            try:
                pipeline = client.pipeline(transaction=False)
                for message in messages:
                    pipeline.publish(CHANNEL, message)
                await pipeline.execute()
                patience.fine()
            except (redis.RedisError, OSError) as error:
                # What could not be told is seen at the next look.
                await patience.wait(error)
            await asyncio.sleep(TICK / 2)

    async def _hear(self, client: Any) -> None:
        patience = Patience("listener of the live view")
        while True:
            try:
                async with client.pubsub(ignore_subscribe_messages=True) as listening:
                    await listening.subscribe(CHANNEL)
                    patience.fine()
                    while True:
                        message = await listening.get_message(timeout=BLOCK)
                        if message is not None:
                            self._heard(message["data"])
            except (redis.RedisError, OSError) as error:
                await patience.wait(error)

    def _heard(self, message: bytes) -> None:
        kind, organization, id = message.decode().split()
        name = Name(uuid.UUID(organization), uuid.UUID(id))
        if kind == "event":
            self._look(name)
        else:
            self._end(name)
