"""What a token is worth, on the wire. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

import jwt

from services.kit.caller import Caller
from services.kit.names import SESSIONS, USERS
from services.kit.wire import timestamp
from turnout.auth.v1 import api_key_pb2, token_pb2


def nothing() -> token_pb2.VerifyTokenResponse:
    return token_pb2.VerifyTokenResponse()


def key(found: api_key_pb2.ResolvedApiKey) -> token_pb2.VerifyTokenResponse:
    return token_pb2.VerifyTokenResponse(
        active=True,
        subject=found.api_key,
        permissions=found.permissions,
        expire_time=found.expire_time,
    )


def user(who: Caller, token: str) -> token_pb2.VerifyTokenResponse:
    """`token` was verified before."""
    claims = jwt.decode(token, options={"verify_signature": False})
    session = SESSIONS.format(USERS.parse(who.name), who.session) if who.session else ""
    return token_pb2.VerifyTokenResponse(
        active=True,
        subject=who.name,
        session=session,
        expire_time=timestamp(datetime.fromtimestamp(claims["exp"], UTC)),
    )
