"""The RPCs of messages. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import grpc

from services.kit import clock
from services.kit.caller import SYSTEM, acting, caller
from services.kit.db import Database
from services.kit.gather import Gather
from services.kit.names import parent
from services.kit.once import Call
from services.kit.pages import page
from services.messaging.messages import actions, wire
from services.messaging.messages.cache import SentCache
from services.messaging.messages.domain import MESSAGES
from services.messaging.outgoing import actions as outgoing
from services.messaging.outgoing.actions import Note
from services.messaging.outgoing.domain import ParticipantNotFound
from services.messaging.people.domain import PARTICIPANTS
from services.messaging.templates.rendering import one_line
from turnout.messaging.v1 import messaging_pb2, messaging_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


# How long a batch of messages may wait for the database, in seconds.
PATIENCE = 30.0


class MessagingServicer(messaging_pb2_grpc.MessagingServiceServicer):
    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        *,
        key: bytes,
        pages_key: bytes,
        cache: SentCache,
    ) -> None:
        self._db = db
        self._now = now
        self._key = key
        self._notes: Gather[uuid.UUID, Note, messaging_pb2.Message] = Gather(self._send)
        self._pages_key = pages_key
        self._cache = cache

    async def GetMessage(
        self, request: messaging_pb2.GetMessageRequest, context: Context
    ) -> messaging_pb2.Message:
        return wire.message(await self._db.read(actions.message, MESSAGES.parse(request.name)))

    async def ListMessages(
        self, request: messaging_pb2.ListMessagesRequest, context: Context
    ) -> messaging_pb2.ListMessagesResponse:
        shown, token = await self._db.read(
            actions.messages,
            parent(request.parent),
            page(request, self._pages_key),
            event=wire.event_filter(request),
            recipient=request.recipient,
        )
        return messaging_pb2.ListMessagesResponse(
            messages=map(wire.message, shown), next_page_token=token
        )

    async def SendMessage(
        self, request: messaging_pb2.SendMessageRequest, context: Context
    ) -> messaging_pb2.Message:
        organization = parent(request.parent)
        participant = PARTICIPANTS.parse(request.participant, "participant")
        if participant.organization != organization:
            raise ParticipantNotFound(request.participant)
        call = Call(caller().name, request)
        note = Note(call, participant, one_line(request.subject), request.text)
        return await self._notes(organization, note)

    async def _send(
        self, organization: uuid.UUID, notes: list[Note]
    ) -> Sequence[messaging_pb2.Message | Exception]:
        clock.deadline.set(time.monotonic() + PATIENCE)
        with acting(SYSTEM("messaging")):
            return await self._db.run(
                outgoing.send, organization, notes, key=self._key, now=self._now()
            )

    async def ListSentMessages(
        self, request: messaging_pb2.ListSentMessagesRequest, context: Context
    ) -> messaging_pb2.ListSentMessagesResponse:
        asked = page(request, self._pages_key)
        names, token = await self._db.read(actions.sent_of, parent(request.parent), asked)
        known = await self._cache.get(names)
        missing = [name for name in names if name.id not in known]
        if missing:
            read = await self._db.read(actions.sent, missing)
            await self._cache.keep(read)
            known |= {sent.message.id: sent for sent in read}
        return messaging_pb2.ListSentMessagesResponse(
            sent_messages=[wire.taken(known[name.id]) for name in names if name.id in known],
            next_page_token=token,
        )

    async def ListMessageEvents(
        self, request: messaging_pb2.ListMessageEventsRequest, context: Context
    ) -> messaging_pb2.ListMessageEventsResponse:
        name, asked = MESSAGES.parse(request.parent, "parent"), page(request, self._pages_key)
        shown, token = await self._db.read(actions.events, name, asked)
        return messaging_pb2.ListMessageEventsResponse(
            message_events=map(wire.happened, shown), next_page_token=token
        )
