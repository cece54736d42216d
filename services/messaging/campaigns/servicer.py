"""The RPCs of campaigns. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.kit.db import Database, Tx
from services.kit.ids import new_id
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.messaging.campaigns import actions, domain, wire
from services.messaging.campaigns.domain import CAMPAIGNS
from services.messaging.conversations.domain import StreamMoved
from services.messaging.people.domain import EVENTS
from turnout.messaging.v1 import campaign_pb2, campaign_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]

# Seconds between two looks, and that a stream may be open.
LOOK, LONGEST = 1.0, 1800.0


class CampaignServicer(campaign_pb2_grpc.CampaignServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime], pages_key: bytes) -> None:
        self._db = db
        self._now = now
        self._pages_key = pages_key

    async def CreateCampaign(
        self, request: campaign_pb2.CreateCampaignRequest, context: Context
    ) -> campaign_pb2.Campaign:
        made = wire.created(request, parent(request.parent), id=new_id(), now=self._now())

        async def create(tx: Tx) -> campaign_pb2.Campaign:
            return wire.campaign(*await actions.create(tx, made))

        return await self._db.run(once(request, create))

    async def PreviewCampaign(
        self, request: campaign_pb2.PreviewCampaignRequest, context: Context
    ) -> campaign_pb2.PreviewCampaignResponse:
        event, wanted = EVENTS.parse(request.event, "event"), wire.channels(request.channels)
        audience = wire.audience(request.audience)
        found = await self._db.read(
            actions.preview, parent(request.parent), event, wanted, audience
        )
        return wire.previewed(found)

    async def GetCampaign(
        self, request: campaign_pb2.GetCampaignRequest, context: Context
    ) -> campaign_pb2.Campaign:
        return wire.campaign(*await self._db.read(actions.campaign, CAMPAIGNS.parse(request.name)))

    async def ListCampaigns(
        self, request: campaign_pb2.ListCampaignsRequest, context: Context
    ) -> campaign_pb2.ListCampaignsResponse:
        asked = page(request, self._pages_key)
        shown, token = await self._db.read(actions.campaigns, parent(request.parent), asked)
        return campaign_pb2.ListCampaignsResponse(
            campaigns=(wire.campaign(*each) for each in shown), next_page_token=token
        )

    async def WatchCampaign(
        self, request: campaign_pb2.WatchCampaignRequest, context: Context
    ) -> AsyncIterator[campaign_pb2.Campaign]:
        name, opened, last = CAMPAIGNS.parse(request.name), time.monotonic(), None
        while time.monotonic() - opened < LONGEST:
            seen = await self._db.read(actions.campaign, name)
            if seen != last:
                last = seen
                yield wire.campaign(*seen)
            if domain.is_over(*seen):
                return
            await asyncio.sleep(LOOK)
        raise StreamMoved()

    async def PauseCampaign(
        self, request: campaign_pb2.PauseCampaignRequest, context: Context
    ) -> campaign_pb2.Campaign:
        name = CAMPAIGNS.parse(request.name)

        async def pause(tx: Tx) -> campaign_pb2.Campaign:
            return wire.campaign(*await actions.pause(tx, name, self._now()))

        return await self._db.run(once(request, pause))

    async def ResumeCampaign(
        self, request: campaign_pb2.ResumeCampaignRequest, context: Context
    ) -> campaign_pb2.Campaign:
        name = CAMPAIGNS.parse(request.name)

        async def resume(tx: Tx) -> campaign_pb2.Campaign:
            return wire.campaign(*await actions.resume(tx, name, self._now()))

        return await self._db.run(once(request, resume))

    async def CancelCampaign(
        self, request: campaign_pb2.CancelCampaignRequest, context: Context
    ) -> campaign_pb2.Campaign:
        name = CAMPAIGNS.parse(request.name)

        async def cancel(tx: Tx) -> campaign_pb2.Campaign:
            return wire.campaign(*await actions.cancel(tx, name))

        return await self._db.run(once(request, cancel))
