"""A tracker: streams positions of one journey, and loses none however often the line breaks.

What was not acknowledged is kept and told again, so a position is on disk once: the service
takes each number once. Knows the contract and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from turnout.location.v1 import location_pb2, location_pb2_grpc

Position = location_pb2.Position
Frame = location_pb2.TrackRequest

# What passes: the line broke, the server stopped or wants the stream elsewhere.
PASSING = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}
SHORTEST, LONGEST = 0.05, 5.0  # seconds between two tries
MOST = 500  # positions in one report, as the contract has it


class Lost(Exception):
    """The service forgot positions that it had acknowledged."""


class Tracker:
    """Tells positions as they are added: `async with Tracker(…) as t: await t.add(position)`.

    `batch` is how many go into one report at the most, `linger` how many seconds a report waits
    to fill, and `ahead` how many positions may be under way before the next report waits. With
    `obey_pace`, positions that come sooner than the service wants them are left out. `heard`
    gets each arrival that the service expects.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        journey: str,
        metadata: Sequence[tuple[str, str]] = (),
        *,
        heard: Callable[[location_pb2.Arrival], None] | None = None,
        batch: int = 100,
        linger: float = 0.2,
        ahead: int = 2000,
        obey_pace: bool = False,
    ) -> None:
        self._stub: Any = location_pb2_grpc.LocationServiceStub(channel)
        self._journey = journey
        self._metadata = tuple(metadata)
        self._heard = heard
        self._batch = min(batch, MOST)
        self._linger = linger
        self._ahead = ahead
        self._obey_pace = obey_pace
        # What is not acknowledged yet; the first of them has the number after `acknowledged`.
        self._waiting: deque[Position] = deque()
        self._sending = 0  # how many of those are under way
        self._base: int | None = None  # what was on disk when this tracker began
        self._answered = asyncio.Event()  # … on the stream that is open
        self._changed = asyncio.Event()
        self._hurry = False
        self._failures = 0
        self._task: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self.sent = 0
        self.dropped = 0  # positions that the service refused, one by one
        self.skipped = 0  # positions that came sooner than the service wanted
        self.reconnects = 0
        self.kept_through = 0
        self.arrival: location_pb2.Arrival | None = None
        self.pace: float | None = None
        # `ARRIVED`, `EXPIRED` or `WITHDRAWN`, once the journey is over.
        self.ended = ""
        self._last_capture: float | None = None

    @property
    def acknowledged(self) -> int:
        """How many positions of this tracker are on disk."""
        return self.kept_through - (self._base or 0)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def add(self, position: Position) -> bool:
        """Has a position told. False when it is not wanted: too soon, or the journey is over."""
        self._check()
        if self.ended:
            return False
        captured = position.capture_time.ToNanoseconds() / 1e9
        if self._too_soon(captured):
            self.skipped += 1
            return False
        self._last_capture = captured
        self._waiting.append(position)
        self._signal()
        return True

    async def drain(self) -> None:
        """Waits until all is acknowledged, or the journey is over; raises what cannot pass."""
        self._hurry = True
        self._signal()
        while self._waiting and not self.ended:
            self._check()
            await self._change()
        self._check()
        self._hurry = False

    def _too_soon(self, captured: float) -> bool:
        if not self._obey_pace or self.pace is None or self._last_capture is None:
            return False
        return 0 <= captured - self._last_capture < 0.9 * self.pace

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _signal(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _change(self) -> None:
        await self._changed.wait()

    # --- streams

    async def _run(self) -> None:
        """Opens one stream after the other until the journey is over."""
        try:
            while not self.ended:
                try:
                    await self._stream()
                except grpc.aio.AioRpcError as error:
                    self._survive(error)
                if not self.ended:
                    await self._pause()
        except Exception as error:  # noqa: BLE001 - whoever adds or drains gets it
            self._failure = error
        finally:
            self._signal()

    async def _stream(self) -> None:
        self._sending = 0
        self._answered = asyncio.Event()
        call = self._stub.Track(metadata=self._metadata)
        writer = asyncio.create_task(self._write(call))
        try:
            while (answer := await call.read()) is not grpc.aio.EOF:
                self._hear(answer)
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            call.cancel()

    async def _write(self, call: Any) -> None:
        """Writes reports; how the stream ends is the reader's to find out."""
        with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            await call.write(Frame(open=Frame.Open(name=self._journey)))
            await self._answered.wait()
            while True:
                await self._until_there_is_something()
                first = self.kept_through + self._sending + 1
                part = self._next()
                self._sending += len(part)
                self.sent = max(self.sent, self.acknowledged + self._sending)
                report = Frame.Report(first_sequence=first, positions=part)
                await call.write(Frame(report=report))

    async def _until_there_is_something(self) -> None:
        while self._sending >= min(len(self._waiting), self._ahead):
            await self._change()
        if len(self._waiting) - self._sending < self._batch and not self._hurry:
            await asyncio.sleep(self._linger)

    def _next(self) -> list[Position]:
        begin = self._sending
        end = min(len(self._waiting), begin + self._batch)
        return [self._waiting[index] for index in range(begin, end)]

    def _hear(self, answer: location_pb2.TrackResponse) -> None:
        self._failures = 0
        kind = answer.WhichOneof("frame")
        if kind == "end":
            self.ended = location_pb2.Journey.State.Name(answer.end.state).removeprefix("STATE_")
        self._acknowledge(answer.kept_through)
        if kind == "pace":
            self.pace = answer.pace.interval.ToNanoseconds() / 1e9
        elif kind == "arrival":
            self.arrival = answer.arrival
            if self._heard is not None:
                self._heard(answer.arrival)
        self._answered.set()
        self._signal()

    def _acknowledge(self, kept_through: int) -> None:
        if self._base is None:
            self._base = self.kept_through = kept_through
        if self.ended == "WITHDRAWN":
            return  # what is forgotten was not lost
        if kept_through < self.kept_through:
            raise Lost(f"{self.kept_through} positions were on disk, now {kept_through} are")
        for _ in range(min(kept_through - self.kept_through, len(self._waiting))):
            self._waiting.popleft()
        self._sending = max(0, self._sending - (kept_through - self.kept_through))
        self.kept_through = kept_through

    # --- when a stream breaks

    def _survive(self, error: grpc.aio.AioRpcError) -> None:
        """Raises what does not pass."""
        self.reconnects += 1
        reason, field = _reason(error)
        if reason == "BAD_REPORT" and self._drop(field):
            self._failures = -1  # nothing to wait for
            return
        # The server kept less than was sent before the stream broke; its first frame says how much.
        if error.code() not in PASSING and reason != "SEQUENCE_GAP":
            raise error

    def _drop(self, field: str) -> bool:
        """Leaves out the one position that the service will not have."""
        found = re.fullmatch(r"report\.positions\[(\d+)\]\..*", field)
        if found is None:
            return False
        # Everything before the refused report was acknowledged before it was refused.
        index = min(int(found[1]), len(self._waiting) - 1)
        del self._waiting[index]
        self.dropped += 1
        return True

    async def _pause(self) -> None:
        self._failures += 1
        if not self._failures:
            return
        seconds = min(LONGEST, SHORTEST * 2 ** (self._failures - 1))
        await asyncio.sleep(seconds * random.uniform(0.5, 1.0))


def _reason(error: grpc.aio.AioRpcError) -> tuple[str, str]:
    """The reason of a refusal and the field it is about; empty if it has none."""
    with contextlib.suppress(ValueError):
        status = rpc_status.from_call(error)  # type: ignore[arg-type]
        for detail in status.details if status else ():
            info = error_details_pb2.ErrorInfo()
            if detail.Unpack(info):
                return info.reason, info.metadata.get("field", "")
    return "", ""
