"""Shedding: who is sent away at once, so that the others are answered in time.

What comes faster than it can be answered waits before any code of ours sees it: gRPC takes one
call in for each round of the event loop. How many it has, it counts for channelz, so we know since
when the next one in line waits; how long one waits for a connection to the database is told by the
pool. The longer it is, the more are sent away, and first what can best come again. Whoever is sent
away leaves the line in a fraction of the time of an answer, so the line stays as long as it may be
and the process has always something to answer. While nobody waits a call costs a look.
"""

from __future__ import annotations

import asyncio
import collections
import functools
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from grpc._cython import cygrpc  # type: ignore[attr-defined]

from services.kit import errors, metrics
from services.kit.log import logger
from services.kit.patience import heed
from services.kit.priorities import CRITICAL, NAMES, NORMAL, ORDER, SHEDDABLE, priority_of
from services.kit.status import Rendered

if TYPE_CHECKING:
    from services.kit.db import Database

# How often we look who waits, in seconds.
TICK = 0.05
# How long calls may wait longer than they should before anybody is sent away, in seconds: a rush
# that is over by then is no overload. And how long we remember that there was one.
RUSH, OVER = 0.5, 2.0
# So few are no queue, however long a machine that is busy with other things keeps them.
FEW = 16
# Below so many calls in a tick nobody counts who waits.
QUIET = 2
# For each priority: from which multiple of the time that calls may wait some are sent away, from
# which on most, and how many that is: where even that is not enough, some are answered still.
ZONES: dict[int, tuple[float, float, float]] = {
    SHEDDABLE: (1.0, 2.0, 0.95),
    NORMAL: (2.0, 4.0, 0.95),
    CRITICAL: (4.0, 8.0, 0.9),
}
# How much the newest says of what is usual.
NEWS = 0.1
# What who is sent away is told to wait, in milliseconds: from a moment to a while.
SOON_MS, LATE_MS = 200, 5_000
# How often a line is written of it, in seconds.
SAID = 10.0

# Says that a call was not even begun with, and of which priority it was.
HEADER = "x-turnout-shed"

# What operators and load balancers ask. Who asks what there is can wait.
ALWAYS = ("/grpc.health.", "/grpc.channelz.")
REFLECTION = "/grpc.reflection."


class Overloaded(errors.Exhausted):
    message = "there are more calls than can be answered; try again in {wait_ms} ms"
    priority: str
    wait_ms: int

    @property
    def retry_seconds(self) -> float:  # type: ignore[override]
        return self.wait_ms / 1000


# --- the rule


def share(priority: int, waits: float) -> float:
    """Which share of a priority is sent away, when a call waits so many times what it may."""
    first, last, most = ZONES[priority]
    return most * min(1.0, max(0.0, (waits - first) / (last - first)))


@dataclass
class Rush:
    """Whether calls have waited for too long by now to be a rush that passes; in seconds."""

    target: float
    late: float = 0.0
    fine: float = OVER

    def tick(self, wait: float, seconds: float) -> bool:
        """Whether calls may be sent away, when they wait that long after so many seconds."""
        if wait > self.target:
            self.late += seconds
            self.fine = 0.0 if self.late >= RUSH else self.fine
        else:
            self.late = 0.0
            self.fine += seconds
        return self.fine < OVER


def wait_ms(share: float, chance: float) -> int:
    """What somebody is told to wait: longer the more are sent away, and not all the same.

    `chance` is from 0 to 1. In steps, so that few answers are rendered.
    """
    wanted = min(LATE_MS, SOON_MS / max(1 - share, 0.01)) * (0.5 + chance)
    step = 50 if wanted < 1000 else 250
    return max(step, round(wanted / step) * step)


# --- who waits


