"""The RPCs of availability. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from services.booking import actions, store, wire
from services.booking.availability.finding import find
from services.booking.live import Live
from services.kit.db import Database, Tx
from turnout.booking.v1 import availability_pb2, availability_pb2_grpc, booking_pb2

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class AvailabilityServicer(availability_pb2_grpc.AvailabilityServiceServicer):
    def __init__(self, db: Database, live: Live, now: Callable[[], datetime]) -> None:
        self._db = db
        self._live = live
        self._now = now

    async def WatchAvailability(
        self, request: availability_pb2.WatchAvailabilityRequest, context: Context
    ) -> AsyncIterator[booking_pb2.Availability]:
        event = await find(self._db, request.name)

        async def look(tx: Tx) -> bytes:
            """Serialised once, for all who watch."""
            stock = await actions.availability(tx, event)
            return wire.availability(event, stock, self._now()).SerializeToString()

        topic, organization = store.seats_of(event.id), event.organization
        frames = self._live.frames(topic, organization, look, lambda frame: frame)
        async with contextlib.aclosing(frames):
            async for frame in frames:
                yield cast(Any, frame)
