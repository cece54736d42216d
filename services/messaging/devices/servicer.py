"""The RPCs of apps and browsers. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2

from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.ids import new_id
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.messaging.devices import actions, wire
from services.messaging.devices.domain import DEVICES
from turnout.messaging.v1 import push_device_pb2 as pb2
from turnout.messaging.v1 import push_device_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class PushDeviceServicer(push_device_pb2_grpc.PushDeviceServiceServicer):
    """`key` seals where notifications go. `loopback` lets browsers be on this machine."""

    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        *,
        key: bytes,
        pages_key: bytes,
        loopback: bool,
    ) -> None:
        self._db = db
        self._now = now
        self._key = key
        self._pages_key = pages_key
        self._loopback = loopback

    async def CreatePushDevice(
        self, request: pb2.CreatePushDeviceRequest, context: Context
    ) -> pb2.PushDevice:
        device = wire.registered(
            request,
            parent(request.parent),
            id=new_id(),
            person=caller().name,
            now=self._now(),
            loopback=self._loopback,
        )

        async def register(tx: Tx) -> pb2.PushDevice:
            return wire.device(await actions.register(tx, device, self._key))

        return await self._db.run(once(request, register))

    async def GetPushDevice(
        self, request: pb2.GetPushDeviceRequest, context: Context
    ) -> pb2.PushDevice:
        name = DEVICES.parse(request.name)
        return wire.device(await self._db.read(actions.device, name, caller().name))

    async def ListPushDevices(
        self, request: pb2.ListPushDevicesRequest, context: Context
    ) -> pb2.ListPushDevicesResponse:
        shown, token, public_key = await self._db.read(
            actions.devices, parent(request.parent), caller().name, page(request, self._pages_key)
        )
        return pb2.ListPushDevicesResponse(
            push_devices=map(wire.device, shown),
            next_page_token=token,
            web_push_public_key=public_key,
        )

    async def DeletePushDevice(
        self, request: pb2.DeletePushDeviceRequest, context: Context
    ) -> empty_pb2.Empty:
        name, seen = DEVICES.parse(request.name), expected(request.etag)
        await self._db.run(actions.delete, name, caller().name, seen=seen)
        return empty_pb2.Empty()
