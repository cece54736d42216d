"""Tokens: checking one without asking anybody, and getting the next one."""

from __future__ import annotations

import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import jwt

from services.kit.identity import ALGORITHM, AUDIENCE, ISSUER, Identity, Keys
from tests.auth.world import PASSWORD, registration
from tests.bench import load, report
from tests.bench.load import Sample, Side
from tests.bench.place import Place, Server
from tests.serving import KEY, as_user, jwks
from turnout.auth.v1 import auth_pb2, auth_pb2_grpc

METHOD = "/turnout.auth.v1.AuthService/RefreshSession"
CALLERS = 32
TOKENS = 200


async def run(place: Place) -> list[report.Row]:
    return [*await checks(place), *await refreshes(place)]


# --- checking


async def checks(place: Place) -> list[report.Row]:
    headers = [dict(as_user())["authorization"] for _ in range(TOKENS)]
    tokens = [header.removeprefix("Bearer ") for header in headers]
    identity = Identity(Keys(jwks), b"", b"", lambda: datetime.now(UTC))

    async def known(number: int) -> None:
        await identity.caller(headers[number % TOKENS])

    async def unknown(number: int) -> None:
        identity.verified.clear()
        await identity.caller(headers[number % TOKENS])

    async def bare(number: int) -> None:
        jwt.decode(
            tokens[number % TOKENS],
            KEY.public_key(),
            [ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
        )

    sides = {"known": again(known), "unknown": again(unknown), "bare": again(bare)}
    found = await load.interleaved(sides, place.pace)
    rates = {name: load.rates(samples) for name, samples in found.items()}
    return [
        report.row("auth: a token that is known", "1/s", rates["known"], "PyJWT", rates["bare"]),
        report.row("auth: a token that is new", "1/s", rates["unknown"], "PyJWT", rates["bare"]),
    ]


def again(check: Callable[[int], Awaitable[Any]]) -> Side:
    """Checks one token after the other."""

    async def run(seconds: float) -> Sample:
        begun, count = time.perf_counter(), 0
        while (gone := time.perf_counter() - begun) < seconds:
            for _ in range(10):
                await check(count)
                count += 1
        return Sample(gone, [gone / count] * count)

    return Side(run)


# --- going on with a session


async def refreshes(place: Place) -> list[report.Row]:
    url, _ = await place.database("auth")
    ours = await place.service(
        "auth", url, TURNOUT_BCRYPT_COST="4", TURNOUT_ACCOUNTS_PER_ADDRESS="1000000"
    )
    tokens = [await signed_in(ours) for _ in range(CALLERS)]
    echo = await place.echo("turnout.auth.v1.RefreshSessionRequest", await place.keeper())

    def message(number: int) -> bytes:
        return auth_pb2.RefreshSessionRequest(refresh_token=tokens[number]).SerializeToString()

    def hear(number: int, answer: bytes) -> None:
        tokens[number] = auth_pb2.Tokens.FromString(answer).refresh_token

    sides = {
        "ours": ours.side(METHOD, CALLERS, message, hear=hear),
        "echo": echo.side("/bench/Commit", CALLERS, message),
    }
    found = await load.interleaved(sides, place.pace)
    name, baseline = f"auth: sessions refreshed, {CALLERS} callers", "echo and one commit"
    mine, bare = found["ours"], found["echo"]
    return [
        report.row(name, "1/s", load.rates(mine), baseline, load.rates(bare)),
        report.row(f"{name}, server", "µs", load.costs(mine), baseline, load.costs(bare)),
    ]


async def signed_in(server: Server) -> str:
    """The refresh token of a new account."""
    stub: Any = auth_pb2_grpc.AuthServiceStub(server.channels[0])
    email = f"{uuid.uuid4()}@example.org"
    await stub.RegisterUser(registration(email))
    session = await stub.Login(auth_pb2.LoginRequest(email=email, password=PASSWORD))
    return str(session.refresh_token)
