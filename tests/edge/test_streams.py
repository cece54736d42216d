"""A server stream as a browser reads it."""

from __future__ import annotations

import asyncio
import json

import grpc
import pytest

from turnout.location.v1 import location_pb2

pytestmark = pytest.mark.server

WATCH = "/turnout.location.v1.LocationService/WatchArrivals"
PATH = "/api/v1/organizations/1/events/2/arrivals:watch"
EVENTS = {"accept": "text/event-stream"}


def frame(number):
    return location_pb2.WatchArrivalsResponse(resume_token=str(number))


@pytest.fixture
def arrivals(services):
    """Three frames, each of them only after the reader has had the one before."""
    gates = [asyncio.Event() for _ in range(3)]

    async def watch(_, __):
        for number, gate in enumerate(gates):
            await gate.wait()
            yield frame(number)

    services.on(WATCH, watch)
    return gates


async def test_every_frame_is_an_event_of_its_own_and_comes_at_once(arrivals, http):
    arrivals[0].set()
    async with http.stream("GET", PATH, headers=EVENTS) as response:
        heard = []
        async for line in response.aiter_lines():
            if line:
                heard.append(line)
                if len(heard) < 3:
                    arrivals[len(heard)].set()

    assert response.headers["content-type"] == "text/event-stream"
    assert "content-encoding" not in response.headers
    assert [json.loads(line.removeprefix("data: ")) for line in heard] == [
        {"resumeToken": "0"},
        {"resumeToken": "1"},
        {"resumeToken": "2"},
    ]


async def test_without_asking_for_events_a_line_is_a_frame(arrivals, http):
    for gate in arrivals:
        gate.set()

    response = await http.get(PATH)

    assert response.headers["content-type"] == "application/json"
    assert [json.loads(line) for line in response.text.splitlines()] == [
        {"resumeToken": "0"},
        {"resumeToken": "1"},
        {"resumeToken": "2"},
    ]


async def test_a_stream_that_is_refused_is_an_error(services, http):
    async def refuse(_, context):
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "not for you")
        yield

    services.on(WATCH, refuse)

    response = await http.get(PATH, headers=EVENTS)

    assert response.status_code == 403
    assert response.json() == {"code": 7, "message": "not for you"}


@pytest.mark.parametrize(
    ("query", "authorization"),
    [
        ("access_token={token}", "Bearer {token}"),
        ("link=abc.def", "Link abc.def"),
        ("resume_token=5&link=abc", "Link abc"),
    ],
)
async def test_a_reader_who_can_send_no_headers_puts_the_token_into_the_address(
    arrivals, services, http, keys, query, authorization
):
    for gate in arrivals:
        gate.set()
    token = keys.token()

    response = await http.get(f"{PATH}?{query.format(token=token)}", headers=EVENTS)

    assert response.status_code == 200
    metadata = services.last.metadata
    assert metadata["authorization"] == authorization.format(token=token)
    assert "abc" not in metadata["x-envoy-original-path"]
    assert token not in metadata["x-envoy-original-path"]


async def test_what_is_beside_the_token_in_the_address_stays(arrivals, services, http):
    for gate in arrivals:
        gate.set()

    await http.get(f"{PATH}?link=abc&resume_token=a%2Bb", headers=EVENTS)

    assert services.last.request == location_pb2.WatchArrivalsRequest(
        event="organizations/1/events/2", resume_token="a+b"
    )


async def test_a_forged_token_in_the_address_is_refused(services, http):
    response = await http.get(f"{PATH}?access_token=a.b.c", headers=EVENTS)

    assert response.status_code == 401
    assert services.calls == []
