"""The RPCs of the door. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from services.booking import wire as sales
from services.booking.check_in import actions, store, wire
from services.booking.check_in.actions import Shown
from services.booking.check_in.domain import SCANS
from services.booking.codes import Signer
from services.booking.domain import TICKETS
from services.booking.live import Live
from services.booking.tickets import wire as ticket_wire
from services.kit import masks
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from turnout.booking.v1 import booking_pb2, check_in_pb2, check_in_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)


class CheckInServicer(check_in_pb2_grpc.CheckInServiceServicer):
    """`key` signs the tokens of offers, which a ticket shows."""

    def __init__(
        self,
        db: Database,
        live: Live,
        signer: Signer,
        now: Callable[[], datetime],
        *,
        key: bytes,
        page_key: bytes,
    ) -> None:
        self._db = db
        self._live = live
        self._signer = signer
        self._now = now
        self._key = key
        self._page_key = page_key

    async def CheckInTicket(
        self, request: check_in_pb2.CheckInTicketRequest, context: Context
    ) -> booking_pb2.Ticket:
        event = wire.event_at(request.event, request.parent)
        ticket = wire.shown(request.code, request.ticket, event.organization)
        shown = Shown(event, request.code, ticket, request.gate)

        async def enter(tx: Tx) -> booking_pb2.Ticket:
            given: dict[str, Any] = {
                "who": caller().name,
                "now": self._now(),
                "signer": self._signer,
            }
            return ticket_wire.ticket(await actions.check_in(tx, shown, **given), self._key)

        return await self._db.run(once(request, enter))

    async def UndoCheckIn(
        self, request: check_in_pb2.UndoCheckInRequest, context: Context
    ) -> booking_pb2.Ticket:
        name, version = TICKETS.parse(request.name), expected(request.etag)

        async def undo(tx: Tx) -> booking_pb2.Ticket:
            after = await actions.undo(tx, name, version=version, now=self._now())
            return ticket_wire.ticket(after, self._key)

        return await self._db.run(once(request, undo))

    async def UploadScans(
        self, request: check_in_pb2.UploadScansRequest, context: Context
    ) -> check_in_pb2.UploadScansResponse:
        event, shown = wire.event_at(request.event, request.parent), []
        for index, one in enumerate(request.scans):
            id, at = wire.scanned(one, index)
            under = f"scans[{index}]."
            ticket = wire.shown(one.code, one.ticket, event.organization, under)
            shown.append(Shown(event, one.code, ticket, one.gate, id, at))

        async def upload(tx: Tx) -> check_in_pb2.UploadScansResponse:
            given: dict[str, Any] = {
                "who": caller().name,
                "now": self._now(),
                "signer": self._signer,
            }
            done = await actions.upload(tx, shown, **given)
            return check_in_pb2.UploadScansResponse(scans=[wire.scan(one) for one in done])

        return await self._db.run(once(request, upload))

    async def GetScan(
        self, request: check_in_pb2.GetScanRequest, context: Context
    ) -> check_in_pb2.Scan:
        return wire.scan(await self._db.read(actions.scan, SCANS.parse(request.name)))

    async def ListScans(
        self, request: check_in_pb2.ListScansRequest, context: Context
    ) -> check_in_pb2.ListScansResponse:
        asked = page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            store.page,
            parent(request.parent),
            event=sales.event_filter(request.event, request.parent),
            ticket=wire.ticket_filter(request.ticket, request.parent),
            conflicts=request.conflicts,
            after=after,
            size=asked.limit,
        )
        shown, token = asked.cut(found, key=lambda scan: (scan.name.id,))
        return check_in_pb2.ListScansResponse(
            scans=[wire.scan(one) for one in shown], next_page_token=token
        )

    async def GetAttendance(
        self, request: check_in_pb2.GetAttendanceRequest, context: Context
    ) -> check_in_pb2.Attendance:
        event = wire.ATTENDANCES.parse(request.name)
        return wire.attendance(event, *await self._db.read(actions.attendance, event))

    async def WatchAttendance(
        self, request: check_in_pb2.WatchAttendanceRequest, context: Context
    ) -> AsyncIterator[check_in_pb2.Attendance]:
        event = wire.ATTENDANCES.parse(request.name)

        async def look(tx: Tx) -> bytes:
            """Serialised once, for all who watch."""
            found = await actions.attendance(tx, event)
            return wire.attendance(event, *found).SerializeToString()

        topic, organization = store.door_of(event.id), event.organization
        frames = self._live.frames(topic, organization, look, lambda frame: frame)
        async with contextlib.aclosing(frames):
            async for frame in frames:
                yield cast(Any, frame)

    async def GetDoor(
        self, request: check_in_pb2.GetDoorRequest, context: Context
    ) -> check_in_pb2.Door:
        event = wire.DOORS.parse(request.name)
        return wire.door(event, await self._db.read(actions.door, event))

    async def UpdateDoor(
        self, request: check_in_pb2.UpdateDoorRequest, context: Context
    ) -> check_in_pb2.Door:
        event = wire.DOORS.parse(request.door.name, "door.name")
        version = expected(request.door.etag, "door.etag")
        paths = masks.paths(request.update_mask, request.door, wire.PATCHABLE)
        changes = {path: getattr(request.door, path) for path in paths}
        return wire.door(event, await self._db.run(actions.change_door, event, changes, version))
