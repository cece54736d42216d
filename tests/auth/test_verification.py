from __future__ import annotations

import uuid
from datetime import timedelta

import grpc
import pytest

from services.kit.api_keys import new_secret
from services.kit.identity import service_token
from services.kit.secrets import derive
from tests.serving import SECRET, as_user, refused
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import api_key_pb2, auth_pb2, token_pb2, token_pb2_grpc

pytestmark = pytest.mark.server

NOTHING = token_pb2.VerifyTokenResponse()


@pytest.fixture
def clock(world):
    yield world.clock
    world.clock.ahead = timedelta()


def mesh(world):
    token = service_token(derive(SECRET, "mesh"), "booking", world.clock.now())
    return (("authorization", f"Service {token}"),)


async def verify(world, token, metadata=None):
    async with grpc.aio.insecure_channel(world.address) as channel:
        stub = token_pb2_grpc.TokenServiceStub(channel)
        request = token_pb2.VerifyTokenRequest(token=token)
        return await stub.VerifyToken(request, metadata=metadata or mesh(world))


async def test_a_token_says_whose_it_is(world, ada):
    found = await verify(world, ada.session.access_token)

    assert found.active
    assert (found.subject, found.session) == (ada.name, ada.session.session)
    assert found.expire_time.seconds > world.clock.now().timestamp()


async def test_a_key_says_whose_it_is_and_what_it_may(world, ada, club):
    key = await world.api_key(club, ada, "EVENTS_READ")

    found = await verify(world, key.secret)

    assert (found.active, found.subject, found.session) == (True, key.name, "")
    assert list(found.permissions) == [access_pb2.PERMISSION_EVENTS_READ]
    assert found.expire_time == key.expire_time


@pytest.mark.parametrize("end", ["logout", "deactivate", "delete"])
async def test_a_token_whose_session_has_ended_is_worth_nothing_at_once(world, ada, end):
    token = ada.session.access_token
    name, metadata = ada.name, ada.metadata
    if end == "logout":
        refresh_token = ada.session.refresh_token
        await world.accounts.Logout(auth_pb2.LogoutRequest(refresh_token=refresh_token))
    elif end == "deactivate":
        closing = auth_pb2.DeactivateUserRequest(name=name)
        await world.accounts.DeactivateUser(closing, metadata=metadata)
    else:
        await world.accounts.DeleteUser(auth_pb2.DeleteUserRequest(name=name), metadata=metadata)

    assert await verify(world, token) == NOTHING


async def test_so_is_a_revoked_key(world, ada, club):
    key = await world.api_key(club, ada)
    request = api_key_pb2.RevokeApiKeyRequest(name=key.name)
    await world.api_keys.RevokeApiKey(request, metadata=ada.metadata)

    assert await verify(world, key.secret) == NOTHING


async def test_so_is_a_token_whose_time_is_over(world, ada, clock):
    clock.ahead = timedelta(minutes=16)

    assert await verify(world, ada.session.access_token) == NOTHING


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "tk_"])
async def test_what_is_no_token_is_worth_nothing(world, token):
    assert await verify(world, token) == NOTHING


async def test_nor_is_a_key_of_nobodys(world):
    assert await verify(world, new_secret(uuid.uuid4())) == NOTHING


async def test_nor_is_a_token_of_somebody_elses(world):
    assert await verify(world, as_user()[0][1].removeprefix("Bearer ")) == NOTHING


async def test_only_services_may_ask(world, ada, club):
    key = await world.api_key(club, ada)

    for metadata in (ada.metadata, (("authorization", f"Bearer {key.secret}"),)):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "WRONG_AUDIENCE"):
            await verify(world, ada.session.access_token, metadata)


async def test_a_service_reads_any_account_and_a_user_their_own(world, ada, bob):
    request = auth_pb2.GetUserRequest(name=ada.name)

    found = await world.accounts.GetUser(request, metadata=mesh(world))

    assert found == await world.accounts.GetUser(request, metadata=ada.metadata)
    with refused(grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND"):
        await world.accounts.GetUser(request, metadata=bob.metadata)
    ghost = f"users/{uuid.uuid4()}"
    with refused(grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND", user=ghost):
        await world.accounts.GetUser(auth_pb2.GetUserRequest(name=ghost), metadata=mesh(world))
