"""A worker of event that does a part of a task and is killed before it commits.

python -m tests.event.victim DATABASE_URL
"""

from __future__ import annotations

import asyncio
import sys

from services.event.work import steps
from services.kit.clock import now
from services.kit.db import Database
from services.kit.work import Worker


async def main(url: str) -> None:
    db = await Database.open(url, "event")
    known = steps(now, lambda name, until: f"http://127.0.0.1:8080/join/#{name.id}")

    async def do_and_hang(tx, due):
        await known["task"](tx, due)
        print("at it", flush=True)
        await asyncio.sleep(60)

    await Worker(db, {"task": do_and_hang}, {}).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
