"""The RPCs of devices. A method parses, has positions kept, and answers; nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.api import httpbody_pb2

from services.kit.caller import caller
from services.kit.db import Database
from services.kit.names import Name
from services.location.devices import domain, wire
from services.location.devices.domain import Fix
from services.location.journeys import actions
from services.location.track.actions import Entry
from services.location.track.ingest import Ingest
from turnout.location.v1 import device_pb2, device_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

# OwnTracks reads commands, or the positions of friends, out of the answer: there are none.
NOTHING_MORE = b"[]"


class DeviceServicer(device_pb2_grpc.DeviceServiceServicer):
    """`edge` is where apps reach us, `key` what their keys are signed with."""

    def __init__(
        self, db: Database, ingest: Ingest, now: Callable[[], datetime], edge: str, key: bytes
    ) -> None:
        self._db = db
        self._ingest = ingest
        self._now = now
        self._edge = edge
        self._key = key

    async def GetDevice(
        self, request: device_pb2.GetDeviceRequest, context: Context
    ) -> device_pb2.Device:
        name = wire.named(request.name)
        await self._db.read(actions.own, name, caller())
        return wire.device(name, self._edge, self._key)

    async def ReceiveOwnTracks(
        self, request: device_pb2.ReceiveOwnTracksRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        journey = wire.journey_of(self._key, request.key, self._now())
        fix = wire.own_tracks(request.body.data)
        if fix is not None:
            await self._keep(journey, [fix])
        return httpbody_pb2.HttpBody(content_type="application/json", data=NOTHING_MORE)

    async def ReceiveOsmAnd(
        self, request: device_pb2.ReceiveOsmAndRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        key, fixes = wire.osmand(request, self._now())
        await self._keep(wire.journey_of(self._key, key, self._now()), fixes)
        return httpbody_pb2.HttpBody(content_type="text/plain")

    async def _keep(self, journey: Name, fixes: Sequence[Fix]) -> None:
        await self._ingest.one(Entry(journey, domain.report(fixes)))
