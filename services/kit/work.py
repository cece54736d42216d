"""The worker: does what is due. APScheduler says when to look, rows say what, locks say who.

A *step* is an effect on our own rows: claiming the row of `due`, the effect, and the end of the
row are one transaction. An *errand* talks to somebody outside: it is leased first, in a
transaction of its own, then done, and its row goes afterwards; if the process dies in between,
the lease runs out and another one does it again. So an errand may happen twice, and its handler
keeps what makes that harmless, such as the key that its provider knows it by.

Several workers of a service may be at work at once, and one that dies takes nothing with it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit import once, spans, telemetry
from services.kit.caller import SYSTEM, acting
from services.kit.clock import now
from services.kit.db import Database, Tx, sql
from services.kit.log import logger
from services.kit.patience import AWAY, Patience, heed, pause
from services.kit.tables import due
from services.kit.tenant import within

BEAT = 0.25
STEPS = 4  # at a time
ERRANDS = 16
LEASE = 60.0
# An errand is given up before its lease runs out, so that two never do it at the same time.
TIMELY = 0.8
BATCH = 200
SHORTEST, LONGEST = 1.0, 300.0  # seconds until the next try
HOUR = 3600.0


@dataclass(frozen=True)
class Due:
    """One thing to do, and how often that failed already."""

    kind: str
    organization: uuid.UUID | None
    id: uuid.UUID
    due_time: datetime
    attempts: int


Step = Callable[[Tx, Due], Awaitable[None]]
Errand = Callable[[Database, Due], Awaitable[None]]
# What is done again and again: the seconds in between, and the doing.
Chore = tuple[float, Callable[[Database], Awaitable[object]]]


class Worker:
    """Does the due work of one service.

    Handlers see the rows of the organization that the work is for, and act as the service.
    An exception means "later": after 1 s, 2 s, 4 s and so on up to 5 min, counted in `attempts`.
    A handler that schedules its own row anew has the last word.
    """

    def __init__(
        self,
        db: Database,
        steps: Mapping[str, Step] | None = None,
        errands: Mapping[str, Errand] | None = None,
        every: Mapping[str, Chore] | None = None,
        *,
        lease: float = LEASE,
    ) -> None:
        self._db = db
        self._steps = dict(steps or {})
        self._errands = dict(errands or {})
        self._every = {"purge answered": (HOUR, _purge), **(every or {})}
        self._lease = lease
        self._running = 0
        both = self._steps.keys() & self._errands.keys()
        if both:
            raise ValueError(f"both a step and an errand: {', '.join(sorted(both))}")

    async def run(self) -> None:
        """Does what is due, until it is cancelled; errands under way are then given back."""
        scheduler = self._metronome()
        scheduler.start()
        try:
            async with asyncio.TaskGroup() as group:
                await self._work(group)
        finally:
            scheduler.shutdown(wait=False)

    def _metronome(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )
        scheduler.add_job(self._beat, "interval", seconds=BEAT)
        for name, (seconds, chore) in self._every.items():
            # Soon after the start as well: a process that never lives that long does it too.
            first = now() + timedelta(seconds=min(seconds, 30))
            arguments = {"args": [name, chore], "seconds": seconds, "next_run_time": first}
            scheduler.add_job(self._do_chore, "interval", **arguments)
        return scheduler

    async def _beat(self) -> None:
        self._db.scheduled.set()

    async def _do_chore(self, name: str, chore: Callable[[Database], Awaitable[object]]) -> None:
        try:
            with self._acting(None, name):
                await chore(self._db)
        except AWAY as error:
            logger.warning("a chore has to wait", chore=name, error=str(error))
        except Exception:  # noqa: BLE001 - whatever it is, the rest goes on
            logger.exception("a chore failed", chore=name)

    async def _work(self, group: asyncio.TaskGroup) -> None:
        patience = Patience(f"worker of {self._db.name}")
        while True:
            heed()
            self._db.scheduled.clear()
            try:
                more = await self._take_steps() | await self._start_errands(group)
                patience.fine()
            except AWAY as error:
                await patience.wait(error)
                continue
            if not more:
                await self._db.scheduled.wait()

    # --- steps

    async def _take_steps(self) -> bool:
        """Takes the steps that are due; says whether there may be more."""
        if not self._steps:
            return False
        kinds = {"kinds": list(self._steps), "now": now(), "most": BATCH}
        found = await self._db.run(_look, kinds)
        room = asyncio.Semaphore(STEPS)
        outcomes = await asyncio.gather(*(self._take_step(item, room) for item in found))
        # When none could be taken, another worker has them.
        return len(found) == BATCH and any(outcomes)

    async def _take_step(self, item: Due, room: asyncio.Semaphore) -> bool:
        """Says whether the step was ours to take."""
        async with room:
            with self._acting(item.organization, item.kind):
                try:
                    return await self._db.run(self._step, item)
                except AWAY as error:
                    logger.warning("a step has to wait", error=str(error), **_of(item))
                except Exception:  # noqa: BLE001 - whatever it is, the rest goes on
                    await self._put_off(item)
                    logger.exception("a step failed", **_of(item))
                return True

    async def _step(self, tx: Tx, seen: Due) -> bool:
        row = await tx.maybe(_LOCK, kind=seen.kind, id=seen.id, now=now())
        if row is None:
            return False
        await self._steps[seen.kind](tx, _due(row))
        # Before what the handler schedules is written.
        await tx.run(_DONE, kind=seen.kind, id=seen.id)
        return True

    async def _put_off(self, item: Due) -> None:
        later = now() + timedelta(seconds=pause(item.attempts, SHORTEST, LONGEST))
        unchanged = {"due_time": item.due_time, "attempts": item.attempts}
        key = {"kind": item.kind, "id": item.id}
        try:
            await self._db.run(_run, _PUT_OFF, {**key, **unchanged, "later": later})
        except AWAY as error:
            logger.warning("a step could not be put off", error=str(error), **_of(item))

    # --- errands

    async def _start_errands(self, group: asyncio.TaskGroup) -> bool:
        """Starts the errands that are due, as many as there is room for."""
        room = ERRANDS - self._running
        if not self._errands or not room:
            return False
        until = now() + timedelta(seconds=self._lease)
        claim = {"kinds": list(self._errands), "now": now(), "until": until, "most": room}
        found = await self._db.run(_claim, claim)
        for item in found:
            self._running += 1
            group.create_task(self._do_errand(item, until))
        return False  # each one that ends looks again

    async def _do_errand(self, item: Due, lease: datetime) -> None:
        try:
            with self._acting(item.organization, item.kind):
                await self._attempt(item, lease)
        except AWAY as error:
            # The lease runs out by itself.
            logger.warning("an errand has to wait", error=str(error), **_of(item))
        except Exception:  # noqa: BLE001 - whatever it is, the rest goes on
            logger.exception("an errand could not be settled", **_of(item))
        finally:
            self._running -= 1
            self._db.scheduled.set()

    async def _attempt(self, item: Due, lease: datetime) -> None:
        key = {"kind": item.kind, "id": item.id, "lease": lease}
        # The claim counted this attempt; scheduling anew meanwhile has set it back to zero.
        mine = {**key, "attempts": item.attempts + 1}
        try:
            async with asyncio.timeout(self._lease * TIMELY):
                await self._errands[item.kind](self._db, item)
        except asyncio.CancelledError:
            await self._db.run(_settle, _GIVE_BACK, mine, key)
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the rest goes on
            later = now() + timedelta(seconds=pause(item.attempts, SHORTEST, LONGEST))
            await self._db.run(_settle, _RETRY, {**mine, "later": later}, key)
            logger.exception("an errand failed", **_of(item))
        else:
            await self._db.run(_settle, _FINISH, mine, key)

    @contextmanager
    def _acting(self, organization: uuid.UUID | None, what: str) -> Iterator[None]:
        who = SYSTEM(self._db.name)
        with (
            within(organization),
            acting(who),
            telemetry.following(""),
            spans.here(f"do {what}", spans.INTERNAL),
        ):
            yield


_time = TIMESTAMP(timezone=True)
_key = (due.c.kind == sa.bindparam("kind"), due.c.id == sa.bindparam("id"))
_now = sa.bindparam("now", type_=_time)
_open = (
    due.c.kind == sa.any_(sa.bindparam("kinds", type_=ARRAY(sa.Text))),
    due.c.due_time <= _now,
    sa.or_(due.c.lease_time.is_(None), due.c.lease_time < _now),
)
_next = sa.select(due).where(*_open).order_by(due.c.due_time).limit(sa.bindparam("most"))
_LOOK = sql(_next)
_LOCK = sql(sa.select(due).where(*_key, due.c.due_time <= _now).with_for_update(skip_locked=True))
_DONE = sql(sa.delete(due).where(*_key))
_later = sa.bindparam("later", type_=_time)
_PUT_OFF = sql(
    sa.update(due)
    .where(
        *_key,
        due.c.due_time == sa.bindparam("due_time"),
        due.c.attempts == sa.bindparam("attempts"),
    )
    .values({"due_time": _later, "attempts": due.c.attempts + 1})
)

_claimed = _next.with_for_update(skip_locked=True).cte("claimed")
_CLAIM = sql(
    sa.update(due)
    .where(due.c.kind == _claimed.c.kind, due.c.id == _claimed.c.id)
    .values(lease_time=sa.bindparam("until", type_=_time), attempts=due.c.attempts + 1)
    .returning(due.c.kind, due.c.organization, due.c.id, due.c.due_time, _claimed.c.attempts)
)
_leased = (*_key, due.c.lease_time == sa.bindparam("lease"))
_mine = (*_leased, due.c.attempts == sa.bindparam("attempts"))
_FINISH = sql(sa.delete(due).where(*_mine))
_RETRY = sql(sa.update(due).where(*_mine).values({"lease_time": None, "due_time": _later}))
_GIVE_BACK = sql(sa.update(due).where(*_mine).values(lease_time=None, attempts=due.c.attempts - 1))
_RELEASE = sql(sa.update(due).where(*_leased).values(lease_time=None))


async def _look(tx: Tx, params: dict[str, Any]) -> list[Due]:
    return [_due(row) for row in await tx.all(_LOOK, **params)]


async def _claim(tx: Tx, params: dict[str, Any]) -> list[Due]:
    return [_due(row) for row in await tx.all(_CLAIM, **params)]


async def _run(tx: Tx, statement: Any, params: dict[str, Any]) -> int:
    return await tx.run(statement, **params)


async def _settle(tx: Tx, end: Any, mine: dict[str, Any], key: dict[str, Any]) -> None:
    """Ends an errand; one that was scheduled anew meanwhile is only let go."""
    if not await tx.run(end, **mine):
        await tx.run(_RELEASE, **key)


async def _purge(db: Database) -> None:
    await db.run(once.purge)


def _due(row: Any) -> Due:
    return Due(row.kind, row.organization, row.id, row.due_time, row.attempts)


def _of(item: Due) -> dict[str, Any]:
    """What a line in the log says about an item."""
    return {"kind": item.kind, "id": str(item.id), "attempts": item.attempts}
