"""The RPCs of views. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.kit.caller import caller
from services.kit.db import Database
from services.kit.pages import page
from services.kit.wire import timestamp
from services.location.journeys.domain import JOURNEYS
from services.location.views import actions
from services.location.views.domain import View
from services.location.views.store import FIRST
from turnout.location.v1 import view_pb2, view_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class ViewServicer(view_pb2_grpc.ViewServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime], pages_key: bytes) -> None:
        self._db = db
        self._now = now
        self._pages_key = pages_key

    async def ListJourneyViews(
        self, request: view_pb2.ListJourneyViewsRequest, context: Context
    ) -> view_pb2.ListJourneyViewsResponse:
        name, asked = JOURNEYS.parse(request.parent, "parent"), page(request, self._pages_key)
        (hour, viewer) = asked.after or FIRST
        found = await self._db.read(
            actions.page, name, caller(), self._now(), after=(hour, viewer), most=asked.limit
        )
        shown, token = asked.cut(found, lambda view: (view.hour, view.viewer))
        views = [_view(one) for one in shown]
        return view_pb2.ListJourneyViewsResponse(views=views, next_page_token=token)


def _view(value: View) -> view_pb2.JourneyView:
    return view_pb2.JourneyView(
        viewer=value.viewer,
        start_time=timestamp(value.first_time),
        end_time=timestamp(value.last_time),
        count=value.count,
    )
