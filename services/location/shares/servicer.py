"""The RPCs of shares. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.kit.tenant import within
from services.kit.wire import timestamp
from services.location.events.domain import EVENTS
from services.location.journeys.domain import State
from services.location.live.live import Live
from services.location.live.view import area
from services.location.live.watch import Viewer, Wish, interval
from services.location.live.wire import horizon, traveler
from services.location.pacing import Limits
from services.location.shares import actions, wire
from services.location.shares.domain import SHARES, Share
from services.location.views.looks import Looks
from turnout.location.v1 import location_pb2, share_pb2, share_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)


class ShareServicer(share_pb2_grpc.ShareServiceServicer):
    """`key` is what tokens are signed with."""

    def __init__(
        self,
        db: Database,
        live: Live,
        now: Callable[[], datetime],
        limits: Limits,
        looks: Looks,
        *,
        key: bytes,
        pages_key: bytes,
    ) -> None:
        self._db = db
        self._live = live
        self._now = now
        self._limits = limits
        self._looks = looks
        self._key = key
        self._pages_key = pages_key

    async def CreateShare(
        self, request: share_pb2.CreateShareRequest, context: Context
    ) -> share_pb2.Share:
        draft, who = wire.draft(request), caller()

        async def create(tx: Tx) -> share_pb2.Share:
            return wire.share(await actions.create(tx, draft, who, self._now()))

        return wire.opened(await self._db.run(once(request, create)), who.name, self._key)

    async def GetShare(
        self, request: share_pb2.GetShareRequest, context: Context
    ) -> share_pb2.Share:
        found = await self._db.read(actions.get, SHARES.parse(request.name), caller())
        return wire.opened(wire.share(found), caller().name, self._key)

    async def ListShares(
        self, request: share_pb2.ListSharesRequest, context: Context
    ) -> share_pb2.ListSharesResponse:
        organization, asked = parent(request.parent), page(request, self._pages_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            actions.page, organization, caller(), after=after, most=asked.limit
        )
        shown, token = asked.cut(found, lambda share: (share.name.id,))
        shares = [wire.opened(wire.share(one), caller().name, self._key) for one in shown]
        return share_pb2.ListSharesResponse(shares=shares, next_page_token=token)

    async def RevokeShare(
        self, request: share_pb2.RevokeShareRequest, context: Context
    ) -> share_pb2.Share:
        name = SHARES.parse(request.name)

        async def revoke(tx: Tx) -> share_pb2.Share:
            return wire.share(await actions.revoke(tx, name, caller(), self._now()))

        answer = await self._db.run(once(request, revoke))
        self._live.ended(name)
        return answer

    async def GetSharedArrivals(
        self, request: share_pb2.GetSharedArrivalsRequest, context: Context
    ) -> share_pb2.SharedArrivals:
        name, now = wire.named(self._key, request.token, self._now()), self._now()
        with within(name.organization):
            share, journeys = await self._db.read(actions.shown, name, now)
        view = actions.view(share)
        self._looks.at_all(actions.look(share))
        return share_pb2.SharedArrivals(
            event=EVENTS.format(share.event),
            travelers=[
                view.drawn(journey, traveler(journey, now), now)
                for journey in journeys
                if view.shows(journey) and journey.state is not State.WITHDRAWN
            ],
            expire_time=timestamp(share.expire_time),
        )

    async def WatchSharedArrivals(
        self, request: share_pb2.WatchSharedArrivalsRequest, context: Context
    ) -> AsyncIterator[location_pb2.WatchArrivalsResponse]:
        name = wire.named(self._key, request.token, self._now())

        async def check() -> Share:
            with within(name.organization):
                return await self._db.read(actions.standing, name, self._now())

        share = await check()
        wish = Wish(
            actions.view(share),
            horizon(request.resume_token),
            area(request),
            interval(request.interval),
            (share.expire_time - self._now()).total_seconds(),
        )
        async with self._live.watching(share.event) as hub:
            viewer = Viewer(hub, wish, self._limits, check)
            looking = self._looks.watching(actions.look(share))
            with looking, self._live.tracking(name, viewer.doubt):
                async for frame in viewer.frames():
                    yield cast(Any, frame)
