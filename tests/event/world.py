"""Event served in the test's own process, with real interceptors, and callers of every kind."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import jwt
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf import descriptor_pool, message_factory
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from obstore.store import LocalStore

from services.event.__main__ import SERVICE
from services.event.config import Config
from services.event.media.storage import Storage
from services.event.participants.domain import PARTICIPANTS
from services.kit import identity, ids, links, secrets
from services.kit.config import Settings
from services.kit.db import Database
from services.kit.names import Name
from services.kit.server import parts_of, serving
from turnout.bus.v1 import bus_pb2
from turnout.event.v1 import (
    analytics_pb2_grpc,
    errors_pb2,
    event_pb2,
    event_pb2_grpc,
    export_pb2_grpc,
    form_pb2,
    form_pb2_grpc,
    import_pb2_grpc,
    participant_pb2,
    participant_pb2_grpc,
    search_pb2_grpc,
    series_pb2_grpc,
    task_pb2_grpc,
    webhook_pb2_grpc,
)

Metadata = tuple[tuple[str, str], ...]

KEY, KID = ec.generate_private_key(ec.SECP256R1()), "test"
SECRET = b"a secret of the tests, long enough to be one"
LINKS, PAGE = secrets.derive(SECRET, "links"), "http://127.0.0.1:8080/join/"
# Longer than any test puts the clock forward.
YEAR = 365 * 86400.0
NOBODY: Metadata = ()
CONFIG = Config(webhook_loopback=True)


@dataclass
class Clock:
    """The time of the service; a test may put it forward."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class World:
    events: Any
    people: Any
    forms: Any
    finder: Any
    imports: Any
    tasks: Any
    db: Database
    owner: psycopg.AsyncConnection[Any]
    settings: Settings
    clock: Clock = field(default_factory=Clock)
    analytics: Any = None
    exports: Any = None
    series: Any = None
    # For what few tests call.
    channel: Any = None
    webhooks: Any = None
    bytes_in: Any = None

    async def member(self, role: str, organization: uuid.UUID) -> Metadata:
        """A new user who is that in the organization."""
        user = uuid.uuid4()
        await self.owner.execute(
            'insert into members (organization, "user", role) values (%s, %s, %s)',
            [organization, user, role],
        )
        return as_user(user)

    async def facts(self, organization: uuid.UUID, kind: str = "") -> list[Any]:
        """What was told about an organization so far, all of it or one kind."""
        rows = await self.owner.execute(
            "select body from outbox where organization = %s order by position", [organization]
        )
        told = [unpacked(row.body) for row in await rows.fetchall()]
        return [fact for fact in told if not kind or fact.DESCRIPTOR.name == kind]

    async def house(self) -> House:
        """A new organization with somebody who organizes."""
        organization = ids.new_id()
        return House(self, organization, await self.member("ORGANIZER", organization))


@dataclass
class House:
    """An organization, and what its organizer does."""

    world: World
    organization: uuid.UUID
    organizer: Metadata

    @property
    def name(self) -> str:
        return f"organizations/{self.organization}"

    async def member(self, role: str) -> Metadata:
        return await self.world.member(role, self.organization)

    async def draft(self, **given: Any) -> event_pb2.Event:
        request = event_pb2.CreateEventRequest(parent=self.name, event=gig(**given))
        event: event_pb2.Event = await self.world.events.CreateEvent(
            request, metadata=self.organizer
        )
        return event

    async def published(self, **given: Any) -> event_pb2.Event:
        return await self.publish(await self.draft(**given))

    async def publish(self, event: event_pb2.Event) -> event_pb2.Event:
        published: event_pb2.Event = await self.world.events.PublishEvent(
            event_pb2.PublishEventRequest(name=event.name), metadata=self.organizer
        )
        return published

    async def cancel(self, event: event_pb2.Event) -> event_pb2.Event:
        cancelled: event_pb2.Event = await self.world.events.CancelEvent(
            event_pb2.CancelEventRequest(name=event.name, reason="rain"), metadata=self.organizer
        )
        return cancelled

    async def enlist(self, event: event_pb2.Event, **given: Any) -> participant_pb2.Participant:
        values = {"display_name": "Ada", "email": f"{uuid.uuid4()}@example.org"} | given
        request = participant_pb2.CreateParticipantRequest(
            parent=self.name,
            participant=participant_pb2.Participant(event=event.name, **values),
        )
        listed: participant_pb2.Participant = await self.world.people.CreateParticipant(
            request, metadata=self.organizer
        )
        return listed

    async def invite(self, participant: participant_pb2.Participant) -> Metadata:
        """Invites somebody, and returns what the link in the message makes of its bearer."""
        await self.world.people.InviteParticipant(
            participant_pb2.InviteParticipantRequest(name=participant.name),
            metadata=self.organizer,
        )
        facts = await self.world.facts(self.organization, "ParticipantInvited")
        link = next(f.link for f in reversed(facts) if f.participant == participant.name)
        return as_guest(link.partition("#")[2])

    async def guest(self, **given: Any) -> tuple[participant_pb2.Participant, Metadata]:
        """Somebody invited to a published event."""
        ada = await self.enlist(await self.published(**given))
        return ada, await self.invite(ada)

    async def ask(
        self, event: event_pb2.Event, *questions: dict[str, Any], **given: Any
    ) -> form_pb2.RegistrationForm:
        """Has an event ask those questions."""
        form = form_pb2.RegistrationForm(
            name=f"{event.name}/registrationForm",
            questions=[form_pb2.Question(**question) for question in questions],
            **given,
        )
        asked: form_pb2.RegistrationForm = await self.world.forms.UpdateRegistrationForm(
            form_pb2.UpdateRegistrationFormRequest(registration_form=form),
            metadata=self.organizer,
        )
        return asked

    async def read(self, participant: participant_pb2.Participant) -> participant_pb2.Participant:
        found: participant_pb2.Participant = await self.world.people.GetParticipant(
            participant_pb2.GetParticipantRequest(name=participant.name), metadata=self.organizer
        )
        return found


