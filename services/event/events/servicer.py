"""The RPCs about events. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2

from services.event.events import actions, store, wire
from services.event.events.domain import EVENTS
from services.kit import masks, pages
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from turnout.event.v1 import event_pb2, event_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class EventServicer(event_pb2_grpc.EventServiceServicer):
    """`secret` is what page tokens are signed with."""

    def __init__(self, db: Database, now: Callable[[], datetime], secret: bytes) -> None:
        self._db = db
        self._now = now
        self._secret = secret

    async def CreateEvent(
        self, request: event_pb2.CreateEventRequest, context: Context
    ) -> event_pb2.Event:
        organization, plan = parent(request.parent), wire.plan(request.event)
        template = request.template

        async def create(tx: Tx) -> event_pb2.Event:
            event = await actions.create(tx, organization, plan, self._now(), template=template)
            return wire.event(event, member=True)

        return await self._db.run(once(request, create))

    async def GetEvent(
        self, request: event_pb2.GetEventRequest, context: Context
    ) -> event_pb2.Event:
        name, who = EVENTS.parse(request.name), caller()
        member = who.permitted
        found, joins = await self._db.read(actions.joined, name, member=member, who=who.name)
        return wire.event(found, member=member, joins=joins)

    async def ListEvents(
        self, request: event_pb2.ListEventsRequest, context: Context
    ) -> event_pb2.ListEventsResponse:
        page, wanted = pages.page(request, self._secret), wire.wanted(request, caller().permitted)
        found = await self._db.read(store.page, wanted, after=page.after, most=page.limit)
        shown, token = page.cut(found, wire.key)
        member = not wanted.public
        events = [wire.event(each, member=member, joins=False) for each in shown]
        return event_pb2.ListEventsResponse(events=events, next_page_token=token)

    async def UpdateEvent(
        self, request: event_pb2.UpdateEventRequest, context: Context
    ) -> event_pb2.Event:
        name = EVENTS.parse(request.event.name, "event.name")
        seen = expected(request.event.etag, "event.etag")
        paths = masks.paths(request.update_mask, request.event, wire.PATCHABLE)
        revision = partial(wire.revision, sent=request.event, paths=paths)
        event = await self._db.run(actions.update, name, revision, self._now(), seen=seen)
        return wire.event(event, member=True)

    async def PublishEvent(
        self, request: event_pb2.PublishEventRequest, context: Context
    ) -> event_pb2.Event:
        name, seen = EVENTS.parse(request.name), expected(request.etag)

        async def publish(tx: Tx) -> event_pb2.Event:
            event = await actions.publish(tx, name, self._now(), seen=seen)
            return wire.event(event, member=True)

        return await self._db.run(once(request, publish))

    async def DeleteEvent(
        self, request: event_pb2.DeleteEventRequest, context: Context
    ) -> empty_pb2.Empty:
        name, seen = EVENTS.parse(request.name), expected(request.etag)
        await self._db.run(actions.delete, name, seen=seen)
        return empty_pb2.Empty()

    async def UnpublishEvent(
        self, request: event_pb2.UnpublishEventRequest, context: Context
    ) -> event_pb2.Event:
        name, seen = EVENTS.parse(request.name), expected(request.etag)

        async def unpublish(tx: Tx) -> event_pb2.Event:
            event = await actions.unpublish(tx, name, self._now(), seen=seen)
            return wire.event(event, member=True)

        return await self._db.run(once(request, unpublish))

    async def CompleteEvent(
        self, request: event_pb2.CompleteEventRequest, context: Context
    ) -> event_pb2.Event:
        name, seen = EVENTS.parse(request.name), expected(request.etag)

        async def complete(tx: Tx) -> event_pb2.Event:
            event = await actions.complete(tx, name, self._now(), seen=seen)
            return wire.event(event, member=True)

        return await self._db.run(once(request, complete))

    async def DuplicateEvent(
        self, request: event_pb2.DuplicateEventRequest, context: Context
    ) -> event_pb2.Event:
        name, copy = EVENTS.parse(request.name), wire.duplicate(request)

        async def duplicate(tx: Tx) -> event_pb2.Event:
            event = await actions.duplicate(tx, name, copy, self._now())
            return wire.event(event, member=True)

        return await self._db.run(once(request, duplicate))

    async def CancelEvent(
        self, request: event_pb2.CancelEventRequest, context: Context
    ) -> event_pb2.Event:
        name, seen, reason = EVENTS.parse(request.name), expected(request.etag), request.reason

        async def cancel(tx: Tx) -> event_pb2.Event:
            event = await actions.cancel(tx, name, reason, self._now(), seen=seen)
            return wire.event(event, member=True)

        return await self._db.run(once(request, cancel))
