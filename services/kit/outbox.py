"""The relay: tells the other services what became true here, through a Redis stream.

A row of the outbox is told and then stamped, so a crash in between tells it twice and never not
at all; listeners know what they have heard. The relay remembers no position: rows become visible
in another order than they were numbered. Redis only carries. When it comes back empty, or from
a crash, the relay notices and tells again what may have been lost.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import redis.exceptions
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP, insert

from services.kit import spans, telemetry
from services.kit.carrier import carrier
from services.kit.clock import now
from services.kit.db import Database, Session, Statement, sql
from services.kit.log import logger
from services.kit.patience import AWAY, Patience, heed
from services.kit.tables import listeners, outbox
from turnout.bus.v1 import bus_pb2

BATCH = 500
# Facts of other processes of the service are noticed this often, in seconds; own ones at once.
POLL = 0.2
# How often the relay looks whether Redis is still the one it told, in seconds.
LOOK = 1.0
TIDY = 3600.0
KEPT = timedelta(days=7)
# A Redis that crashed has lost no more than this, whatever its `appendfsync` says.
UNSURE = timedelta(seconds=10)
# Acknowledged entries stay in the stream so long, for a look back.
CARRIED = timedelta(hours=1)


def stream_of(service: str) -> str:
    """The stream that the facts of a service travel in."""
    return f"facts:{service}"


_time = TIMESTAMP(timezone=True)
_UNTOLD = sql(
    sa.select(outbox.c.position, outbox.c.id, outbox.c.body)
    .where(outbox.c.told_time.is_(None))
    .order_by(outbox.c.position)
    .limit(BATCH)
)
_STAMP = sql(
    sa.update(outbox)
    .where(outbox.c.position == sa.any_(sa.bindparam("positions", type_=ARRAY(sa.BigInteger))))
    .values(told_time=sa.bindparam("told_time"))
)
_since = sa.bindparam("since", type_=_time)
_FORGET_ALL = sql(sa.update(outbox).where(outbox.c.told_time >= _since).values(told_time=None))
_last = (
    sa.select(sa.func.max(outbox.c.told_time))
    .where(outbox.c.told_time <= sa.bindparam("started", type_=_time))
    .scalar_subquery()
)
_unsure = sa.bindparam("unsure", type_=sa.Interval)
_FORGET_LAST = sql(
    sa.update(outbox).where(outbox.c.told_time >= _last - _unsure).values(told_time=None)
)
_KNOWN = sql(
    sa.select(listeners.c.life, listeners.c.run).where(listeners.c.stream == sa.bindparam("stream"))
)
_know = insert(listeners).values({c.key: sa.bindparam(c.key) for c in listeners.c})
_KNOW = sql(
    _know.on_conflict_do_update(
        index_elements=[listeners.c.stream],
        set_={"life": _know.excluded.life, "run": _know.excluded.run},
    )
)
_old = (
    sa.select(outbox.c.position)
    .where(outbox.c.told_time < sa.bindparam("before", type_=_time))
    .limit(10_000)
)
_PURGE = sql(sa.delete(outbox).where(outbox.c.position.in_(_old)))


class Relay:
    """Tells the facts of one service. Of many relays of a service one is at work at a time."""

    def __init__(self, db: Database, redis_url: str) -> None:
        self._db = db
        self._stream = stream_of(db.name)
        self._redis = carrier(redis_url)
        self._life = ""
        self._looked = self._tidied = float("-inf")

    async def run(self) -> None:
        """Tells what there is to tell, until it is cancelled."""
        patience = Patience(f"relay of {self._db.name}")
        try:
            while True:
                heed()
                try:
                    async with self._db.alone("relay") as session:
                        await self._tell_for_ever(session, patience)
                except AWAY as error:
                    await patience.wait(error)
        finally:
            await self._redis.aclose()

    async def _tell_for_ever(self, session: Session, patience: Patience) -> None:
        self._looked = float("-inf")
        while True:
            heed()
            self._db.told.clear()
            if time.monotonic() - self._looked >= LOOK:
                await self._look(session)
            told = await self._tell(session)
            patience.fine()
            if time.monotonic() - self._tidied >= TIDY:
                await self._tidy(session)
            if not told:
                await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL):
                await self._db.told.wait()
        except TimeoutError:
            pass

    async def _tell(self, session: Session) -> int:
        """Tells the next facts, in order, and says how many that were."""
        rows = await session.all(_UNTOLD)
        if not rows:
            return 0
        began = time.perf_counter()
        # All or nothing: if one could fail alone, a later fact of its subject would overtake it.
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.get(self._key)
            for row in rows:
                pipe.xadd(self._stream, {"id": str(row.id), "body": row.body})
            life, *_ = await pipe.execute()
        if life != self._life.encode():
            # Nobody listens to the life before; look again, and then tell again.
            self._looked = float("-inf")
            return 1
        await session.run(_STAMP, positions=[row.position for row in rows], told_time=now())
        if spans.on():
            self._trace(rows, time.perf_counter() - began)
        return len(rows)

    def _trace(self, rows: Sequence[Any], seconds: float) -> None:
        """Tells of each fact that it was told, in the trace that it came out of."""
        for row in rows:
            fact = bus_pb2.Fact.FromString(row.body)
            about = {
                "messaging.system": "redis",
                "messaging.destination.name": self._stream,
                "messaging.message.id": fact.id,
            }
            name = f"tell {fact.body.TypeName()}"
            spans.add(telemetry.begin(fact.traceparent), name, spans.PRODUCER, seconds, **about)

    async def _look(self, session: Session) -> None:
        """Compares Redis with the one that was told, and forgets having told what it lost."""
        life = (await self._redis.get(self._key) or b"").decode()
        server = await self._redis.info("server")
        run = str(server["run_id"])
        known = await session.maybe(_KNOWN, stream=self._stream)
        if known is None or known.life != life or not life:
            life = str(uuid.uuid4())
            await self._meet(session, life, run, _FORGET_ALL, {"since": now() - KEPT})
            await self._redis.set(self._key, life)
        elif known.run != run:
            # Not later than it was, though Redis counts whole seconds: what was told before that
            # was told to the one that crashed.
            started = now() - timedelta(seconds=int(server["uptime_in_seconds"]) + 1)
            lost = {"started": started, "unsure": UNSURE}
            await self._meet(session, life, run, _FORGET_LAST, lost)
        self._life = life
        self._looked = time.monotonic()

    async def _meet(
        self, session: Session, life: str, run: str, forget: Statement, lost: dict[str, Any]
    ) -> None:
        async with session.connection.transaction():
            forgotten = await session.run(forget, **lost)
            await session.run(_KNOW, stream=self._stream, life=life, run=run)
        if forgotten:
            logger.warning(
                "redis may have lost facts; they are told again",
                stream=self._stream,
                facts=forgotten,
            )

    async def _tidy(self, session: Session) -> None:
        """Drops what was told long ago."""
        while await session.run(_PURGE, before=now() - KEPT):
            pass
        await self._trim()
        self._tidied = time.monotonic()

    async def _trim(self) -> None:
        """Drops the entries that every group has acknowledged and that are no longer young.

        Never by length: that would drop what nobody has acknowledged yet.
        """
        try:
            groups = await self._redis.xinfo_groups(self._stream)
        except redis.exceptions.ResponseError:
            return  # nothing was ever told
        if not groups:
            return
        young = int((now() - CARRIED).timestamp() * 1000)
        needed = [await self._needed(group) for group in groups]
        first = min([(young, 0), *needed])
        await self._redis.xtrim(self._stream, minid=f"{first[0]}-{first[1]}", approximate=False)

    async def _needed(self, group: dict[str, Any]) -> tuple[int, int]:
        """The first entry that a group has not acknowledged, or the last one that it has."""
        found = group["last-delivered-id"]
        if group["pending"]:
            pending = await self._redis.xpending(self._stream, group["name"])
            found = pending["min"] or found
        milliseconds, _, number = found.decode().partition("-")
        return int(milliseconds), int(number)

    @property
    def _key(self) -> str:
        return f"{self._stream}:life"
