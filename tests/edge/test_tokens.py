"""Who calls: what the edge refuses by itself, and what it leaves to the services."""

from __future__ import annotations

import asyncio
import base64
import json

import grpc
import jwt
import pytest

from tests.edge import standin
from turnout.auth.v1 import auth_pb2, auth_pb2_grpc

pytestmark = pytest.mark.server

GET_USER = "/turnout.auth.v1.AuthService/GetUser"


@pytest.fixture
def users(services):
    async def user(request, _):
        return auth_pb2.User(name=request.name)

    services.on(GET_USER, user)
    return services


def unsigned(claims):
    """A token whose header says that it needs no signature."""
    return jwt.encode(claims, "", algorithm="none")


def altered(token):
    """Somebody else's name in a token of ours."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["sub"] = "users/other"
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{head}.{changed}.{signature}"


BAD = {
    "garbage": lambda _: "abc",
    "expired": lambda keys: keys.token(exp=1_700_000_000),
    "without an end": lambda keys: keys.token(exp=None),
    "of another issuer": lambda keys: keys.token(iss="https://evil.example"),
    "for somebody else": lambda keys: keys.token(aud="elsewhere"),
    "signed by another key": lambda keys: standin.Keys(keys.kid).token(),
    "unsigned": lambda keys: unsigned(
        jwt.decode(keys.token(), options={"verify_signature": False})
    ),
    "altered": lambda keys: altered(keys.token()),
}


async def test_a_good_token_reaches_the_service_as_it_is(users, http, keys):
    authorization = f"Bearer {keys.token()}"

    response = await http.get("/api/v1/users/me", headers={"authorization": authorization})

    assert response.status_code == 200
    assert users.last.metadata["authorization"] == authorization


@pytest.mark.parametrize("authorization", [None, "Link abc.def", "Basic YTpi"])
async def test_what_is_no_token_of_ours_is_left_to_the_service(users, http, authorization):
    headers = {} if authorization is None else {"authorization": authorization}

    response = await http.get("/api/v1/users/me", headers=headers)

    assert response.status_code == 200
    assert users.last.metadata.get("authorization") == authorization


@pytest.mark.parametrize("kind", [kind for kind in BAD if kind != "expired"])
async def test_a_bad_token_is_refused_in_json(users, http, keys, kind):
    token = BAD[kind](keys)

    response = await http.get("/api/v1/users/me", headers={"authorization": f"Bearer {token}"})

    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "TOKEN_INVALID",
        "domain": "edge.turnout.app",
        "metadata": {"problem": "is no token of ours"},
    }
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert response.json() == {
        "code": 16,
        "message": "the credential is no token of ours",
        "details": [info],
    }
    assert users.calls == []


async def test_an_expired_token_is_told_from_a_bad_one(users, http, keys):
    authorization = f"Bearer {keys.token(exp=1_700_000_000)}"

    response = await http.get("/api/v1/users/me", headers={"authorization": authorization})

    assert response.status_code == 401
    assert response.json()["details"][0]["reason"] == "TOKEN_EXPIRED"
    assert users.calls == []


async def test_a_key_that_is_newer_than_what_the_edge_knows_is_left_to_the_service(users, http):
    authorization = f"Bearer {standin.Keys('k2').token()}"

    response = await http.get("/api/v1/users/me", headers={"authorization": authorization})

    assert response.status_code == 200
    assert users.last.metadata["authorization"] == authorization


@pytest.mark.parametrize("kind", ["garbage", "expired", "altered"])
async def test_a_bad_token_is_refused_in_grpc(users, channel, keys, kind):
    metadata = (("authorization", f"Bearer {BAD[kind](keys)}"),)
    stub = auth_pb2_grpc.AuthServiceStub(channel)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GetUser(auth_pb2.GetUserRequest(name="users/me"), metadata=metadata)

    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert standin.details(refused.value).code == 16
    assert users.calls == []


@pytest.mark.parametrize("authorization", ["Service abc", "service abc", "SERVICE  abc", "Service"])
async def test_a_service_token_is_refused_from_outside(users, http, channel, authorization):
    stub = auth_pb2_grpc.AuthServiceStub(channel)

    response = await http.get("/api/v1/users/me", headers={"authorization": authorization})
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GetUser(
            auth_pb2.GetUserRequest(name="users/me"), metadata=(("authorization", authorization),)
        )

    assert response.status_code == 401
    assert response.json()["details"][0]["reason"] == "TOKEN_INVALID"
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert standin.details(refused.value).message == response.json()["message"]
    assert users.calls == []


async def test_names_that_only_we_may_say_are_taken_away(users, http, channel):
    names = ["x-internal-caller", "x-turnout-caller", "x-jwt-sub", "x-envoy-original-path"]
    stub = auth_pb2_grpc.AuthServiceStub(channel)

    await stub.GetUser(
        auth_pb2.GetUserRequest(name="users/me"),
        metadata=tuple((name, "made up") for name in [*names, "x-mine"]),
    )

    metadata = users.last.metadata
    assert [name for name in [*names, "x-mine"] if name in metadata] == ["x-mine"]


async def test_a_service_is_told_the_address_that_the_edge_saw(users, http):
    invented = {"x-real-ip": "192.0.2.1", "x-forwarded-for": "192.0.2.2", "x-turnout-edge": "me"}

    await http.get("/api/v1/users/me", headers=invented)

    assert users.last.metadata["x-real-ip"] == "127.0.0.1"
    assert users.last.metadata["x-turnout-edge"] == standin.PROOF


async def test_envoy_may_start_before_auth_and_knows_the_keys_once_auth_is_there():
    keys = standin.Keys()
    services = standin.Services(keys)

    async def user(request, _):
        return auth_pb2.User(name=request.name)

    services.on(GET_USER, user)
    port = standin.free_ports(1)[0]
    forged = {"authorization": f"Bearer {standin.Keys(keys.kid).token()}"}
    async with standin.running(port) as edge, standin.client(edge) as http:
        early = await http.get("/api/v1/users/me", headers=forged)
        async with standin.serving(services, port):
            await standin.ready(http)
            good = await http.get(
                "/api/v1/users/me", headers={"authorization": f"Bearer {keys.token()}"}
            )
            for _ in range(600):
                late = await http.get("/api/v1/users/me", headers=forged)
                if late.status_code == 401:
                    break
                await asyncio.sleep(0.05)

    # Not refused for want of keys, but for want of the service.
    assert early.status_code == 503
    assert good.status_code == 200
    assert late.status_code == 401
