"""The RPCs of the audit log. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import grpc
from google.api import httpbody_pb2

from services.auth.audit import actions, wire
from services.auth.audit.domain import ENTRIES, Entry
from services.kit.db import Database
from services.kit.names import ORGANIZATIONS
from services.kit.pages import page
from turnout.auth.v1 import audit_pb2, audit_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

# How many entries are read at a time for an export: a few hundred kilobytes of text.
BATCH = 1000


class AuditServicer(audit_pb2_grpc.AuditServiceServicer):
    def __init__(self, db: Database, page_secret: bytes) -> None:
        self._db = db
        self._page_secret = page_secret

    async def GetAuditEntry(
        self, request: audit_pb2.GetAuditEntryRequest, context: Context
    ) -> audit_pb2.AuditEntry:
        name = ENTRIES.parse(request.name)
        return wire.entry(await self._db.read(actions.entry, name), name.organization)

    async def ListAuditEntries(
        self, request: audit_pb2.ListAuditEntriesRequest, context: Context
    ) -> audit_pb2.ListAuditEntriesResponse:
        organization = ORGANIZATIONS.parse(request.parent, "parent")
        asked, wanted = page(request, self._page_secret), wire.wanted(request)
        shown, token = await self._db.read(actions.entries, organization, wanted, asked)
        return audit_pb2.ListAuditEntriesResponse(
            audit_entries=[wire.entry(one, organization) for one in shown], next_page_token=token
        )

    async def ExportAuditEntries(
        self, request: audit_pb2.ExportAuditEntriesRequest, context: Context
    ) -> AsyncIterator[httpbody_pb2.HttpBody]:
        organization = ORGANIZATIONS.parse(request.parent, "parent")
        wanted, last = wire.wanted(request), None
        yield wire.headings()
        while True:
            # No transaction is open while a slow reader is waited for.
            found: list[Entry] = await self._db.read(
                actions.batch, organization, wanted, last, BATCH
            )
            if found:
                yield wire.lines(found, organization)
            if len(found) < BATCH:
                return
            last = found[-1]
