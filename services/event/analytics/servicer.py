"""The RPCs about figures. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.event.analytics import actions, domain, wire
from services.event.analytics.domain import EVENT_ANALYTICS
from services.kit.db import Database
from turnout.event.v1 import analytics_pb2, analytics_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class AnalyticsServicer(analytics_pb2_grpc.AnalyticsServiceServicer):
    def __init__(self, db: Database) -> None:
        self._db = db

    async def GetEventAnalytics(
        self, request: analytics_pb2.GetEventAnalyticsRequest, context: Context
    ) -> analytics_pb2.EventAnalytics:
        name = EVENT_ANALYTICS.parse(request.name)
        return wire.of_event(name, await self._db.read(actions.of_event, name))

    async def GetOrganizationAnalytics(
        self, request: analytics_pb2.GetOrganizationAnalyticsRequest, context: Context
    ) -> analytics_pb2.OrganizationAnalytics:
        organization = domain.organization(request.name)
        found = await self._db.read(actions.of_organization, organization)
        return wire.of_organization(organization, found)
