"""The RPCs of signing on elsewhere. A method parses, runs one action, and renders."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2

from services.auth.accounts.domain import EmailTaken
from services.auth.audit.actions import watched
from services.auth.audit.domain import Action
from services.auth.door import Door
from services.auth.sso import actions, domain, wire
from services.auth.sso.domain import PROVIDERS
from services.auth.sso.issuer import Issuers
from services.kit import etags
from services.kit.caller import Kind, caller
from services.kit.db import Database, Tx
from services.kit.ids import new_id
from services.kit.names import ORGANIZATIONS, USERS, Name
from services.kit.once import once
from services.kit.origin import origin
from services.kit.pages import page
from services.kit.tenant import within
from turnout.auth.v1 import auth_pb2, identity_provider_pb2, identity_provider_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class SignOn:
    """What signing on needs beside the database."""

    door: Door
    issuers: Issuers
    # What client secrets and flows are sealed with.
    secrets_key: bytes = field(repr=False)
    flows_key: bytes = field(repr=False)
    # The page that every provider may send a browser back to.
    console: str


class IdentityProviderServicer(identity_provider_pb2_grpc.IdentityProviderServiceServicer):
    def __init__(
        self, db: Database, parts: SignOn, page_secret: bytes, now: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._parts = parts
        self._page_secret = page_secret
        self._now = now

    async def CreateIdentityProvider(
        self, request: identity_provider_pb2.CreateIdentityProviderRequest, context: Context
    ) -> identity_provider_pb2.IdentityProvider:
        made = wire.new_provider(
            request,
            Name(ORGANIZATIONS.parse(request.parent, "parent"), new_id()),
            key=self._parts.secrets_key,
            local=self._parts.issuers.local,
            now=self._now(),
        )

        async def create(tx: Tx) -> identity_provider_pb2.IdentityProvider:
            return wire.provider(await actions.create(tx, made))

        return await self._db.run(once(request, create))

    async def GetIdentityProvider(
        self, request: identity_provider_pb2.GetIdentityProviderRequest, context: Context
    ) -> identity_provider_pb2.IdentityProvider:
        return wire.provider(await self._db.read(actions.provider, PROVIDERS.parse(request.name)))

    async def ListIdentityProviders(
        self, request: identity_provider_pb2.ListIdentityProvidersRequest, context: Context
    ) -> identity_provider_pb2.ListIdentityProvidersResponse:
        organization = ORGANIZATIONS.parse(request.parent, "parent")
        asked = page(request, self._page_secret)
        shown, token = await self._db.read(actions.providers, organization, asked)
        return identity_provider_pb2.ListIdentityProvidersResponse(
            identity_providers=map(wire.provider, shown), next_page_token=token
        )

    async def UpdateIdentityProvider(
        self, request: identity_provider_pb2.UpdateIdentityProviderRequest, context: Context
    ) -> identity_provider_pb2.IdentityProvider:
        change = wire.revision(
            request, key=self._parts.secrets_key, local=self._parts.issuers.local
        )
        revised = await self._db.run(
            actions.revise,
            PROVIDERS.parse(request.identity_provider.name, "identity_provider.name"),
            change,
            etags.expected(request.identity_provider.etag, "identity_provider.etag"),
        )
        return wire.provider(revised)

    async def DeleteIdentityProvider(
        self, request: identity_provider_pb2.DeleteIdentityProviderRequest, context: Context
    ) -> empty_pb2.Empty:
        name, expected = PROVIDERS.parse(request.name), etags.expected(request.etag)
        await self._db.run(actions.delete, name, expected)
        return empty_pb2.Empty()

    async def BeginSignOn(
        self, request: identity_provider_pb2.BeginSignOnRequest, context: Context
    ) -> identity_provider_pb2.BeginSignOnResponse:
        name = PROVIDERS.parse(request.provider, "provider")
        # The request names no organization that it belongs to: nobody is in it yet.
        with within(name.organization):
            found = await self._db.read(actions.provider, name)
        back = request.redirect_uri or self._parts.console
        if back not in (self._parts.console, *found.redirect_uris):
            raise domain.BadProvider("redirect_uri", "must be one of the provider's")
        flow = domain.Flow(
            provider=name,
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=back,
            expire_time=self._now() + domain.PATIENCE,
        )
        return identity_provider_pb2.BeginSignOnResponse(
            authorization_uri=await self._parts.issuers.page(found, flow),
            flow_token=wire.flow_token(flow, self._parts.flows_key),
        )

    async def FinishSignOn(
        self, request: identity_provider_pb2.FinishSignOnRequest, context: Context
    ) -> auth_pb2.Tokens:
        door, now, who = self._parts.door, self._now(), caller()
        flow = wire.flow(request.flow_token, request.state, self._parts.flows_key, now)
        with within(flow.provider.organization):
            found = await self._db.read(actions.provider, flow.provider)
            async with watched(self._db, Action.LOGIN, PROVIDERS.format(flow.provider)):
                claim = await self._parts.issuers.claim(
                    found,
                    flow,
                    request.authorization_code,
                    wire.secret_of(found, self._parts.secrets_key),
                )
                try:
                    opened = await self._db.run(
                        actions.sign_on,
                        flow.provider,
                        claim,
                        caller=USERS.parse(who.name) if who.kind is Kind.USER else None,
                        now=now,
                        origin=origin(context),
                    )
                except EmailTaken:
                    problem = "the address has an account; sign in, and link it first"
                    raise domain.SignOnRefused(problem) from None
        return await door.tokens(opened)
