"""The sale and the door of an event, as browsers and apps see them through Envoy."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.journeys import people
from turnout.booking.v1 import availability_pb2, availability_pb2_grpc

pytestmark = [pytest.mark.server, pytest.mark.mesh]
EVENTS = {"accept": "text/event-stream"}


@pytest.fixture
async def event(edge, organizer):
    return await people.gathering(organizer)


async def heard(lines, condition):
    """The next server-sent event that fits."""
    async with asyncio.timeout(30):
        async for line in lines:
            if line.startswith("data:") and condition(frame := json.loads(line[5:])):
                return frame
    raise AssertionError("the stream ended")


async def test_a_browser_watches_the_seats_go(edge, organizer, event):
    short = event["name"].split("/", 2)[2]
    path = f"/api/v1/{short}/availability:watch"
    async with edge.client.stream("GET", path, headers=EVENTS) as response:
        lines = response.aiter_lines()
        await heard(lines, lambda frame: frame["entries"][0]["free"] == 5)
        await people.booked(edge, organizer, event)
        frame = await heard(lines, lambda frame: frame["entries"][0]["free"] == 4)

    assert frame["entries"][0]["held"] == 1
    once = await edge.client.get(f"/api/v1/{short}/availability")
    assert once.json() == frame


async def test_an_app_watches_the_seats_as_a_stream(edge, event):
    stub = availability_pb2_grpc.AvailabilityServiceStub(edge.channel)
    name = f"{event['name']}/availability"
    call = stub.WatchAvailability(availability_pb2.WatchAvailabilityRequest(name=name))
    frame = await call.read()
    call.cancel()

    assert [entry.free for entry in frame.entries] == [5]
