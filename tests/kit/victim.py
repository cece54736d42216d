"""A process that takes an errand or a step and is killed while it is at it.

python -m tests.kit.victim DATABASE_URL step|errand LEASE
"""

from __future__ import annotations

import asyncio
import sys
import uuid

from services.kit.db import Database
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

    steps = {"step": write_and_hang} if kind == "step" else {}
    errands = {"errand": hang} if kind == "errand" else {}
    await Worker(db, steps, errands, lease=float(lease)).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
