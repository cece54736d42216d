"""The RPC that searches. It parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.event.search import actions, wire
from services.kit import pages
from services.kit.caller import caller
from services.kit.db import Database
from turnout.event.v1 import search_pb2, search_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class SearchServicer(search_pb2_grpc.SearchServiceServicer):
    """`secret` is what page tokens are signed with."""

    def __init__(self, db: Database, now: Callable[[], datetime], secret: bytes) -> None:
        self._db = db
        self._now = now
        self._secret = secret

    async def SearchEvents(
        self, request: search_pb2.SearchEventsRequest, context: Context
    ) -> search_pb2.SearchEventsResponse:
        page = pages.page(request, self._secret)
        wanted = wire.wanted(request, self._now(), member=caller().permitted)
        found, facets = await self._db.read(
            actions.search, wanted, after=page.after, most=page.limit
        )
        shown, token = page.cut(found, wire.key)
        return wire.response(shown, facets, token, member=wanted.unlisted)
