"""Services are started anew while they are called, and nobody who reads notices."""

from __future__ import annotations

import asyncio

import pytest

from deploy.local.settings import SERVICES
from tests.journeys import asking, builders

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


@pytest.mark.parametrize("name", SERVICES)
async def test_nobody_who_reads_notices_that_a_service_is_started_anew(edge, first, name):
    before, ended = edge.mesh.part(name).process, asyncio.Event()

    async with asyncio.TaskGroup() as group:
        readers = [group.create_task(reading(edge, first, name, ended)) for _ in range(READERS)]
        await asyncio.to_thread(edge.mesh.restart, name)
        await asyncio.to_thread(edge.mesh.wait, name)
        ended.set()

    assert [reader.result() for reader in readers] == [{("OK", "", "")}] * READERS
    assert before.code is not None
    assert edge.mesh.part(name).process is not before
