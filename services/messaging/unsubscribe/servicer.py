"""The RPCs behind the link in an e-mail. A method parses, runs one action, and renders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.api import httpbody_pb2

from services.kit.db import Database
from services.kit.tenant import within
from services.messaging.unsubscribe import actions, wire
from turnout.messaging.v1 import unsubscribe_pb2, unsubscribe_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class UnsubscribeServicer(unsubscribe_pb2_grpc.UnsubscribeServiceServicer):
    """`key` is what links are signed with."""

    def __init__(self, db: Database, now: Callable[[], datetime], *, key: bytes) -> None:
        self._db = db
        self._now = now
        self._key = key

    async def Unsubscribe(
        self, request: unsubscribe_pb2.UnsubscribeRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        message = wire.message_of(request.token, self._key, self._now())
        with within(message.organization):
            address = await self._db.run(actions.unsubscribe, message, self._now())
        return wire.done(address)

    async def GetUnsubscribePage(
        self, request: unsubscribe_pb2.GetUnsubscribePageRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        wire.message_of(request.token, self._key, self._now())
        return wire.page(wire.ASK)
