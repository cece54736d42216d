"""The RPCs about accounts. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2

from services.kit import masks, pages
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from services.kit.vault import Vault
from services.messaging.accounts import actions, domain, wire
from services.messaging.accounts.domain import ACCOUNTS, Account, Plan
from services.messaging.channels.carriers import Carriers
from turnout.messaging.v1 import channel_account_pb2 as pb2
from turnout.messaging.v1 import channel_account_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class ChannelAccountServicer(channel_account_pb2_grpc.ChannelAccountServiceServicer):
    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        *,
        vault: Vault,
        carriers: Carriers,
        secret: bytes,
        edge_url: str,
    ) -> None:
        self._db = db
        self._now = now
        self._vault = vault
        self._carriers = carriers
        self._secret = secret
        self._edge_url = edge_url

    async def CreateChannelAccount(
        self, request: pb2.CreateChannelAccountRequest, context: Context
    ) -> pb2.ChannelAccount:
        organization, plan = parent(request.parent), wire.plan(request.channel_account)
        self._check(plan)

        async def create(tx: Tx) -> pb2.ChannelAccount:
            return self._shown(
                await actions.create(tx, organization, plan, vault=self._vault, now=self._now())
            )

        return await self._db.run(once(request, create))

    async def GetChannelAccount(
        self, request: pb2.GetChannelAccountRequest, context: Context
    ) -> pb2.ChannelAccount:
        return self._shown(await self._db.read(actions.get, ACCOUNTS.parse(request.name)))

    async def ListChannelAccounts(
        self, request: pb2.ListChannelAccountsRequest, context: Context
    ) -> pb2.ListChannelAccountsResponse:
        shown, token = await self._db.read(
            actions.page, parent(request.parent), pages.page(request, self._secret)
        )
        return pb2.ListChannelAccountsResponse(
            channel_accounts=map(self._shown, shown), next_page_token=token
        )

    async def UpdateChannelAccount(
        self, request: pb2.UpdateChannelAccountRequest, context: Context
    ) -> pb2.ChannelAccount:
        sent = request.channel_account
        name = ACCOUNTS.parse(sent.name, "channel_account.name")
        paths = masks.paths(request.update_mask, sent, wire.PATCHABLE)
        return self._shown(
            await self._db.run(
                actions.update,
                name,
                partial(wire.revision, sent=sent, paths=paths),
                check=self._check,
                vault=self._vault,
                seen=expected(sent.etag, "channel_account.etag"),
                now=self._now(),
            )
        )

    async def DeleteChannelAccount(
        self, request: pb2.DeleteChannelAccountRequest, context: Context
    ) -> empty_pb2.Empty:
        name, seen = ACCOUNTS.parse(request.name), expected(request.etag)
        await self._db.run(actions.delete, name, seen=seen)
        return empty_pb2.Empty()

    async def TestChannelAccount(
        self, request: pb2.TestChannelAccountRequest, context: Context
    ) -> pb2.ChannelAccount:
        name = ACCOUNTS.parse(request.name)
        try:
            account = await self._db.read(actions.opened, name, self._vault)
            problem = await (await self._carriers.of(account)).check()
        except domain.ChannelAccountNotFound:
            account = None

        async def verify(tx: Tx) -> pb2.ChannelAccount:
            if account is None:
                raise domain.ChannelAccountNotFound(ACCOUNTS.format(name))
            return self._shown(
                await actions.verified(tx, account, problem, vault=self._vault, now=self._now())
            )

        return await self._db.run(once(request, verify))

    def _check(self, plan: Plan) -> None:
        domain.check(plan, loopback=self._carriers.loopback)

    def _shown(self, account: Account) -> pb2.ChannelAccount:
        return wire.account(account, self._edge_url)
