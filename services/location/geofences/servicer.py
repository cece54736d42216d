"""The RPCs of geofences. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2

from services.kit import masks
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.location.events.domain import EVENTS
from services.location.geofences import actions, store, wire
from services.location.geofences.domain import GEOFENCES
from services.location.geofences.store import FIRST, Told
from services.location.journeys.actions import distance
from services.location.journeys.domain import JOURNEYS
from services.location.views.looks import Looks
from turnout.location.v1 import geofence_pb2, geofence_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)


class GeofenceServicer(geofence_pb2_grpc.GeofenceServiceServicer):
    def __init__(
        self, db: Database, now: Callable[[], datetime], pages_key: bytes, looks: Looks
    ) -> None:
        self._db = db
        self._now = now
        self._pages_key = pages_key
        self._looks = looks

    async def CreateGeofence(
        self, request: geofence_pb2.CreateGeofenceRequest, context: Context
    ) -> geofence_pb2.Geofence:
        parent(request.parent)
        event, plan = (
            EVENTS.parse(request.geofence.event, "geofence.event"),
            wire.plan(request.geofence),
        )

        async def create(tx: Tx) -> geofence_pb2.Geofence:
            return wire.geofence(await actions.create(tx, event, plan, self._now()))

        return await self._db.run(once(request, create))

    async def GetGeofence(
        self, request: geofence_pb2.GetGeofenceRequest, context: Context
    ) -> geofence_pb2.Geofence:
        return wire.geofence(await self._db.read(actions.get, GEOFENCES.parse(request.name)))

    async def ListGeofences(
        self, request: geofence_pb2.ListGeofencesRequest, context: Context
    ) -> geofence_pb2.ListGeofencesResponse:
        organization, asked = parent(request.parent), page(request, self._pages_key)
        event = EVENTS.parse(request.event, "event").id if request.event else None
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            store.page, organization, event=event, after=after, most=asked.limit
        )
        shown, token = asked.cut(found, lambda one: (one.name.id,))
        return geofence_pb2.ListGeofencesResponse(
            geofences=[wire.geofence(one) for one in shown], next_page_token=token
        )

    async def UpdateGeofence(
        self, request: geofence_pb2.UpdateGeofenceRequest, context: Context
    ) -> geofence_pb2.Geofence:
        sent = request.geofence
        name = GEOFENCES.parse(sent.name, "geofence.name")
        seen = expected(sent.etag, "geofence.etag")
        paths = masks.paths(request.update_mask, sent, wire.PATCHABLE)
        revision = partial(wire.revision, sent=sent, paths=paths)

        async def update(tx: Tx) -> geofence_pb2.Geofence:
            return wire.geofence(await actions.update(tx, name, revision, self._now(), seen=seen))

        return await self._db.run(once(request, update))

    async def DeleteGeofence(
        self, request: geofence_pb2.DeleteGeofenceRequest, context: Context
    ) -> empty_pb2.Empty:
        name, seen = GEOFENCES.parse(request.name), expected(request.etag)
        await self._db.run(actions.delete, name, seen=seen)
        return empty_pb2.Empty()

    async def ListEventTransitions(
        self, request: geofence_pb2.ListEventTransitionsRequest, context: Context
    ) -> geofence_pb2.ListEventTransitionsResponse:
        event, asked = EVENTS.parse(request.parent, "parent"), page(request, self._pages_key)
        (time, id) = asked.after or FIRST
        found = await self._db.read(
            actions.at_event, event, caller(), after=(time, id), most=asked.limit
        )
        self._looks.at_event(event, caller().name, distance(caller()))
        shown, token = asked.cut(found, lambda told: told.key)
        return geofence_pb2.ListEventTransitionsResponse(
            transitions=map(_transition, shown), next_page_token=token
        )

    async def ListJourneyTransitions(
        self, request: geofence_pb2.ListJourneyTransitionsRequest, context: Context
    ) -> geofence_pb2.ListJourneyTransitionsResponse:
        name, asked = JOURNEYS.parse(request.parent, "parent"), page(request, self._pages_key)
        (time, id) = asked.after or FIRST
        journey, found = await self._db.read(
            actions.on_journey, name, caller(), after=(time, id), most=asked.limit
        )
        if journey.traveler != caller().name:
            self._looks.at_one(name, journey.event, caller().name)
        shown, token = asked.cut(found, lambda told: told.key)
        return geofence_pb2.ListJourneyTransitionsResponse(
            transitions=map(_transition, shown), next_page_token=token
        )


def _transition(told: Told) -> geofence_pb2.GeofenceTransition:
    return wire.transition(told.transition, told.journey, told.traveler, told.retract_time)
