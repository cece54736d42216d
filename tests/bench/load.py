"""Load, and what it measures. Every caller waits for its answer before it asks again."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psutil


@dataclass(frozen=True)
class Pace:
    """How long one measurement takes, in seconds, and how often it is repeated.

    `share` of the rows are made that are searched, listed, imported or let go.
    """

    seconds: float = 0.8
    rounds: int = 4
    warm: float = 0.3
    share: float = 1.0

    def rows(self, count: int) -> int:
        """How many rows to make where a whole measurement takes `count`."""
        return max(100, round(count * self.share))


@dataclass(frozen=True)
class Sample:
    """What happened in so many seconds. `latencies` are seconds, one per answer."""

    seconds: float
    latencies: Sequence[float] = field(repr=False)
    # Seconds of processor time that the measured server took.
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def p50(self) -> float:
        return percentile(self.latencies, 0.50)

    @property
    def p99(self) -> float:
        return percentile(self.latencies, 0.99)

    @property
    def cost(self) -> float:
        """Microseconds of the server's processor time for one answer."""
        return self.cpu * 1e6 / max(1, len(self.latencies))


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` of the values do not exceed. NaN of nothing."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


# Runs for so many seconds.
Run = Callable[[float], Awaitable[Sample]]


@dataclass(frozen=True)
class Side:
    """One of those that are compared, and the processes that serve it."""

    run: Run
    pids: Sequence[int] = ()


async def interleaved(sides: Mapping[str, Side], pace: Pace) -> dict[str, list[Sample]]:
    """Measures one after the other, again and again, so that a noisy minute hits all of them.

    Every other round goes backwards: nobody is always the one after the greedy one.
    """
    found: dict[str, list[Sample]] = {name: [] for name in sides}
    for side in sides.values():
        await side.run(pace.warm)
    for number in range(pace.rounds):
        names = list(sides)
        for name in names if number % 2 == 0 else names[::-1]:
            found[name].append(await _measured(sides[name], pace.seconds))
    return found


async def _measured(side: Side, seconds: float) -> Sample:
    before = cpu(side.pids)
    sample = await side.run(seconds)
    # Who measures what is under way all the time knows better when that was.
    return Sample(sample.seconds, sample.latencies, sample.cpu or cpu(side.pids) - before)


def cpu(pids: Sequence[int]) -> float:
    """Seconds of processor time that processes have taken so far."""
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(found.user + found.system for found in times)


async def hammer(ask: Callable[[int], Awaitable[object]], callers: int, seconds: float) -> Sample:
    """Has so many callers ask, each by its number, as often as they get answers.

    What is under way at the end is waited for and counts for nothing, unless it is all there is:
    where nobody got an answer in time, the time goes on until the first one.
    """
    latencies: list[float] = []
    begun = time.perf_counter()
    end = begun + seconds

    async def caller(number: int) -> None:
        asked = time.perf_counter()
        while asked < end:
            await ask(number)
            answered = time.perf_counter()
            if answered <= end or not latencies:
                latencies.append(answered - asked)
            asked = answered

    async with asyncio.TaskGroup() as group:
        for number in range(callers):
            group.create_task(caller(number))
    return Sample(max(seconds, *latencies) if len(latencies) == 1 else seconds, latencies)


def rates(samples: Sequence[Sample]) -> list[float]:
    return [sample.rate for sample in samples]


def p99s(samples: Sequence[Sample]) -> list[float]:
    """In milliseconds."""
    return [sample.p99 * 1e3 for sample in samples]


def p50s(samples: Sequence[Sample]) -> list[float]:
    """In milliseconds."""
    return [sample.p50 * 1e3 for sample in samples]


def costs(samples: Sequence[Sample]) -> list[float]:
    """In microseconds of the server's processor time per answer."""
    return [sample.cost for sample in samples]


def typical(samples: Sequence[Sample]) -> float:
    """The rate of the median round."""
    return statistics.median(rates(samples))
