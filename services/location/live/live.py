"""The live view: what changes on the way to an event, for all who watch it.

One hub per watched event and process reads what changed since it looked last, at most five
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
from datetime import datetime
from typing import Any

import redis

from services.kit.carrier import carrier
from services.kit.db import Database
from services.kit.log import logger
from services.kit.names import Name
from services.kit.patience import Patience
from services.kit.status import ShuttingDown
from services.location.events.domain import EVENTS
from services.location.journeys.domain import Journey
from services.location.live.hub import TICK, Hub

# Where processes tell each other what there is news of.
CHANNEL = "live:location"
BLOCK = 5.0  # seconds to wait for news of other processes


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

    def ended(self, name: Name) -> None:
        """A share ended before its time."""
        self._end(name)
        self._over.add(name)
        self._told.set()

    @contextlib.contextmanager
    def tracking(self, journey: Name, look: Callable[[], None]) -> Iterator[None]:
        """Calls `look` when the journey, or the share, may be over, as long as the block lasts."""
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
