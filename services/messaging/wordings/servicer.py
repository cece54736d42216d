"""The RPCs of own words for what is told. A method parses, runs one action, and renders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.messaging.wordings import actions, wire
from turnout.messaging.v1 import notice_template_pb2 as pb2
from turnout.messaging.v1 import notice_template_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class NoticeTemplateServicer(notice_template_pb2_grpc.NoticeTemplateServiceServicer):
    def __init__(self, db: Database, pages_key: bytes) -> None:
        self._db = db
        self._pages_key = pages_key

    async def GetNoticeTemplate(
        self, request: pb2.GetNoticeTemplateRequest, context: Context
    ) -> pb2.NoticeTemplate:
        organization, kind = wire.wording_of(request.name)
        found = await self._db.read(actions.wordings, organization)
        return next(wire.wording(each) for each in found if each.kind is kind)

    async def ListNoticeTemplates(
        self, request: pb2.ListNoticeTemplatesRequest, context: Context
    ) -> pb2.ListNoticeTemplatesResponse:
        organization, asked = parent(request.parent), page(request, self._pages_key)
        (after,) = asked.after or ("",)
        found = await self._db.read(actions.wordings, organization)
        rest = [each for each in found if each.kind.value > after][: asked.limit]
        shown, token = asked.cut(rest, lambda each: (each.kind.value,))
        return pb2.ListNoticeTemplatesResponse(
            notice_templates=map(wire.wording, shown), next_page_token=token
        )

    async def UpdateNoticeTemplate(
        self, request: pb2.UpdateNoticeTemplateRequest, context: Context
    ) -> pb2.NoticeTemplate:
        sent = request.notice_template
        organization, kind = wire.wording_of(sent.name, "notice_template.name")
        version = expected(sent.etag, "notice_template.etag")

        async def update(tx: Tx) -> pb2.NoticeTemplate:
            changed = await actions.change(
                tx, organization, kind, lambda before: wire.changed(before, request), version
            )
            return wire.wording(changed)

        return await self._db.run(once(request, update))
