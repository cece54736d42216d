"""What services may do with each other: neither a user's token nor their own is enough for all."""

from __future__ import annotations

from datetime import UTC, datetime

import grpc
import pytest

from deploy.local.stores import stores
from services.kit import identity
from services.kit.secrets import derive
from tests.contract import contract
from tests.journeys import asking, builders
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import token_pb2, token_pb2_grpc

pytestmark = [pytest.mark.server, pytest.mark.mesh]

HIDDEN = [method for method in contract.methods() if contract.is_for_services(method)]
MESH = access_pb2.AUDIENCE_MESH
# Methods that services are not meant to call.
OTHERS = [
    method
    for method in contract.methods()
    if MESH not in contract.access(method).audiences and not asking.is_public(method)
]
# What lets services in, and a member with a permission too: it says what a member is.
BOTH = {"turnout.auth.v1.OrganizationService.GetMember"}


def ids(methods):
    return [method.full_name.removeprefix("turnout.") for method in methods]


@pytest.fixture(scope="module")
def service(edge):
    """What a service shows to others."""
    key = derive(stores(edge.mesh.settings).secret.encode(), "mesh")
    return lambda: f"Service {identity.service_token(key, 'booking', datetime.now(UTC))}"


@pytest.fixture(scope="module")
async def inside(edge):
    """Asks a method of the service itself, past the edge."""
    channels = {}

    async def ask(method, request, authorization=""):
        name = method.full_name.split(".")[1]
        if name not in channels:
            channels[name] = grpc.aio.insecure_channel(edge.mesh.address(name))
        return await asking.by_grpc(channels[name], method, request, authorization)

    yield ask
    for channel in channels.values():
        await channel.close()


@pytest.mark.parametrize("method", HIDDEN, ids=ids(HIDDEN))
async def test_what_is_for_services_is_for_nobody_else(edge, first, inside, method):
    request = builders.request(method, first.names)

    for authorization in (first.token, first.api_key, first.guest.edge.authorization):
        answer = await inside(method, request, authorization)
        assert (answer.code, answer.reason) == ("PERMISSION_DENIED", "WRONG_AUDIENCE")
        outside = await asking.by_grpc(edge.channel, method, request, authorization)
        assert outside.code == "UNIMPLEMENTED"
    nobody = await inside(method, request)
    assert (nobody.code, nobody.reason) == ("UNAUTHENTICATED", "TOKEN_MISSING")


@pytest.mark.parametrize("method", OTHERS, ids=ids(OTHERS))
async def test_a_service_on_its_own_account_reads_no_organization(first, inside, service, method):
    answer = await inside(method, builders.request(method, first.names), service())

    assert (answer.code, answer.reason) == ("PERMISSION_DENIED", "WRONG_AUDIENCE")


def test_only_what_a_member_is_can_be_asked_by_services_of_any_organization():
    both = {
        method.full_name
        for method in contract.methods()
        if MESH in contract.access(method).audiences and contract.access(method).permission
    }

    assert both == BOTH


async def test_a_service_learns_what_a_token_is_worth(edge, first, service):
    token = first.token.removeprefix("Bearer ")
    async with grpc.aio.insecure_channel(edge.mesh.address("auth")) as channel:
        stub = token_pb2_grpc.TokenServiceStub(channel)
        found = await stub.VerifyToken(
            token_pb2.VerifyTokenRequest(token=token), metadata=(("authorization", service()),)
        )

    assert (found.active, found.subject) == (True, first.names["turnout.app/User"])
