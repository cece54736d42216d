"""The RPCs of templates. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2

from services.kit import masks
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.ids import new_id
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.messaging.messages import wire as messages
from services.messaging.templates import actions, wire
from services.messaging.templates.actions import Trial
from services.messaging.templates.domain import TEMPLATES
from turnout.messaging.v1 import messaging_pb2, template_pb2, template_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class MessageTemplateServicer(template_pb2_grpc.MessageTemplateServiceServicer):
    """`key` seals what is sent."""

    def __init__(
        self, db: Database, now: Callable[[], datetime], *, key: bytes, pages_key: bytes
    ) -> None:
        self._db = db
        self._now = now
        self._key = key
        self._pages_key = pages_key

    async def CreateMessageTemplate(
        self, request: template_pb2.CreateMessageTemplateRequest, context: Context
    ) -> template_pb2.MessageTemplate:
        made = wire.created(request, parent(request.parent), id=new_id(), now=self._now())

        async def create(tx: Tx) -> template_pb2.MessageTemplate:
            return wire.template(await actions.create(tx, made))

        return await self._db.run(once(request, create))

    async def GetMessageTemplate(
        self, request: template_pb2.GetMessageTemplateRequest, context: Context
    ) -> template_pb2.MessageTemplate:
        name, version = TEMPLATES.parse(request.name), request.version or None
        return wire.template(await self._db.read(actions.template, name, version))

    async def ListMessageTemplates(
        self, request: template_pb2.ListMessageTemplatesRequest, context: Context
    ) -> template_pb2.ListMessageTemplatesResponse:
        asked = page(request, self._pages_key)
        shown, token = await self._db.read(actions.templates, parent(request.parent), asked)
        return template_pb2.ListMessageTemplatesResponse(
            message_templates=map(wire.template, shown), next_page_token=token
        )

    async def UpdateMessageTemplate(
        self, request: template_pb2.UpdateMessageTemplateRequest, context: Context
    ) -> template_pb2.MessageTemplate:
        sent = request.message_template
        name = TEMPLATES.parse(sent.name, "message_template.name")
        seen = expected(sent.etag, "message_template.etag")
        revision = wire.revision(sent, masks.paths(request.update_mask, sent, wire.PATCHABLE))
        return wire.template(
            await self._db.run(actions.update, name, revision, self._now(), seen=seen)
        )

    async def DeleteMessageTemplate(
        self, request: template_pb2.DeleteMessageTemplateRequest, context: Context
    ) -> empty_pb2.Empty:
        name, seen = TEMPLATES.parse(request.name), expected(request.etag)
        await self._db.run(actions.delete, name, seen=seen)
        return empty_pb2.Empty()

    async def PreviewMessageTemplate(
        self, request: template_pb2.PreviewMessageTemplateRequest, context: Context
    ) -> template_pb2.PreviewMessageTemplateResponse:
        trial = _trial(request)
        return wire.previewed(
            *await self._db.read(actions.preview, TEMPLATES.parse(request.name), trial)
        )

    async def SendTestMessage(
        self, request: template_pb2.SendTestMessageRequest, context: Context
    ) -> messaging_pb2.Message:
        name, trial = TEMPLATES.parse(request.name), _trial(request)

        async def send(tx: Tx) -> messaging_pb2.Message:
            sent = await actions.send_test(
                tx, name, request.address, trial, key=self._key, now=self._now()
            )
            return messages.message(sent)

        return await self._db.run(once(request, send))


def _trial(
    request: template_pb2.PreviewMessageTemplateRequest | template_pb2.SendTestMessageRequest,
) -> Trial:
    return Trial(
        request.language_code, wire.channel(request.channel), wire.values(request.variables)
    )
