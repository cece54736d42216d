"""Several processes of location: what is about one event goes to one of them, by whatever door."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

import grpc
import httpx
import pytest

from deploy.tracker.tracker import ROUTING
from tests.edge import standin
from tests.waiting import eventually
from turnout.location.v1 import arrival_pb2, arrival_pb2_grpc, location_pb2, location_pb2_grpc

pytestmark = pytest.mark.server

ETAS = "/turnout.location.v1.ArrivalService/ListEtas"
RECORD = "/turnout.location.v1.LocationService/RecordPositions"
TRACK = "/turnout.location.v1.LocationService/Track"
NUMBERS = range(30)


@pytest.fixture(scope="module")
async def processes():
    keys = standin.Keys()
    both = [standin.Services(keys), standin.Services(keys)]
    ports = standin.free_ports(2)
    async with contextlib.AsyncExitStack() as stack:
        for services, port in zip(both, ports, strict=True):
            await stack.enter_async_context(standin.serving(services, port))
            services.on(ETAS, etas)
            services.on(RECORD, recorded)
            services.on(TRACK, tracked)
        edge = await stack.enter_async_context(standin.running(*ports))
        http = await stack.enter_async_context(standin.client(edge))
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(edge.host))
        processes = Processes(both, http, channel)
        # Its workers hear a second later than Envoy itself who is healthy.
        await eventually(lambda: both_are_asked(processes.by_rest, "events/{}/etas"))
        await eventually(lambda: both_are_asked(processes.by_grpc, "{}"))
        yield processes


async def both_are_asked(ask: Callable[[str], Awaitable[int]], about: str) -> bool:
    with contextlib.suppress(AssertionError, grpc.aio.AioRpcError):
        return {await ask(about.format(number)) for number in NUMBERS} == {0, 1}
    return False


async def etas(_request, _context):
    return arrival_pb2.ListEtasResponse()


async def recorded(_request, _context):
    return location_pb2.RecordPositionsResponse()


async def tracked(_frames, _context):
    yield location_pb2.TrackResponse()


class Processes:
    def __init__(self, both, http: httpx.AsyncClient, channel: grpc.aio.Channel) -> None:
        self.both, self.http, self.channel = both, http, channel

    async def by_rest(self, path: str) -> int:
        answer = await self.http.get(f"/api/v1/organizations/1/{path}")
        assert answer.is_success, answer.text
        return self.asked()

    async def by_grpc(self, event: str) -> int:
        stub = arrival_pb2_grpc.ArrivalServiceStub(self.channel)
        request = arrival_pb2.ListEtasRequest(parent=f"organizations/1/events/{event}")
        # As the libraries that are generated for Google's own APIs write it.
        about = f"parent=organizations%2F1%2Fevents%2F{event}"
        await stub.ListEtas(request, metadata=((ROUTING, about),))
        return self.asked()

    async def by_stream(self, about: str) -> int:
        stub = location_pb2_grpc.LocationServiceStub(self.channel)
        call = stub.Track(metadata=((ROUTING, about),))
        await call.read()
        call.cancel()
        return self.asked()

    async def by_record(self, journey: str) -> int:
        path = f"/api/v1/organizations/1/journeys/{journey}:record"
        answer = await self.http.post(path, json={"firstSequence": "1"})
        assert answer.is_success, answer.text
        return self.asked()

    def asked(self) -> int:
        """Which one was asked, just now."""
        asked = [number for number, one in enumerate(self.both) if one.calls]
        for one in self.both:
            one.calls.clear()
        assert len(asked) == 1
        return asked[0]


async def test_one_process_is_asked_whatever_is_asked_about_an_event(processes: Processes):
    seen = set()
    for number in NUMBERS:
        event = f"e{number}"
        found = {
            await processes.by_rest(f"events/{event}/etas"),
            await processes.by_rest(f"events/{event}/etas?pageSize=10"),
            await processes.by_grpc(event),
            await processes.by_stream(f"event=organizations/1/events/{event}"),
        }
        assert len(found) == 1
        seen |= found
    assert seen == {0, 1}


async def test_of_a_journey_whose_event_is_not_said_one_process_is_asked(processes: Processes):
    seen = set()
    for number in NUMBERS:
        journey = f"j{number}"
        found = {
            await processes.by_record(journey),
            await processes.by_stream(f"name=organizations/1/journeys/{journey}"),
        }
        assert len(found) == 1
        seen |= found
    assert seen == {0, 1}


async def test_who_does_not_say_what_it_is_about_is_answered_by_anybody(processes: Processes):
    stub = arrival_pb2_grpc.ArrivalServiceStub(processes.channel)
    seen = set()
    for _ in NUMBERS:
        await stub.ListEtas(arrival_pb2.ListEtasRequest(parent="organizations/1/events/e1"))
        seen.add(processes.asked())
    assert seen == {0, 1}
