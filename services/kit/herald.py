"""The herald: carries news from process to process of a service, by LISTEN and NOTIFY.

It tells after the commit and not with it: Postgres holds one lock over all commits that notify,
so that the busiest transactions of a service would wait for each other.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

from services.kit.db import Database
from services.kit.patience import AWAY, Patience, heed

CHANNEL = "turnout_news"
TICK = 0.02  # seconds between two tellings at the least
# Nothing is lost with it, so its commit need not wait for the disk.
_TELL = (
    "select set_config('synchronous_commit', 'off', true), pg_notify(%(channel)s, word)"
    " from unnest(%(words)s::text[]) word"
)


async def carry(db: Database) -> None:
    """Tells other processes what changed here, and hears of them, until it is cancelled.

    A process that runs it twice carries its news once.
    """
    if db.news.carried:
        return
    db.news.carried = True
    process = uuid.uuid4().hex[:8]
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_tell(db, process))
            group.create_task(_hear(db, process))
    finally:
        db.news.carried = False


async def _tell(db: Database, process: str) -> None:
    patience = Patience(f"teller of news of {db.name}")
    while True:
        heed()
        await db.news.told.wait()
        db.news.told.clear()
        words = [f"{process} {topic}" for topic in sorted(db.news.untold)]
        db.news.untold.clear()
        try:
            async with db.pool.connection() as connection:
                await connection.execute(_TELL, {"channel": CHANNEL, "words": words})
            patience.fine()
        except AWAY as error:
            # What could not be told is seen at the next look.
            await patience.wait(error)
        await asyncio.sleep(TICK)


async def _hear(db: Database, process: str) -> None:
    """Listens from the moment on at which anybody watches."""
    await db.news.wanted.wait()
    patience = Patience(f"listener of news of {db.name}")
    while True:
        heed()
        try:
            async with db.listening(CHANNEL) as connection:
                patience.fine()
                # Of what happened meanwhile nobody told us.
                db.news.wake_all()
                await _follow(db, process, connection.notifies())
        except AWAY as error:
            await patience.wait(error)


async def _follow(db: Database, process: str, notices: AsyncIterator[Any]) -> None:
    async for notice in notices:
        sender, _, topic = notice.payload.partition(" ")
        if sender != process:
            db.news.wake(topic)
