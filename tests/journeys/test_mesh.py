"""What services may do with each other: neither a user's token nor their own is enough for all."""

from __future__ import annotations

import grpc
import pytest

from deploy.local import calls
from deploy.local.settings import SERVICES
from tests.contract import contract
from tests.journeys import asking, builders, credentials
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
MESHED = [method for method in contract.methods() if MESH in contract.access(method).audiences]
# What lets services in, and a member with a permission too: it says what a member is.
BOTH = {"turnout.auth.v1.OrganizationService.GetMember"}


def callers(method):
    return {access_pb2.Peer.Name(value) for value in contract.access(method).callers}


def ids(methods):
    return [method.full_name.removeprefix("turnout.") for method in methods]


def channel(edge, bearer, name):
    """A way in with the certificate of `bearer`: to the port of a service, or to that of Envoy."""
    settings = edge.mesh.settings
    named = (("grpc.ssl_target_name_override", "envoy" if name == "mesh" else name),)
    shown = calls.credentials(settings, bearer)
    return grpc.aio.secure_channel(settings.address(name), shown, named)


@pytest.fixture(scope="module")
async def inside(edge):
    """Asks a method of the service itself, past Envoy, as who operates it."""
    channels = {}

    async def ask(method, request, authorization=""):
        name = contract.service_of(method.containing_service.file)
        if name not in channels:
            channels[name] = channel(edge, "operator", name)
        return await asking.by_grpc(channels[name], method, request, authorization)

    yield ask
    for each in channels.values():
        await each.close()


@pytest.fixture(scope="module")
async def among(edge):
    """Asks a method as a service does, through the mesh."""
    channels = {}

    async def ask(bearer, method, request, authorization=""):
        if bearer not in channels:
            channels[bearer] = channel(edge, bearer, "mesh")
        return await asking.by_grpc(channels[bearer], method, request, authorization)

    yield ask
    for each in channels.values():
        await each.close()


@pytest.mark.parametrize("method", HIDDEN, ids=ids(HIDDEN))
async def test_what_is_for_services_is_for_nobody_else(edge, first, inside, method):
    request = builders.request(method, first.names)

    for authorization in (first.token, first.api_key, first.guest.edge.authorization):
        answer = await inside(method, request, authorization)
        assert (answer.code, answer.reason) == ("PERMISSION_DENIED", "WRONG_AUDIENCE")
        outside = await asking.by_grpc(edge.channel, method, request, authorization)
        assert outside.code == "UNIMPLEMENTED"
    nobody = await inside(method, request)
    assert (nobody.code, nobody.reason) == ("PERMISSION_DENIED", "WRONG_CALLER")


@pytest.mark.parametrize("bearer", SERVICES)
async def test_a_service_calls_what_names_it_and_nothing_else(first, among, bearer):
    for method in MESHED:
        for shown in ("", first.token):
            answer = await among(bearer, method, builders.request(method, first.names), shown)
            named = f"PEER_{bearer.upper()}" in callers(method)
            if shown:
                # Then it speaks for the user, whoever carries the token.
                assert (answer.reason == "WRONG_AUDIENCE") == (method in HIDDEN), method.full_name
            elif named:
                assert answer.code in ("OK", "NOT_FOUND", "INVALID_ARGUMENT"), method.full_name
            else:
                refused = (answer.code, answer.reason)
                assert refused == ("PERMISSION_DENIED", "WRONG_CALLER"), method.full_name


@pytest.mark.parametrize("method", OTHERS, ids=ids(OTHERS))
async def test_a_service_on_its_own_account_reads_no_organization(first, among, method):
    answer = await among("booking", method, builders.request(method, first.names))

    assert (answer.code, answer.reason) == ("PERMISSION_DENIED", "WRONG_AUDIENCE")


def test_only_what_a_member_is_can_be_asked_by_services_of_any_organization():
    both = {
        method.full_name
        for method in contract.methods()
        if MESH in contract.access(method).audiences and contract.access(method).permission
    }

    assert both == BOTH


async def test_a_service_learns_what_a_token_is_worth(edge, first):
    token = first.token.removeprefix("Bearer ")
    async with channel(edge, "booking", "mesh") as found:
        stub = token_pb2_grpc.TokenServiceStub(found)
        told = await stub.VerifyToken(token_pb2.VerifyTokenRequest(token=token))

    assert (told.active, told.subject) == (True, first.names["turnout.app/User"])


async def test_a_token_of_a_service_is_worth_nothing_where_certificates_are(edge, first, inside):
    """Whoever knows the secret of all could make one for anybody."""
    method = next(one for one in HIDDEN if one.name == "VerifyToken")
    token = credentials.service(edge.mesh.settings, "booking")

    answer = await inside(method, builders.request(method, first.names), token)

    assert (answer.code, answer.reason) == ("UNAUTHENTICATED", "TOKEN_INVALID")
