"""The RPCs of tickets. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.api import httpbody_pb2

from services.booking.codes import Signer
from services.booking.domain import TICKETS
from services.booking.tickets import actions, documents, passes, wire
from services.booking.tickets.domain import Gathering, PassUnavailable, Ticket
from services.booking.tickets.passes import Wallets
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from services.kit.pages import page
from services.kit.wire import timestamp
from turnout.booking.v1 import booking_pb2, ticket_pb2, ticket_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)
# The media types of the formats.
KINDS = {
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "png": "image/png",
    "pkpass": "application/vnd.apple.pkpass",
    "gwallet": "text/uri-list",
}
AT_ONCE = 2  # documents that are drawn at a time


class TicketServicer(ticket_pb2_grpc.TicketServiceServicer):
    """`key` signs the tokens of offers, `font` is the file of the font to print with.

    Passes can be made for `wallets`.
    """

    def __init__(
        self,
        db: Database,
        signer: Signer,
        now: Callable[[], datetime],
        *,
        key: bytes,
        page_key: bytes,
        font: str,
        wallets: Wallets,
    ) -> None:
        self._db = db
        self._signer = signer
        self._font = font
        self._wallets = wallets
        self._now = now
        self._key = key
        self._page_key = page_key
        self._drawing = asyncio.Semaphore(AT_ONCE)

    async def GetTicket(
        self, request: ticket_pb2.GetTicketRequest, context: Context
    ) -> booking_pb2.Ticket:
        name = TICKETS.parse(request.name)
        return wire.ticket(await self._db.read(actions.get, name, own=own()), self._key)

    async def ListTickets(
        self, request: ticket_pb2.ListTicketsRequest, context: Context
    ) -> ticket_pb2.ListTicketsResponse:
        organization, event = parent(request.parent), wire.filter(request)
        asked = page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            actions.page, organization, event=event, own=own(), after=after, size=asked.limit
        )
        shown, token = asked.cut(found, key=lambda ticket: (ticket.name.id,))
        return ticket_pb2.ListTicketsResponse(
            tickets=[wire.ticket(one, self._key) for one in shown], next_page_token=token
        )

    async def GetTicketCode(
        self, request: ticket_pb2.GetTicketCodeRequest, context: Context
    ) -> ticket_pb2.TicketCode:
        name = wire.CODES.parse(request.name)
        ticket, fresh = await self._db.read(actions.good, name, own=own())
        code, end = self._fresh(ticket) if fresh else (ticket.code, None)
        return ticket_pb2.TicketCode(
            name=wire.CODES.format(name), code=code, expire_time=timestamp(end)
        )

    def _fresh(self, ticket: Ticket) -> tuple[str, datetime]:
        id, event = ticket.name.id, ticket.event.id
        return self._signer.refresh(id, event, ticket.ticket_type, ticket.issue, self._now())

    async def GetTicketDocument(
        self, request: ticket_pb2.GetTicketDocumentRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        name = TICKETS.parse(request.name)
        format = request.format or "pdf"
        ticket, fresh, gathering = await self._db.read(actions.described, name, own=own())
        draw = self._drawer(format, ticket, gathering, fresh=fresh)
        async with self._drawing:
            data = await asyncio.to_thread(draw)
        return httpbody_pb2.HttpBody(content_type=KINDS[format], data=data)

    def _drawer(
        self, format: str, ticket: Ticket, gathering: Gathering | None, *, fresh: bool
    ) -> Callable[[], bytes]:
        """What draws a ticket, whose door may want fresh codes. Raises PassUnavailable."""
        if format == "pdf":
            # Nothing that is printed opens such a door.
            printed = replace(ticket, code="") if fresh else ticket
            return lambda: documents.pdf(printed, gathering, self._font)
        if format in ("svg", "png"):
            shown = replace(ticket, code=self._fresh(ticket)[0]) if fresh else ticket
            return lambda: {"svg": documents.svg, "png": documents.png}[format](shown)
        if fresh:
            raise _no_pass(ticket, format, "the door wants fresh codes, which a pass has not")
        apple, google, now = self._wallets.apple, self._wallets.google, self._now()
        if format == "pkpass" and apple is not None:
            return lambda: passes.pkpass(ticket, gathering, apple)
        if format == "gwallet" and google is not None:
            return lambda: passes.link(ticket, gathering, google, now)
        raise _no_pass(ticket, format, "the platform has no keys for that wallet")

    async def GetTicketKeys(
        self, request: ticket_pb2.GetTicketKeysRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        return httpbody_pb2.HttpBody(content_type="application/json", data=self._signer.keys())

    async def ReissueTicket(
        self, request: ticket_pb2.ReissueTicketRequest, context: Context
    ) -> booking_pb2.Ticket:
        return await self._change(request, actions.reissue, signer=self._signer)

    async def TransferTicket(
        self, request: ticket_pb2.TransferTicketRequest, context: Context
    ) -> booking_pb2.Ticket:
        organization = TICKETS.parse(request.name).organization
        recipient = wire.recipient(request.recipient, organization)
        return await self._change(request, actions.transfer, recipient=recipient)

    async def RecallTicket(
        self, request: ticket_pb2.RecallTicketRequest, context: Context
    ) -> booking_pb2.Ticket:
        return await self._change(request, actions.recall)

    async def ReturnTicket(
        self, request: ticket_pb2.ReturnTicketRequest, context: Context
    ) -> booking_pb2.Ticket:
        return await self._change(request, actions.give_back)

    async def AcceptTicket(
        self, request: ticket_pb2.AcceptTicketRequest, context: Context
    ) -> booking_pb2.Ticket:
        name, now = TICKETS.parse(request.name), self._now()
        offer = wire.offer(request.token, name, self._key, now)

        async def accept(tx: Tx) -> booking_pb2.Ticket:
            who = caller().name
            ticket = await actions.accept(tx, name, offer, who=who, now=now, signer=self._signer)
            return wire.ticket(ticket, self._key)

        return await self._db.run(once(request, accept))

    async def _change(
        self, request: Any, action: Callable[..., Awaitable[Ticket]], **how: Any
    ) -> booking_pb2.Ticket:
        """Does what a holder, or who has the permission, may do with a ticket."""
        name, version = TICKETS.parse(request.name), expected(request.etag)

        async def change(tx: Tx) -> booking_pb2.Ticket:
            given = {"own": own(), "version": version, "now": self._now()}
            return wire.ticket(await action(tx, name, **given, **how), self._key)

        return await self._db.run(once(request, change))


def _no_pass(ticket: Ticket, format: str, problem: str) -> PassUnavailable:
    return PassUnavailable(TICKETS.format(ticket.name), format, problem)


def own() -> str | None:
    """Whose tickets the caller may see: the own ones, or everybody's (None)."""
    return None if caller().permitted else caller().name
