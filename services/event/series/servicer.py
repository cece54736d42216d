"""The RPCs about series. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from services.event.events.domain import EVENTS
from services.event.series import actions, wire
from services.event.series.domain import SERIES
from services.kit import masks, pages
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from turnout.event.v1 import series_pb2, series_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class SeriesServicer(series_pb2_grpc.SeriesServiceServicer):
    """`secret` is what page tokens are signed with."""

    def __init__(self, db: Database, now: Callable[[], datetime], secret: bytes) -> None:
        self._db = db
        self._now = now
        self._secret = secret

    async def CreateSeries(
        self, request: series_pb2.CreateSeriesRequest, context: Context
    ) -> series_pb2.Series:
        first, dates = wire.first(request), wire.dates(request.series)

        async def create(tx: Tx) -> series_pb2.Series:
            return wire.series(await actions.create(tx, first, dates, self._now()))

        return await self._db.run(once(request, create))

    async def GetSeries(
        self, request: series_pb2.GetSeriesRequest, context: Context
    ) -> series_pb2.Series:
        return wire.series(await self._db.read(actions.read, SERIES.parse(request.name)))

    async def ListSeries(
        self, request: series_pb2.ListSeriesRequest, context: Context
    ) -> series_pb2.ListSeriesResponse:
        page, organization = pages.page(request, self._secret), parent(request.parent)
        after = page.after[0] if page.after else None
        found = await self._db.read(actions.page, organization, after=after, most=page.limit)
        shown, token = page.cut(found, wire.key)
        return series_pb2.ListSeriesResponse(series=map(wire.series, shown), next_page_token=token)

    async def UpdateSeries(
        self, request: series_pb2.UpdateSeriesRequest, context: Context
    ) -> series_pb2.Series:
        name = SERIES.parse(request.series.name, "series.name")
        seen = expected(request.series.etag, "series.etag")
        paths = masks.paths(request.update_mask, request.series, wire.PATCHABLE)
        change = partial(wire.changed, sent=request.series, paths=paths)
        series = await self._db.run(actions.update, name, change, self._now(), seen=seen)
        return wire.series(series)

    async def PublishSeries(
        self, request: series_pb2.PublishSeriesRequest, context: Context
    ) -> series_pb2.Series:
        name, seen = SERIES.parse(request.name), expected(request.etag)

        async def publish(tx: Tx) -> series_pb2.Series:
            return wire.series(await actions.publish(tx, name, self._now(), seen=seen))

        return await self._db.run(once(request, publish))

    async def CancelSeries(
        self, request: series_pb2.CancelSeriesRequest, context: Context
    ) -> series_pb2.Series:
        name, seen, reason = SERIES.parse(request.name), expected(request.etag), request.reason

        async def cancel(tx: Tx) -> series_pb2.Series:
            return wire.series(await actions.cancel(tx, name, reason, self._now(), seen=seen))

        return await self._db.run(once(request, cancel))

    async def UpdateOccurrences(
        self, request: series_pb2.UpdateOccurrencesRequest, context: Context
    ) -> series_pb2.Series:
        name = EVENTS.parse(request.event.name, "event.name")
        seen, revision = expected(request.event.etag, "event.etag"), wire.revision(request)

        async def revise(tx: Tx) -> series_pb2.Series:
            return wire.series(await actions.revise(tx, name, revision, self._now(), seen=seen))

        return await self._db.run(once(request, revise))

    async def SkipOccurrence(
        self, request: series_pb2.SkipOccurrenceRequest, context: Context
    ) -> series_pb2.Series:
        name, seen, reason = EVENTS.parse(request.name), expected(request.etag), request.reason

        async def skip(tx: Tx) -> series_pb2.Series:
            return wire.series(await actions.skip(tx, name, reason, self._now(), seen=seen))

        return await self._db.run(once(request, skip))
