"""The RPCs that give files. A method parses, reads piece by piece, and renders; nothing else."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from google.api import httpbody_pb2

from services.event.analytics import actions as analytics
from services.event.analytics.domain import EVENT_ANALYTICS, Figures, organization
from services.event.events.domain import EVENTS
from services.event.exports import actions, domain, wire
from services.event.exports.domain import Row
from services.kit.db import Database
from services.kit.names import Name, parent
from turnout.event.v1 import export_pb2, export_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]

# How many participants are read at a time: a few hundred kilobytes of text.
BATCH = 1000

File = AsyncIterator[httpbody_pb2.HttpBody]


class ExportServicer(export_pb2_grpc.ExportServiceServicer):
    def __init__(self, db: Database) -> None:
        self._db = db

    async def ExportParticipants(
        self, request: export_pb2.ExportParticipantsRequest, context: Context
    ) -> File:
        owner, kind = parent(request.parent), wire.format(request)
        event = EVENTS.parse(request.event, "event") if request.event else None
        if event is not None:
            await self._db.read(actions.check, event)
        await context.send_initial_metadata(wire.disposition(domain.PEOPLE, kind))
        async for piece in wire.file(domain.PEOPLE, kind, self._people(owner, event)):
            yield piece

    async def ExportEventAnalytics(
        self, request: export_pb2.ExportEventAnalyticsRequest, context: Context
    ) -> File:
        name = EVENT_ANALYTICS.parse(request.name)
        figures = await self._db.read(analytics.of_event, name)
        async for piece in _figures(request, figures, context):
            yield piece

    async def ExportOrganizationAnalytics(
        self, request: export_pb2.ExportOrganizationAnalyticsRequest, context: Context
    ) -> File:
        figures = await self._db.read(analytics.of_organization, organization(request.name))
        async for piece in _figures(request, figures, context):
            yield piece

    async def _people(self, owner: uuid.UUID, event: Name | None) -> AsyncIterator[Sequence[Row]]:
        last = None
        while True:
            # No transaction is open while a slow reader is waited for.
            found = await self._db.read(actions.batch, owner, event, after=last, most=BATCH)
            yield [domain.person(each) for each in found]
            if len(found) < BATCH:
                return
            last = found[-1].name.id


async def _figures(request: Any, figures: Figures, context: Context) -> File:
    kind = wire.format(request)
    await context.send_initial_metadata(wire.disposition(domain.FIGURES, kind))

    async def rows() -> AsyncIterator[Sequence[Row]]:
        yield list(domain.figures(figures))

    async for piece in wire.file(domain.FIGURES, kind, rows()):
        yield piece
