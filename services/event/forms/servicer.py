"""The RPCs about forms. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from services.event.forms import actions, wire
from services.event.forms.domain import FORMS
from services.kit import masks
from services.kit.caller import caller
from services.kit.db import Database
from services.kit.etags import expected
from turnout.event.v1 import form_pb2, form_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class RegistrationFormServicer(form_pb2_grpc.RegistrationFormServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now

    async def GetRegistrationForm(
        self, request: form_pb2.GetRegistrationFormRequest, context: Context
    ) -> form_pb2.RegistrationForm:
        event, member = FORMS.parse(request.name), caller().permitted
        return wire.form(await self._db.read(actions.read, event, member=member))

    async def UpdateRegistrationForm(
        self, request: form_pb2.UpdateRegistrationFormRequest, context: Context
    ) -> form_pb2.RegistrationForm:
        sent = request.registration_form
        event = FORMS.parse(sent.name, "registration_form.name")
        seen = expected(sent.etag, "registration_form.etag")
        paths = masks.paths(request.update_mask, sent, wire.PATCHABLE)
        revision = partial(wire.revision, sent=sent, paths=paths)
        return wire.form(
            await self._db.run(actions.update, event, revision, self._now(), seen=seen)
        )
