"""The RPCs of imports. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.event.imports import actions, wire
from services.event.imports.domain import BadImport, Outcome
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.once import once
from turnout.event.v1 import import_pb2, import_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]

Request = import_pb2.UploadParticipantsRequest
Response = import_pb2.UploadParticipantsResponse


class ParticipantImportServicer(import_pb2_grpc.ParticipantImportServiceServicer):
    def __init__(self, db: Database, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now

    async def ImportParticipants(
        self, request: import_pb2.ImportParticipantsRequest, context: Context
    ) -> import_pb2.ImportParticipantsResponse:
        event = wire.event_of(request.parent, request.event)
        form = await self._db.read(actions.form, event)
        # A large table would hold up everybody else.
        people, flaws, ignored = await asyncio.to_thread(
            wire.table, request.file.data, request.file.content_type, form
        )

        async def take_in(tx: Tx) -> import_pb2.ImportParticipantsResponse:
            report = request.report_duplicates
            taken = await actions.take_in(tx, event, people, self._now(), report=report)
            return wire.response(taken + Outcome(flaws=tuple(flaws)), ignored)

        return await self._db.run(once(request, take_in))

    async def UploadParticipants(
        self, request_iterator: AsyncIterator[Request], context: Context
    ) -> AsyncIterator[Response]:
        first = await anext(request_iterator, None)
        if first is None or not first.HasField("open"):
            raise BadImport("open", "must be the first frame")
        opening = first.open
        event = wire.event_of(opening.parent, opening.event, "open.")
        id = _own(opening.request_id)
        form, through = await self._db.run(actions.begin, event, id, self._now())
        yield wire.frame(Outcome(), through)
        async for request in request_iterator:
            if not request.HasField("rows"):
                raise BadImport("rows", "must be set in every frame after the first")
            frame = request.rows
            last = frame.first_row + len(frame.rows) - 1
            if frame.first_row > through + 1:
                raise BadImport("rows.first_row", f"must be at most {through + 1}")
            people, flaws = await asyncio.to_thread(wire.rows, frame, form)
            told = Outcome(flaws=tuple(flaw for flaw in flaws if flaw.line > through))
            people = people.rows(p for p, line in enumerate(people.lines) if line > through)
            through = max(through, last)
            taken = await self._db.run(
                actions.take_frame,
                event,
                people,
                self._now(),
                id=id,
                through=through,
                report=opening.report_duplicates,
            )
            yield wire.frame(taken + told, through)


def _own(request_id: str) -> uuid.UUID | None:
    """What a caller's own stream is known by."""
    return uuid.uuid5(uuid.UUID(request_id), caller().name) if request_id else None
