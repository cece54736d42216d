"""How a request is found again: its id, its trace, and its line in the access log."""

from __future__ import annotations

import json
import re

import grpc
import pytest

from services.kit import spans
from tests.collecting import attributes, collecting
from tests.edge import standin
from tests.waiting import eventually
from turnout.auth.v1 import auth_pb2, auth_pb2_grpc
from turnout.location.v1 import location_pb2

pytestmark = pytest.mark.server

GET_USER = "/turnout.auth.v1.AuthService/GetUser"
WATCH = "/turnout.location.v1.LocationService/WatchArrivals"
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def users(services):
    async def user(request, _):
        return auth_pb2.User(name=request.name)

    services.on(GET_USER, user)
    return services


async def test_a_request_gets_an_id_and_a_trace_that_begins_with_it(users, http):
    response = await http.get("/api/v1/users/me")

    request_id = response.headers["x-request-id"]
    assert users.last.metadata["x-request-id"] == request_id
    trace = users.last.metadata["traceparent"]
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", trace)
    assert trace[3:35] == request_id.replace("-", "")


async def test_a_trace_of_the_caller_goes_on(users, http, channel):
    await http.get("/api/v1/users/me", headers={"traceparent": PARENT})
    rest = users.last.metadata["traceparent"]
    stub = auth_pb2_grpc.AuthServiceStub(channel)
    await stub.GetUser(auth_pb2.GetUserRequest(), metadata=(("traceparent", PARENT),))

    assert [rest, users.last.metadata["traceparent"]] == [PARENT, PARENT]


async def test_what_is_no_trace_does_not_go_on(users, http):
    await http.get("/api/v1/users/me", headers={"traceparent": "00-x"})

    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", users.last.metadata["traceparent"])


async def test_an_id_of_the_caller_is_not_taken_for_ours(users, http):
    response = await http.get("/api/v1/users/me", headers={"x-request-id": "mine"})

    assert response.headers["x-request-id"] != "mine"


async def test_the_log_says_what_happened_and_with_which_code(services, http, edge):
    async def taken(_, context):
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no")

    services.on(GET_USER, taken)

    response = await http.get("/api/v1/users/me", headers={"user-agent": "tests"})

    line = await edge.logged(response.headers["x-request-id"])
    assert line["method"] == "GET"
    assert line["path"] == "/api/v1/users/me"
    assert line["rpc"] == GET_USER
    assert line["status"] == 400
    assert int(line["grpc"]) == grpc.StatusCode.FAILED_PRECONDITION.value[0]
    assert line["client"] == "127.0.0.1"
    assert line["agent"] == "tests"


async def test_the_log_has_no_queries_and_no_tokens(services, http, edge, keys):
    async def watch(_, __):
        yield location_pb2.WatchArrivalsResponse(resume_token="1")

    services.on(WATCH, watch)
    token = keys.token()
    path = "/api/v1/organizations/1/events/2/arrivals:watch"
    streamed = await http.get(
        f"{path}?access_token={token}&resume_token=secret-7",
        headers={"accept": "text/event-stream"},
    )
    refused = await http.get(f"/api/v1/users/me?access_token={token}")
    nowhere = await http.get(f"/nope?token={token}", headers={"authorization": f"Bearer {token}"})

    for response in (streamed, refused, nowhere):
        await edge.logged(response.headers["x-request-id"])
    text = (edge.folder / "access.log").read_text()
    assert token not in text
    assert token.split(".")[2] not in text
    assert "secret-7" not in text
    assert token not in (edge.folder / "envoy.log").read_text()


@pytest.fixture(params=[1.0])
async def traced(everyone, request):
    """An edge of its own, with somebody who hears of such a share of its traces."""
    with collecting() as collector:
        async with (
            standin.running(everyone[1], otlp=collector.url, sampled=request.param) as edge,
            standin.client(edge) as client,
        ):
            await standin.ready(client)
            yield collector, client


async def test_a_request_is_a_span_and_what_the_service_does_a_part_of_it(users, traced):
    collector, http = traced
    answer = await http.get("/api/v1/users/me", headers={"traceparent": PARENT})
    sent = users.last.metadata["traceparent"]
    await eventually(lambda: len(collector.called(GET_USER)) == 2)

    door, tried = sorted(collector.called(GET_USER), key=lambda span: span["kind"])
    assert (door["kind"], tried["kind"]) == (spans.SERVER, spans.CLIENT)
    assert (door["traceId"], door["parentSpanId"]) == (PARENT[3:35], PARENT[36:52])
    assert (tried["traceId"], tried["parentSpanId"]) == (PARENT[3:35], door["spanId"])
    assert sent == f"00-{tried['traceId']}-{tried['spanId']}-01"
    assert attributes(door)["turnout.request_id"] == answer.headers["x-request-id"]
    assert attributes(door)["url.path"] == "/api/v1/users/me"


async def test_no_query_and_nothing_that_asks_whether_we_are_there_is_told_of(users, traced):
    collector, http = traced
    for path in ("/healthz", "/health/ready", "/api/v1/users/me?access_token=secret-8"):
        await http.get(path)
    await http.get("/api/v1/users/me")
    await eventually(lambda: collector.called(GET_USER))

    # They are told of in the order in which they ended.
    assert "/api/v1/users/me" in json.dumps(collector.told)
    assert "secret-8" not in json.dumps(collector.told)
    assert "health" not in json.dumps(collector.told)


@pytest.mark.parametrize("traced", [0.0], indirect=True)
async def test_a_trace_that_began_elsewhere_is_told_of_as_it_says(users, traced):
    collector, http = traced
    await http.get("/api/v1/users/me")
    ours = users.last.metadata["traceparent"]
    await http.get("/api/v1/users/me", headers={"traceparent": PARENT[:-2] + "00"})
    unkept = users.last.metadata["traceparent"]
    await http.get("/api/v1/users/me", headers={"traceparent": PARENT})
    kept = users.last.metadata["traceparent"]
    await eventually(lambda: collector.called(GET_USER))

    assert [trace[-2:] for trace in (ours, unkept, kept)] == ["00", "00", "01"]
    assert unkept[:35] == kept[:35] == PARENT[:35]
    assert {span["traceId"] for span in collector.spans} == {PARENT[3:35]}
