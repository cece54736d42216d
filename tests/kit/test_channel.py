"""Services call each other within the time that is left, under one policy, outside transactions."""

from __future__ import annotations

import json
import time
import uuid

import grpc
import pytest

from services.kit import channel, clock, errors, telemetry
from services.kit.caller import Kind, caller
from services.kit.channel import Mesh
from services.kit.db import in_transaction
from tests.kit.probe import MESH_KEY, answering
from tests.kit.tokens import NOW
from turnout.auth.v1 import organization_pb2, organization_pb2_grpc
from turnout.event.v1 import event_pb2, event_pb2_grpc
from turnout.location.v1 import location_pb2, location_pb2_grpc

pytestmark = pytest.mark.server

PARENT = f"organizations/{uuid.uuid4()}"
EVENT = f"{PARENT}/events/{uuid.uuid4()}"


class Away(errors.Unreachable):
    message = "come back later"


class Failing:
    """Fails so many times, and keeps what it was asked and what was left of the time."""

    def __init__(self, times=0):
        self.times = times
        self.asked = []
        self.left = []
        self.callers = []
        self.traces = []

    async def __call__(self, request):
        self.asked.append(request)
        self.left.append(clock.left())
        self.callers.append(caller())
        self.traces.append(telemetry.trace.get())
        if len(self.asked) <= self.times:
            raise Away()
        return event_pb2.Event(name=EVENT)


@pytest.fixture(scope="module")
async def db(database):
    return await database("kit")


@pytest.fixture
async def get():
    return Failing()


@pytest.fixture
async def member():
    return Failing()


@pytest.fixture
async def mesh(db, get, member):
    """The way to a service whose GetEvent and GetMember are the tests' own."""

    async def found(request):
        await member(request)
        return organization_pb2.Member(name=request.name)

    async with answering(db, {"GetEvent": get, "GetMember": found}) as kit:
        mesh = Mesh.open(f"127.0.0.1:{kit.running.port}", "booking", MESH_KEY, lambda: NOW)
        yield mesh
        await mesh.close()


def events(mesh):
    return event_pb2_grpc.EventServiceStub(mesh.channel)


def a_member():
    return organization_pb2.GetMemberRequest(name=f"{PARENT}/members/{uuid.uuid4()}")


async def test_a_call_says_which_service_calls(mesh, member):
    stub = organization_pb2_grpc.OrganizationServiceStub(mesh.channel)

    await stub.GetMember(a_member())

    (who,) = member.callers
    assert (who.name, who.kind, who.permitted) == ("services/booking", Kind.SERVICE, True)


async def test_a_call_gets_what_is_left_of_the_one_it_is_made_in(mesh, get):
    stub = events(mesh)
    token = clock.deadline.set(time.monotonic() + 20)
    try:
        await stub.GetEvent(event_pb2.GetEventRequest(name=EVENT))
        await stub.GetEvent(event_pb2.GetEventRequest(name=EVENT), timeout=10)
        await stub.GetEvent(event_pb2.GetEventRequest(name=EVENT), timeout=100)
    finally:
        clock.deadline.reset(token)
    await stub.GetEvent(event_pb2.GetEventRequest(name=EVENT))

    within, own, longer, free = get.left
    assert 10.5 < within < 20.5
    assert own < 10.5
    assert 10.5 < longer < 20.5
    assert 20.5 < free < 30.5


async def test_a_call_belongs_to_the_trace_it_is_made_in(mesh, get):
    with telemetry.following("") as span:
        await events(mesh).GetEvent(event_pb2.GetEventRequest(name=EVENT))

    (trace,) = get.traces
    assert trace.trace_id == span.trace_id
    assert trace.span_id != span.span_id


async def test_nobody_calls_while_holding_a_row(mesh, get):
    token = in_transaction.set(True)
    try:
        with pytest.raises(channel.CallInTransaction, match="GetEvent"):
            await events(mesh).GetEvent(event_pb2.GetEventRequest(name=EVENT))
        with pytest.raises(channel.CallInTransaction, match="Track"):
            await location_pb2_grpc.LocationServiceStub(mesh.channel).Track(iter([])).read()
    finally:
        in_transaction.reset(token)

    assert get.asked == []


async def test_a_read_is_tried_again_when_nobody_was_there(mesh, get):
    get.times = 3

    found = await events(mesh).GetEvent(event_pb2.GetEventRequest(name=EVENT))

    assert found.name == EVENT
    assert len(get.asked) == 4


async def test_a_read_is_not_tried_for_ever(mesh, get):
    get.times = 9

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await events(mesh).GetEvent(event_pb2.GetEventRequest(name=EVENT))

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert len(get.asked) == 4


def retried():
    (policy,) = json.loads(channel.service_config())["methodConfig"]
    return {f"{each['service'].split('.')[-1]}.{each['method']}" for each in policy["name"]}


def test_what_is_tried_again_does_no_harm():
    names = retried()

    assert {"EventService.GetEvent", "EventService.ListEvents", "AuthService.GetJwks"} <= names
    assert {"EventService.CreateEvent", "BookingService.CreateBooking"} <= names
    assert not {"EventService.UpdateEvent", "AuthService.Login"} & names
    assert not {"LocationService.Track", "LocationService.WatchArrivals"} & names


def test_a_write_that_may_be_tried_again_has_an_id():
    bare = event_pb2.PublishEventRequest(name=EVENT)

    sent = channel._identified(bare)

    assert len(sent.request_id) == 36
    assert bare.request_id == ""
    assert channel._identified(sent) is sent
    get = event_pb2.GetEventRequest(name=EVENT)
    assert channel._identified(get) is get


async def test_a_stream_goes_through_too(db):
    async def watch(_request):
        yield location_pb2.WatchArrivalsResponse(resume_token="a")

    async def track(frames):
        async for _ in frames:
            yield location_pb2.TrackResponse(kept_through=1)

    async with answering(db, {"WatchArrivals": watch, "Track": track}) as kit:
        mesh = Mesh.open(f"127.0.0.1:{kit.running.port}", "event", MESH_KEY, lambda: NOW)
        stub = location_pb2_grpc.LocationServiceStub(mesh.channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.WatchArrivals(location_pb2.WatchArrivalsRequest(event=EVENT)).read()
        await mesh.close()

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_service_token_is_used_for_a_while():
    now = NOW.timestamp()
    calls = channel._Calls("event", MESH_KEY, lambda: NOW.fromtimestamp(now, NOW.tzinfo))

    first = calls._service_token()
    now += 59
    again = calls._service_token()
    now += 2
    later = calls._service_token()

    assert first == again
    assert later != first
