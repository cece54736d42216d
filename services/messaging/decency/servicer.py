"""The RPCs of decency. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2

from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.messaging.decency import actions, wire
from services.messaging.decency.domain import CONSENTS, SUPPRESSIONS
from turnout.messaging.v1 import (
    consent_pb2,
    consent_pb2_grpc,
    sending_policy_pb2,
    sending_policy_pb2_grpc,
    suppression_pb2,
    suppression_pb2_grpc,
)

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class SuppressionServicer(suppression_pb2_grpc.SuppressionServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime], pages_key: bytes) -> None:
        self._db = db
        self._now = now
        self._pages_key = pages_key

    async def CreateSuppression(
        self, request: suppression_pb2.CreateSuppressionRequest, context: Context
    ) -> suppression_pb2.Suppression:
        now = self._now()
        listed = wire.new_suppression(request, now)

        async def create(tx: Tx) -> suppression_pb2.Suppression:
            return wire.suppression(await actions.create(tx, listed, now))

        return await self._db.run(once(request, create))

    async def GetSuppression(
        self, request: suppression_pb2.GetSuppressionRequest, context: Context
    ) -> suppression_pb2.Suppression:
        name = SUPPRESSIONS.parse(request.name)
        return wire.suppression(await self._db.read(actions.suppression, name))

    async def ListSuppressions(
        self, request: suppression_pb2.ListSuppressionsRequest, context: Context
    ) -> suppression_pb2.ListSuppressionsResponse:
        shown, token = await self._db.read(
            actions.suppressions,
            parent(request.parent),
            page(request, self._pages_key),
            wire.wanted(request.address),
        )
        return suppression_pb2.ListSuppressionsResponse(
            suppressions=map(wire.suppression, shown), next_page_token=token
        )

    async def DeleteSuppression(
        self, request: suppression_pb2.DeleteSuppressionRequest, context: Context
    ) -> empty_pb2.Empty:
        name, version = SUPPRESSIONS.parse(request.name), expected(request.etag)
        await self._db.run(actions.delete, name, version)
        return empty_pb2.Empty()

    async def ImportSuppressions(
        self, request: suppression_pb2.ImportSuppressionsRequest, context: Context
    ) -> suppression_pb2.ImportSuppressionsResponse:
        now = self._now()
        listed = wire.imported(request, now)

        async def bring_in(tx: Tx) -> suppression_pb2.ImportSuppressionsResponse:
            created = await actions.suppress(tx, listed, now)
            return suppression_pb2.ImportSuppressionsResponse(
                created_count=created, known_count=len(listed) - created
            )

        return await self._db.run(once(request, bring_in))


class ConsentServicer(consent_pb2_grpc.ConsentServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime], pages_key: bytes) -> None:
        self._db = db
        self._now = now
        self._pages_key = pages_key

    async def CreateConsent(
        self, request: consent_pb2.CreateConsentRequest, context: Context
    ) -> consent_pb2.Consent:
        new = wire.new_consent(request, self._now())

        async def create(tx: Tx) -> consent_pb2.Consent:
            return wire.consent(await actions.agree(tx, new))

        return await self._db.run(once(request, create))

    async def GetConsent(
        self, request: consent_pb2.GetConsentRequest, context: Context
    ) -> consent_pb2.Consent:
        return wire.consent(await self._db.read(actions.consent, CONSENTS.parse(request.name)))

    async def ListConsents(
        self, request: consent_pb2.ListConsentsRequest, context: Context
    ) -> consent_pb2.ListConsentsResponse:
        shown, token = await self._db.read(
            actions.consents,
            parent(request.parent),
            page(request, self._pages_key),
            wire.wanted(request.address),
        )
        return consent_pb2.ListConsentsResponse(
            consents=map(wire.consent, shown), next_page_token=token
        )

    async def WithdrawConsent(
        self, request: consent_pb2.WithdrawConsentRequest, context: Context
    ) -> consent_pb2.Consent:
        name, version = CONSENTS.parse(request.name), expected(request.etag)

        async def withdraw(tx: Tx) -> consent_pb2.Consent:
            return wire.consent(await actions.withdraw(tx, name, version, self._now()))

        return await self._db.run(once(request, withdraw))


class SendingPolicyServicer(sending_policy_pb2_grpc.SendingPolicyServiceServicer):
    def __init__(self, db: Database) -> None:
        self._db = db

    async def GetSendingPolicy(
        self, request: sending_policy_pb2.GetSendingPolicyRequest, context: Context
    ) -> sending_policy_pb2.SendingPolicy:
        return wire.policy(await self._db.read(actions.policy, wire.whose(request.name)))

    async def UpdateSendingPolicy(
        self, request: sending_policy_pb2.UpdateSendingPolicyRequest, context: Context
    ) -> sending_policy_pb2.SendingPolicy:
        sent = request.sending_policy
        organization = wire.whose(sent.name, "sending_policy.name")
        version = expected(sent.etag, "sending_policy.etag")

        async def update(tx: Tx) -> sending_policy_pb2.SendingPolicy:
            changed = await actions.change_policy(
                tx, organization, lambda before: wire.changed(before, request), version
            )
            return wire.policy(changed)

        return await self._db.run(once(request, update))
