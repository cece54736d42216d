"""The RPCs of waiting rooms. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.booking.live import Live
from services.booking.waiting_room import actions, store, wire
from services.booking.waiting_room.domain import PLACES, Place, Room
from services.kit import masks
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.once import once
from turnout.booking.v1 import waiting_room_pb2, waiting_room_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

Seen = tuple[Mapping[uuid.UUID, Place], Room]


class WaitingRoomServicer(waiting_room_pb2_grpc.WaitingRoomServiceServicer):
    """`key` signs the tokens of who was let in."""

    def __init__(
        self, db: Database, live: Live, now: Callable[[], datetime], *, key: bytes
    ) -> None:
        self._db = db
        self._live = live
        self._now = now
        self._key = key

    async def CreateWaitingRoomPlace(
        self, request: waiting_room_pb2.CreateWaitingRoomPlaceRequest, context: Context
    ) -> waiting_room_pb2.WaitingRoomPlace:
        event = wire.event_of(request)

        async def enter(tx: Tx) -> waiting_room_pb2.WaitingRoomPlace:
            return self._place(*await actions.enter(tx, event, caller().name, self._now()))

        return await self._db.run(once(request, enter))

    async def GetWaitingRoomPlace(
        self, request: waiting_room_pb2.GetWaitingRoomPlaceRequest, context: Context
    ) -> waiting_room_pb2.WaitingRoomPlace:
        name = PLACES.parse(request.name)
        return self._place(*await self._db.read(actions.get, name, own=own()))

    async def WatchWaitingRoomPlace(
        self, request: waiting_room_pb2.WatchWaitingRoomPlaceRequest, context: Context
    ) -> AsyncIterator[waiting_room_pb2.WaitingRoomPlace]:
        name = PLACES.parse(request.name)
        place, _ = await self._db.read(actions.get, name, own=own())
        event = place.event

        async def look(tx: Tx) -> Seen:
            return await actions.line(tx, event, self._now())

        def show(seen: Seen) -> waiting_room_pb2.WaitingRoomPlace | None:
            """Nothing more once the time to book is over."""
            line, room = seen
            return self._place(line[name.id], room) if name.id in line else None

        topic = store.room_of(event.id)
        async with contextlib.aclosing(
            self._live.frames(topic, event.organization, look, show)
        ) as frames:
            async for frame in frames:
                yield frame

    async def GetWaitingRoom(
        self, request: waiting_room_pb2.GetWaitingRoomRequest, context: Context
    ) -> waiting_room_pb2.WaitingRoom:
        event = wire.ROOMS.parse(request.name)
        return wire.room(event, *await self._db.read(actions.room, event))

    async def UpdateWaitingRoom(
        self, request: waiting_room_pb2.UpdateWaitingRoomRequest, context: Context
    ) -> waiting_room_pb2.WaitingRoom:
        sent = request.waiting_room
        event = wire.ROOMS.parse(sent.name, "waiting_room.name")
        version = expected(sent.etag, "waiting_room.etag")
        wanted = wire.change(sent, masks.paths(request.update_mask, sent, wire.PATCHABLE))
        after = await self._db.run(actions.change, event, wanted, version=version, now=self._now())
        return wire.room(event, *after)

    def _place(self, place: Place, room: Room) -> waiting_room_pb2.WaitingRoomPlace:
        return wire.place(place, room, key=self._key, now=self._now())


def own() -> str | None:
    """Whose places the caller may see: the own ones, or everybody's (None)."""
    return None if caller().permitted else caller().name
