"""Gathers requests that wait for the same thing, and lets one batch answer them all.

While the batch of a key is under way, what comes in for that key waits and forms the next one.
Nobody waits for a timer: alone, a request is a batch of one; and a batch sets out when nobody
new comes in at the door. So a row that everybody wants is
locked once per batch, and the busier it is the more a batch holds.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from services.kit import errors
from services.kit.tenant import tenant

K = TypeVar("K", bound=Hashable)
I = TypeVar("I")  # noqa: E741
R = TypeVar("R")

MOST = 256
# Turns of the event loop that bring nobody new before a batch sets out: when the loop is busy,
# those who belong to the batch are on their way through it; when it is not, this is microseconds.
QUIET = 4
WAITING = 4096


class TooMuchAtOnce(errors.Exhausted):
    message = "too many requests wait for the same thing; try again"


class Gather(Generic[K, I, R]):
    """`await gather(key, item)` gives the result of `item`, or raises what went wrong with it.

    `batch(key, items)` returns one result or exception per item, in their order; if it raises,
    that goes to all of them. It runs in a task of its own, so a caller that goes away
    harms nobody else; it sees the organization of the first caller, and no caller, no deadline
    and no trace, for it acts for many: what it must know of them is in the items. Batches of
    different keys run side by side. At most `waiting` items wait for a key, `most` make a batch.
    """

    def __init__(
        self,
        batch: Callable[[K, list[I]], Awaitable[Sequence[R | Exception]]],
        *,
        most: int = MOST,
        waiting: int = WAITING,
    ) -> None:
        self._batch = batch
        self._most = most
        self._limit = waiting
        self._queues: dict[K, deque[tuple[I, asyncio.Future[R]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, key: K, item: I) -> R:
        queue = self._queues.get(key)
        if queue is not None and len(queue) >= self._limit:
            raise TooMuchAtOnce()
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        if queue is None:
            self._queues[key] = deque([(item, result)])
            self._begin(key)
        else:
            queue.append((item, result))
        return await result

    async def close(self) -> None:
        """Waits until everybody who asked has an answer."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _begin(self, key: K) -> None:
        context = contextvars.Context()
        context.run(tenant.set, tenant.get())
        # Not in a TaskGroup: it belongs to none of the callers, each of which may go away.
        task = asyncio.get_running_loop().create_task(self._drain(key), context=context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, key: K) -> None:
        queue = self._queues[key]
        try:
            while queue:
                await self._settled(queue)
                taken = self._take(queue)
                await self._answer(key, taken)
        finally:
            del self._queues[key]
            for _, result in queue:
                result.cancel()

    async def _settled(self, queue: deque[tuple[I, asyncio.Future[R]]]) -> None:
        """Lets in whoever is at the door: returns when a few turns brought nobody new."""
        quiet, size = 0, len(queue)
        while quiet < QUIET and size < self._most:
            await asyncio.sleep(0)
            quiet = quiet + 1 if len(queue) == size else 0
            size = len(queue)

    def _take(self, queue: deque[tuple[I, asyncio.Future[R]]]) -> list[tuple[I, asyncio.Future[R]]]:
        """The next batch, without those whose caller has gone."""
        taken: list[tuple[I, asyncio.Future[R]]] = []
        while queue and len(taken) < self._most:
            item, result = queue.popleft()
            if not result.done():
                taken.append((item, result))
        return taken

    async def _answer(self, key: K, taken: list[tuple[I, asyncio.Future[R]]]) -> None:
        try:
            results = await self._batch(key, [item for item, _ in taken])
            if len(results) != len(taken):
                raise RuntimeError(f"{len(results)} results for {len(taken)} items")
        except Exception as error:  # noqa: BLE001 - it is the callers' to judge
            results = [error] * len(taken)
        except BaseException:
            for _, waiting in taken:
                waiting.cancel()
            raise
        for (_, waiting), result in zip(taken, results, strict=True):
            if waiting.done():
                continue
            if isinstance(result, Exception):
                waiting.set_exception(result)
            else:
                waiting.set_result(result)
