"""The RPCs of rules and checks. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.kit import masks
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.payment import actions as payments
from services.payment.fraud import actions, store, wire
from services.payment.fraud.domain import FRAUD_CHECKS, State
from turnout.payment.v1 import fraud_pb2, fraud_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)


class FraudServicer(fraud_pb2_grpc.FraudServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime], *, page_key: bytes) -> None:
        self._db = db
        self._now = now
        self._page_key = page_key

    async def GetFraudRules(
        self, request: fraud_pb2.GetFraudRulesRequest, context: Context
    ) -> fraud_pb2.FraudRules:
        organization = wire.organization(request.name)
        return wire.fraud_rules(await self._db.read(store.read_rules, organization))

    async def UpdateFraudRules(
        self, request: fraud_pb2.UpdateFraudRulesRequest, context: Context
    ) -> fraud_pb2.FraudRules:
        sent = request.fraud_rules
        organization = wire.organization(sent.name, "fraud_rules.name")
        version = expected(sent.etag, "fraud_rules.etag")
        paths = masks.paths(request.update_mask, sent, wire.PATCHABLE)
        rules = wire.rules(sent.rules) if paths else None
        return wire.fraud_rules(await self._db.run(actions.change, organization, rules, version))

    async def GetFraudCheck(
        self, request: fraud_pb2.GetFraudCheckRequest, context: Context
    ) -> fraud_pb2.FraudCheck:
        return wire.check(await self._db.read(actions.get, FRAUD_CHECKS.parse(request.name)))

    async def ListFraudChecks(
        self, request: fraud_pb2.ListFraudChecksRequest, context: Context
    ) -> fraud_pb2.ListFraudChecksResponse:
        organization, asked = parent(request.parent), page(request, self._page_key)
        payment, state = wire.filters(request)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            store.page, organization, payment=payment, state=state, after=after, size=asked.limit
        )
        shown, token = asked.cut(found, key=lambda check: (check.name.id,))
        return fraud_pb2.ListFraudChecksResponse(
            fraud_checks=[wire.check(check) for check in shown], next_page_token=token
        )

    async def ApproveFraudCheck(
        self, request: fraud_pb2.ApproveFraudCheckRequest, context: Context
    ) -> fraud_pb2.FraudCheck:
        return await self._decide(request, State.APPROVED)

    async def RejectFraudCheck(
        self, request: fraud_pb2.RejectFraudCheckRequest, context: Context
    ) -> fraud_pb2.FraudCheck:
        return await self._decide(request, State.REJECTED)

    async def _decide(self, request: Any, state: State) -> fraud_pb2.FraudCheck:
        name, who = FRAUD_CHECKS.parse(request.name), caller().name

        async def decide(tx: Tx) -> fraud_pb2.FraudCheck:
            return wire.check(
                await payments.decide(tx, name, state, who=who, note=request.note, now=self._now())
            )

        return await self._db.run(once(request, decide))
