"""The RPC that tells other services what a token is worth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import grpc

from services.auth.api_keys.domain import ApiKeyUnknown
from services.auth.api_keys.resolving import resolve
from services.auth.verification import store, wire
from services.kit import errors
from services.kit.api_keys import PREFIX, digest
from services.kit.db import Database
from services.kit.identity import Identity
from turnout.auth.v1 import token_pb2, token_pb2_grpc

if TYPE_CHECKING:
    from typing import TypeAlias

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class TokenServicer(token_pb2_grpc.TokenServiceServicer):
    def __init__(self, db: Database, identity: Identity, now: Callable[[], datetime]) -> None:
        self._db = db
        self._identity = identity
        self._now = now

    async def VerifyToken(
        self, request: token_pb2.VerifyTokenRequest, context: Context
    ) -> token_pb2.VerifyTokenResponse:
        try:
            if request.token.startswith(PREFIX):
                return wire.key(await resolve(self._db, digest(request.token), self._now()))
            who = await self._identity.caller(f"Bearer {request.token}")
        except (errors.Unauthenticated, ApiKeyUnknown):
            return wire.nothing()
        if not await self._db.read(store.goes_on, who.session, self._now()):
            return wire.nothing()
        return wire.user(who, request.token)
