"""The RPCs of comparing books. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.kit.db import Database, Tx
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.payment.provider import Provider
from services.payment.reconciliation import actions, store, wire
from services.payment.reconciliation.domain import RECONCILIATIONS
from turnout.payment.v1 import reconciliation_pb2, reconciliation_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)


class ReconciliationServicer(reconciliation_pb2_grpc.ReconciliationServiceServicer):
    def __init__(
        self,
        db: Database,
        providers: Mapping[str, Provider],
        now: Callable[[], datetime],
        *,
        usual: str,
        page_key: bytes,
    ) -> None:
        self._db = db
        self._providers = providers
        self._now = now
        self._usual = usual
        self._page_key = page_key

    async def CreateReconciliation(
        self, request: reconciliation_pb2.CreateReconciliationRequest, context: Context
    ) -> reconciliation_pb2.Reconciliation:
        asked = wire.asked(request, self._providers, self._usual)

        async def begin(tx: Tx) -> reconciliation_pb2.Reconciliation:
            return wire.reconciliation(await actions.begin(tx, *asked, self._now()), {})

        return await self._db.run(once(request, begin))

    async def GetReconciliation(
        self, request: reconciliation_pb2.GetReconciliationRequest, context: Context
    ) -> reconciliation_pb2.Reconciliation:
        name = RECONCILIATIONS.parse(request.name)
        return wire.reconciliation(*await self._db.read(actions.get, name))

    async def ListReconciliations(
        self, request: reconciliation_pb2.ListReconciliationsRequest, context: Context
    ) -> reconciliation_pb2.ListReconciliationsResponse:
        organization, asked = parent(request.parent), page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(store.page, organization, after=after, size=asked.limit)
        shown, token = asked.cut(found, key=lambda value: (value.name.id,))
        return reconciliation_pb2.ListReconciliationsResponse(
            reconciliations=[wire.reconciliation(value, {}, whole=False) for value in shown],
            next_page_token=token,
        )

    async def RepairReconciliation(
        self, request: reconciliation_pb2.RepairReconciliationRequest, context: Context
    ) -> reconciliation_pb2.Reconciliation:
        name = RECONCILIATIONS.parse(request.name)

        async def repair(tx: Tx) -> reconciliation_pb2.Reconciliation:
            value = await actions.repair(tx, name, self._now())
            return wire.reconciliation(value, await actions.payments_of(tx, value))

        return await self._db.run(once(request, repair))
