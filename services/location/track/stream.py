"""One `Track` stream: positions in, and back what the person wants to know.

A reader takes frames as they come, a few ahead and no more, so a device that sends faster than
the disk takes is held back by its own connection. Whatever has come when one commit is done is
answered in one frame.
"""

from __future__ import annotations

import asyncio
import enum
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from services.kit import errors, validate
from services.kit.wire import duration
from services.location.events.domain import Event
from services.location.journeys import wire as journeys
from services.location.journeys.domain import LASTING, Expected, Journey, JourneyOver, State, aged
from services.location.live.live import Live
from services.location.pacing import Limits, Pacer
from services.location.track import domain, wire
from services.location.track.actions import Entry
from services.location.track.ingest import Ingest
from turnout.location.v1 import location_pb2

AHEAD = 4  # frames that are read before they are kept

Frame = location_pb2.TrackRequest
Report = location_pb2.TrackRequest.Report
Answer = location_pb2.TrackResponse
PULSE = Answer.Pulse()
# Seconds after its time that an alarm looks: timers may be early by a little.
ROUND = 0.005


class Signal(enum.Enum):
    """What a stream hears beside frames."""

    # The device has said all.
    DONE = enum.auto()
    # The journey may be over.
    LOOK = enum.auto()


# A frame, a signal, the journey as it was settled, or why there are no more frames.
Item = Frame | Signal | Journey | Exception


