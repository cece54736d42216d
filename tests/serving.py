"""A service in the test's own process, wired as in production, and callers of every kind.

async with serving(SERVICE, db, owner) as world:
    stub = booking_pb2_grpc.BookingServiceStub(world.channel)
    await stub.GetBooking(request, metadata=as_user())
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from services.kit import identity, links, origin, server
from services.kit.caller import SYSTEM, acting
from services.kit.config import Settings
from services.kit.db import Database, organization_of
from services.kit.ids import new_id
from services.kit.inbox import Heard
from services.kit.names import USERS, Collection, Name
from services.kit.secrets import derive
from services.kit.tenant import within
from services.kit.work import Due, Worker
from turnout.bus.v1 import bus_pb2

Metadata = tuple[tuple[str, str], ...]

KEY, KID = ec.generate_private_key(ec.SECP256R1()), "test"
SECRET = b"a secret that only the tests know, and know well"
PARTICIPANTS = Collection("participants")
NOBODY: Metadata = ()


@dataclass
class Clock:
    """The time of the service; a test may put it forward."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class World:
    """A service that answers, and what a test does to it from behind."""

    service: server.Service[Any, Any]
    parts: server.Parts[Any, Any]
    channel: grpc.aio.Channel
    db: Database
    owner: psycopg.AsyncConnection[Any]
    clock: Clock
    port: int

    async def member(self, role: str, organization: uuid.UUID) -> Metadata:
        """A new user who is that in the organization, such as `OWNER`."""
        user = uuid.uuid4()
        await self.owner.execute(
            'insert into members (organization, "user", role) values (%s, %s, %s)',
            [organization, user, role],
        )
        return as_user(user)

    async def facts(self, organization: uuid.UUID, kind: str = "") -> list[Any]:
        """What was told about an organization so far, all of it or one kind, in its order."""
        rows = await self.owner.execute(
            "select body from outbox where organization = %s order by position", [organization]
        )
        told = [unpacked(row.body) for row in await rows.fetchall()]
        return [fact for fact in told if not kind or fact.DESCRIPTOR.name == kind]

    async def hear(self, fact: Message, *, subject: str) -> None:
        """Has the service hear a fact, once."""
        handlers = server._given(self.service.hears, self.parts)
        organization = organization_of(subject)
        heard = Heard(new_id(), "elsewhere", subject, organization, self.clock.now())
        with self.at_work(organization):
            await self.db.run(handlers[type(fact)], fact, heard)

    async def due(self, kind: str, organization: uuid.UUID) -> list[Due]:
        """What is to be done of a kind for an organization, by its time."""
        rows = await self.owner.execute(
            "select * from due where kind = %s and organization = %s order by due_time",
            [kind, organization],
        )
        return [
            Due(row.kind, row.organization, row.id, row.due_time, row.attempts)
            for row in await rows.fetchall()
        ]

    async def do(self, due: Due) -> None:
        """Does one piece of work as a worker would, now."""
        steps = server._given(self.service.steps, self.parts)
        errands = server.errands_of(self.service, self.parts)
        with self.at_work(due.organization):
            if due.kind in steps:
                await self.db.run(steps[due.kind], due)
            else:
                await errands[due.kind](self.db, due)

    async def do_all(self, kind: str, organization: uuid.UUID) -> int:
        """Does what there is of a kind, and forgets that it was due; says how much it was."""
        found = await self.due(kind, organization)
        for due in found:
            await self.owner.execute(
                "delete from due where kind = %s and id = %s", [due.kind, due.id]
            )
            await self.do(due)
        return len(found)

    def worker(self) -> Worker:
        steps = server._given(self.service.steps, self.parts)
        return Worker(self.db, steps, server._given(self.service.errands, self.parts))

    @contextlib.contextmanager
    def at_work(self, organization: uuid.UUID | None) -> Iterator[None]:
        with within(organization), acting(SYSTEM(self.service.name)):
            yield


