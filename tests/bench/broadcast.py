"""The baseline of watching: a bare `grpc.aio` server that tells many where others are.

    python -m tests.bench.broadcast PORT

`/bench/Track` takes the frames of `Track` and acknowledges them; `/bench/Watch` gives who moved,
five times a second, in frames like those of `WatchArrivals`, serialised once for all. It keeps
nothing, asks nobody, and looks at no consent.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import uvloop

from turnout.location.v1 import location_pb2

TICK = 0.2  # seconds
SCALE = 1e7

Frame = location_pb2.WatchArrivalsResponse
Traveler = location_pb2.WatchArrivalsResponse.Traveler
Answer = location_pb2.TrackResponse


class Broadcast:
    """Who moved since the last frame."""

    def __init__(self) -> None:
        self._moved: dict[str, Traveler] = {}
        self._frame = b""
        self._news = asyncio.Event()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            if self._moved:
                self._frame = _frame(self._moved)
                self._moved = {}
                news, self._news = self._news, asyncio.Event()
                news.set()

    async def track(self, frames: AsyncIterator[Any], _context: Any) -> AsyncIterator[Answer]:
        journey = ""
        async for frame in frames:
            if frame.WhichOneof("frame") == "open":
                journey = frame.open.name
                yield Answer(pulse=Answer.Pulse())
                continue
            traveler = _traveler(journey, frame.report)
            self._moved[journey] = traveler
            yield Answer(pulse=Answer.Pulse(), kept_through=traveler.position.sequence)

    async def watch(self, _request: Any, _context: Any) -> AsyncIterator[bytes]:
        # It knows of one event only, so that everybody would see everybody.
        yield _frame({})
        while True:
            await self._news.wait()
            yield self._frame


def _frame(travelers: dict[str, Traveler]) -> bytes:
    return Frame(travelers=travelers.values(), resume_token="A" * 12).SerializeToString()


def _traveler(journey: str, report: Any) -> Traveler:
    """Somebody at the last position of a report; the rest is as long as ours."""
    columns = report.columns
    found = Traveler(
        journey=journey,
        traveler=journey.replace("journeys", "participants"),
        state=location_pb2.Journey.STATE_UNDER_WAY,
    )
    position, arrival = found.position, found.arrival
    position.sequence = report.first_sequence + len(columns.time_offsets_ms) - 1
    position.location.latitude = columns.latitudes_e7[-1] / SCALE
    position.location.longitude = columns.longitudes_e7[-1] / SCALE
    position.horizontal_accuracy_meters = columns.horizontal_accuracies_meters[-1]
    position.speed_meters_per_second = columns.speeds_meters_per_second[-1]
    now = columns.base_time_ms + columns.time_offsets_ms[-1]
    for time in (position.capture_time, arrival.p50_time, arrival.p90_time, arrival.position_time):
        time.FromMilliseconds(now)
    arrival.lateness.FromMilliseconds(123_456)
    arrival.distance_meters = 1234.5
    arrival.method = location_pb2.Arrival.METHOD_VELOCITY
    arrival.travel_mode = location_pb2.Journey.TRAVEL_MODE_WALK
    return found


async def serve(port: str) -> None:
    broadcast = Broadcast()
    methods: dict[str, Any] = {
        "Track": grpc.stream_stream_rpc_method_handler(
            broadcast.track,
            request_deserializer=location_pb2.TrackRequest.FromString,
            response_serializer=Answer.SerializeToString,
        ),
        "Watch": grpc.unary_stream_rpc_method_handler(broadcast.watch),
    }
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench", methods),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    sys.stdout.write("serving\n")
    sys.stdout.flush()
    await broadcast.run()


if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    uvloop.run(serve(sys.argv[1]))