@dataclass
class Line:
    """Since when the next one in a line waits: who came in when, by the number of calls so far."""

    marks: collections.deque[tuple[int, float]] = field(
        default_factory=lambda: collections.deque([(0, 0.0)], maxlen=1000)
    )

    def mark(self, came: int, now: float) -> None:
        """So many have come by now."""
        self.marks.append((came, now))

    def since(self, number: int, now: float) -> float:
        """For how many seconds the call of that number has waited, when it leaves the line now."""
        marks = self.marks
        while len(marks) > 1 and marks[1][0] <= number:
            marks.popleft()
        before, began = marks[0]
        if number < before or len(marks) < 2:
            return 0.0
        after, ended = marks[1]
        part = (number - before) / (after - before) if after > before else 1.0
        return max(0.0, now - began - part * (ended - began))


@dataclass
class Pool:
    """How long one waits for a connection, told from who waits and how many got one."""

    wait: float = 0.0
    served: int = 0

    def tick(self, waiting: int, served: int, seconds: float) -> float:
        """`served` is how many ever got one. What is usual by now, in seconds."""
        gone, self.served = served - self.served, served
        wait = waiting * seconds / max(gone, 1) if waiting >= FEW else 0.0
        self.wait += NEWS * (wait - self.wait)
        return self.wait


_COUNT = re.compile(r'"calls(Started|Succeeded|Failed)"\s*:\s*"(\d+)"')


def newest() -> int:
    """The number that gRPC gave to the server that was made last in this process."""
    first, found = 0, re.compile(r'"serverId"\s*:\s*"(\d+)"')
    while True:
        page = cygrpc.channelz_get_servers(first)
        numbers = [int(number) for number in found.findall(_text(page))]
        if not numbers or '"end":true' in _text(page).replace(" ", ""):
            return max(numbers, default=first - 1)
        first = max(numbers) + 1


def under_way(server: int) -> int:
    """The calls that gRPC has and has not ended, whether we have heard of them or not."""
    try:
        said = _text(cygrpc.channelz_get_server(server))
    except ValueError:
        # It has stopped.
        return 0
    counts = dict(_COUNT.findall(said))
    ended = int(counts.get("Succeeded", 0)) + int(counts.get("Failed", 0))
    return int(counts.get("Started", 0)) - ended


def _text(page: Any) -> str:
    return page.decode() if isinstance(page, bytes) else str(page)


# --- the gate


@dataclass
class Known:
    """A method: what answers it, and how long that takes."""

    name: str
    priority: int
    handler: Any
    # The same, for when there is no time to lose.
    hurried: Any = None
    typical: float = 0.0


