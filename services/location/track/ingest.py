"""The group commit: all reports that come while one commit is under way go into the next.

One row per report and one transaction for whatever waits, of however many journeys, so that the
busier it is the less a report costs; alone, a report is a batch of one and waits for nobody.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime

from services.kit import errors
from services.kit.caller import SYSTEM, acting
from services.kit.db import Database
from services.kit.gather import Gather
from services.kit.log import logger
from services.kit.names import Name
from services.kit.tenant import within
from services.location.track import actions
from services.location.track.actions import Entry, Kept

# Turns of streams in one commit; each is a few reports at the most.
MOST = 256
# Each stream has one turn at a time, so their number bounds this already.
WAITING = 2**20

Outcome = Kept | Exception


class Ingest:
    """Says what became of reports, once that is on disk.

    `changed` is told which events there is news of.
    """

    def __init__(
        self, db: Database, now: Callable[[], datetime], changed: Callable[[Name], None]
    ) -> None:
        self._db = db
        self._now = now
        self._changed = changed
        self._gather: Gather[str, Sequence[Entry], Sequence[Outcome]] = Gather(
            self._keep_all, most=MOST, waiting=WAITING
        )

    async def one(self, entry: Entry) -> Kept:
        """Keeps a report, or raises why not."""
        (outcome,) = await self.all([entry])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def all(self, entries: Sequence[Entry]) -> Sequence[Outcome]:
        """Keeps reports in their order, in one commit; raises what hit all of them."""
        return await self._gather("", entries) if entries else ()

    async def close(self) -> None:
        """Waits until everything that came is on disk or refused."""
        await self._gather.close()

    async def _keep_all(
        self, _key: str, groups: list[Sequence[Entry]]
    ) -> Sequence[Sequence[Outcome] | Exception]:
        entries = [entry for group in groups for entry in group]
        outcomes = iter(await self._keep_what_can_be(entries))
        return [list(itertools.islice(outcomes, len(group))) for group in groups]

    async def _keep_what_can_be(self, entries: Sequence[Entry]) -> Sequence[Outcome]:
        try:
            outcomes = await self._keep(entries)
        except errors.Refusal:
            raise
        except Exception:
            if len(entries) == 1:
                raise
            # Whatever one of them has, the others shall not have it too.
            logger.exception("a group commit failed; trying its reports alone")
            outcomes = [await self._keep_alone(entry) for entry in entries]
        for event in {outcome.event.name for outcome in outcomes if isinstance(outcome, Kept)}:
            self._changed(event)
        return outcomes

    async def _keep_alone(self, entry: Entry) -> Outcome:
        try:
            return (await self._keep([entry]))[0]
        except Exception as error:  # noqa: BLE001 - who sent the report gets it
            return error

    async def _keep(self, entries: Sequence[Entry]) -> Sequence[Outcome]:
        with within(None), acting(SYSTEM("location")):
            return await self._db.run(actions.keep, entries, self._now())
