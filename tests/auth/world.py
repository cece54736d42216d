"""People and organizations for the tests of auth, made the way everybody makes them."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import psycopg

from services.auth.__main__ import SERVICE
from services.auth.config import Config
from services.auth.limits import Limits
from services.kit import server
from services.kit.access import Members
from services.kit.config import Settings
from services.kit.db import Database
from services.kit.revocations import Revocations
from services.kit.secrets import derive, open
from tests.serving import SECRET, Clock, Metadata, unpacked
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import (
    api_key_pb2,
    api_key_pb2_grpc,
    audit_pb2,
    audit_pb2_grpc,
    auth_pb2,
    auth_pb2_grpc,
    identity_provider_pb2_grpc,
    invitation_pb2_grpc,
    organization_pb2,
    organization_pb2_grpc,
)
from turnout.messaging.v1 import notice_pb2

Notice = notice_pb2.SendNoticeRequest
PASSWORD = "correct horse battery staple"
# Tests all come from one address.
ENDLESS = Limits(*(1_000_000 for _ in dataclasses.fields(Limits)))
BOOTSTRAP = "a secret for the first administrator"
CHEAP = Config(
    bcrypt_cost=4,
    hash_threads=2,
    hash_queue=64,
    limits=ENDLESS,
    local_issuers=True,
    bootstrap_secret=BOOTSTRAP.encode(),
)

EVERYTHING = access_pb2.Permission.values()[1:]

_number = itertools.count(1)


@dataclass
class Person:
    """Somebody with an account, signed in."""

    user: auth_pb2.User
    session: auth_pb2.Tokens

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def id(self) -> uuid.UUID:
        return uuid.UUID(self.name.partition("/")[2])

    @property
    def metadata(self) -> Metadata:
        return (("authorization", f"Bearer {self.session.access_token}"),)


@dataclass
class World:
    accounts: auth_pb2_grpc.AuthServiceAsyncStub
    organizations: organization_pb2_grpc.OrganizationServiceAsyncStub
    db: Database
    owner: psycopg.AsyncConnection[Any]
    clock: Clock
    revocations: Revocations
    parts: Any
    audit: audit_pb2_grpc.AuditServiceAsyncStub
    address: str
    invitations: invitation_pb2_grpc.InvitationServiceAsyncStub
    api_keys: api_key_pb2_grpc.ApiKeyServiceAsyncStub
    sso: identity_provider_pb2_grpc.IdentityProviderServiceAsyncStub

    async def api_key(
        self, organization: str, by: Any, *permissions: str, **given: Any
    ) -> api_key_pb2.ApiKey:
        """A new key that may do that, such as `EVENTS_READ`; `by` is a person, or metadata."""
        numbers = [getattr(access_pb2, f"PERMISSION_{one}") for one in permissions]
        request_id = given.pop("request_id", "")
        request = api_key_pb2.CreateApiKeyRequest(
            parent=organization,
            api_key=api_key_pb2.ApiKey(
                **{"display_name": "CI", "permissions": numbers or EVERYTHING} | given
            ),
            request_id=request_id,
        )
        metadata = by.metadata if isinstance(by, Person) else by
        return await self.api_keys.CreateApiKey(request, metadata=metadata)

    channel: grpc.aio.Channel
    members: Members

    async def log(self, organization: str, by: Person, filter: str = "") -> list[Any]:
        """The entries of the audit log, the oldest first."""
        request = audit_pb2.ListAuditEntriesRequest(
            parent=organization, filter=filter, page_size=200
        )
        listed = await self.audit.ListAuditEntries(request, metadata=by.metadata)
        return list(reversed(listed.audit_entries))

    async def person(self, display_name: str = "Ada") -> Person:
        email = f"{uuid.uuid4()}@example.org"
        user = await self.register(registration(email, display_name=display_name))
        return Person(user, await self.log_in(email))

    async def register(
        self, request: auth_pb2.RegisterUserRequest, metadata: Metadata = ()
    ) -> auth_pb2.User:
        """An account of who reads what comes to the address."""
        return await register(self.accounts, self.owner, request, metadata)

    async def letters(self, email: str) -> list[Notice]:
        """The letters to an address that wait to be sent, in the order of their writing."""
        return await letters(self.owner, email)

    async def log_in(self, email: str, password: str = PASSWORD) -> auth_pb2.Tokens:
        return await self.accounts.Login(auth_pb2.LoginRequest(email=email, password=password))

    async def refresh(self, token: str) -> auth_pb2.Tokens:
        return await self.accounts.RefreshSession(
            auth_pb2.RefreshSessionRequest(refresh_token=token)
        )

    async def organization(self, owner: Person, display_name: str = "") -> str:
        """The name of a new organization."""
        request = organization_pb2.CreateOrganizationRequest()
        request.organization.display_name = display_name or f"Club {next(_number)}"
        made = await self.organizations.CreateOrganization(request, metadata=owner.metadata)
        return str(made.name)

    async def join(self, organization: str, by: Person, role: str) -> Person:
        """A new person who is that in the organization, such as `STAFF`."""
        person = await self.person()
        await self.organizations.CreateMember(
            membership(organization, person.name, role), metadata=by.metadata
        )
        return person

    async def facts(self, subject: str) -> list[Any]:
        """What was told about a user, an organization or a member, in its order."""
        rows = await self.owner.execute(
            "select body from outbox where subject = %s order by position", [subject]
        )
        return [unpacked(row.body) for row in await rows.fetchall()]


@contextlib.asynccontextmanager
async def serving(
    db: Database, owner: psycopg.AsyncConnection[Any], config: Config = CHEAP
) -> AsyncIterator[World]:
    """Auth as in production: it checks tokens with its own keys, and roles with its own table."""
    clock = Clock()
    settings = Settings(
        database_url="", redis_url="", listen="127.0.0.1:0", mesh="127.0.0.1:9", secret=SECRET
    )
    async with contextlib.AsyncExitStack() as stack:
        opened = server.parts_of(SERVICE, settings, config, now=clock.now, db=db)
        parts = await stack.enter_async_context(opened)
        stack.callback(parts.state.hasher.close)
        running = await stack.enter_async_context(server.serving(SERVICE, parts, grace=0))
        address = f"127.0.0.1:{running.port}"
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(address))
        yield World(
            auth_pb2_grpc.AuthServiceStub(channel),
            organization_pb2_grpc.OrganizationServiceStub(channel),
            db,
            owner,
            clock,
            running.revocations,
            parts,
            audit_pb2_grpc.AuditServiceStub(channel),
            address,
            invitation_pb2_grpc.InvitationServiceStub(channel),
            api_key_pb2_grpc.ApiKeyServiceStub(channel),
            identity_provider_pb2_grpc.IdentityProviderServiceStub(channel),
            channel,
            running.members,
        )


def registration(
    email: str, password: str = PASSWORD, display_name: str = "Ada", request_id: str = ""
) -> auth_pb2.RegisterUserRequest:
    return auth_pb2.RegisterUserRequest(
        user=auth_pb2.User(email=email, display_name=display_name),
        password=password,
        request_id=request_id,
    )


async def register(
    accounts: Any,
    owner: psycopg.AsyncConnection[Any],
    request: auth_pb2.RegisterUserRequest,
    metadata: Metadata = (),
) -> auth_pb2.User:
    """Asks for an account, and answers the code that waits in auth to be sent."""
    asked = await accounts.RegisterUser(request, metadata=metadata)
    letter = (await letters(owner, asked.email))[-1]
    confirmation = auth_pb2.ConfirmRegistrationRequest(challenge=asked.challenge, code=letter.code)
    made: auth_pb2.User = await accounts.ConfirmRegistration(confirmation, metadata=metadata)
    return made


async def letters(owner: psycopg.AsyncConnection[Any], email: str) -> list[Notice]:
    """The letters to an address that wait to be sent, in the order of their writing."""
    rows = await owner.execute("select id, sealed from letters order by id desc limit 100")
    key = derive(SECRET, "letters")
    found = [Notice.FromString(open(key, row.sealed, str(row.id))) for row in await rows.fetchall()]
    return [notice for notice in reversed(found) if notice.email == email]


def membership(
    organization: str, user: str, role: str, request_id: str = ""
) -> organization_pb2.CreateMemberRequest:
    return organization_pb2.CreateMemberRequest(
        parent=organization,
        member=organization_pb2.Member(user=user, role=role_of(role)),
        request_id=request_id,
    )


def role_of(word: str) -> access_pb2.Role:
    return getattr(access_pb2, f"ROLE_{word}")  # type: ignore[no-any-return]


def member(organization: str, person: Person) -> str:
    return f"{organization}/members/{person.id}"
