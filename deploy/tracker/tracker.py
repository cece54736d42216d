"""A tracker: streams positions of one journey, and loses none however often the line breaks.

What was not acknowledged is kept and told again, so a position is on disk once: the service
takes each number once. Knows the contract and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import random
import re
from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Any, Self

import grpc
from google.rpc import error_details_pb2, status_pb2

from deploy.tracker.shelf import Shelf
from turnout.location.v1 import location_pb2, location_pb2_grpc

Position = location_pb2.Position
Frame = location_pb2.TrackRequest
Metadata = Sequence[tuple[str, str]]

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
SHORTEST, LONGEST = 0.05, 10.0  # seconds between two tries
MOST = 500  # positions in one report, as the contract has it
SILENCE = 60.0  # seconds; the service is heard of every 20
UNKNOWN = -1.0  # a speed or a bearing, in columns
SUNKEN = -1000.0  # an altitude that the device does not know

# By this the edge knows what a stream is about before it has seen a frame (AIP-4222).
ROUTING = "x-goog-request-params"

# A phone changes its network without telling anybody, and is back before the line is missed.
OPTIONS = (
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 10_000),
)


class Lost(Exception):
    """The service forgot positions that it had acknowledged."""


@contextlib.asynccontextmanager
async def opened(address: str, *, tls: bool = False) -> AsyncIterator[grpc.aio.Channel]:
    """A channel that finds out soon when the line is dead."""
    if tls:
        credentials = grpc.ssl_channel_credentials()
        channel = grpc.aio.secure_channel(address, credentials, options=OPTIONS)
    else:
        channel = grpc.aio.insecure_channel(address, options=OPTIONS)
    async with channel:
        yield channel


class Tracker:
    """Tells positions as they are added: `async with Tracker(…) as t: await t.add(position)`.

    With a `file`, what was added outlives the app until it is acknowledged; one file is about one
    journey. `batch` is how many go into one report at the most, `linger` how many seconds a
    report waits to fill, and `ahead` how many positions may be under way before the next report
    waits. With `obey_pace`, positions that come sooner than the service wants them are left out.
    With the name of the `event`, the stream goes to the process that has the event at hand.
    `metadata` may be a function that gives it for each stream, such as with a fresh token.
    `heard` gets each arrival that the service expects.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        journey: str,
        metadata: Metadata | Callable[[], Metadata] = (),
        *,
        file: pathlib.Path | None = None,
        heard: Callable[[location_pb2.Arrival], None] | None = None,
        batch: int = 100,
        linger: float = 0.2,
        ahead: int = 2000,
        obey_pace: bool = False,
        event: str = "",
    ) -> None:
        self._stub: Any = location_pb2_grpc.LocationServiceStub(channel)
        self._journey = journey
        self._metadata = metadata
        self._about = (ROUTING, f"event={event}" if event else f"name={journey}")
        self._heard = heard
        self._batch = min(batch, MOST)
        self._linger = linger
        self._ahead = ahead
        self._obey_pace = obey_pace
        # What is not acknowledged yet; the first of them has the number after `kept_through`.
        self._waiting = Shelf(file)
        self._sending = 0  # how many of those are under way
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
        """How many positions of this tracker, or of those before it with this file, are on disk."""
        return self._waiting.gone

    @property
    def waiting(self) -> int:
        """How many positions are not acknowledged yet."""
        return len(self._waiting)

    async def __aenter__(self) -> Self:
        await self._waiting.open(self._journey)
        self.kept_through = (self._waiting.base or 0) + self._waiting.gone
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
        await self._waiting.close()

    async def add(self, position: Position) -> bool:
        """Has a position told; with a file, returns when it is in it.

        False when it is not wanted: too soon, or the journey is over.
        """
        self._check()
        if self.ended:
            return False
        captured = position.capture_time.ToNanoseconds() / 1e9
        if self._too_soon(captured):
            self.skipped += 1
            return False
        self._last_capture = captured
        await self._waiting.put(position.SerializeToString())
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
                    await self._survive(error)
                except TimeoutError:
                    self.reconnects += 1
                if not self.ended:
                    await self._pause()
        except Exception as error:  # noqa: BLE001 - whoever adds or drains gets it
            self._failure = error
        finally:
            self._signal()

    async def _stream(self) -> None:
        self._sending = 0
        self._answered = asyncio.Event()
        metadata = self._metadata() if callable(self._metadata) else self._metadata
        call = self._stub.Track(metadata=(*metadata, self._about))
        writer = asyncio.create_task(self._write(call))
        try:
            while True:
                async with asyncio.timeout(SILENCE):
                    answer = await call.read()
                if answer is grpc.aio.EOF:
                    return
                await self._hear(answer)
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
                end = self._sending + self._batch
                part = [Position.FromString(p) for p in self._waiting.part(self._sending, end)]
                self._sending += len(part)
                self.sent = max(self.sent, self.acknowledged + self._sending)
                await call.write(Frame(report=report(first, part)))

    async def _until_there_is_something(self) -> None:
        while self._sending >= min(len(self._waiting), self._ahead):
            await self._change()
        if len(self._waiting) - self._sending < self._batch and not self._hurry:
            await asyncio.sleep(self._linger)

    async def _hear(self, answer: location_pb2.TrackResponse) -> None:
        self._failures = 0
        kind = answer.WhichOneof("frame")
        if kind == "end":
            self.ended = location_pb2.Journey.State.Name(answer.end.state).removeprefix("STATE_")
        await self._acknowledge(answer.kept_through)
        if kind == "pace":
            self.pace = answer.pace.interval.ToNanoseconds() / 1e9
        elif kind == "arrival":
            self.arrival = answer.arrival
            if self._heard is not None:
                self._heard(answer.arrival)
        self._answered.set()
        self._signal()

    async def _acknowledge(self, kept_through: int) -> None:
        waiting = self._waiting
        if waiting.base is None:
            # Nothing was told yet, so what is on disk is not ours.
            await waiting.begin(kept_through - waiting.gone)
        if self.ended == "WITHDRAWN":
            return  # what is forgotten was not lost
        known = (waiting.base or 0) + waiting.gone
        if kept_through < known:
            raise Lost(f"{known} positions were on disk, now {kept_through} are")
        waiting.acknowledge(kept_through - known)
        self._sending = max(0, self._sending - (kept_through - known))
        self.kept_through = kept_through

    # --- when a stream breaks

    async def _survive(self, error: grpc.aio.AioRpcError) -> None:
        """Raises what does not pass."""
        self.reconnects += 1
        reason, field = _reason(error)
        if reason == "BAD_REPORT" and await self._drop(field):
            self._failures = -1  # nothing to wait for
            return
        stale = error.code() is grpc.StatusCode.UNAUTHENTICATED and callable(self._metadata)
        # The server kept less than was sent before the stream broke; its first frame says how much.
        if error.code() not in PASSING and reason != "SEQUENCE_GAP" and not stale:
            raise error

    async def _drop(self, field: str) -> bool:
        """Leaves out the one position that the service will not have."""
        found = re.fullmatch(r"report\.(?:positions|columns\.\w+)\[(\d+)\].*", field)
        if found is None or not self._waiting:
            return False
        # Everything before the refused report was acknowledged before it was refused.
        await self._waiting.leave_out(min(int(found[1]), len(self._waiting) - 1))
        self.dropped += 1
        return True

    async def _pause(self) -> None:
        self._failures += 1
        if not self._failures:
            return
        seconds = min(LONGEST, SHORTEST * 2 ** min(20, self._failures - 1))
        await asyncio.sleep(seconds * random.uniform(0.5, 1.0))


