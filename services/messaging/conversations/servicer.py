"""The RPCs of conversations. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.kit import errors, status
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.messaging.conversations import actions, domain, wire
from services.messaging.conversations.domain import CONVERSATIONS, Conversation
from services.messaging.conversations.watching import Item, Limits, Watch
from turnout.messaging.v1 import conversation_pb2, conversation_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]

# How refusals inside a stream are signed, as all others are.
DOMAIN = "messaging.turnout.app"
# Frames that wait to be read.
AHEAD = 64

Shown = conversation_pb2.WatchConversationsResponse
Asked = conversation_pb2.ConverseRequest
Told = conversation_pb2.ConverseResponse
# A frame to send, why the stream ends, or that the operator has left (None).
Waiting = asyncio.Queue[Told | BaseException | None]


class ConversationServicer(conversation_pb2_grpc.ConversationServiceServicer):
    """`key` seals what is sent."""

    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        *,
        key: bytes,
        pages_key: bytes,
        limits: Limits | None = None,
    ) -> None:
        self._db = db
        self._now = now
        self._key = key
        self._pages_key = pages_key
        self._limits = limits or Limits()

    async def GetConversation(
        self, request: conversation_pb2.GetConversationRequest, context: Context
    ) -> conversation_pb2.Conversation:
        name = CONVERSATIONS.parse(request.name)
        return wire.conversation(await self._db.read(actions.conversation, name))

    async def ListConversations(
        self, request: conversation_pb2.ListConversationsRequest, context: Context
    ) -> conversation_pb2.ListConversationsResponse:
        asked = page(request, self._pages_key)
        shown, token = await self._db.read(
            actions.conversations, parent(request.parent), asked, wire.wanted(request)
        )
        return conversation_pb2.ListConversationsResponse(
            conversations=map(wire.conversation, shown), next_page_token=token
        )

    async def ListConversationEntries(
        self, request: conversation_pb2.ListConversationEntriesRequest, context: Context
    ) -> conversation_pb2.ListConversationEntriesResponse:
        name = CONVERSATIONS.parse(request.parent, "parent")
        shown, token = await self._db.read(actions.entries, name, page(request, self._pages_key))
        return conversation_pb2.ListConversationEntriesResponse(
            entries=map(wire.entry, shown), next_page_token=token
        )

    async def AssignConversation(
        self, request: conversation_pb2.AssignConversationRequest, context: Context | None
    ) -> conversation_pb2.Conversation:
        name, assignee = CONVERSATIONS.parse(request.name), wire.assignee(request.assignee)

        async def assign(tx: Tx) -> conversation_pb2.Conversation:
            return wire.conversation(await actions.assign(tx, name, assignee, self._now()))

        return await self._db.run(once(request, assign))

    async def CloseConversation(
        self, request: conversation_pb2.CloseConversationRequest, context: Context | None
    ) -> conversation_pb2.Conversation:
        name = CONVERSATIONS.parse(request.name)

        async def close(tx: Tx) -> conversation_pb2.Conversation:
            return wire.conversation(await actions.close(tx, name, self._now()))

        return await self._db.run(once(request, close))

    async def MarkConversationRead(
        self, request: conversation_pb2.MarkConversationReadRequest, context: Context | None
    ) -> conversation_pb2.Conversation:
        name = CONVERSATIONS.parse(request.name)

        async def mark(tx: Tx) -> conversation_pb2.Conversation:
            return wire.conversation(await actions.mark_read(tx, name, self._now()))

        return await self._db.run(once(request, mark))

    async def SendReply(
        self, request: conversation_pb2.SendReplyRequest, context: Context | None
    ) -> conversation_pb2.ConversationEntry:
        name, by = CONVERSATIONS.parse(request.name), caller()

        async def reply(tx: Tx) -> conversation_pb2.ConversationEntry:
            said = await actions.reply(
                tx,
                name,
                request.text,
                asks_location=request.asks_location,
                by=by,
                key=self._key,
                now=self._now(),
            )
            return wire.entry(said)

        return await self._db.run(once(request, reply))

    async def WatchConversations(
        self, request: conversation_pb2.WatchConversationsRequest, context: Context
    ) -> AsyncIterator[Shown]:
        watch = self._watch(parent(request.parent), wire.assignee(request.assignee))
        async with contextlib.aclosing(watch.items()) as items:
            async for item in items:
                yield _shown(item)

    async def Converse(
        self, request_iterator: AsyncIterator[Asked], context: Context
    ) -> AsyncIterator[Told]:
        organization, assignee = _opened(await anext(request_iterator, None))
        waiting: Waiting = asyncio.Queue(AHEAD)
        feeders = (
            self._tell(waiting, self._watch(organization, assignee)),
            self._hear(waiting, organization, request_iterator),
        )
        # A TaskGroup would make an error of the end of this generator.
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(_fed(waiting, each)) for each in feeders]
        try:
            while (frame := await waiting.get()) is not None:
                if isinstance(frame, BaseException):
                    raise frame
                yield frame
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _watch(self, organization: uuid.UUID, assignee: uuid.UUID | None) -> Watch:
        return Watch(self._db, organization, self._now, self._limits, assignee)

    async def _tell(self, waiting: Waiting, watch: Watch) -> None:
        async with contextlib.aclosing(watch.items()) as items:
            async for item in items:
                frame = _told(item)
                try:
                    async with asyncio.timeout(self._limits.stalled):
                        await waiting.put(frame)
                except TimeoutError:
                    raise domain.TooSlow() from None

    async def _hear(
        self, waiting: Waiting, organization: uuid.UUID, frames: AsyncIterator[Asked]
    ) -> None:
        async for frame in frames:
            await waiting.put(await self._obey(frame, organization))

    async def _obey(self, frame: Asked, organization: uuid.UUID) -> Told:
        kind = frame.WhichOneof("frame")
        if kind is None or kind == "open":
            raise domain.BadFrame(
                kind or "frame", "must be the first frame only, or hold something"
            )
        asked = getattr(frame, kind)
        done = Told.Done(request_id=asked.request_id)
        try:
            name = CONVERSATIONS.parse(asked.name)
            if name.organization != organization:
                raise domain.ConversationNotFound(asked.name)
            if kind == "reply":
                done.entry.CopyFrom(await self.SendReply(asked, None))
            elif kind == "assign":
                await self.AssignConversation(asked, None)
            elif kind == "read":
                await self.MarkConversationRead(asked, None)
            else:
                await self.CloseConversation(asked, None)
        except errors.Refusal as refusal:
            _, said = status.render(refusal, DOMAIN)
            return Told(refused=Told.Refused(request_id=asked.request_id, status=said))
        return Told(done=done)


async def _fed(waiting: Waiting, feeding: Any) -> None:
    """Runs what puts frames into a queue, and then the end of it."""
    try:
        await feeding
    except Exception as error:  # noqa: BLE001 - it is the stream's to answer
        await waiting.put(error)
    else:
        await waiting.put(None)


def _opened(frame: Asked | None) -> tuple[uuid.UUID, uuid.UUID | None]:
    """The organization that the first frame names, and whose conversations are wanted."""
    if frame is None or frame.WhichOneof("frame") != "open":
        raise domain.BadFrame("open", "must be the first frame")
    return parent(frame.open.parent, "open.parent"), wire.assignee(frame.open.assignee)


def _shown(item: Item) -> Shown:
    if item is None:
        return Shown(pulse=Shown.Pulse())
    if isinstance(item, Conversation):
        return Shown(conversation=wire.conversation(item))
    return Shown(entry=wire.entry(item))


def _told(item: Item) -> Told:
    if item is None:
        return Told(pulse=Shown.Pulse())
    if isinstance(item, Conversation):
        return Told(conversation=wire.conversation(item))
    return Told(entry=wire.entry(item))
