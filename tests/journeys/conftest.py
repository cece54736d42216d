"""The whole mesh for the tests of several services: real Postgres, Redis, Envoy, six services."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
import pytest

from deploy.demo import organizer as organizers
from deploy.demo.organizer import Organizer
from deploy.demo.rest import Rest
from deploy.local.mesh import Mesh
from deploy.local.settings import SERVICES, Settings
from services.auth.tokens import SigningKey
from tests import leaks
from tests.collecting import Collector, collecting
from tests.journeys import credentials, worlds
from tests.payment.stripe_simulator import Simulator, simulated
from turnout.access.v1 import access_pb2

# Short enough to be seen lapsing, long enough to be paid in on a busy machine.
HOLD_SECONDS = 12
FAILED = re.compile(r'"status": ?5\d\d')
# Everybody here comes from one address.
ENDLESS = dict.fromkeys(
    (
        "TURNOUT_LOGINS_PER_ACCOUNT",
        "TURNOUT_LOGINS_PER_ADDRESS",
        "TURNOUT_ACCOUNTS_PER_ADDRESS",
        "TURNOUT_CODES_PER_ACCOUNT",
        "TURNOUT_CODES_PER_ADDRESS",
    ),
    "1000000",
)
ENV = {
    "TURNOUT_WEBHOOK_LOOPBACK": "yes",
    "TURNOUT_LOCAL_ISSUERS": "yes",
    "TURNOUT_HOLD_SECONDS": str(HOLD_SECONDS),
    "TURNOUT_BCRYPT_COST": "4",
    "TURNOUT_MESSAGE_RATE": "1000/1",
    # Counted, and never too many.
    "TURNOUT_CALLS_PER_ADDRESS": "1000000000",
    "TURNOUT_CALLS_PER_USER": "1000000000",
    # However slow the machine.
    "TURNOUT_CALLS_UNDER_WAY": "100000",
    **ENDLESS,
}


@dataclass(frozen=True)
class Edge:
    """What a user has of the mesh: one address, spoken to in JSON and in gRPC."""

    mesh: Mesh
    client: httpx.AsyncClient
    channel: grpc.aio.Channel
    # What the mesh takes for Stripe.
    stripe: Simulator
    # What auth signs tokens with.
    signer: SigningKey

    @property
    def rest(self) -> Rest:
        return Rest(self.client)


@pytest.fixture(scope="session")
async def stripe() -> AsyncIterator[Simulator]:
    async with simulated() as found:
        yield found


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Hears of those traces that a caller wants to have kept."""
    with collecting() as found:
        yield found


@pytest.fixture(scope="session")
async def edge(
    tmp_path_factory: pytest.TempPathFactory, stripe: Simulator, collector: Collector
) -> AsyncIterator[Edge]:
    platform = "sk_test_platform0123456789"
    told = ENV | {
        "TURNOUT_STRIPE_URL": stripe.url,
        "TURNOUT_STRIPE_PLATFORM_KEY": platform,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_TRACES_SAMPLER_ARG": "0",
    }
    settings, seen = Settings.temporary(tmp_path_factory.mktemp("mesh"), told), leaks.Seen()
    hooks: Any = {"request": [seen.request], "response": [seen.response]}
    async with (
        Mesh(settings) as mesh,
        httpx.AsyncClient(base_url=mesh.edge_url, timeout=30, event_hooks=hooks) as client,
        grpc.aio.insecure_channel(mesh.address("edge")) as channel,
    ):
        yield Edge(mesh, client, channel, stripe, await credentials.signer_of(settings))
        assert mistakes(settings) == []
        logs = settings.log("auth").parent.rglob("*")
        assert leaks.leaked(seen.values, (log for log in logs if log.is_file())) == []


def mistakes(settings: Settings) -> list[str]:
    """Lines of the logs that no request may cause: errors of services, and 5xx of Envoy."""
    found = [
        line
        for name in SERVICES
        for line in settings.log(name).read_text().splitlines()
        if '"level":"error"' in line.replace(" ", "") or "unexpected error" in line
    ]
    lines = settings.log("access").read_text().splitlines()
    # Before everything is up, the edge says that it is not.
    return found + [line for line in lines if FAILED.search(line) and '"flags":"LH"' not in line]


@pytest.fixture(scope="session")
async def root(edge: Edge) -> Rest:
    """The first administrator of the platform, whom the operator's secret makes."""
    secret = (edge.mesh.settings.state / "bootstrap").read_text().strip()
    who = {"email": "root@demo.turnout.app", "password": worlds.PASSWORD}
    user = {"email": who["email"], "displayName": "Root"}
    made = {"user": user, "password": worlds.PASSWORD, "bootstrapSecret": secret}
    await edge.rest.post("auth/admin/register", made)
    session = await edge.rest.post("auth/admin/login", who)
    return edge.rest.bearing(f"Bearer {worlds.lasting(edge, session['accessToken'])}")


@pytest.fixture(scope="session")
async def first(edge: Edge, root: Rest) -> worlds.World:
    """An organization with one of everything."""
    return dataclasses.replace(await worlds.founded(edge), administrator=root.authorization)


@pytest.fixture(scope="session")
async def second(edge: Edge, root: Rest) -> worlds.World:
    """Another one."""
    return dataclasses.replace(await worlds.founded(edge), administrator=root.authorization)


@pytest.fixture(scope="session")
async def members(edge: Edge, first: worlds.World) -> dict[str, str]:
    """A token of a member of the first organization for each role, by its name."""
    roles = access_pb2.Role.keys()[1:]
    tokens = await asyncio.gather(*(worlds.member(edge, first, role) for role in roles))
    return dict(zip(roles, tokens, strict=True))


@pytest.fixture(scope="session")
async def nobody(edge: Edge) -> str:
    """The token of a user who is a member of nothing."""
    _, session = await worlds.account(edge)
    return f"Bearer {session['accessToken']}"


@pytest.fixture(scope="session")
async def organizer(edge: Edge) -> Organizer:
    return await organizers.sign_up(edge.rest, edge.mesh.messages)
