"""The RPCs of notices. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import grpc

from services.kit.db import Database, Tx
from services.kit.once import once
from services.kit.tenant import within
from services.messaging.messages.domain import PLATFORM
from services.messaging.notices import actions, wire
from turnout.messaging.v1 import notice_pb2, notice_pb2_grpc

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
