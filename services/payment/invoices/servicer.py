"""The RPCs of invoices. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.api import httpbody_pb2

from services.kit import masks
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import Name, parent
from services.kit.once import once
from services.kit.pages import page
from services.kit.tenant import within
from services.payment.invoices import actions, documents, store, wire
from services.payment.invoices.domain import INVOICES, Invoice
from turnout.payment.v1 import invoice_pb2, invoice_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)
DRAWING = 2  # pages that are drawn at a time


class InvoiceServicer(invoice_pb2_grpc.InvoiceServiceServicer):
    """`links_key` is what links are signed with, `edge` the public address that they begin with."""

    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        *,
        page_key: bytes,
        links_key: bytes,
        edge: str,
        font: str,
    ) -> None:
        self._db = db
        self._now = now
        self._links_key = links_key
        self._edge = edge
        self._page_key = page_key
        self._font = font
        self._drawing = asyncio.Semaphore(DRAWING)

    async def GetInvoice(
        self, request: invoice_pb2.GetInvoiceRequest, context: Context
    ) -> invoice_pb2.Invoice:
        name = INVOICES.parse(request.name)
        return wire.invoice(await self._db.read(actions.get, name, own=own()))

    async def ListInvoices(
        self, request: invoice_pb2.ListInvoicesRequest, context: Context
    ) -> invoice_pb2.ListInvoicesResponse:
        organization, asked = parent(request.parent), page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(
            store.page,
            organization,
            payment=wire.of_payment(request),
            own=own(),
            after=after,
            size=asked.limit,
        )
        shown, token = asked.cut(found, key=lambda invoice: (invoice.name.id,))
        return invoice_pb2.ListInvoicesResponse(
            invoices=[wire.invoice(invoice) for invoice in shown], next_page_token=token
        )

    async def GetInvoiceDocument(
        self, request: invoice_pb2.GetInvoiceDocumentRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        return await self._drawn(
            *await self._db.read(_described, INVOICES.parse(request.name), own())
        )

    async def GetReceipt(
        self, request: invoice_pb2.GetReceiptRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        name, until = wire.linked(request.token, self._now(), key=self._links_key)
        with within(name.organization):
            return await self._drawn(*await self._db.read(_shown, name, until))

    async def GetReceiptLink(
        self, request: invoice_pb2.GetReceiptLinkRequest, context: Context
    ) -> invoice_pb2.ReceiptLink:
        found = await self._db.read(actions.get, INVOICES.parse(request.name), own=own())
        return wire.link(found, self._now(), key=self._links_key, edge=self._edge)

    async def RevokeReceiptLinks(
        self, request: invoice_pb2.RevokeReceiptLinksRequest, context: Context
    ) -> invoice_pb2.Invoice:
        name = INVOICES.parse(request.name)

        async def revoke(tx: Tx) -> invoice_pb2.Invoice:
            return wire.invoice(await actions.revoke_links(tx, name, own=own(), now=self._now()))

        return await self._db.run(once(request, revoke))

    async def _drawn(self, invoice: Invoice, about: Invoice | None) -> httpbody_pb2.HttpBody:
        async with self._drawing:
            data = await asyncio.to_thread(documents.pdf, invoice, about, self._font)
        return httpbody_pb2.HttpBody(content_type="application/pdf", data=data)

    async def GetInvoiceSettings(
        self, request: invoice_pb2.GetInvoiceSettingsRequest, context: Context
    ) -> invoice_pb2.InvoiceSettings:
        organization = wire.organization(request.name)
        return wire.settings(await self._db.read(store.wanted, organization))

    async def UpdateInvoiceSettings(
        self, request: invoice_pb2.UpdateInvoiceSettingsRequest, context: Context
    ) -> invoice_pb2.InvoiceSettings:
        sent = request.invoice_settings
        organization = wire.organization(sent.name, "invoice_settings.name")
        version = expected(sent.etag, "invoice_settings.etag")
        paths = masks.paths(request.update_mask, sent, wire.PATCHABLE)
        changes = wire.changes(sent, paths)
        return wire.settings(
            await self._db.run(actions.change, organization, changes, version=version)
        )


async def _described(tx: Tx, name: Name, own: str | None) -> tuple[Invoice, Invoice | None]:
    """An invoice, and the one that it is about."""
    return await _with_corrected(tx, await actions.get(tx, name, own=own))


async def _shown(tx: Tx, name: Name, until: datetime) -> tuple[Invoice, Invoice | None]:
    """The same, for whoever has a link that ends at a time."""
    return await _with_corrected(tx, await actions.shown(tx, name, until))


async def _with_corrected(tx: Tx, invoice: Invoice) -> tuple[Invoice, Invoice | None]:
    name = invoice.name
    if invoice.corrects is None:
        return invoice, None
    return invoice, await actions.get(tx, Name(name.organization, invoice.corrects), own=None)


def own() -> str | None:
    """Whose invoices the caller may see: the own ones, or everybody's (None)."""
    return None if caller().permitted else caller().name
