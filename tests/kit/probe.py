"""A service that exists in tests only: methods of the contract that do what a test tells them."""

# ruff: noqa: N802 - the contract names the methods
from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.api import httpbody_pb2
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from services.kit import identity, secrets, server
from services.kit.caller import caller
from services.kit.config import Settings
from services.kit.server import Service
from services.kit.tenant import tenant
from tests.kit.tokens import NOW, Signer, jwks
from turnout.auth.v1 import auth_pb2_grpc, organization_pb2_grpc
from turnout.event.v1 import event_pb2, event_pb2_grpc, participant_pb2, participant_pb2_grpc
from turnout.location.v1 import location_pb2_grpc

SIGNER = Signer()
SECRET = b"s" * 32
LINKS_KEY = secrets.derive(SECRET, "links")
MESH_KEY = secrets.derive(SECRET, "mesh")
EDGE = secrets.derive(SECRET, "edge").hex()


def settings(**changes):
    given: dict[str, Any] = {
        "database_url": "",
        "redis_url": "",
        "listen": "127.0.0.1:0",
        "mesh": "127.0.0.1:1",
        "secret": SECRET,
    } | changes
    return Settings(**given)


# Untyped, for a test answers the methods that it asks and no other.
BASES: tuple[Any, ...] = (
    event_pb2_grpc.EventServiceServicer,
    participant_pb2_grpc.ParticipantServiceServicer,
    location_pb2_grpc.LocationServiceServicer,
    organization_pb2_grpc.OrganizationServiceServicer,
    auth_pb2_grpc.AuthServiceServicer,
)
Base: Any = type("Base", BASES, {})


class Probe(Base):  # type: ignore[misc]
    """`do` has a function of the request by the name of the method."""

    def __init__(self, do):
        self.do = do
        self.callers = []

    def _note(self):
        self.callers.append((caller(), tenant.get()))

    async def GetEvent(self, request, context):
        self._note()
        if "GetEvent" in self.do:
            return await self.do["GetEvent"](request)
        return event_pb2.Event(name=request.name)

    async def ListEvents(self, request, context):
        self._note()
        return event_pb2.ListEventsResponse()

    async def CreateEvent(self, request, context):
        self._note()
        return request.event

    async def UpdateEvent(self, request, context):
        self._note()
        return request.event

    async def GetParticipant(self, request, context):
        self._note()
        return participant_pb2.Participant(name=request.name)

    async def GetInvitation(self, request, context):
        self._note()
        return participant_pb2.Invitation()

    async def CreateOrganization(self, request, context):
        self._note()
        return request.organization

    async def GetMember(self, request, context):
        self._note()
        return await self.do["GetMember"](request)

    async def GetJwks(self, request, context):
        self._note()
        return httpbody_pb2.HttpBody(content_type="application/json", data=await fetch())

    async def Track(self, request_iterator, context):
        self._note()
        async for answer in self.do["Track"](request_iterator):
            yield answer

    async def WatchArrivals(self, request, context):
        self._note()
        async for answer in self.do["WatchArrivals"](request):
            yield answer


ADDERS = (
    event_pb2_grpc.add_EventServiceServicer_to_server,
    participant_pb2_grpc.add_ParticipantServiceServicer_to_server,
    location_pb2_grpc.add_LocationServiceServicer_to_server,
    organization_pb2_grpc.add_OrganizationServiceServicer_to_server,
    auth_pb2_grpc.add_AuthServiceServicer_to_server,
)


async def fetch():
    return jwks(SIGNER)


def service(probe, **changes):
    given: dict[str, Any] = {
        "name": "kit",
        "servicers": lambda _: [(adder, probe) for adder in ADDERS],
        "keys": lambda _: fetch,
        "ask": lambda _: None,
    } | changes
    return Service(**given)


@asynccontextmanager
async def answering(db, do=None, *, grace=5.0, mesh="127.0.0.1:1", told=None, **changes):
    """A server, what it is told to do, and a channel to it; `told` are more of its settings."""
    probe = Probe(do or {})
    what = service(probe, **changes)
    async with (
        server.parts_of(
            what, settings(mesh=mesh, **told or {}), None, now=lambda: NOW, db=db
        ) as parts,
        server.serving(what, parts, grace=grace) as running,
        grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel,
    ):
        yield Answering(probe, running, channel, parts)


class Answering:
    def __init__(self, probe, running, channel, parts):
        self.probe, self.running, self.channel, self.parts = probe, running, channel, parts
        self.events = event_pb2_grpc.EventServiceStub(channel)
        self.participants = participant_pb2_grpc.ParticipantServiceStub(channel)
        self.journeys = location_pb2_grpc.LocationServiceStub(channel)
        self.organizations = organization_pb2_grpc.OrganizationServiceStub(channel)


def bearer(user):
    return (("authorization", f"Bearer {SIGNER.token(user)}"),)


def mesh(name="event"):
    return (("authorization", f"Service {identity.service_token(MESH_KEY, name, NOW)}"),)


def reason(error):
    """The reason of a refusal; nothing if nobody gave one."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return ""
