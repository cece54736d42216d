"""Things that happen beside a test: what runs meanwhile, and waiting for what comes of it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

PATIENCE = 60.0


@asynccontextmanager
async def running(*coroutines: Coroutine[Any, Any, Any]) -> AsyncIterator[list[asyncio.Task[Any]]]:
    """Runs workers for the time of a block; one that fails fails the test."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def eventually(condition: Callable[[], Any], what: str = "") -> Any:
    """Waits until `condition` (a function or a coroutine function) says something true."""
    until = asyncio.get_running_loop().time() + PATIENCE
    while True:
        found = condition()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        if asyncio.get_running_loop().time() > until:
            raise AssertionError(f"still not so after {PATIENCE:.0f} s: {what or condition}")
        await asyncio.sleep(0.01)
