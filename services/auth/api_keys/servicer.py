"""The RPCs of API keys. A method parses, runs one action, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import grpc

from services.auth.api_keys import actions, domain, resolving, wire
from services.auth.api_keys.domain import API_KEYS
from services.auth.audit.actions import watched
from services.auth.audit.domain import Action
from services.kit.api_keys import digest, new_secret
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.ids import new_id
from services.kit.names import ORGANIZATIONS, Name
from services.kit.once import once
from services.kit.pages import page
from turnout.auth.v1 import api_key_pb2, api_key_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class ApiKeyServicer(api_key_pb2_grpc.ApiKeyServiceServicer):
    def __init__(self, db: Database, page_secret: bytes, now: Callable[[], datetime]) -> None:
        self._db = db
        self._page_secret = page_secret
        self._now = now

    async def CreateApiKey(
        self, request: api_key_pb2.CreateApiKeyRequest, context: Context
    ) -> api_key_pb2.ApiKey:
        name = Name(ORGANIZATIONS.parse(request.parent, "parent"), new_id())
        wish, secret, who, now = wire.wish(request), new_secret(name.id), caller(), self._now()

        async def create(tx: Tx) -> api_key_pb2.ApiKey:
            made = await actions.create(tx, name, wish, digest(secret), caller=who, now=now)
            return wire.api_key(made, now)

        async with watched(self._db, Action.API_KEY_CREATE, request.parent):
            answer = await self._db.run(once(request, create))
        # What is kept for a retry has no secret in it.
        if answer.name == API_KEYS.format(name):
            answer.secret = secret
        return answer

    async def GetApiKey(
        self, request: api_key_pb2.GetApiKeyRequest, context: Context
    ) -> api_key_pb2.ApiKey:
        found = await self._db.read(actions.api_key, API_KEYS.parse(request.name))
        return wire.api_key(found, self._now())

    async def ListApiKeys(
        self, request: api_key_pb2.ListApiKeysRequest, context: Context
    ) -> api_key_pb2.ListApiKeysResponse:
        organization = ORGANIZATIONS.parse(request.parent, "parent")
        asked = page(request, self._page_secret)
        shown, token = await self._db.read(actions.api_keys, organization, asked)
        now = self._now()
        return api_key_pb2.ListApiKeysResponse(
            api_keys=[wire.api_key(one, now) for one in shown], next_page_token=token
        )

    async def RotateApiKey(
        self, request: api_key_pb2.RotateApiKeyRequest, context: Context
    ) -> api_key_pb2.ApiKey:
        name, who, now = API_KEYS.parse(request.name), caller(), self._now()
        secret, overlap = new_secret(name.id), domain.overlap(wire.overlap(request))
        made = False

        async def rotate(tx: Tx) -> api_key_pb2.ApiKey:
            nonlocal made
            rotated = await actions.rotate(tx, name, digest(secret), overlap, caller=who, now=now)
            made = True
            return wire.api_key(rotated, now)

        async with watched(self._db, Action.API_KEY_ROTATE, request.name):
            answer = await self._db.run(once(request, rotate))
        if made:
            answer.secret = secret
        return answer

    async def RevokeApiKey(
        self, request: api_key_pb2.RevokeApiKeyRequest, context: Context
    ) -> api_key_pb2.ApiKey:
        name, now = API_KEYS.parse(request.name), self._now()

        async def revoke(tx: Tx) -> api_key_pb2.ApiKey:
            return wire.api_key(await actions.revoke(tx, name, now), now)

        return await self._db.run(once(request, revoke))

    async def ResolveApiKey(
        self, request: api_key_pb2.ResolveApiKeyRequest, context: Context
    ) -> api_key_pb2.ResolvedApiKey:
        return await resolving.resolve(self._db, request.digest, self._now())
