"""The RPCs of giving an event's money back. A method parses, runs one action, and renders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.kit.db import Database, Tx
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.payment.event_refunds import actions, wire
from services.payment.event_refunds.domain import EVENT_REFUNDS
from turnout.payment.v1 import event_refund_pb2, event_refund_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class EventRefundServicer(event_refund_pb2_grpc.EventRefundServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime], *, page_key: bytes) -> None:
        self._db = db
        self._now = now
        self._page_key = page_key

    async def GetEventRefund(
        self, request: event_refund_pb2.GetEventRefundRequest, context: Context
    ) -> event_refund_pb2.EventRefund:
        name = EVENT_REFUNDS.parse(request.name)
        return wire.event_refund(*await self._db.read(actions.get, name))

    async def ListEventRefunds(
        self, request: event_refund_pb2.ListEventRefundsRequest, context: Context
    ) -> event_refund_pb2.ListEventRefundsResponse:
        organization, asked = parent(request.parent), page(request, self._page_key)
        (after,) = asked.after or (actions.BEFORE_ALL,)
        found = await self._db.read(actions.page, organization, after=after, size=asked.limit)
        shown, token = asked.cut(found, key=lambda pair: (pair[0].name.id,))
        return event_refund_pb2.ListEventRefundsResponse(
            event_refunds=[wire.event_refund(*pair) for pair in shown], next_page_token=token
        )

    async def RetryEventRefund(
        self, request: event_refund_pb2.RetryEventRefundRequest, context: Context
    ) -> event_refund_pb2.EventRefund:
        name = EVENT_REFUNDS.parse(request.name)

        async def retry(tx: Tx) -> event_refund_pb2.EventRefund:
            return wire.event_refund(*await actions.retry(tx, name, self._now()))

        return await self._db.run(once(request, retry))
