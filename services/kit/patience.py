"""How a worker lives with Postgres or Redis being away: it says so once, and tries again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import psycopg
import redis.exceptions

from services.kit.db import DatabaseAway, DatabaseBusy, DatabaseSlow
from services.kit.log import logger

# What says nothing about the work itself, and passes.
AWAY = (
    DatabaseAway,
    DatabaseBusy,
    DatabaseSlow,
    psycopg.OperationalError,
    redis.exceptions.RedisError,
    OSError,
)

SHORTEST = 0.1
LONGEST = 5.0


@dataclass
class Patience:
    """The state of one worker called `name`: how often in a row it has failed."""

    name: str
    failures: int = 0

    async def wait(self, error: BaseException) -> None:
        """Waits from a tenth of a second up to five, longer from failure to failure."""
        if not self.failures:
            logger.warning(
                "has to wait", worker=self.name, error=f"{type(error).__name__}: {error}"
            )
        await asyncio.sleep(pause(self.failures))
        self.failures += 1

    def fine(self) -> None:
        if self.failures:
            logger.info("goes on", worker=self.name, failures=self.failures)
        self.failures = 0


def heed() -> None:
    """Lets go if this task was cancelled. Every loop that never ends asks.

    `asyncio.wait_for` of Python 3.11 swallows a cancellation that comes in the moment in which
    what it waits for is done; the clients of Redis and Postgres use it.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def pause(failures: int, shortest: float = SHORTEST, longest: float = LONGEST) -> float:
    """Seconds to wait after so many earlier failures: doubling, up to a limit."""
    return min(longest, shortest * 2.0 ** min(failures, 30))