def report(first: int, positions: Sequence[Position]) -> location_pb2.TrackRequest.Report:
    """A report of these positions: as columns, which is cheaper by far, if they say as much."""
    if any(position.capture_time.nanos % 1_000_000 for position in positions):
        return Frame.Report(first_sequence=first, positions=positions)
    base = positions[0].capture_time.ToMilliseconds()
    columns = location_pb2.Columns(
        base_time_ms=base,
        time_offsets_ms=[p.capture_time.ToMilliseconds() - base for p in positions],
        latitudes_e7=[round(p.location.latitude * 1e7) for p in positions],
        longitudes_e7=[round(p.location.longitude * 1e7) for p in positions],
        horizontal_accuracies_meters=[p.horizontal_accuracy_meters for p in positions],
        speeds_meters_per_second=[
            p.speed_meters_per_second if p.HasField("speed_meters_per_second") else UNKNOWN
            for p in positions
        ],
        bearings_degrees=[
            p.bearing_degrees if p.HasField("bearing_degrees") else UNKNOWN for p in positions
        ],
    )
    _add_more(columns, positions)
    return Frame.Report(first_sequence=first, columns=columns)


def _add_more(columns: location_pb2.Columns, positions: Sequence[Position]) -> None:
    """What most do not know costs nothing where nobody does."""
    if any(p.HasField("altitude_meters") for p in positions):
        columns.altitudes_meters.extend(
            p.altitude_meters if p.HasField("altitude_meters") else SUNKEN for p in positions
        )
    if any(p.HasField("battery_percent") for p in positions):
        columns.battery_percents.extend(
            p.battery_percent if p.HasField("battery_percent") else int(UNKNOWN) for p in positions
        )
    if any(p.source for p in positions):
        columns.sources.extend(p.source for p in positions)


def _reason(error: grpc.aio.AioRpcError) -> tuple[str, str]:
    """The reason of a refusal and the field it is about; empty if it has none."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            for detail in status_pb2.Status.FromString(value).details:
                info = error_details_pb2.ErrorInfo()
                if detail.Unpack(info):
                    return info.reason, info.metadata.get("field", "")
    return "", ""
