from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys

import pytest

from services.kit.db import Database
from tests.messaging.world import opened
from tests.serving import SECRET
from tests.waiting import eventually

pytestmark = pytest.mark.server

MESSAGES = 40


@contextlib.asynccontextmanager
async def worker(urls, redis_url, log):
    """A worker in a process of its own, which is killed at the end."""
    settings = {
        "TURNOUT_DATABASE_URL": urls.service,
        "TURNOUT_REDIS_URL": redis_url,
        "TURNOUT_LISTEN": "127.0.0.1:0",
        "TURNOUT_SECRET": SECRET.decode(),
        "TURNOUT_MESSAGES_LOG": str(log),
        "TURNOUT_LOG": "error",
        "TURNOUT_MESSAGE_RATE": "1000/1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.messaging", "work", env={**os.environ, **settings}
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


def has_lines(world, club, most):
    return len(world.written(club)) >= most


async def test_a_worker_that_is_killed_again_and_again_sends_every_message_once(
    database, owner, redis_url, tmp_path
):
    urls, log = await database.urls("messaging"), tmp_path / "messages.jsonl"
    async with contextlib.AsyncExitStack() as stack:
        db = await Database.open(urls.service, "messaging", 4)
        stack.push_async_callback(db.close)
        world = await stack.enter_async_context(opened(db, await owner(db), log))
        club = await world.club()
        for _ in range(MESSAGES):
            await club.invite()

        for most in (1, 20):
            async with worker(urls, redis_url, log):
                await eventually(functools.partial(has_lines, world, club, most))
            # As if the leases of the dead had run out.
            await world.owner.execute("update due set lease_time = null")
            await world.owner.execute("update messages set wait_time = null")
        async with worker(urls, redis_url, log):
            await eventually(club.all_sent)

        sent = [line["message"] for line in world.written(club)]
        assert len(sent) == len(set(sent)) == MESSAGES
        assert len(await world.facts(club.id, "MessageSent")) == MESSAGES