def gig(days: float = 30, **given: Any) -> event_pb2.Event:
    """An event of three hours, some days from now, at 19:30 in Berlin, for 12.50 EUR."""
    day = datetime.now(UTC) + timedelta(days=days)
    when = {"year": day.year, "month": day.month, "day": day.day, "minutes": 30}
    zone = {"id": "Europe/Berlin"}
    values: dict[str, Any] = {
        "display_name": "Concert",
        "venue": {
            "display_name": "Hall",
            "city": "Berlin",
            "location": {"latitude": 52.52, "longitude": 13.405},
        },
        "start_time": when | {"hours": 19, "time_zone": zone},
        "end_time": when | {"hours": 22, "time_zone": zone},
        "ticket_types": [
            {
                "id": "standard",
                "price": {"currency_code": "EUR", "units": 12, "nanos": 500_000_000},
                "capacity": 5,
            }
        ],
    }
    return event_pb2.Event(**(values | given))


# --- callers


def as_user(user: uuid.UUID | None = None, *, ttl: float = YEAR) -> Metadata:
    """A signed-in user; a stranger unless given."""
    claims = {
        "iss": identity.ISSUER,
        "aud": identity.AUDIENCE,
        "sub": f"users/{user or uuid.uuid4()}",
        "iat": int(time.time()) - 1000,
        "exp": int(time.time() + ttl),
        "jti": str(uuid.uuid4()),
    }
    headers = {"kid": KID, "typ": identity.TYPE}
    token = jwt.encode(claims, KEY, identity.ALGORITHM, headers=headers)
    return (("authorization", f"Bearer {token}"),)


def as_guest(token: str) -> Metadata:
    return (("authorization", f"Link {token}"),)


def linked(name: str, *, purpose: str = identity.PARTICIPANT, ttl: float = 900) -> Metadata:
    """The bearer of a link that no invitation held."""
    until = datetime.now(UTC) + timedelta(seconds=ttl)
    return as_guest(links.sign(LINKS, name, purpose, until))


async def jwks() -> bytes:
    key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key()))
    return json.dumps({"keys": [key | {"kid": KID}]}).encode()


# --- answers


@contextlib.contextmanager
def refused(code: grpc.StatusCode, reason: str = "", **metadata: str) -> Any:
    """Expects a refusal; of its metadata, at least those entries."""
    with pytest.raises(grpc.aio.AioRpcError) as found:
        yield
    assert found.value.code() is code, found.value.details()
    info = detail(found.value, error_details_pb2.ErrorInfo)
    if reason:
        assert info.reason == reason
        assert metadata.items() <= dict(info.metadata).items()
    if info.domain == "event.turnout.app" and not reason:
        assert f"ERROR_REASON_{info.reason}" in errors_pb2.ErrorReason.keys()  # noqa: SIM118


@contextlib.contextmanager
def invalid(*fields: str) -> Any:
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


# --- the server


@contextlib.asynccontextmanager
async def opened(
    db: Database, owner: psycopg.AsyncConnection[Any], redis_url: str
) -> AsyncIterator[World]:
    """The service as its process would build it, but for auth: the keys are ours."""
    clock = Clock()
    settings = Settings(
        database_url="",
        redis_url=redis_url,
        listen="127.0.0.1:0",
        mesh="127.0.0.1:1",
        secret=SECRET,
    )
    service = dataclasses.replace(SERVICE, keys=lambda _: jwks, ask=lambda _: None)
    with tempfile.TemporaryDirectory(prefix="turnout-media-") as folder:
        config = dataclasses.replace(CONFIG, media=Storage(LocalStore(folder), signs=False))
        async with _opened(service, settings, config, clock, db, owner) as world:
            yield world


@contextlib.asynccontextmanager
async def _opened(
    service: Any,
    settings: Settings,
    config: Config,
    clock: Clock,
    db: Database,
    owner: psycopg.AsyncConnection[Any],
) -> AsyncIterator[World]:
    async with (
        parts_of(service, settings, config, now=clock.now, db=db) as parts,
        serving(service, parts) as running,
        grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel,
    ):
        yield World(
            event_pb2_grpc.EventServiceStub(channel),
            participant_pb2_grpc.ParticipantServiceStub(channel),
            form_pb2_grpc.RegistrationFormServiceStub(channel),
            search_pb2_grpc.SearchServiceStub(channel),
            import_pb2_grpc.ParticipantImportServiceStub(channel),
            task_pb2_grpc.TaskServiceStub(channel),
            db,
            owner,
            settings,
            clock,
            analytics=analytics_pb2_grpc.AnalyticsServiceStub(channel),
            exports=export_pb2_grpc.ExportServiceStub(channel),
            series=series_pb2_grpc.SeriesServiceStub(channel),
            channel=channel,
            webhooks=webhook_pb2_grpc.WebhookServiceStub(channel),
            bytes_in=config.media,
        )


def name_of(participant: participant_pb2.Participant) -> Name:
    return PARTICIPANTS.parse(participant.name)
