"""The RPCs of location. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import grpc
from google.api import httpbody_pb2

from services.kit.caller import Caller, Kind, caller
from services.kit.db import Database, Tx
from services.kit.names import Name, parent
from services.kit.once import once
from services.kit.pages import page
from services.kit.seals import Seals
from services.location.events.domain import EVENTS
from services.location.journeys import actions, store, wire
from services.location.journeys.actions import as_seen
from services.location.journeys.domain import JOURNEYS, Journey, Source
from services.location.live.live import Live
from services.location.live.view import View, area
from services.location.live.watch import Viewer, Wish, interval
from services.location.live.wire import horizon
from services.location.pacing import Limits
from services.location.segments.actions import positions
from services.location.segments.wire import position
from services.location.track.actions import Entry
from services.location.track.ingest import Ingest
from services.location.track.stream import Track, opened
from services.location.track.wire import recorded
from services.location.views.domain import ALL, Look
from services.location.views.looks import Looks
from turnout.location.v1 import location_pb2, location_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class LocationServicer(location_pb2_grpc.LocationServiceServicer):
    def __init__(
        self,
        db: Database,
        live: Live,
        ingest: Ingest,
        now: Callable[[], datetime],
        pages_key: bytes,
        limits: Limits,
        seals: Seals,
        looks: Looks,
    ) -> None:
        self._db = db
        self._live = live
        self._ingest = ingest
        self._now = now
        self._pages_key = pages_key
        self._limits = limits
        self._seals = seals
        self._looks = looks

    async def CreateJourney(
        self, request: location_pb2.CreateJourneyRequest, context: Context
    ) -> location_pb2.Journey:
        source = Source.LINK if caller().kind is Kind.GUEST else Source.APP
        consent = wire.consent(request, source)

        async def begin(tx: Tx) -> location_pb2.Journey:
            now = self._now()
            return wire.journey(await actions.begin(tx, caller().name, consent, now), now)

        answer = await self._db.run(once(request, begin))
        self._live.changed(consent.event)
        return answer

    async def GetJourney(
        self, request: location_pb2.GetJourneyRequest, context: Context
    ) -> location_pb2.Journey:
        name = JOURNEYS.parse(request.name)
        journey, now = await self._db.read(actions.visible, name, caller()), self._now()
        mine = journey.traveler == caller().name
        receipt = wire.receipt(self._seals, journey) if mine else ""
        if not mine:
            self._looks.at_one(name, journey.event, caller().name)
        return wire.journey(as_seen(journey, caller(), now), now, receipt)

    async def ListJourneys(
        self, request: location_pb2.ListJourneysRequest, context: Context
    ) -> location_pb2.ListJourneysResponse:
        organization, asked = parent(request.parent), page(request, self._pages_key)
        event = EVENTS.parse(request.event, "event") if request.event else None
        rows = await self._db.read(
            store.page,
            organization,
            event=event.id if event else None,
            traveler=None if caller().permitted else caller().name,
            viewers=actions.within_sight(caller()),
            own=caller().name,
            most=asked.limit,
            **asked.keys("after_time", "after_id"),
        )
        if caller().permitted:
            self._looks.at_all(
                Look(
                    organization,
                    event.id if event else ALL,
                    ALL,
                    caller().name,
                    actions.distance(caller()),
                )
            )
        now = self._now()
        shown, token = asked.cut(rows, lambda row: (row.create_time, row.name.id))
        return location_pb2.ListJourneysResponse(
            journeys=[wire.journey(as_seen(row, caller(), now), now) for row in shown],
            next_page_token=token,
        )

    async def PauseJourney(
        self, request: location_pb2.PauseJourneyRequest, context: Context
    ) -> location_pb2.Journey:
        return await self._turn(request, actions.pause)

    async def ResumeJourney(
        self, request: location_pb2.ResumeJourneyRequest, context: Context
    ) -> location_pb2.Journey:
        return await self._turn(request, actions.resume)

    async def _turn(
        self,
        request: location_pb2.PauseJourneyRequest | location_pb2.ResumeJourneyRequest,
        action: Callable[[Tx, Name, Caller, datetime], Awaitable[Journey]],
    ) -> location_pb2.Journey:
        name, turned = JOURNEYS.parse(request.name), list[Journey]()

        async def turn(tx: Tx) -> location_pb2.Journey:
            journey = await action(tx, name, caller(), self._now())
            turned[:] = [journey]
            return wire.journey(journey, self._now())

        answer = await self._db.run(once(request, turn))
        for journey in turned:
            self._live.changed(journey.event)
        return answer

    async def GetReceiptKeys(
        self, request: location_pb2.GetReceiptKeysRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        return httpbody_pb2.HttpBody(content_type="application/json", data=self._seals.keys())

    async def WithdrawJourney(
        self, request: location_pb2.WithdrawJourneyRequest, context: Context
    ) -> location_pb2.Journey:
        name, withdrawn = JOURNEYS.parse(request.name), list[Journey]()

        async def withdraw(tx: Tx) -> location_pb2.Journey:
            journey = await actions.withdraw(tx, name, caller(), self._now())
            withdrawn[:] = [journey]
            return wire.journey(journey, self._now(), wire.receipt(self._seals, journey))

        answer = await self._db.run(once(request, withdraw))
        for journey in withdrawn:
            self._live.over(journey)
        return answer

    async def RecordPositions(
        self, request: location_pb2.RecordPositionsRequest, context: Context
    ) -> location_pb2.RecordPositionsResponse:
        name, report = JOURNEYS.parse(request.name), recorded(request)
        await self._db.read(actions.own, name, caller())
        kept = await self._ingest.one(Entry(name, report, at_once=True))
        return location_pb2.RecordPositionsResponse(
            kept_through=kept.kept_through,
            arrival=wire.arrival(kept.journey, self._now()),
        )

    async def ListPositions(
        self, request: location_pb2.ListPositionsRequest, context: Context
    ) -> location_pb2.ListPositionsResponse:
        name, asked = JOURNEYS.parse(request.parent, "parent"), page(request, self._pages_key)
        after = asked.keys("after")["after"] or 0
        found = await self._db.read(
            positions, name, caller(), self._now(), after=after, most=asked.limit
        )
        if caller().permitted:
            self._looks.at_one(name, Name(name.organization, ALL), caller().name)
        shown, token = asked.cut(found, lambda point: (point.sequence,))
        return location_pb2.ListPositionsResponse(
            positions=[position(point) for point in shown], next_page_token=token
        )

    async def Track(
        self,
        request_iterator: AsyncIterator[location_pb2.TrackRequest],
        context: Context,
    ) -> AsyncIterator[location_pb2.TrackResponse]:
        name = JOURNEYS.parse(opened(await anext(request_iterator, None)), "open.name")
        journey, event = await self._db.read(actions.own, name, caller())

        async def reread() -> Journey:
            return (await self._db.read(actions.own, name, caller()))[0]

        track = Track(self._live, self._ingest, reread, self._now, self._limits)
        async with contextlib.aclosing(track.answers(request_iterator, journey, event)) as answers:
            async for answer in answers:
                yield answer

    async def WatchArrivals(
        self, request: location_pb2.WatchArrivalsRequest, context: Context
    ) -> AsyncIterator[location_pb2.WatchArrivalsResponse]:
        event, since = EVENTS.parse(request.event, "event"), horizon(request.resume_token)
        who = caller()

        async def check() -> None:
            await self._db.read(actions.may_watch, event, who)

        await check()
        wish = Wish(
            View(actions.distance(who)),
            since,
            area(request),
            interval(request.interval),
        )
        look = Look(event.organization, event.id, ALL, who.name, wish.view.distance)
        async with self._live.watching(event) as hub:
            with self._looks.watching(look):
                async for frame in Viewer(hub, wish, self._limits, check).frames():
                    yield cast(Any, frame)
