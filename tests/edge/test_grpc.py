"""gRPC and gRPC-Web through the edge."""

from __future__ import annotations

import struct

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha import reflection_pb2

from services.kit import errors, status
from tests.contract import contract
from tests.edge import standin
from turnout.auth.v1 import auth_pb2, auth_pb2_grpc
from turnout.location.v1 import location_pb2, location_pb2_grpc

pytestmark = pytest.mark.server

GET_USER = "/turnout.auth.v1.AuthService/GetUser"
WEB = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"}


class NoSuchUser(errors.NotFound):
    message = "{user} does not exist"
    user: str


async def user(request, _):
    return auth_pb2.User(name=request.name)


async def nobody(request, context):
    code, refusal = status.render(NoSuchUser(request.name), "auth.turnout.app")
    metadata = ((status.DETAILS_KEY, refusal.SerializeToString()),)
    await context.abort(code, refusal.message, metadata)


def frame(message):
    content = message.SerializeToString()
    return struct.pack(">BI", 0, len(content)) + content


def unframe(body):
    """The messages of a gRPC-Web answer, and its trailers."""
    messages, trailers = [], {}
    while body:
        flag, size = struct.unpack(">BI", body[:5])
        content, body = body[5 : 5 + size], body[5 + size :]
        if flag & 0x80:
            lines = content.decode().strip().split("\r\n")
            trailers = {name: value.strip() for name, _, value in (x.partition(":") for x in lines)}
        else:
            messages.append(content)
    return messages, trailers


async def test_a_call_goes_through_with_its_metadata(services, channel):
    services.on(GET_USER, user)
    stub = auth_pb2_grpc.AuthServiceStub(channel)

    found = await stub.GetUser(
        auth_pb2.GetUserRequest(name="users/me"),
        metadata=(("authorization", "Link abc"), ("x-mine", "1")),
    )

    assert found.name == "users/me"
    assert services.last.metadata["authorization"] == "Link abc"
    assert services.last.metadata["x-mine"] == "1"


async def test_a_refusal_comes_back_with_its_details(services, channel):
    services.on(GET_USER, nobody)
    stub = auth_pb2_grpc.AuthServiceStub(channel)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GetUser(auth_pb2.GetUserRequest(name="users/1"))

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    [detail] = standin.details(refused.value).details
    info = error_details_pb2.ErrorInfo()
    assert detail.Unpack(info)
    assert info.reason == "NO_SUCH_USER"


async def test_a_deadline_of_the_caller_holds(services, channel):
    left = []

    async def slow(request, context):
        left.append(context.time_remaining())
        return auth_pb2.User()

    services.on(GET_USER, slow)
    stub = auth_pb2_grpc.AuthServiceStub(channel)

    await stub.GetUser(auth_pb2.GetUserRequest(name="users/1"), timeout=7)

    assert 0 < left[0] < 8


async def test_a_browser_calls_by_grpc_web(services, http):
    services.on(GET_USER, user)
    request = auth_pb2.GetUserRequest(name="users/me")

    response = await http.post(GET_USER, content=frame(request), headers=WEB)

    [message], trailers = unframe(response.content)
    assert response.headers["content-type"].startswith("application/grpc-web")
    assert auth_pb2.User.FromString(message).name == "users/me"
    assert trailers["grpc-status"] == "0"


async def test_a_browser_reads_a_refusal_by_grpc_web(services, http):
    services.on(GET_USER, nobody)
    request = auth_pb2.GetUserRequest(name="users/1")

    response = await http.post(GET_USER, content=frame(request), headers=WEB)

    _, trailers = unframe(response.content)
    told = {**dict(response.headers), **trailers}
    assert told["grpc-status"] == "5"
    assert told["grpc-message"] == "users/1 does not exist"
    assert told["grpc-status-details-bin"]


async def test_a_stream_runs_both_ways_at_once(services, channel):
    async def track(requests, _):
        async for request in requests:
            yield location_pb2.TrackResponse(kept_through=request.report.first_sequence)

    services.on("/turnout.location.v1.LocationService/Track", track)
    call = location_pb2_grpc.LocationServiceStub(channel).Track()
    heard = []

    for sequence in range(1, 6):
        report = location_pb2.TrackRequest.Report(first_sequence=sequence)
        await call.write(location_pb2.TrackRequest(report=report))
        heard.append((await call.read()).kept_through)
    await call.done_writing()

    assert heard == [1, 2, 3, 4, 5]
    assert await call.read() is grpc.aio.EOF
    assert await call.code() is grpc.StatusCode.OK


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_reflection_lists_every_service(edge, channel, version):
    call = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )()
    await call.write(reflection_pb2.ServerReflectionRequest(list_services="*"))
    answer = await call.read()
    call.cancel()

    listed = {service.name for service in answer.list_services_response.service}
    assert {service.full_name for service in contract.services()} <= listed


async def test_services_reach_each_other_by_the_mesh(services, edge):
    services.on(GET_USER, user)
    async with grpc.aio.insecure_channel(edge.mesh) as channel:
        stub = auth_pb2_grpc.AuthServiceStub(channel)

        metadata = (("authorization", "Service abc"),)
        found = await stub.GetUser(auth_pb2.GetUserRequest(name="users/1"), metadata=metadata)

    assert found.name == "users/1"
    assert services.last.metadata["authorization"] == "Service abc"


async def test_the_only_one_of_a_service_is_asked_whatever_it_says_of_its_health(keys):
    services, port = standin.Services(keys), standin.free_ports(1)[0]
    services.on(GET_USER, user)
    request = auth_pb2.GetUserRequest(name="users/1")

    async with (
        standin.serving(services, port, healthy=False),
        standin.running(port) as edge,
        standin.client(edge) as http,
        grpc.aio.insecure_channel(edge.host) as channel,
    ):
        ready = await http.get("/health/ready")
        found = await auth_pb2_grpc.AuthServiceStub(channel).GetUser(request)

    assert ready.status_code == 503
    assert found.name == "users/1"


async def test_what_is_for_the_mesh_alone_is_hidden_from_the_public(services, everyone, tmp_path):
    """Seen on a contract in which GetUser is for other services only."""
    services.on(GET_USER, user)
    descriptors = standin.hiding("GetUser", tmp_path / "hidden.binpb")
    request = auth_pb2.GetUserRequest(name="users/1")

    async with standin.running(everyone[1], descriptors=descriptors) as edge:
        async with standin.client(edge) as http:
            await standin.ready(http)
            rest = await http.get("/api/v1/users/1")
        async with grpc.aio.insecure_channel(edge.host) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await auth_pb2_grpc.AuthServiceStub(channel).GetUser(request)
        async with grpc.aio.insecure_channel(edge.mesh) as channel:
            inside = await auth_pb2_grpc.AuthServiceStub(channel).GetUser(request)

    # Other verbs on the path are still there for everybody.
    assert rest.status_code in (404, 405)
    assert "GET" not in rest.headers.get("allow", "")
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert inside.name == "users/1"
