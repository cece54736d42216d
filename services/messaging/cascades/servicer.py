"""The RPCs of cascade plans. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.messaging.cascades import actions, wire
from turnout.messaging.v1 import cascade_plan_pb2, cascade_plan_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class CascadePlanServicer(cascade_plan_pb2_grpc.CascadePlanServiceServicer):
    def __init__(self, db: Database, pages_key: bytes) -> None:
        self._db = db
        self._pages_key = pages_key

    async def GetCascadePlan(
        self, request: cascade_plan_pb2.GetCascadePlanRequest, context: Context
    ) -> cascade_plan_pb2.CascadePlan:
        organization, kind = wire.plan_of(request.name)
        found = await self._db.read(actions.plans, organization)
        return next(wire.plan(plan) for plan in found if plan.kind is kind)

    async def ListCascadePlans(
        self, request: cascade_plan_pb2.ListCascadePlansRequest, context: Context
    ) -> cascade_plan_pb2.ListCascadePlansResponse:
        organization, asked = parent(request.parent), page(request, self._pages_key)
        (after,) = asked.after or ("",)
        found = await self._db.read(actions.plans, organization)
        rest = [plan for plan in found if plan.kind.value > after][: asked.limit]
        shown, token = asked.cut(rest, lambda plan: (plan.kind.value,))
        return cascade_plan_pb2.ListCascadePlansResponse(
            cascade_plans=map(wire.plan, shown), next_page_token=token
        )

    async def UpdateCascadePlan(
        self, request: cascade_plan_pb2.UpdateCascadePlanRequest, context: Context
    ) -> cascade_plan_pb2.CascadePlan:
        sent = request.cascade_plan
        organization, kind = wire.plan_of(sent.name, "cascade_plan.name")
        version = expected(sent.etag, "cascade_plan.etag")

        async def update(tx: Tx) -> cascade_plan_pb2.CascadePlan:
            changed = await actions.change_plan(
                tx, organization, kind, lambda before: wire.changed(before, request), version
            )
            return wire.plan(changed)

        return await self._db.run(once(request, update))
