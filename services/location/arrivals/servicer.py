"""The RPCs of arrivals. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.kit.caller import caller
from services.kit.db import Database
from services.kit.pages import page
from services.location.arrivals import actions, wire
from services.location.arrivals.domain import RADIUS
from services.location.arrivals.store import FIRST, NEAREST
from services.location.events.domain import EVENTS
from services.location.journeys.actions import distance
from services.location.journeys.domain import Journey
from services.location.views.looks import Looks
from turnout.location.v1 import arrival_pb2, arrival_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class ArrivalServicer(arrival_pb2_grpc.ArrivalServiceServicer):
    def __init__(
        self, db: Database, now: Callable[[], datetime], pages_key: bytes, looks: Looks
    ) -> None:
        self._looks = looks
        self._db = db
        self._now = now
        self._pages_key = pages_key

    async def ListEtas(
        self, request: arrival_pb2.ListEtasRequest, context: Context
    ) -> arrival_pb2.ListEtasResponse:
        event, asked = EVENTS.parse(request.parent, "parent"), page(request, self._pages_key)
        now, (time, id) = self._now(), asked.after or FIRST
        found = await self._db.read(
            actions.expected, event, caller(), now, after=(time, id), most=asked.limit
        )
        self._looks.at_event(event, caller().name, distance(caller()))
        shown, token = asked.cut(found, lambda one: (one[1], one[0].name.id))
        etas = [wire.eta(journey, now) for journey, _ in shown]
        return arrival_pb2.ListEtasResponse(etas=etas, next_page_token=token)

    async def GetEta(self, request: arrival_pb2.GetEtaRequest, context: Context) -> arrival_pb2.Eta:
        name, now = wire.named(request.name, wire.ETA), self._now()
        return wire.eta(self._noted(await self._db.read(actions.one, name, caller(), now)), now)

    async def GetLatest(
        self, request: arrival_pb2.GetLatestRequest, context: Context
    ) -> arrival_pb2.Latest:
        name = wire.named(request.name, wire.LATEST)
        found = await self._db.read(actions.latest, name, caller(), self._now())
        return wire.latest(self._noted(found))

    def _noted(self, journey: Journey) -> Journey:
        """The same, once it is noted who saw it."""
        if journey.traveler != caller().name:
            self._looks.at_one(journey.name, journey.event, caller().name)
        return journey

    async def ListNearby(
        self, request: arrival_pb2.ListNearbyRequest, context: Context
    ) -> arrival_pb2.ListNearbyResponse:
        event, asked = EVENTS.parse(request.parent, "parent"), page(request, self._pages_key)
        place = request.near.latitude, request.near.longitude
        meters, id = asked.after or NEAREST
        found = await self._db.read(
            actions.near,
            event,
            caller(),
            self._now(),
            place=place,
            radius=request.radius_meters or RADIUS,
            after=(meters, id),
            most=asked.limit,
        )
        self._looks.at_event(event, caller().name, distance(caller()))
        shown, token = asked.cut(found, lambda one: one.key)
        return arrival_pb2.ListNearbyResponse(
            latest=[wire.near(one) for one in shown], next_page_token=token
        )
