"""The RPCs of waiting. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.booking import wire as sales
from services.booking.actions import Terms
from services.booking.live import Live
from services.booking.store import line_of
from services.booking.waitlist import actions, store, wire
from services.booking.waitlist.domain import ENTRIES, Entry, State
from services.kit import masks
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from turnout.booking.v1 import waitlist_pb2, waitlist_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)


class WaitlistServicer(waitlist_pb2_grpc.WaitlistServiceServicer):
    def __init__(
        self,
        db: Database,
        live: Live,
        terms: Terms,
        now: Callable[[], datetime],
        *,
        page_key: bytes,
    ) -> None:
        self._db = db
        self._live = live
        self._terms = terms
        self._now = now
        self._page_key = page_key

    async def CreateWaitlistEntry(
        self, request: waitlist_pb2.CreateWaitlistEntryRequest, context: Context
    ) -> waitlist_pb2.WaitlistEntry:
        wish = wire.wish(request, caller())

        async def join(tx: Tx) -> waitlist_pb2.WaitlistEntry:
            return wire.entry(await actions.join(tx, wish, self._now()))

        return await self._db.run(once(request, join))

    async def GetWaitlistEntry(
        self, request: waitlist_pb2.GetWaitlistEntryRequest, context: Context
    ) -> waitlist_pb2.WaitlistEntry:
        name = ENTRIES.parse(request.name)
        return wire.entry(await self._db.read(actions.get, name, own=own()))

    async def ListWaitlistEntries(
        self, request: waitlist_pb2.ListWaitlistEntriesRequest, context: Context
    ) -> waitlist_pb2.ListWaitlistEntriesResponse:
        organization = parent(request.parent)
        event = sales.event_filter(request.event, request.parent)
        asked = page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            store.page, organization, event=event, own=own(), after=after, size=asked.limit
        )
        shown, token = asked.cut(found, key=lambda entry: (entry.name.id,))
        return waitlist_pb2.ListWaitlistEntriesResponse(
            waitlist_entries=[wire.entry(one) for one in shown], next_page_token=token
        )

    async def LeaveWaitlist(
        self, request: waitlist_pb2.LeaveWaitlistRequest, context: Context
    ) -> waitlist_pb2.WaitlistEntry:
        name, version = ENTRIES.parse(request.name), expected(request.etag)

        async def leave(tx: Tx) -> waitlist_pb2.WaitlistEntry:
            after = await actions.leave(tx, name, own=own(), version=version, now=self._now())
            return wire.entry(after)

        return await self._db.run(once(request, leave))

    async def AcceptWaitlistOffer(
        self, request: waitlist_pb2.AcceptWaitlistOfferRequest, context: Context
    ) -> waitlist_pb2.WaitlistEntry:
        name = ENTRIES.parse(request.name)

        async def accept(tx: Tx) -> waitlist_pb2.WaitlistEntry:
            now = self._now()
            return wire.entry(await actions.accept(tx, name, own=own(), now=now, terms=self._terms))

        return await self._db.run(once(request, accept))

    async def WatchWaitlistEntry(
        self, request: waitlist_pb2.WatchWaitlistEntryRequest, context: Context
    ) -> AsyncIterator[waitlist_pb2.WaitlistEntry]:
        entry = await self._db.read(actions.get, ENTRIES.parse(request.name), own=own())
        if entry.state is State.LEFT:
            yield wire.entry(entry)
            return

        def show(line: Mapping[uuid.UUID, Entry]) -> waitlist_pb2.WaitlistEntry | None:
            """Nothing more of who left the line."""
            found = line.get(entry.name.id)
            return wire.entry(found) if found else None

        async def look(tx: Tx) -> Mapping[uuid.UUID, Entry]:
            return await actions.line(tx, entry.event)

        topic, organization = line_of(entry.event.id), entry.event.organization
        async with contextlib.aclosing(
            self._live.frames(topic, organization, look, show)
        ) as frames:
            async for frame in frames:
                yield frame

    async def GetWaitlist(
        self, request: waitlist_pb2.GetWaitlistRequest, context: Context
    ) -> waitlist_pb2.Waitlist:
        event = wire.WAITLISTS.parse(request.name)
        return wire.policy(event, *await self._db.read(actions.policy, event))

    async def UpdateWaitlist(
        self, request: waitlist_pb2.UpdateWaitlistRequest, context: Context
    ) -> waitlist_pb2.Waitlist:
        sent = request.waitlist
        event = wire.WAITLISTS.parse(sent.name, "waitlist.name")
        version = expected(sent.etag, "waitlist.etag")
        paths = masks.paths(request.update_mask, sent, wire.PATCHABLE)
        wanted: dict[str, Any] = {}
        if "skipping" in paths:
            wanted["skips"] = sent.skipping
        if "offer_duration" in paths:
            wanted["offer"] = wire.offer_duration(sent)
        if "no_show_lead" in paths:
            wanted["lead"] = wire.no_show_lead(sent)
        after = await self._db.run(
            actions.change_policy, event, wanted, version=version, now=self._now()
        )
        return wire.policy(event, *after)


def own() -> str | None:
    """Whose places the caller may see: the own ones, or everybody's (None)."""
    return None if caller().permitted else caller().name
