"""The RPCs about webhooks. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import asyncio
import urllib.parse
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2

from services.event.webhooks import actions, domain, secrets, store, wire
from services.event.webhooks.domain import DELIVERIES, ENDPOINTS, BadWebhook, Endpoint, Plan
from services.event.webhooks.inbox import KINDS
from services.kit import masks, pages
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from services.kit.outside import Guard, NotPublic
from turnout.event.v1 import webhook_pb2, webhook_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]

KNOWN = frozenset(KINDS)
# How long a name may take to resolve before the endpoint is made without.
RESOLVE_SECONDS = 3.0


class WebhookServicer(webhook_pb2_grpc.WebhookServiceServicer):
    """`key` is what secrets follow from; `secret` is what page tokens are signed with."""

    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        *,
        key: bytes,
        secret: bytes,
        guard: Guard,
        loopback: bool,
    ) -> None:
        self._db = db
        self._now = now
        self._key = key
        self._secret = secret
        self._guard = guard
        self._loopback = loopback

    async def CreateWebhookEndpoint(
        self, request: webhook_pb2.CreateWebhookEndpointRequest, context: Context
    ) -> webhook_pb2.WebhookEndpoint:
        organization, plan = parent(request.parent), wire.plan(request.webhook_endpoint)
        await self._check(plan)

        async def create(tx: Tx) -> webhook_pb2.WebhookEndpoint:
            return wire.endpoint(await actions.create(tx, organization, plan, self._now()))

        return await self._with_secret(await self._db.run(once(request, create)))

    async def GetWebhookEndpoint(
        self, request: webhook_pb2.GetWebhookEndpointRequest, context: Context
    ) -> webhook_pb2.WebhookEndpoint:
        return wire.endpoint(await self._db.read(store.find, ENDPOINTS.parse(request.name)))

    async def ListWebhookEndpoints(
        self, request: webhook_pb2.ListWebhookEndpointsRequest, context: Context
    ) -> webhook_pb2.ListWebhookEndpointsResponse:
        page, organization = pages.page(request, self._secret), parent(request.parent)
        found = await self._db.read(store.page, organization, after=page.after, most=page.limit)
        shown, token = page.cut(found, wire.key)
        return webhook_pb2.ListWebhookEndpointsResponse(
            webhook_endpoints=map(wire.endpoint, shown), next_page_token=token
        )

    async def UpdateWebhookEndpoint(
        self, request: webhook_pb2.UpdateWebhookEndpointRequest, context: Context
    ) -> webhook_pb2.WebhookEndpoint:
        sent = request.webhook_endpoint
        name = ENDPOINTS.parse(sent.name, "webhook_endpoint.name")
        seen = expected(sent.etag, "webhook_endpoint.etag")
        paths = masks.paths(request.update_mask, sent, wire.PATCHABLE)
        revision = partial(wire.revision, sent=sent, paths=paths)
        await self._check(revision(await self._db.read(store.find, name)))
        return wire.endpoint(
            await self._db.run(actions.update, name, revision, self._now(), seen=seen)
        )

    async def DeleteWebhookEndpoint(
        self, request: webhook_pb2.DeleteWebhookEndpointRequest, context: Context
    ) -> empty_pb2.Empty:
        name, seen = ENDPOINTS.parse(request.name), expected(request.etag)
        await self._db.run(actions.delete, name, seen=seen)
        return empty_pb2.Empty()

    async def RotateWebhookSecret(
        self, request: webhook_pb2.RotateWebhookSecretRequest, context: Context
    ) -> webhook_pb2.WebhookEndpoint:
        name = ENDPOINTS.parse(request.name)

        async def rotate(tx: Tx) -> webhook_pb2.WebhookEndpoint:
            return wire.endpoint(await actions.rotate(tx, name, self._now()))

        return await self._with_secret(await self._db.run(once(request, rotate)))

    async def PauseWebhookEndpoint(
        self, request: webhook_pb2.PauseWebhookEndpointRequest, context: Context
    ) -> webhook_pb2.WebhookEndpoint:
        name = ENDPOINTS.parse(request.name)

        async def pause(tx: Tx) -> webhook_pb2.WebhookEndpoint:
            return wire.endpoint(await actions.pause(tx, name, self._now()))

        return await self._db.run(once(request, pause))

    async def ResumeWebhookEndpoint(
        self, request: webhook_pb2.ResumeWebhookEndpointRequest, context: Context
    ) -> webhook_pb2.WebhookEndpoint:
        name = ENDPOINTS.parse(request.name)

        async def resume(tx: Tx) -> webhook_pb2.WebhookEndpoint:
            return wire.endpoint(await actions.resume(tx, name, self._now()))

        return await self._db.run(once(request, resume))

    async def GetWebhookDelivery(
        self, request: webhook_pb2.GetWebhookDeliveryRequest, context: Context
    ) -> webhook_pb2.WebhookDelivery:
        return wire.delivery(await self._db.read(store.delivery, DELIVERIES.parse(request.name)))

    async def ListWebhookDeliveries(
        self, request: webhook_pb2.ListWebhookDeliveriesRequest, context: Context
    ) -> webhook_pb2.ListWebhookDeliveriesResponse:
        page, organization = pages.page(request, self._secret), parent(request.parent)
        endpoint, fate = wire.asked(request)
        found = await self._db.read(
            store.page_of_deliveries,
            organization,
            endpoint=endpoint,
            fate=fate,
            after=page.after,
            most=page.limit,
        )
        shown, token = page.cut(found, wire.key)
        return webhook_pb2.ListWebhookDeliveriesResponse(
            webhook_deliveries=map(wire.delivery, shown), next_page_token=token
        )

    async def ReplayWebhookDelivery(
        self, request: webhook_pb2.ReplayWebhookDeliveryRequest, context: Context
    ) -> webhook_pb2.WebhookDelivery:
        name = DELIVERIES.parse(request.name)

        async def replay(tx: Tx) -> webhook_pb2.WebhookDelivery:
            return wire.delivery(await actions.replay(tx, name, self._now()))

        return await self._db.run(once(request, replay))

    async def ReplayWebhookDeliveries(
        self, request: webhook_pb2.ReplayWebhookDeliveriesRequest, context: Context
    ) -> webhook_pb2.ReplayWebhookDeliveriesResponse:
        name, now = ENDPOINTS.parse(request.name), self._now()
        since, before = wire.span(request, now)
        only_failed = request.only_failed

        async def replay(tx: Tx) -> webhook_pb2.ReplayWebhookDeliveriesResponse:
            count = await actions.replay_all(
                tx, name, since=since, before=before, only_failed=only_failed, now=now
            )
            return webhook_pb2.ReplayWebhookDeliveriesResponse(replayed=count)

        return await self._db.run(once(request, replay))

    async def _check(self, plan: Plan) -> None:
        """Refuses an address that leads to where only we may go, as far as one can tell now.

        What does not resolve yet is let be: it is looked at again whenever it is called.
        """
        domain.check(plan, KNOWN, loopback=self._loopback)
        parts = urllib.parse.urlsplit(plan.uri)
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                await self._guard.addresses(parts.hostname or "", parts.port or 443)
        except NotPublic as error:
            raise BadWebhook("webhook_endpoint.uri", str(error)) from None
        except (OSError, UnicodeError):
            return

    async def _with_secret(
        self, endpoint: webhook_pb2.WebhookEndpoint
    ) -> webhook_pb2.WebhookEndpoint:
        """Adds the secret, which is not kept with what a retry is answered."""
        found: Endpoint = await self._db.read(store.find, ENDPOINTS.parse(endpoint.name))
        endpoint.secret = secrets.text(self._key, found)
        return endpoint
