"""The RPCs of what people write. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import grpc

from services.kit.db import Database, Tx
from services.kit.ids import new_id
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.messaging.inbound import actions, wire
from services.messaging.inbound.domain import INBOUND
from turnout.messaging.v1 import inbound_pb2, inbound_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class InboundServicer(inbound_pb2_grpc.InboundServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime], pages_key: bytes) -> None:
        self._db = db
        self._now = now
        self._pages_key = pages_key

    async def CreateInboundMessage(
        self, request: inbound_pb2.CreateInboundMessageRequest, context: Context
    ) -> inbound_pb2.InboundMessage:
        now = self._now()
        inbound = wire.given(request, parent(request.parent), id=new_id(), now=now)

        async def take(tx: Tx) -> inbound_pb2.InboundMessage:
            return wire.inbound_message(await actions.take(tx, inbound, now))

        return await self._db.run(once(request, take))

    async def GetInboundMessage(
        self, request: inbound_pb2.GetInboundMessageRequest, context: Context
    ) -> inbound_pb2.InboundMessage:
        name = INBOUND.parse(request.name)
        return wire.inbound_message(await self._db.read(actions.inbound_message, name))

    async def ListInboundMessages(
        self, request: inbound_pb2.ListInboundMessagesRequest, context: Context
    ) -> inbound_pb2.ListInboundMessagesResponse:
        shown, token = await self._db.read(
            actions.inbound_messages,
            parent(request.parent),
            page(request, self._pages_key),
            participant=wire.participant_filter(request),
        )
        return inbound_pb2.ListInboundMessagesResponse(
            inbound_messages=map(wire.inbound_message, shown), next_page_token=token
        )
