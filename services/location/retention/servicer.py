"""The RPCs of retentions. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.kit.db import Database, Tx
from services.kit.once import once
from services.location.retention import actions, wire
from turnout.location.v1 import retention_pb2, retention_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class RetentionServicer(retention_pb2_grpc.RetentionServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now

    async def GetRetention(
        self, request: retention_pb2.GetRetentionRequest, context: Context
    ) -> retention_pb2.Retention:
        return wire.retention(await self._db.read(actions.get, wire.whose(request.name)))

    async def UpdateRetention(
        self, request: retention_pb2.UpdateRetentionRequest, context: Context
    ) -> retention_pb2.Retention:
        organization = wire.whose(request.retention.name, "retention.name")

        async def update(tx: Tx) -> retention_pb2.Retention:
            changed = await actions.update(
                tx,
                organization,
                lambda before: wire.changed(before, request),
                name=request.retention.name,
                now=self._now(),
            )
            return wire.retention(changed)

        return await self._db.run(once(request, update))
