"""Tokens: checking one without asking anybody, getting the next one, and logging in."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import bcrypt
import jwt

from services.kit.db import Database
from services.kit.identity import ALGORITHM, AUDIENCE, ISSUER, Identity, Keys
from tests.auth.world import PASSWORD, register, registration
from tests.bench import load, report
from tests.bench.load import Sample, Side
from tests.bench.place import Place, Server
from tests.serving import KEY, as_user, jwks
from turnout.auth.v1 import auth_pb2, auth_pb2_grpc

METHOD = "/turnout.auth.v1.AuthService/RefreshSession"
LOGIN = "/turnout.auth.v1.AuthService/Login"
PROFILE = "/turnout.auth.v1.AuthService/GetProfile"
CALLERS = 32
CORES = os.cpu_count() or 1
# What production takes; one hash is then a fifth of a second, so that a round takes longer too.
COST = 12
LONGER = 6
# Enough to keep every core busy with hashes.
HASHING = 2 * CORES
MANY = 10_000
TOKENS = 200
# Four times what Keycloak says of one virtual processor: 120 refreshes a second.
KEYCLOAK = 480.0


async def run(place: Place) -> list[report.Row]:
    return [*await checks(place), *await refreshes(place)]


async def doors(place: Place) -> list[report.Row]:
    return [*await logins(place), *await crowds(place)]


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
        report.row(
            "auth: a token that is new",
            "1/s",
            rates["unknown"],
            "PyJWT",
            rates["bare"],
            at_least=1 / 1.3,
        ),
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
    url, db = await place.database("auth")
    ours = await served(place, url)
    tokens = [await signed_in(place, ours, db) for _ in range(CALLERS)]
    kind, keeper = "turnout.auth.v1.RefreshSessionRequest", await place.keeper()
    echo, quick = await place.echo(kind, keeper), await place.echo(kind, keeper, "uvloop")

    def message(_: int) -> bytes:
        return auth_pb2.RefreshSessionRequest(refresh_token="a" * 43).SerializeToString()

    sides = {
        "ours": refreshing(ours, tokens),
        "echo": echo.side("/bench/Commit", CALLERS, message),
        "quick": quick.side("/bench/Commit", CALLERS, message),
    }
    found = await load.interleaved(sides, place.pace)
    name, baseline = f"auth: sessions refreshed, {CALLERS} callers", "echo and one commit"
    mine, bare = found["ours"], found["echo"]
    each = [rate / CORES for rate in load.rates(mine)]
    return [
        report.row(name, "1/s", load.rates(mine), baseline, load.rates(bare), at_least=0.6),
        report.row(name, "1/s", load.rates(mine), "on uvloop", load.rates(found["quick"])),
        report.against(f"{name}, a core", "1/s", each, KEYCLOAK, at_least=True),
        report.row(f"{name}, server", "µs", load.costs(mine), baseline, load.costs(bare)),
    ]


# --- logging in


async def logins(place: Place) -> list[report.Row]:
    """Logins beside bare bcrypt on the same cores, and how long others wait meanwhile."""
    url, db = await place.database("auth")
    ours = await served(place, url, cost=COST)
    emails = [await registered(place, ours, db) for _ in range(HASHING)]
    me = (("authorization", f"Bearer {(await login(ours, emails[0])).access_token}"),)
    hashed, password = bcrypt.gensalt(COST) + b"." * 31, b"." * 64
    loop, threads = asyncio.get_running_loop(), ThreadPoolExecutor(CORES)

    def message(number: int) -> bytes:
        request = auth_pb2.LoginRequest(email=emails[number], password=PASSWORD)
        return request.SerializeToString()

    async def bare(number: int) -> None:
        await loop.run_in_executor(threads, bcrypt.checkpw, password, hashed)

    async def busy(seconds: float) -> Sample:
        """Profiles that are read while everybody logs in."""
        found, _ = await asyncio.gather(reading.run(seconds), door.run(seconds))
        return found

    door = ours.side(LOGIN, HASHING, message)
    reading = ours.side(PROFILE, 1, lambda _: b"", [me])
    sides = {
        "ours": door,
        "bare": Side(lambda seconds: load.hammer(bare, HASHING, seconds)),
        "busy": Side(busy),
        "idle": reading,
    }
    found = await load.interleaved(sides, replace(place.pace, seconds=LONGER * place.pace.seconds))
    threads.shutdown()
    rates = {name: load.rates(samples) for name, samples in found.items()}
    waits = {name: load.p99s(samples) for name, samples in found.items()}
    return [
        report.row(
            f"logins: bcrypt at {COST}",
            "1/s",
            rates["ours"],
            "bcrypt alone",
            rates["bare"],
            at_least=0.9,
        ),
        report.row(
            "logins: a profile meanwhile, p99",
            "ms",
            waits["busy"],
            "while nobody does",
            waits["idle"],
            at_most=3.0,
        ),
    ]


# --- many organizations


async def crowds(place: Place) -> list[report.Row]:
    """The same work where there are ten thousand organizations, and where there is one."""
    sides: dict[str, Side] = {}
    for name, number in (("many", place.pace.rows(MANY)), ("few", 1)):
        url, db = await place.database("auth")
        server = await served(place, url)
        emails = [await registered(place, server, db) for _ in range(CALLERS)]
        opened = [await login(server, email) for email in emails]
        await found_clubs(place, db, number)
        sides[f"{name} refreshes"] = refreshing(server, [one.refresh_token for one in opened])
        sides[f"{name} logins"] = server.side(LOGIN, CALLERS, signing_in(emails))
    measured = await load.interleaved(sides, place.pace)
    return [
        report.row(
            f"logins: {what} among {place.pace.rows(MANY):,} organizations",
            "1/s",
            load.rates(measured[f"many {what}"]),
            "with one",
            load.rates(measured[f"few {what}"]),
            at_least=0.9,
        )
        for what in ("refreshes", "logins")
    ]


def signing_in(emails: list[str]) -> Callable[[int], bytes]:
    requests = [auth_pb2.LoginRequest(email=email, password=PASSWORD) for email in emails]
    return lambda number: requests[number].SerializeToString()


def refreshing(server: Server, tokens: list[str]) -> Side:
    def message(number: int) -> bytes:
        return auth_pb2.RefreshSessionRequest(refresh_token=tokens[number]).SerializeToString()

    def hear(number: int, answer: bytes) -> None:
        tokens[number] = auth_pb2.Tokens.FromString(answer).refresh_token

    return server.side(METHOD, CALLERS, message, hear=hear)


async def found_clubs(place: Place, db: Database, number: int) -> None:
    """Organizations, whose members are the people who have accounts, one in each."""
    owner = await place.databases.owner(db)
    await owner.execute(
        "insert into organizations (organization, display_name, contact_email, create_time,"
        " update_time, version) select gen_random_uuid(), 'Club', '', now(), now(), 1"
        " from generate_series(1, %s)",
        [number],
    )
    await owner.execute(
        'insert into members (organization, "user", role, create_time, version)'
        " select organization, (select (array_agg(id))[1 + position % count(*)] from users),"
        " 'OWNER', now(), 1 from (select organization, row_number() over () as position"
        " from organizations) as numbered"
    )
    await owner.execute("analyze")


async def served(place: Place, url: str, cost: int = 4) -> Server:
    """Auth, for as many tries from one address as there are."""
    endless: dict[str, Any] = {
        f"TURNOUT_{name}_PER_{of}": "1000000"
        for name, of in (
            ("LOGINS", "ACCOUNT"),
            ("LOGINS", "ADDRESS"),
            ("ACCOUNTS", "ADDRESS"),
            ("CODES", "ADDRESS"),
        )
    }
    return await place.service(
        "auth",
        url,
        TURNOUT_BCRYPT_COST=str(cost),
        TURNOUT_HASH_THREADS=str(CORES),
        **endless,
    )


async def registered(place: Place, server: Server, db: Database) -> str:
    """The address of a new account."""
    stub: Any = auth_pb2_grpc.AuthServiceStub(server.channels[0])
    email = f"{uuid.uuid4()}@example.org"
    await register(stub, await place.databases.owner(db), registration(email))
    return email


async def login(server: Server, email: str) -> auth_pb2.Tokens:
    stub: Any = auth_pb2_grpc.AuthServiceStub(server.channels[0])
    found: auth_pb2.Tokens = await stub.Login(auth_pb2.LoginRequest(email=email, password=PASSWORD))
    return found


async def signed_in(place: Place, server: Server, db: Database) -> str:
    """The refresh token of a new account."""
    return str((await login(server, await registered(place, server, db))).refresh_token)
