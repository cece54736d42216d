"""The group commit: all reports that come while one commit is under way go into the next.

One row per report and one transaction for whatever waits, of however many journeys, so that the
busier it is the less a report costs; alone, a report is a batch of one and waits for nobody. There
are two lanes, so that reports of some are read while those of the others are being written.
What far-away reports mean for the arrival is worked out once a second and journey, and told to
whoever listens; see `track.domain.Passage`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from services.kit import errors
from services.kit.caller import SYSTEM, acting
from services.kit.db import Database
from services.kit.gather import Gather
from services.kit.log import logger
from services.kit.names import Name
from services.kit.patience import AWAY, Patience
from services.kit.tenant import within
from services.location.journeys.domain import Journey
from services.location.roads.roads import Roads
from services.location.track import actions
from services.location.track.actions import Batch, Entry, Kept
from services.location.track.crowd import Crowd

# Turns of streams in one commit; each is a few reports at the most.
MOST = 256
# Commits under way at once: each journey has its lane.
LANES = 2
# Journeys that are settled in one commit because it is time, so that no report waits for many.
SETTLED = 32
# Each stream has one turn at a time, so their number bounds this already.
WAITING = 2**20
# Seconds between two looks for what is to be settled, and to be forgotten.
TICK, SWEEP = 0.2, 60.0

Outcome = Kept | Exception
Hear = Callable[[Journey], None]


class Ingest:
    """Says what became of reports, once that is on disk.

    `changed` is told which events there is news of. With `roads`, who is under way is estimated
    by the way that is left by road, where that is known. `run` must be running.
    """

    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        changed: Callable[[Name], None],
        roads: Roads | None = None,
    ) -> None:
        self._db = db
        self._now = now
        self._changed = changed
        self._roads = roads
        self._crowd = Crowd()
        self._listeners: dict[Name, set[Hear]] = {}
        self._gather: Gather[int, Sequence[Entry], Sequence[Outcome]] = Gather(
            self._keep_all, most=MOST, waiting=WAITING
        )

    async def run(self) -> None:
        """Settles what is due, until it is cancelled."""
        patience = Patience("settling of journeys")
        swept = self._now()
        while True:
            await asyncio.sleep(TICK)
            now = self._now()
            try:
                await self._settle(self._crowd.due(now))
                patience.fine()
            except AWAY as error:
                await patience.wait(error)
            if (now - swept).total_seconds() > SWEEP:
                swept = now
                self._crowd.sweep(now)

    async def _settle(self, due: Sequence[Name]) -> None:
        for lane in range(LANES):
            mine = [Entry(name, None) for name in due if _lane(name) == lane]
            for begin in range(0, len(mine), SETTLED):
                await self.all(mine[begin : begin + SETTLED])

    @contextlib.contextmanager
    def hearing(self, journey: Name, hear: Hear) -> Iterator[None]:
        """Tells a listener of the journey whenever it was settled, as long as the block lasts."""
        listeners = self._listeners.setdefault(journey, set())
        listeners.add(hear)
        try:
            yield
        finally:
            listeners.discard(hear)
            if not listeners and self._listeners.get(journey) is listeners:
                self._listeners.pop(journey)

    async def one(self, entry: Entry) -> Kept:
        """Keeps a report, or raises why not."""
        (outcome,) = await self.all([entry])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def all(self, entries: Sequence[Entry]) -> Sequence[Outcome]:
        """Keeps reports of one lane, such as those of one journey, in their order, in one commit;
        raises what hit all of them."""
        return await self._gather(_lane(entries[0].journey), entries) if entries else ()

    async def close(self) -> None:
        """Waits until everything that came is on disk or refused."""
        await self._gather.close()

    async def _keep_all(
        self, _lane: int, groups: list[Sequence[Entry]]
    ) -> Sequence[Sequence[Outcome] | Exception]:
        entries = [entry for group in groups for entry in group]
        outcomes = iter(await self._keep_what_can_be(entries))
        return [list(itertools.islice(outcomes, len(group))) for group in groups]

    async def _keep_what_can_be(self, entries: Sequence[Entry]) -> Sequence[Outcome]:
        try:
            return await self._keep(entries)
        except errors.Refusal:
            raise
        except Exception:
            if len(entries) == 1:
                raise
            # Whatever one of them has, the others shall not have it too.
            logger.exception("a group commit failed; trying its reports alone")
            return [await self._keep_alone(entry) for entry in entries]

    async def _keep_alone(self, entry: Entry) -> Outcome:
        try:
            return (await self._keep([entry]))[0]
        except Exception as error:  # noqa: BLE001 - who sent the report gets it
            return error

    async def _keep(self, entries: Sequence[Entry]) -> Sequence[Outcome]:
        now = self._now()
        with within(None), acting(SYSTEM("location")):
            batch = await self._db.run(actions.keep, self._crowd, entries, now)
        self._guide(batch)
        self._crowd.put_back(batch.passages, now)
        self._tell(batch)
        return batch.answers

    def _guide(self, batch: Batch) -> None:
        """Shows the way by road to who is under way, for their next estimate."""
        if self._roads is None:
            return
        for passage in batch.settled:
            known = self._roads.find(passage.journey, passage.event)
            if known is None:
                self._roads.want(passage.journey, passage.event)
            else:
                passage.estimator.guide(known.meters)

    def _tell(self, batch: Batch) -> None:
        for event in {passage.event.name for passage in batch.settled}:
            self._changed(event)
        for passage in batch.settled:
            for hear in self._listeners.get(passage.journey.name, ()):
                hear(passage.journey)


def _lane(journey: Name) -> int:
    """Reports of one journey never overtake each other."""
    return journey.id.int % LANES