class Gate(grpc.aio.ServerInterceptor):
    """Lets calls in, or sends them away. The outermost interceptor of one server.

    `target` is how long calls may wait, in seconds.
    """

    def __init__(self, services: Sequence[ServiceDescriptor], domain: str, target: float) -> None:
        self._target, self._domain = target, domain
        self._priorities = priorities_of(services)
        self._known: dict[str, Known] = {}
        self._rush, self._line, self._pool = Rush(target), Line(), Pool()
        self._server = 0
        # How many calls we were told of, how many of those have ended, and how many were let in.
        self.taken = self.ended = self.sent = 0
        self.open = True
        self._queue = False
        # What is sent away next is not left to chance: one in four is every fourth.
        self._credit = dict.fromkeys(ORDER, 0.0)
        # Which share was sent away lately.
        self._share = 0.0
        self._told, self._told_of = -SAID, 0

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any
    ) -> Any:
        self.taken += 1
        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(self._end)
        known = self._known.get(handler_call_details.method)
        if known is None:
            known = await self._meet(continuation, handler_call_details)
            if known is None:
                return None
        if self.open or known.name.startswith(ALWAYS):
            return known.handler
        if not self._falls(known.priority):
            return known.hurried
        return grpc.stream_unary_rpc_method_handler(functools.partial(self._refuse, known, "queue"))

    def watch(self) -> None:
        """Begins with the server that was made last."""
        self._server = newest()

    async def run(self, db: Database) -> None:
        """Keeps looking who waits, until it is cancelled."""
        before, taken, sent = time.monotonic(), self.taken, self.sent
        while True:
            heed()
            await asyncio.sleep(TICK)
            now = time.monotonic()
            seconds, before = now - before, now
            came, taken = self.taken - taken, self.taken
            left, sent = self.sent - sent, self.sent
            # What gRPC has and we were not told of is in line.
            watched = came >= QUIET or not self.open
            ours = self.taken - self.ended
            length = under_way(self._server) - ours if watched else 0
            stats = db.pool.get_stats()
            waiting = stats.get("requests_waiting", 0)
            self._pool.tick(waiting, stats.get("requests_num", 0) - waiting, seconds)
            self._share += NEWS * (left / max(came, 1) - self._share)
            self.look(length, now, seconds)

    def look(self, length: int, now: float, seconds: float) -> None:
        """Takes in that so many wait at a time, so many seconds after the last look."""
        self._line.mark(self.taken + max(0, length), now)
        self._queue = length >= FEW
        wait = self._wait(now)
        self.open = not self._rush.tick(wait, seconds)
        metrics.QUEUE_SECONDS.set(wait)
        metrics.SHED_SHARE.set(self._share)
        if self.sent > self._told_of and now > self._told + SAID:
            calls = self.sent - self._told_of
            logger.warning("calls are shed", calls=calls, wait_ms=round(wait * 1000))
            self._told, self._told_of = now, self.sent

    def _wait(self, now: float) -> float:
        """How long the call that we are told of now has waited, and will for the database."""
        return (self._line.since(self.taken, now) if self._queue else 0.0) + self._pool.wait

    def _end(self, _task: Any) -> None:
        self.ended += 1

    async def _meet(self, continuation: Callable[[Any], Awaitable[Any]], details: Any) -> Any:
        handler = await continuation(details)
        if handler is None:
            # Not remembered: clients may make up as many names as they like.
            return None
        name = details.method
        usual = SHEDDABLE if name.startswith(REFLECTION) else NORMAL
        priority = self._priorities.get(name, CRITICAL if name.startswith(ALWAYS) else usual)
        known = self._known[name] = Known(name, priority, handler)
        known.hurried = self._hurried(known)
        return known

    def _falls(self, priority: int) -> bool:
        waits = self._wait(time.monotonic()) / self._target
        credit = self._credit[priority] + share(priority, waits)
        falls = credit >= 1
        self._credit[priority] = credit - falls
        return falls

    def _hurried(self, known: Known) -> Any:
        """The handler for when calls wait: who would be answered too late is not kept waiting."""
        handler = known.handler
        if handler.request_streaming or handler.response_streaming:
            return handler
        method = handler.unary_unary

        async def hurried(request: Any, context: Any) -> Any:
            left = context.time_remaining()
            if left is not None and left < known.typical:
                # It may have become faster since, and somebody has to find out.
                known.typical *= 1 - NEWS
                await self._refuse(known, "late", request, context)
            began = time.perf_counter()
            answer = await method(request, context)
            known.typical += NEWS * (time.perf_counter() - began - known.typical)
            return answer

        return handler._replace(unary_unary=hurried)

    async def _refuse(self, known: Known, why: str, _request: Any, context: Any) -> NoReturn:
        self.sent += 1
        priority = NAMES[known.priority]
        metrics.shed(known.name, priority, why)
        wait = wait_ms(self._share, random.random())
        await _rendered(priority, wait, self._domain).send(context)


@functools.lru_cache(maxsize=512)
def _rendered(priority: str, wait: int, domain: str) -> Rendered:
    return Rendered.of(Overloaded(priority, wait), domain, (HEADER, priority))


def priorities_of(services: Sequence[ServiceDescriptor]) -> dict[str, int]:
    """The priority of each method, by its path."""
    return {
        f"/{service.full_name}/{method.name}": priority_of(
            method.name, method.GetOptions(), method.input_type
        )
        for service in services
        for method in service.methods
    }
