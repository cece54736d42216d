"""The RPCs of accounts. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from google.protobuf import empty_pb2

from services.kit import masks
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import Name, parent
from services.kit.once import once
from services.kit.pages import page
from services.kit.vault import Vault
from services.kit.wire import timestamp
from services.payment.merchants import actions, store, wire
from services.payment.merchants.domain import MERCHANTS, Link, Merchant, Plan, Platform
from turnout.payment.v1 import merchant_account_pb2, merchant_account_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]

BEFORE_ALL = uuid.UUID(int=0)


class Accounts(Protocol):
    """What is asked of a provider about the accounts that are connected to the platform's."""

    @property
    def platform(self) -> Platform: ...

    async def onboard(self, name: Name, *, return_uri: str, refresh_uri: str, key: str) -> Link:
        """Leads to the provider's forms. Never called inside a transaction."""


class MerchantAccountServicer(merchant_account_pb2_grpc.MerchantAccountServiceServicer):
    """`edge` is the public address, which webhooks are sent to."""

    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        *,
        vault: Vault,
        accounts: Accounts,
        edge: str,
        page_key: bytes,
    ) -> None:
        self._db = db
        self._now = now
        self._vault = vault
        self._accounts = accounts
        self._edge = edge
        self._page_key = page_key

    def _shown(self, value: Merchant) -> merchant_account_pb2.MerchantAccount:
        return wire.merchant(value, self._now(), edge=self._edge)

    async def CreateMerchantAccount(
        self, request: merchant_account_pb2.CreateMerchantAccountRequest, context: Context
    ) -> merchant_account_pb2.MerchantAccount:
        organization, asked = parent(request.parent), request.merchant_account
        plan, credentials = wire.plan(asked), wire.credentials(asked)

        async def create(tx: Tx) -> merchant_account_pb2.MerchantAccount:
            made = await actions.create(
                tx,
                organization,
                asked.provider,
                plan,
                credentials,
                vault=self._vault,
                now=self._now(),
            )
            return self._shown(made)

        return await self._db.run(once(request, create))

    async def ConnectMerchantAccount(
        self, request: merchant_account_pb2.ConnectMerchantAccountRequest, context: Context
    ) -> merchant_account_pb2.MerchantAccount:
        organization = parent(request.parent)

        async def connect(tx: Tx) -> merchant_account_pb2.MerchantAccount:
            made = await actions.connect(
                tx,
                organization,
                Plan(request.display_name.strip()),
                platform=self._accounts.platform,
                region=request.region_code,
                email=request.email,
                vault=self._vault,
                now=self._now(),
            )
            return self._shown(made)

        return await self._db.run(once(request, connect))

    async def OnboardMerchantAccount(
        self, request: merchant_account_pb2.OnboardMerchantAccountRequest, context: Context
    ) -> merchant_account_pb2.Onboarding:
        name = MERCHANTS.parse(request.name)
        link = await self._accounts.onboard(
            name,
            return_uri=request.return_uri,
            refresh_uri=request.refresh_uri,
            key=request.request_id,
        )
        return merchant_account_pb2.Onboarding(
            uri=link.uri, expire_time=timestamp(link.expire_time)
        )

    async def GetMerchantAccount(
        self, request: merchant_account_pb2.GetMerchantAccountRequest, context: Context
    ) -> merchant_account_pb2.MerchantAccount:
        return self._shown(await self._db.read(store.find, MERCHANTS.parse(request.name)))

    async def ListMerchantAccounts(
        self, request: merchant_account_pb2.ListMerchantAccountsRequest, context: Context
    ) -> merchant_account_pb2.ListMerchantAccountsResponse:
        organization, asked = parent(request.parent), page(request, self._page_key)
        (after,) = asked.after or (BEFORE_ALL,)
        found = await self._db.read(store.page, organization, after=after, size=asked.limit)
        shown, token = asked.cut(found, key=wire.key)
        return merchant_account_pb2.ListMerchantAccountsResponse(
            merchant_accounts=map(self._shown, shown), next_page_token=token
        )

    async def UpdateMerchantAccount(
        self, request: merchant_account_pb2.UpdateMerchantAccountRequest, context: Context
    ) -> merchant_account_pb2.MerchantAccount:
        sent = request.merchant_account
        name = MERCHANTS.parse(sent.name, "merchant_account.name")
        seen = expected(sent.etag, "merchant_account.etag")
        paths = masks.paths(request.update_mask, sent, wire.PATCHABLE)
        revision = partial(wire.revision, sent=sent, paths=paths, edge=self._edge)
        return self._shown(
            await self._db.run(actions.update, name, revision, self._now(), seen=seen)
        )

    async def DeleteMerchantAccount(
        self, request: merchant_account_pb2.DeleteMerchantAccountRequest, context: Context
    ) -> empty_pb2.Empty:
        name, seen = MERCHANTS.parse(request.name), expected(request.etag)
        await self._db.run(actions.delete, name, seen=seen)
        return empty_pb2.Empty()

    async def EnableMerchantAccount(
        self, request: merchant_account_pb2.EnableMerchantAccountRequest, context: Context
    ) -> merchant_account_pb2.MerchantAccount:
        name = MERCHANTS.parse(request.name)

        async def enable(tx: Tx) -> merchant_account_pb2.MerchantAccount:
            return self._shown(await actions.enable(tx, name, self._now()))

        return await self._db.run(once(request, enable))

    async def DisableMerchantAccount(
        self, request: merchant_account_pb2.DisableMerchantAccountRequest, context: Context
    ) -> merchant_account_pb2.MerchantAccount:
        name = MERCHANTS.parse(request.name)

        async def disable(tx: Tx) -> merchant_account_pb2.MerchantAccount:
            return self._shown(await actions.disable(tx, name, self._now()))

        return await self._db.run(once(request, disable))

    async def RotateMerchantAccount(
        self, request: merchant_account_pb2.RotateMerchantAccountRequest, context: Context
    ) -> merchant_account_pb2.MerchantAccount:
        name = MERCHANTS.parse(request.name)

        async def rotate(tx: Tx) -> merchant_account_pb2.MerchantAccount:
            changed = await actions.rotate(
                tx,
                name,
                api_key=request.api_key,
                secret=request.webhook_secret,
                vault=self._vault,
                now=self._now(),
            )
            return self._shown(changed)

        return await self._db.run(once(request, rotate))
