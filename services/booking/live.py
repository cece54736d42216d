"""Live views: what many look at while it changes, read once for all who look.

One hub per view and process reads when `kit.news` says that there is news, twenty times in a
second at the most, and now and then without any. A viewer takes what is newest when it gets to
it: one that stalls waits alone, gets fewer frames and never old ones, and nothing queues up.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import math
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from services.kit import errors
from services.kit.caller import SYSTEM, acting
from services.kit.db import Database
from services.kit.log import logger
from services.kit.patience import AWAY
from services.kit.status import ShuttingDown
from services.kit.tenant import within

V = TypeVar("V")
M = TypeVar("M")


class TooSlow(errors.Exhausted):
    message = "the reader cannot keep up; open the stream again"


class StreamMoved(errors.Unreachable):
    message = "the stream was open for long enough; open it again"
    retry_seconds = 0.1


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long things may take, in seconds."""

    # Between two looks: at the least, and at the most when nobody tells of news.
    tick: float = 0.05
    look: float = 1.0
    # Between two frames, however little happens.
    pulse: float = 20.0
    # How long a stream lasts, and how long a reader may take for one frame.
    stream: float = 1800.0
    stalled: float = 60.0


@dataclass
class Hub(Generic[V]):
    """One view, as one process knows it."""

    read: Callable[[], Awaitable[V]]
    limits: Limits
    viewers: int = 0
    looks: int = 0
    # What was seen at the last look, once there was one.
    view: Any = None
    failure: Exception | None = None
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, news: asyncio.Event) -> None:
        """Looks whenever there is news, until it is cancelled; a failure goes to the viewers."""
        try:
            while True:
                news.clear()
                await self._look()
                await asyncio.sleep(self.limits.tick)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.limits.look - self.limits.tick):
                        await news.wait()
        except Exception as error:
            self.failure = error
            raise
        finally:
            self.failure = self.failure or ShuttingDown()
            self._wake()

    async def _look(self) -> None:
        view = await self.read()
        if view != self.view or not self.looks:
            self.view = view
            self.looks += 1
            self._wake()

    async def after(self, look: int) -> int:
        """Waits until there is a look after that one; raises what ended the hub."""
        while True:
            if self.failure is not None:
                raise self.failure
            if self.looks != look:
                return self.looks
            await self._moved.wait()

    def _wake(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


class Live:
    """The hubs of a process. `run` must be running; what it starts ends with it."""

    def __init__(self, db: Database, limits: Limits | None = None) -> None:
        self._db = db
        self.limits = limits or Limits()
        self._hubs: dict[str, Hub[Any]] = {}
        self._hub_tasks: dict[str, asyncio.Task[None]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._started = asyncio.Event()

    async def run(self) -> None:
        """Holds what looks, until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._started.set()
                await asyncio.get_running_loop().create_future()
        finally:
            self._tasks = None

    async def frames(
        self,
        topic: str,
        organization: uuid.UUID,
        read: Callable[..., Awaitable[V]],
        show: Callable[[V], M | None],
    ) -> AsyncGenerator[M, None]:
        """What one viewer of a view gets: `show` of it now, and again whenever that is another.

        `read` makes the view in a transaction that sees the rows of the organization; all who
        watch one topic must give the same. The stream ends where `show` gives None. Raises
        TooSlow, StreamMoved, and what `read` raises.
        """
        opened = time.monotonic()
        async with self._watching(topic, organization, read) as hub:
            look, last, told = 0, None, -math.inf
            while True:
                now = time.monotonic()
                left = opened + self.limits.stream - now
                if left <= 0:
                    raise StreamMoved()
                pulse = told + self.limits.pulse - now
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(left, max(0.0, pulse)) if last else left):
                        look = await hub.after(look)
                if not look:
                    continue
                frame = show(hub.view)
                if frame is None:
                    return
                if frame == last and time.monotonic() < told + self.limits.pulse:
                    continue
                last, told = frame, time.monotonic()
                yield frame
                if time.monotonic() - told > self.limits.stalled:
                    raise TooSlow()

    @contextlib.asynccontextmanager
    async def _watching(
        self, topic: str, organization: uuid.UUID, read: Callable[..., Awaitable[V]]
    ) -> AsyncIterator[Hub[V]]:
        """The hub of a view, there for as long as somebody watches."""
        hub = self._hubs.get(topic)
        if hub is None or hub.failure is not None:
            await self._started.wait()
            if self._tasks is None:
                raise ShuttingDown()
            hub = self._hubs.get(topic)
            if hub is None or hub.failure is not None:
                hub = self._opened(topic, organization, read)
        hub.viewers += 1
        try:
            yield hub
        finally:
            hub.viewers -= 1
            if not hub.viewers and self._hubs.get(topic) is hub:
                self._hubs.pop(topic)
                self._hub_tasks.pop(topic).cancel()

    def _opened(
        self, topic: str, organization: uuid.UUID, read: Callable[..., Awaitable[V]]
    ) -> Hub[V]:
        async def look() -> V:
            with within(organization), acting(SYSTEM(self._db.name)):
                return await self._db.read(read)

        assert self._tasks is not None
        hub = self._hubs[topic] = Hub(look, self.limits)
        # Of no caller, for it acts for all that come.
        self._hub_tasks[topic] = self._tasks.create_task(
            self._watch(topic, hub), context=contextvars.Context()
        )
        return hub

    async def _watch(self, topic: str, hub: Hub[Any]) -> None:
        with self._db.news.watching(topic) as news:
            try:
                await hub.run(news)
            except errors.Refusal:
                pass
            except AWAY as error:
                logger.warning("a live view ended", topic=topic, error=str(error))
            except Exception:  # noqa: BLE001 - its viewers get it
                logger.exception("a live view failed", topic=topic)
