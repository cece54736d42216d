"""What waits in a service: facts to tell and to hear, and work that is due."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import redis.exceptions
import sqlalchemy as sa

from services.kit import metrics
from services.kit.carrier import carrier
from services.kit.clock import now
from services.kit.db import Database, Tx, sql
from services.kit.log import logger
from services.kit.patience import AWAY, Patience, heed
from services.kit.tables import dead_facts, due, outbox

# How often we look, in seconds.
LOOK = 5.0
# How many facts we count one by one.
MOST = 2000

_age = sa.func.extract("epoch", sa.bindparam("at") - sa.func.min(outbox.c.create_time))
_OUTBOX = sql(
    sa.select(sa.func.count().label("facts"), sa.func.coalesce(_age, 0).label("seconds")).where(
        outbox.c.told_time.is_(None)
    )
)
_BURIED = sql(sa.select(sa.func.count().label("facts")).select_from(dead_facts))
_overdue = sa.func.extract("epoch", sa.bindparam("at") - sa.func.min(due.c.due_time))
_WORK = sql(
    sa.select(due.c.kind, sa.func.count().label("number"), _overdue.label("seconds"))
    .where(due.c.due_time <= sa.bindparam("at"))
    .group_by(due.c.kind)
)


class Backlog:
    """What waits in a service: facts to tell and to hear, and work that is due."""

    def __init__(self, db: Database, redis_url: str, streams: Sequence[str]) -> None:
        self._db = db
        self._redis = carrier(redis_url)
        self._streams = streams
        self._kinds: set[str] = set()

    async def run(self) -> None:
        """Keeps looking, until it is cancelled."""
        patience = Patience(f"backlog of {self._db.name}")
        try:
            while True:
                heed()
                try:
                    await self.look()
                    patience.fine()
                except AWAY as error:
                    await patience.wait(error)
                except Exception:  # noqa: BLE001 - what is not counted harms nobody
                    logger.exception("cannot count what waits")
                await asyncio.sleep(LOOK)
        finally:
            await self._redis.aclose()

    async def look(self) -> None:
        """Looks once. Raises what AWAY names when a store does not answer."""
        await self._db.read(self._stored)
        for stream in self._streams:
            metrics.UNHEARD.labels(stream.partition(":")[2]).set(await self._behind(stream))

    async def _stored(self, tx: Tx) -> None:
        at = now()
        untold = await tx.one(_OUTBOX, at=at)
        metrics.UNTOLD.set(untold.facts)
        metrics.UNTOLD_SECONDS.set(max(0.0, float(untold.seconds)))
        metrics.DEAD.set((await tx.one(_BURIED)).facts)
        found = {row.kind: row for row in await tx.all(_WORK, at=at)}
        self._kinds |= found.keys()
        for kind in self._kinds:
            row = found.get(kind)
            metrics.DUE.labels(kind).set(row.number if row else 0)
            metrics.DUE_SECONDS.labels(kind).set(float(row.seconds) if row else 0)

    async def _behind(self, stream: str) -> int:
        """Facts of a stream that were told and that we have not acknowledged."""
        try:
            groups = await self._redis.xinfo_groups(stream)
        except redis.exceptions.ResponseError:
            return 0  # nothing was ever told
        for group in groups:
            if group["name"].decode() == self._db.name:
                return int(group["pending"]) + await self._undelivered(stream, group)
        return 0

    async def _undelivered(self, stream: str, group: dict[str, Any]) -> int:
        if group.get("lag") is not None:
            return int(group["lag"])
        # A Redis before 7 does not count them.
        after = f"({group['last-delivered-id'].decode()}"
        return len(await self._redis.xrange(stream, min=after, count=MOST))
