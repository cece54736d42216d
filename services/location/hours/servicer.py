"""The RPCs of hours. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.kit.db import Database
from services.kit.names import parent
from services.kit.pages import page
from services.location.events.domain import EVENTS
from services.location.hours import store, wire
from turnout.location.v1 import hour_pb2, hour_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class HourServicer(hour_pb2_grpc.HourServiceServicer):
    def __init__(self, db: Database, pages_key: bytes) -> None:
        self._db = db
        self._pages_key = pages_key

    async def ListHours(
        self, request: hour_pb2.ListHoursRequest, context: Context
    ) -> hour_pb2.ListHoursResponse:
        organization, asked = parent(request.parent), page(request, self._pages_key)
        event = EVENTS.parse(request.event, "event") if request.event else None
        rows = await self._db.read(
            store.page,
            organization,
            event=event.id if event else None,
            most=asked.limit,
            **asked.keys("after_hour", "after_event"),
        )
        shown, token = asked.cut(rows, lambda row: (row.begin, row.event.id))
        return hour_pb2.ListHoursResponse(
            hours=[wire.hour(row) for row in shown], next_page_token=token
        )
