"""Services and Envoy are started anew while they are called, and nobody who reads notices."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from deploy.local.settings import SERVICES
from deploy.tracker import Tracker
from tests.journeys import asking, builders
from tests.waiting import eventually
from turnout.location.v1 import location_pb2, location_pb2_grpc

pytestmark = [pytest.mark.server, pytest.mark.mesh, pytest.mark.timeout(300)]

# A read of each service that answers an owner of the organization.
READS = {
    "auth": "turnout.auth.v1.OrganizationService.GetOrganization",
    "event": "turnout.event.v1.EventService.GetEvent",
    "booking": "turnout.booking.v1.BookingService.ListBookings",
    "payment": "turnout.payment.v1.PaymentService.ListPayments",
    "messaging": "turnout.messaging.v1.MessageTemplateService.ListMessageTemplates",
    "location": "turnout.location.v1.LocationService.ListJourneys",
}
READERS = 2
ENVOY = "envoy"
# Seconds between two calls of one reader: they are to be there all the time, and no load.
PAUSE = 0.1


async def reading(edge, first, name, ended):
    """What a service says to a reader, by gRPC and by REST in turn, until it has ended."""
    [method] = [one for one in asking.METHODS if one.full_name == READS[name]]
    request, said = builders.request(method, first.names), set()
    while not ended.is_set():
        answers = [
            await asking.by_grpc(edge.channel, method, request, first.token),
            await asking.by_rest(edge, method, request, first.token),
        ]
        said |= {(one.code, one.reason, one.message) for one in answers}
        await asyncio.sleep(PAUSE)
    return said


@pytest.mark.parametrize("name", [*SERVICES, ENVOY])
async def test_nobody_who_reads_notices_that_a_part_is_started_anew(edge, first, name):
    before, ended = edge.mesh.part(name).process, asyncio.Event()
    read = SERVICES if name == ENVOY else [name] * READERS

    async with asyncio.TaskGroup() as group:
        readers = [group.create_task(reading(edge, first, one, ended)) for one in read]
        await asyncio.to_thread(edge.mesh.restart, name)
        await asyncio.to_thread(edge.mesh.wait, name)
        ended.set()

    assert [reader.result() for reader in readers] == [{("OK", "", "")}] * len(read)
    assert before.code is not None
    assert edge.mesh.part(name).process is not before


async def traveling(tracker, ended):
    """Says where somebody is until it has ended; how often that was said."""
    count = 0
    while not ended.is_set():
        position = location_pb2.Position(horizontal_accuracy_meters=5)
        # Near where they were, and not there yet.
        position.location.latitude = 38.70 + count % 2 * 1e-5
        position.location.longitude = -9.14
        position.capture_time.GetCurrentTime()
        count += await tracker.add(position)
        await asyncio.sleep(PAUSE)
    await tracker.drain()
    return count


async def watching(edge, first, seen, ended):
    """Watches the arrivals of an event from where the last stream ended; how streams did end."""
    stub, token, ends = location_pb2_grpc.LocationServiceStub(edge.channel), "", set()
    while not ended.is_set():
        request = location_pb2.WatchArrivalsRequest(
            event=first.names["turnout.app/Event"], resume_token=token
        )
        call = stub.WatchArrivals(request, metadata=(("authorization", first.token),))
        try:
            async for frame in call:
                token = frame.resume_token or token
                seen.append(frame)
                if ended.is_set():
                    break
        except grpc.aio.AioRpcError as error:
            ends.add(error.code())
        call.cancel()
        await asyncio.sleep(PAUSE)
    return ends


@pytest.mark.parametrize("name", ["location", ENVOY])
async def test_streams_go_on_where_they_were_when_a_part_is_started_anew(edge, first, name):
    seen: list[location_pb2.WatchArrivalsResponse] = []
    ended = asyncio.Event()
    who = (("authorization", first.guest.edge.authorization),)
    async with Tracker(edge.channel, first.guest.journey, who, linger=0.01) as tracker:
        async with asyncio.TaskGroup() as group:
            travels = group.create_task(traveling(tracker, ended))
            watches = group.create_task(watching(edge, first, seen, ended))
            await eventually(lambda: tracker.acknowledged > 0 and seen)
            await asyncio.to_thread(edge.mesh.restart, name)
            await asyncio.to_thread(edge.mesh.wait, name)
            kept, watched = tracker.acknowledged, len(seen)
            await eventually(lambda: tracker.acknowledged > kept and len(seen) > watched)
            ended.set()

        # A Tracker raises what it has lost.
        assert (tracker.acknowledged, tracker.ended) == (travels.result(), "")
    assert watches.result() <= {grpc.StatusCode.UNAVAILABLE}
