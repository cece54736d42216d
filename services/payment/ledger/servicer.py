"""The RPCs of the books. A method parses, reads, and renders; nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from google.api import httpbody_pb2

from services.kit.db import Database
from services.kit.names import parent
from services.kit.pages import page
from services.kit.wire import instant
from services.payment.ledger import actions, store, wire
from turnout.payment.v1 import ledger_pb2, ledger_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class LedgerServicer(ledger_pb2_grpc.LedgerServiceServicer):
    def __init__(self, db: Database, *, page_key: bytes) -> None:
        self._db = db
        self._page_key = page_key

    async def GetBalance(
        self, request: ledger_pb2.GetBalanceRequest, context: Context
    ) -> ledger_pb2.Balance:
        organization, account = wire.balance_name(request.name)
        until = instant(request.read_time)
        amounts = await self._db.read(store.balance, organization, account, until)
        return wire.balance(organization, account, amounts)

    async def ListBalances(
        self, request: ledger_pb2.ListBalancesRequest, context: Context
    ) -> ledger_pb2.ListBalancesResponse:
        organization, asked = parent(request.parent), page(request, self._page_key)
        (after,) = asked.after or ("",)
        found = await self._db.read(
            store.balances,
            organization,
            until=instant(request.read_time),
            after=after,
            most=asked.limit,
        )
        shown, token = asked.cut(found, key=lambda row: (row[0],))
        return ledger_pb2.ListBalancesResponse(
            balances=[wire.balance(organization, *row) for row in shown], next_page_token=token
        )

    async def ListEntries(
        self, request: ledger_pb2.ListEntriesRequest, context: Context
    ) -> ledger_pb2.ListEntriesResponse:
        organization, asked = parent(request.parent), page(request, self._page_key)
        account, period = wire.asked(request)
        found = await self._db.read(
            store.page,
            organization,
            account=account,
            payment=wire.payment(request),
            period=period,
            most=asked.limit,
            **asked.keys("after_time", "after_id", "after_account"),
        )
        shown, token = asked.cut(
            found, key=lambda entry: (entry.create_time, entry.transaction, entry.account)
        )
        return ledger_pb2.ListEntriesResponse(
            entries=[wire.entry(entry) for entry in shown], next_page_token=token
        )

    async def ExportEntries(
        self, request: ledger_pb2.ExportEntriesRequest, context: Context
    ) -> AsyncIterator[httpbody_pb2.HttpBody]:
        organization = parent(request.parent)
        account, period = wire.asked(request)
        head = True
        async for part in actions.export(self._db, organization, account, period):
            yield wire.table(part, head=head)
            head = False
