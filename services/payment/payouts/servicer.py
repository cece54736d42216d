"""The RPCs of payouts. A method parses, reads, and renders; nothing else."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from services.kit.db import Database
from services.kit.names import parent
from services.kit.pages import page
from services.payment.payouts import actions, store, wire
from services.payment.payouts.domain import PAYOUTS
from turnout.payment.v1 import payout_pb2, payout_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)


class PayoutServicer(payout_pb2_grpc.PayoutServiceServicer):
    def __init__(self, db: Database, *, page_key: bytes) -> None:
        self._db = db
        self._page_key = page_key

    async def GetPayout(
        self, request: payout_pb2.GetPayoutRequest, context: Context
    ) -> payout_pb2.Payout:
        return wire.payout(await self._db.read(actions.get, PAYOUTS.parse(request.name)))

    async def ListPayouts(
        self, request: payout_pb2.ListPayoutsRequest, context: Context
    ) -> payout_pb2.ListPayoutsResponse:
        organization, asked = parent(request.parent), page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            store.page,
            organization,
            after=after,
            size=asked.limit,
        )
        shown, token = asked.cut(found, key=lambda payout: (payout.name.id,))
        return payout_pb2.ListPayoutsResponse(
            payouts=[wire.payout(payout) for payout in shown], next_page_token=token
        )
