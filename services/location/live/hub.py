"""One hub per watched event: what changed since its viewers looked last, rendered once for all."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.kit.caller import SYSTEM, acting
from services.kit.db import Database, Tx
from services.kit.names import Name
from services.kit.status import ShuttingDown
from services.kit.tenant import within
from services.location.instants import EPOCH
from services.location.journeys.domain import LASTING, Journey
from services.location.live import store, wire
from services.location.live.view import Frame, Traveler, View
from turnout.location.v1 import location_pb2

TICK = 0.2  # seconds between two looks at the least
LOOK = 1.0  # … and at the most
AGE = timedelta(seconds=10)
# Travelers in one frame; 250 bytes each.
MOST = 2000

WITHDRAWN = location_pb2.Journey.STATE_WITHDRAWN


@dataclass
class Seen:
    """What a hub knows of one traveler."""

    journey: Journey
    # The number of the change, and the look at which the hub saw it.
    change: int
    look: int
    traveler: Traveler


class Drawn:
    """A frame; its bytes are made once for all who are shown the same."""

    __slots__ = ("_bytes", "frame")

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._bytes: bytes | None = None

    @property
    def bytes(self) -> bytes:
        if self._bytes is None:
            self._bytes = self.frame.SerializeToString()
        return self._bytes


@dataclass
class Hub:
    """Everybody on the way to one event, as one process knows it."""

    event: Name
    db: Database
    now: Callable[[], datetime]
    viewers: int = 0
    look: int = 0
    horizon: int = 0
    known: dict[Name, Seen] = field(default_factory=dict)
    failure: Exception | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _aged: datetime = EPOCH
    _woken: float = 0.0
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)
    # What was drawn since the last look: by where a viewer goes on from, and the view.
    _snapshots: dict[tuple[int, View], list[Drawn]] = field(default_factory=dict)
    _deltas: dict[tuple[int, View], Drawn] = field(default_factory=dict)

    async def run(self) -> None:
        """Looks whenever there is news, until it is cancelled; a failure goes to the viewers.

        Wakes them once a second at the least, so that none of them needs a clock of its own.
        """
        try:
            while True:
                await self._refresh()
                if time.monotonic() - self._woken >= LOOK:
                    self.wake()
                await asyncio.sleep(TICK)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK - TICK):
                        await self.news.wait()
                self.news.clear()
        except Exception as error:
            self.failure = error
            raise
        finally:
            self.failure = self.failure or ShuttingDown()
            self.wake()

    async def ready(self) -> None:
        """Waits for the first look."""
        while not self.look:
            await self.moved()

    async def moved(self) -> None:
        """Waits until there may be something new; raises what ended the hub."""
        if self.failure is not None:
            raise self.failure
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting
        if self.failure is not None:
            raise self.failure

    def snapshot(self, since: int, view: View) -> list[Drawn]:
        """Everybody, or who changed since a viewer left, in frames that are not too large.

        Only the last one lets a viewer go on from there. Somebody who took the consent back is
        shown to those alone who may have seen them before.
        """
        since = since if since <= self.horizon else 0
        key = since, view
        if key not in self._snapshots:
            self._snapshots[key] = self._snapshot(since, view)
        return self._snapshots[key]

    def _snapshot(self, since: int, view: View) -> list[Drawn]:
        now = self.now()
        found = [
            view.drawn(seen.journey, seen.traveler, now)
            for seen in self.known.values()
            if view.shows(seen.journey)
            and (seen.change >= since if since else seen.traveler.state != WITHDRAWN)
        ]
        parts = [found[at : at + MOST] for at in range(0, len(found), MOST)] or [[]]
        frames = [wire.watched(part, since) for part in parts]
        frames[-1].resume_token = wire.resume_token(self.horizon)
        return [Drawn(frame) for frame in frames]

    def delta(self, look: int, view: View) -> Drawn:
        """Who changed after the look that a viewer has seen. The same one for all who saw it
        and have the same view."""
        key = look, view
        if key not in self._deltas:
            now = self.now()
            changed = [
                view.drawn(seen.journey, seen.traveler, now)
                for seen in self.known.values()
                if seen.look > look and view.shows(seen.journey)
            ]
            self._deltas[key] = Drawn(wire.watched(changed, self.horizon))
        return self._deltas[key]

    async def _refresh(self) -> None:
        with within(self.event.organization), acting(SYSTEM("location")):
            changed, horizon = await self.db.read(_look, self.event, self.horizon)
        now = self.now()
        # What was under way at the last look is read again, and is news only if it changed.
        news = [
            Seen(journey, change, self.look + 1, wire.traveler(journey, now))
            for journey, change in changed
            if journey.name not in self.known or self.known[journey.name].change != change
        ]
        self.known |= {seen.journey.name: seen for seen in news}
        news += self._age(now)
        self.horizon = horizon
        self._snapshots.clear()
        self._deltas.clear()
        if news or not self.look:
            self.look += 1
            self.wake()

    def _age(self, now: datetime) -> list[Seen]:
        """Renders anew, now and then, what looks different by the mere passing of time: who is
        late and silent, or whose time is up."""
        if now - self._aged < AGE:
            return []
        self._aged = now
        found = []
        for seen in self.known.values():
            if seen.journey.state in LASTING:
                rendered = wire.traveler(seen.journey, now)
                if rendered != seen.traveler:
                    seen.look, seen.traveler = self.look + 1, rendered
                    found.append(seen)
        return found

    def wake(self) -> None:
        """Has every viewer look."""
        self._woken = time.monotonic()
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            # Who left meanwhile is cancelled.
            if not one.done():
                one.set_result(None)


async def _look(tx: Tx, event: Name, since: int) -> tuple[list[tuple[Journey, int]], int]:
    return await store.changed(tx, event, since), await store.horizon(tx)
