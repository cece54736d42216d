"""The RPCs of disputes. A method parses, reads, and renders; nothing else."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from services.kit.db import Database
from services.kit.names import parent
from services.kit.pages import page
from services.payment.disputes import actions, store, wire
from services.payment.disputes.domain import DISPUTES
from turnout.payment.v1 import dispute_pb2, dispute_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)


class DisputeServicer(dispute_pb2_grpc.DisputeServiceServicer):
    def __init__(self, db: Database, *, page_key: bytes) -> None:
        self._db = db
        self._page_key = page_key

    async def GetDispute(
        self, request: dispute_pb2.GetDisputeRequest, context: Context
    ) -> dispute_pb2.Dispute:
        return wire.dispute(await self._db.read(actions.get, DISPUTES.parse(request.name)))

    async def ListDisputes(
        self, request: dispute_pb2.ListDisputesRequest, context: Context
    ) -> dispute_pb2.ListDisputesResponse:
        organization, asked = parent(request.parent), page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            store.page,
            organization,
            payment=wire.of_payment(request),
            after=after,
            size=asked.limit,
        )
        shown, token = asked.cut(found, key=lambda dispute: (dispute.name.id,))
        return dispute_pb2.ListDisputesResponse(
            disputes=[wire.dispute(dispute) for dispute in shown], next_page_token=token
        )
