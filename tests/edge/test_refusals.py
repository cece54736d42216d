"""What the edge says itself, to those who speak JSON and to those who speak gRPC."""

from __future__ import annotations

import asyncio

import grpc
import httpx
import pytest

from tests.edge import standin
from turnout.auth.v1 import auth_pb2, auth_pb2_grpc

pytestmark = pytest.mark.server

JSON = {"content-type": "application/json"}


def shape(response):
    """The parts of a `google.rpc.Status` that a program decides by."""
    content = response.json()
    [info] = [d for d in content["details"] if d["@type"].endswith("google.rpc.ErrorInfo")]
    assert response.headers["content-type"] == "application/json"
    assert info["domain"] == "edge.turnout.app"
    assert content["message"]
    return response.status_code, content["code"], info["reason"]


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/api/v1/nope",
        "/api/v1/organizations/1/events/",
        "/api/v1/organizations/1/nope/2",
        "/api/v1/users/1:publish",
        "/api/v2/events",
        "/turnout.auth.v1.AuthService/Login",
        "/console/nope.js",
        "/admin",
    ],
)
async def test_an_unknown_path_is_not_found(http, path):
    assert shape(await http.get(path)) == (404, 5, "NO_SUCH_PATH")


async def test_the_wrong_verb_is_told_the_right_ones(http):
    response = await http.delete("/api/v1/organizations/1/events")

    assert shape(response) == (405, 12, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("size", [(1 << 20) + 1, 3 << 20])
async def test_a_body_over_the_limit_is_too_large(services, http, size):
    response = await http.post("/api/v1/auth/login", content=b" " * size)

    assert shape(response) == (413, 3, "BODY_TOO_LARGE")
    assert services.calls == []


async def test_a_compressed_body_is_not_taken(http):
    headers = {"content-encoding": "gzip"}

    response = await http.post("/api/v1/auth/login", content=b"\x1f\x8b", headers=headers)

    assert shape(response) == (415, 3, "UNSUPPORTED_ENCODING")


async def test_headers_over_the_limit_are_too_large(http):
    response = await http.get("/api/v1/events", headers={"x-large": "x" * 40_000})

    assert shape(response) == (431, 3, "HEADERS_TOO_LARGE")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"hello\r\n\r\n", (400, 3, "BAD_REQUEST")),
        (b"GET / HTTP/1.1\r\nhost: x\r\nno colon\r\n\r\n", (400, 3, "BAD_REQUEST")),
        (b"GET /api/v1/users/%00 HTTP/1.1\r\nhost: x\r\n\r\n", (400, 3, "BAD_REQUEST")),
        (b"GET / HTTP/1.0\r\n\r\n", (426, 9, "UPGRADE_REQUIRED")),
        (
            b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
            (403, 7, "FORBIDDEN"),
        ),
        (
            b"POST / HTTP/1.1\r\nhost: x\r\n"
            b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            (400, 3, "BAD_REQUEST"),
        ),
    ],
)
async def test_what_is_hardly_http_gets_an_answer_in_json(edge, text, shown):
    reader, writer = await asyncio.open_connection(*edge.host.split(":"))
    writer.write(text)
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length:")[2].split()[0])
    content = await reader.readexactly(size)
    writer.close()

    assert shape(httpx.Response(int(head.split()[1]), content=content, headers=JSON)) == shown
    assert b"content-type: application/json" in head


async def test_a_service_that_is_away_is_unavailable_with_a_hint_when_to_come_back(services):
    nobody = standin.free_ports(1)[0]
    async with standin.running(nobody) as edge, standin.client(edge) as http:
        response = await http.post("/api/v1/auth/login", json={"email": "a", "password": "b"})
        not_ready = await http.get("/health/ready")
        alive = await http.get("/healthz")

    assert shape(response) == (503, 14, "UNREACHABLE")
    assert response.json()["details"][1] == {
        "@type": "type.googleapis.com/google.rpc.RetryInfo",
        "retryDelay": "1s",
    }
    assert shape(not_ready) == (503, 14, "UNREACHABLE")
    assert alive.json() == {"status": "SERVING"}


async def test_who_sends_too_slowly_is_told_so_and_let_go(everyone):
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    async with standin.running(everyone[1], slowest=0.5) as edge, standin.client(edge) as http:
        await standin.ready(http)
        reader, writer = await asyncio.open_connection(*edge.host.split(":"))
        writer.write(head + b"content-length: 100\r\n\r\n{")
        answer = await reader.readuntil(b"\r\n\r\n")
        size = int(answer.lower().partition(b"content-length:")[2].split()[0])
        content = await reader.readexactly(size)
        writer.close()

    response = httpx.Response(int(answer.split()[1]), content=content, headers=JSON)
    assert shape(response) == (408, 4, "REQUEST_TOO_SLOW")


async def test_a_refused_request_does_not_cost_the_connection(services, http):
    response = await http.post("/api/v1/auth/login", content="{")

    assert response.status_code == 400
    assert "connection" not in response.headers


async def test_a_grpc_caller_gets_grpc_for_what_is_not_there(channel):
    call = channel.unary_unary("/turnout.auth.v1.AuthService/Nope")

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call(b"")

    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_grpc_caller_gets_grpc_for_a_service_that_is_away(services):
    nobody = standin.free_ports(1)[0]
    async with standin.running(nobody) as edge, grpc.aio.insecure_channel(edge.host) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await auth_pb2_grpc.AuthServiceStub(channel).Login(auth_pb2.LoginRequest())

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_grpc_on_a_rest_path_is_not_sent_anywhere(services, channel):
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await channel.unary_unary("/api/v1/events")(b"")

    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert services.calls == []
