"""The RPCs of messaging. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import grpc

from services.kit.db import Database, Tx
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.kit.tenant import within
from services.messaging import actions, wire
from services.messaging.domain import MESSAGES, PLATFORM
from turnout.messaging.v1 import messaging_pb2, messaging_pb2_grpc, notice_pb2, notice_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class NoticeServicer(notice_pb2_grpc.NoticeServiceServicer):
    def __init__(self, db: Database, key: bytes, now: Callable[[], datetime]) -> None:
        self._db = db
        self._key = key
        self._now = now

    async def SendNotice(
        self, request: notice_pb2.SendNoticeRequest, context: Context
    ) -> notice_pb2.SendNoticeResponse:
        notice, person = wire.asked(request)

        async def notify(tx: Tx) -> notice_pb2.SendNoticeResponse:
            await actions.notify(tx, notice, person, key=self._key, now=self._now())
            return notice_pb2.SendNoticeResponse()

        with within(PLATFORM):
            return await self._db.run(once(wire.without_code(request), notify))


class MessagingServicer(messaging_pb2_grpc.MessagingServiceServicer):
    def __init__(self, db: Database, pages_key: bytes) -> None:
        self._db = db
        self._pages_key = pages_key

    async def GetMessage(
        self, request: messaging_pb2.GetMessageRequest, context: Context
    ) -> messaging_pb2.Message:
        return wire.message(await self._db.read(actions.message, MESSAGES.parse(request.name)))

    async def ListMessages(
        self, request: messaging_pb2.ListMessagesRequest, context: Context
    ) -> messaging_pb2.ListMessagesResponse:
        shown, token = await self._db.read(
            actions.messages,
            parent(request.parent),
            page(request, self._pages_key),
            event=wire.event_filter(request),
            recipient=request.recipient,
        )
        return messaging_pb2.ListMessagesResponse(
            messages=map(wire.message, shown), next_page_token=token
        )