@contextlib.asynccontextmanager
async def serving(
    service: server.Service[Any, Any],
    db: Database,
    owner: psycopg.AsyncConnection[Any],
    *,
    config: Any = None,
    grace: float = 0,
    **settings: Any,
) -> AsyncIterator[World]:
    """Serves on a free port. Access tokens are signed with the key of this module.

    In the end calls that go on are cancelled, unless they end within `grace` seconds.
    """
    clock = Clock()
    given = {"database_url": "", "redis_url": "", "mesh": "127.0.0.1:9", "secret": SECRET}
    found = Settings(**given | {"listen": "127.0.0.1:0"} | settings)
    service = replace(service, keys=lambda _: jwks, ask=lambda _: None)
    async with contextlib.AsyncExitStack() as stack:
        opened = server.parts_of(service, found, config, now=clock.now, db=db)
        parts = await stack.enter_async_context(opened)
        running = await stack.enter_async_context(server.serving(service, parts, grace=grace))
        address = f"127.0.0.1:{running.port}"
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(address))
        yield World(service, parts, channel, db, owner, clock, running.port)


# --- callers


def from_address(address: str) -> Metadata:
    """What the edge says of a call that comes from there."""
    return ((origin.REAL, address), (origin.PROOF, derive(SECRET, origin.PURPOSE).hex()))


def as_administrator(user: uuid.UUID | None = None) -> Metadata:
    """Somebody who runs the platform."""
    permissions = ["READ", "WRITE", "ADMINISTRATORS"]
    return as_user(user, role="ADMINISTRATOR", permissions=permissions)


def as_user(user: uuid.UUID | None = None, *, ttl: float = 86_400, **more: Any) -> Metadata:
    """A signed-in user; a stranger unless given. `more` are claims of the token."""
    claims = {
        "iss": identity.ISSUER,
        "aud": identity.AUDIENCE,
        "sub": USERS.format(user or uuid.uuid4()),
        "iat": int(time.time()) - 1000,
        "exp": int(time.time() + ttl),
        "jti": str(uuid.uuid4()),
        **more,
    }
    headers = {"kid": KID, "typ": identity.TYPE}
    token = jwt.encode(claims, KEY, identity.ALGORITHM, headers=headers)
    return (("authorization", f"Bearer {token}"),)


def as_guest(participant: Name, *, ttl: float = 86_400) -> Metadata:
    """The bearer of the link in an invitation."""
    until = datetime.now(UTC) + timedelta(seconds=ttl)
    name = PARTICIPANTS.format(participant)
    token = links.sign(derive(SECRET, "links"), name, identity.PARTICIPANT, until)
    return (("authorization", f"Link {token}"),)


def name_of(caller: Metadata) -> str:
    """The name of the user that a caller is signed in as."""
    token = dict(caller)["authorization"].removeprefix("Bearer ")
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


async def jwks() -> bytes:
    key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key()))
    return json.dumps({"keys": [key | {"kid": KID}]}).encode()


# --- answers


@contextlib.contextmanager
def refused(code: grpc.StatusCode, reason: str, **metadata: str) -> Iterator[None]:
    """Expects a refusal; of its metadata, at least those entries."""
    with pytest.raises(grpc.aio.AioRpcError) as found:
        yield
    assert found.value.code() is code, found.value.details()
    info = detail(found.value, error_details_pb2.ErrorInfo)
    assert info.reason == reason
    assert metadata.items() <= dict(info.metadata).items()


@contextlib.contextmanager
def invalid(*fields: str) -> Iterator[None]:
    """Expects INVALID_ARGUMENT for those fields."""
    with pytest.raises(grpc.aio.AioRpcError) as found:
        yield
    assert found.value.code() is grpc.StatusCode.INVALID_ARGUMENT, found.value.details()
    bad = detail(found.value, error_details_pb2.BadRequest)
    assert [violation.field for violation in bad.field_violations] == list(fields)


def detail(error: grpc.aio.AioRpcError, kind: Any) -> Any:
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    assert status is not None
    for packed in status.details:
        if packed.Is(kind.DESCRIPTOR):
            return kind.FromString(packed.value)
    raise AssertionError(f"no {kind.DESCRIPTOR.name} in {status}")


def unpacked(fact: bytes) -> Any:
    body = bus_pb2.Fact.FromString(fact).body
    kind = descriptor_pool.Default().FindMessageTypeByName(body.TypeName())
    return message_factory.GetMessageClass(kind).FromString(body.value)