class Items:
    """What a stream hears until it comes to it, in order. One reads, and one waits for it."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._waiting: asyncio.Future[None] | None = None

    @property
    def full(self) -> bool:
        """Whether so much waits that no frame is to be read now."""
        return len(self._items) >= AHEAD

    def add(self, item: Item) -> None:
        self._items.append(item)
        self._wake()

    async def room(self) -> None:
        """Waits until it is not full."""
        while self.full:
            await self._woken()

    async def all(self) -> list[Item]:
        """Takes what there is, as soon as there is something."""
        while not self._items:
            await self._woken()
        taken, self._items = self._items, []
        self._wake()
        return taken

    async def _woken(self) -> None:
        # Never both: nobody waits for something while it is full, nor for room in what is empty.
        self._waiting = asyncio.get_running_loop().create_future()
        await self._waiting

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


def opened(frame: Frame | None) -> str:
    """The name in the first frame."""
    if frame is None or frame.WhichOneof("frame") != "open":
        # Reports are looked at where they are read, which this one is not.
        if frame is not None and (found := validate.check(frame)):
            raise errors.InvalidFields(tuple(found))
        raise domain.BadFrame("open", "must be the first frame")
    return frame.open.name


class Track:
    """A stream of one device, after its first frame."""

    def __init__(
        self,
        live: Live,
        ingest: Ingest,
        reread: Callable[[], Awaitable[Journey]],
        now: Callable[[], datetime],
        limits: Limits,
    ) -> None:
        self._live = live
        self._ingest = ingest
        self._reread = reread
        self._now = now
        self._pacer = Pacer(limits)
        self._limits = limits
        self._items = Items()
        self._alarm: asyncio.TimerHandle | None = None
        self._quiet_since = time.monotonic()
        self._pace: timedelta | None = None
        # What was left in the battery when the device last said so, of 100.
        self._battery = 100
        self._told: Expected | None = None
        # The journey that the device was last told of.
        self._known: Journey | None = None
        self._kept_through = 0

    async def answers(
        self, frames: AsyncIterator[Frame], journey: Journey, event: Event
    ) -> AsyncGenerator[Answer]:
        """Answers until the device has said all or the journey is over."""
        reader = (await self._live.tasks()).create_task(self._read(frames))
        self._kept_through = journey.kept_through
        try:
            with (
                self._live.tracking(journey.name, self._look),
                self._ingest.hearing(journey.name, self._hear),
            ):
                self._wind(journey)
                async for answer in self._converse(journey, event):
                    self._pacer.before()
                    yield answer
                    self._pacer.after()
        finally:
            reader.cancel()
            if self._alarm is not None:
                self._alarm.cancel()

    async def _read(self, frames: AsyncIterator[Frame]) -> None:
        items = self._items
        try:
            async for frame in frames:
                if items.full:
                    await items.room()
                items.add(frame)
            items.add(Signal.DONE)
        except Exception as error:  # noqa: BLE001 - it is the stream's to answer
            items.add(error)

    def _look(self) -> None:
        # A stream with a lot to do finds out by what that is.
        if not self._items.full:
            self._items.add(Signal.LOOK)

    def _hear(self, journey: Journey) -> None:
        if not self._items.full:
            self._items.add(journey)

    # --- a look when nothing came for a while

    def _wind(self, journey: Journey) -> None:
        """Sets the alarm: to the next pulse, the end of the stream, or that of the consent."""
        left = (journey.expire_time - self._now()).total_seconds()
        quiet = time.monotonic() - self._quiet_since
        seconds = max(0.0, min(self._limits.pulse - quiet, self._pacer.left(), left))
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(seconds + ROUND, self._ring, journey)

    def _ring(self, journey: Journey) -> None:
        quiet = time.monotonic() - self._quiet_since
        if quiet < self._limits.pulse and self._pacer.left() and journey.lasts(self._now()):
            self._wind(journey)
        else:
            self._alarm = None
            self._look()

    async def _converse(self, journey: Journey, event: Event) -> AsyncIterator[Answer]:
        for answer in self._news(journey, event):
            yield answer
        done = not journey.lasts(self._now())
        while not done:
            items = await self._next()
            journey, stop = await self._take(journey, items)
            for answer in self._news(journey, event):
                yield answer
            if isinstance(stop, Exception):
                raise stop
            done = stop is Signal.DONE or not journey.lasts(self._now())
            if self._alarm is None:
                self._wind(journey)

    async def _next(self) -> list[Item]:
        """What has come, all of it."""
        items = await self._items.all()
        self._pacer.check()
        self._quiet_since = time.monotonic()
        return items

    async def _take(
        self, journey: Journey, items: Sequence[Item]
    ) -> tuple[Journey, Signal | Exception | None]:
        """Keeps what came; gives the journey after it, and why the stream ends if it does."""
        for item in items:
            if isinstance(item, Journey):
                journey = item
        entries, stop = self._entries(journey, items)
        kept = await self._ingest.all([entry for entry, _ in entries])
        for (_, frame), answer in zip(entries, kept, strict=True):
            if isinstance(answer, Exception):
                return await self._refused(journey, frame, answer)
            journey, self._kept_through = answer.journey, answer.kept_through
        if Signal.LOOK in items:
            journey = await self._reread()
            self._kept_through = journey.kept_through
        return journey, stop

    def _entries(
        self, journey: Journey, items: Sequence[Item]
    ) -> tuple[list[tuple[Entry, Report]], Signal | Exception | None]:
        """The reports up to the first item that ends the stream, and that item."""
        found: list[tuple[Entry, Report]] = []
        for item in items:
            if isinstance(item, Exception) or item is Signal.DONE:
                return found, item
            if isinstance(item, Frame):
                try:
                    found.append((told(journey, item), item.report))
                except errors.Refusal as refusal:
                    return found, refusal
        return found, None

    async def _refused(
        self, journey: Journey, frame: Report, refusal: Exception
    ) -> tuple[Journey, Exception | None]:
        if isinstance(refusal, JourneyOver):
            journey = await self._reread()
            self._kept_through = journey.kept_through
            return journey, None if not journey.lasts(self._now()) else refusal
        if isinstance(refusal, domain.BadReport):
            refusal = wire.in_frame(refusal, frame)
        return journey, refusal

    def _news(self, journey: Journey, event: Event) -> list[Answer]:
        """What to tell: at least how far the positions are on disk."""
        now = self._now()
        if not journey.lasts(now):
            return self._farewell(journey, now)
        if journey is self._known:
            return [Answer(pulse=PULSE, kept_through=self._kept_through)]
        self._known = journey
        found = []
        distance = journey.expected.distance if journey.expected else None
        newest = journey.newest
        if newest is not None and newest.battery >= 0:
            self._battery = newest.battery
        pace = domain.pace(distance, event.radius, journey.rate, self._battery, edge=journey.edge)
        if pace != self._pace:
            self._pace = pace
            found.append(Answer(pace=Answer.Pace(interval=duration(pace))))
        expected = aged(journey, now)
        if domain.differs(self._told, expected, journey.rate, now):
            self._told = expected
            arrival = journeys.arrival(journey, now)
            found += [Answer(arrival=arrival)] if arrival else []
        if not found:
            found.append(Answer(pulse=PULSE))
        for answer in found:
            answer.kept_through = self._kept_through
        return found

    def _farewell(self, journey: Journey, now: datetime) -> list[Answer]:
        state = State.EXPIRED if journey.state in LASTING else journey.state
        end = Answer(end=Answer.End(state=journeys.STATES[state]), kept_through=self._kept_through)
        arrival = journeys.arrival(journey, now)
        if arrival is None:
            return [end]
        return [Answer(arrival=arrival, kept_through=self._kept_through), end]


def told(journey: Journey, frame: Frame) -> Entry:
    """The report in a frame; refuses every other frame."""
    kind = frame.WhichOneof("frame")
    if kind == "open":
        raise domain.BadFrame("open", "must be the first frame only")
    if kind is None:
        raise domain.BadFrame("frame", "must hold a report")
    return Entry(journey.name, wire.reported(frame))
