"""The RPCs about calendars. A method parses, runs its actions, and renders; nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import tzdata  # type: ignore[import-untyped]
from google.api import httpbody_pb2
from google.protobuf import empty_pb2

from services.event.calendar import actions, wire
from services.event.calendar.domain import FEEDS, Calendar, Entry
from services.event.events.domain import EVENTS
from services.kit import caching, pages
from services.kit.caller import Caller, Kind, acting, caller
from services.kit.db import Database, Tx
from services.kit.names import ORGANIZATIONS, USERS
from services.kit.once import once
from services.kit.tenant import within
from turnout.event.v1 import calendar_pb2, calendar_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]

TITLE, MINE = "Events", "My events"


class CalendarServicer(calendar_pb2_grpc.CalendarServiceServicer):
    """`page` is the address of the personal calendar, `key` signs what follows it; `secret` is
    what page tokens are signed with."""

    def __init__(
        self, db: Database, now: Callable[[], datetime], page: str, key: bytes, secret: bytes
    ) -> None:
        self._db = db
        self._now = now
        self._page = page
        self._key = key
        self._secret = secret

    async def GetEventCalendar(
        self, request: calendar_pb2.GetEventCalendarRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        name, member = EVENTS.parse(request.name), caller().permitted
        found = await self._db.read(actions.one, name, member=member)
        [(entry, event)] = found
        calendar = Calendar(event.plan.display_name, tuple(found))
        tag = caching.etag(tzdata.IANA_VERSION, entry)
        keep = caching.PRIVATE if member else caching.PUBLIC
        modified = not caching.has(context, tag)
        return await self._answer(context, tag, keep, calendar if modified else None)

    async def GetOrganizationCalendar(
        self, request: calendar_pb2.GetOrganizationCalendarRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        organization, now = ORGANIZATIONS.parse(request.name), self._now()
        entries = await self._db.read(actions.published, organization, now)
        return await self._list(context, TITLE, entries, caching.PUBLIC)

    async def GetPersonalCalendar(
        self, request: calendar_pb2.GetPersonalCalendarRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        id = wire.feed_of(self._key, request.token)
        feed = await self._db.run(actions.opened, id, self._now())
        # The database shows seats to their organization and to their buyer.
        with within(None), acting(Caller(USERS.format(feed.user), Kind.USER)):
            entries = await self._db.read(actions.attended, feed.user, self._now())
            return await self._list(context, MINE, entries, caching.PRIVATE)

    async def CreateCalendarFeed(
        self, request: calendar_pb2.CreateCalendarFeedRequest, context: Context
    ) -> calendar_pb2.CalendarFeed:
        user, who, now = USERS.parse(request.parent, "parent"), caller().name, self._now()
        display_name = request.calendar_feed.display_name.strip()

        async def create(tx: Tx) -> calendar_pb2.CalendarFeed:
            return wire.feed(await actions.create(tx, user, display_name, who, now))

        made = await self._db.run(once(request, create))
        return wire.addressed(made, self._page, self._key)

    async def GetCalendarFeed(
        self, request: calendar_pb2.GetCalendarFeedRequest, context: Context
    ) -> calendar_pb2.CalendarFeed:
        found = await self._db.read(actions.get, *FEEDS.parse(request.name), caller().name)
        return wire.addressed(wire.feed(found), self._page, self._key)

    async def ListCalendarFeeds(
        self, request: calendar_pb2.ListCalendarFeedsRequest, context: Context
    ) -> calendar_pb2.ListCalendarFeedsResponse:
        user, page = USERS.parse(request.parent, "parent"), pages.page(request, self._secret)
        (after,) = page.after or (None,)
        found = await self._db.read(actions.page, user, caller().name, after=after, most=page.limit)
        shown, token = page.cut(found, lambda feed: (feed.id,))
        feeds = [wire.addressed(wire.feed(each), self._page, self._key) for each in shown]
        return calendar_pb2.ListCalendarFeedsResponse(calendar_feeds=feeds, next_page_token=token)

    async def DeleteCalendarFeed(
        self, request: calendar_pb2.DeleteCalendarFeedRequest, context: Context
    ) -> empty_pb2.Empty:
        await self._db.run(actions.remove, *FEEDS.parse(request.name), caller().name)
        return empty_pb2.Empty()

    async def _list(
        self, context: Context, title: str, entries: Sequence[Entry], keep: str
    ) -> httpbody_pb2.HttpBody:
        """Answers with many events, which are read only for who does not have them already."""
        tag = caching.etag(tzdata.IANA_VERSION, *entries)
        if caching.has(context, tag):
            return await self._answer(context, tag, keep, None)
        found = await self._db.read(actions.filled, entries)
        return await self._answer(context, tag, keep, Calendar(title, tuple(found)))

    async def _answer(
        self, context: Context, tag: str, keep: str, calendar: Calendar | None
    ) -> httpbody_pb2.HttpBody:
        # A thousand events take a while to write.
        body = await asyncio.to_thread(wire.body, calendar)
        await caching.tell(context, tag, keep, modified=calendar is not None)
        return body
