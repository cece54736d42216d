"""The notes of who looked at whom, written down together every few seconds.

Looking costs nobody a commit of its own. A process that dies takes the notes of a few seconds
along.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from services.kit.caller import SYSTEM, acting
from services.kit.db import Database, Tx
from services.kit.log import logger
from services.kit.names import Name
from services.kit.tenant import within
from services.location.views import store
from services.location.views.domain import ALL, Look, Noted, hour_of

EVERY = 1.0  # seconds
# Until when those look who go on looking is written down less often: a thousand viewers are a
# thousand rows.
GOES_ON = 15.0  # seconds
# Notes that wait while the database is away; what comes on top is lost.
MOST = 100_000


class Looks:
    """Takes notes. `run` must be running for them to be written down."""

    def __init__(self, db: Database, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now
        # By who looked at what, and the hour.
        self._noted: dict[tuple[Look, datetime], Noted] = {}
        self._open: Counter[Look] = Counter()

    def at_event(self, event: Name, viewer: str, distance: int) -> None:
        """Somebody was shown who is on the way to an event."""
        self._note(Look(event.organization, event.id, ALL, viewer, distance), 1)

    def at_all(self, look: Look) -> None:
        """Somebody was shown journeys of whatever events."""
        self._note(look, 1)

    def at_one(self, journey: Name, event: Name, viewer: str) -> None:
        """Somebody was shown one journey."""
        self._note(Look(journey.organization, event.id, journey.id, viewer, 0), 1)

    @contextlib.contextmanager
    def watching(self, look: Look) -> Iterator[None]:
        """Somebody looks for as long as the block lasts."""
        self._note(look, 1)
        self._open[look] += 1
        try:
            yield
        finally:
            self._note(look, 0)
            self._open[look] -= 1
            if not self._open[look]:
                del self._open[look]

    async def run(self) -> None:
        """Writes down what was noted, until it is cancelled."""
        noted = time.monotonic()
        try:
            while True:
                await asyncio.sleep(EVERY)
                if time.monotonic() - noted >= GOES_ON:
                    noted = time.monotonic()
                    for look in list(self._open):
                        self._note(look, 0)
                await self._flush()
        finally:
            await asyncio.shield(self._flush())

    def _note(self, look: Look, times: int) -> None:
        now = self._now()
        key = look, hour_of(now)
        known = self._noted.get(key)
        if known is not None:
            self._noted[key] = known.again(now, times)
        elif len(self._noted) < MOST:
            self._noted[key] = Noted(now, now, times)

    async def _flush(self) -> None:
        if not self._noted:
            return
        noted, self._noted = self._noted, {}
        by_hour: dict[datetime, dict[Look, Noted]] = {}
        for (look, hour), one in noted.items():
            by_hour.setdefault(hour, {})[look] = one
        try:
            for some in by_hour.values():
                with within(None), acting(SYSTEM("location")):
                    await self._db.run(_write, some)
        except Exception as error:  # noqa: BLE001 - tried again in a moment
            logger.warning("who looked could not be written down", error=repr(error))
            self._noted = noted | self._noted


async def _write(tx: Tx, noted: dict[Look, Noted]) -> None:
    await tx.take_part({look.organization for look in noted})
    await store.note(tx, noted)
