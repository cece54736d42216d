"""A process that takes an errand or a step, or the part of the relay, and is killed or stopped
while it is at it.

python -m tests.kit.victim DATABASE_URL step|errand|relay LEASE
"""

from __future__ import annotations

import asyncio
import sys
import uuid

from services.kit.db import Database
from services.kit.patience import AWAY
from services.kit.tenant import tenant
from services.kit.work import Worker
from tests.kit.test_db import ADD


async def main(url: str, kind: str, lease: str) -> None:
    db = await Database.open(url, "kit")

    async def hang(*_: object) -> None:
        print("at it", flush=True)
        await asyncio.sleep(60)

    async def write_and_hang(tx, item):
        await tx.run(ADD, organization=tenant.get(), id=uuid.uuid4(), label="half done")
        await hang()

    if kind == "relay":
        return await relay(db)
    steps = {"step": write_and_hang} if kind == "step" else {}
    errands = {"errand": hang} if kind == "errand" else {}
    return await Worker(db, steps, errands, lease=float(lease)).run()


async def relay(db: Database) -> None:
    async with db.alone("relay") as session:
        print("at it", flush=True)
        try:
            while True:
                await session.connection.execute("select 1")
                await asyncio.sleep(0.1)
        except AWAY:
            print("not alone any more", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
