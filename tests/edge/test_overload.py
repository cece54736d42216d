"""Who would only wait in line is sent away by the edge at once; what comes first goes on."""

from __future__ import annotations

import asyncio

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from deploy import envoy
from tests.edge import standin
from tests.waiting import eventually
from turnout.booking.v1 import (
    booking_pb2,
    booking_pb2_grpc,
    check_in_pb2,
    check_in_pb2_grpc,
)

pytestmark = pytest.mark.server

MOST = 3
EVENT = (
    "organizations/018f0000-0000-7000-8000-000000000001/events/"
    + "018f0000-0000-7000-8000-000000000002"
)
PATH = f"/api/v1/{EVENT}/availability"
GET = "/turnout.booking.v1.BookingService/GetAvailability"
ENTER = "/turnout.booking.v1.CheckInService/CheckInTicket"
COUNT = "/turnout.booking.v1.CheckInService/WatchAttendance"


@pytest.fixture(scope="module")
async def narrow(everyone):
    """An edge with room for a few calls."""
    async with standin.running(everyone[1], under_way=MOST) as found:
        async with standin.client(found) as client:
            await standin.ready(client)
        yield found


@pytest.fixture
async def full(narrow, services):
    """The same, while so many wait for booking; set it to let them go."""
    go, filled, waiting = asyncio.Event(), asyncio.Event(), 0

    async def wait(_request, _context):
        nonlocal waiting
        waiting += 1
        if waiting == MOST:
            filled.set()
        await go.wait()
        return booking_pb2.Availability(name=f"{EVENT}/availability")

    services.on(GET, wait)
    async with standin.client(narrow) as client, asyncio.timeout(60):
        calls = [asyncio.ensure_future(client.get(PATH)) for _ in range(MOST)]
        await filled.wait()
        yield go
        go.set()
        assert [answer.status_code for answer in await asyncio.gather(*calls)] == [200] * MOST


async def test_who_speaks_json_hears_when_to_come_again(narrow, full):
    async with standin.client(narrow) as client:
        answer = await client.get(PATH)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    said = answer.json()
    assert said["code"] == 8
    assert [one.get("reason") or one["retryDelay"] for one in said["details"]] == [
        "OVERLOADED",
        "1s",
    ]


async def test_who_speaks_grpc_hears_it_too(narrow, full):
    async with grpc.aio.insecure_channel(narrow.host) as channel:
        stub = booking_pb2_grpc.BookingServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetAvailability(
                booking_pb2.GetAvailabilityRequest(name=f"{EVENT}/availability")
            )

    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    trailers = dict((*caught.value.initial_metadata(), *caught.value.trailing_metadata()))
    details = status_pb2.Status.FromString(trailers["grpc-status-details-bin"]).details
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    assert details[0].Unpack(info)
    assert details[1].Unpack(retry)
    assert (info.reason, retry.retry_delay.seconds) == ("OVERLOADED", 1)


async def test_what_comes_first_goes_on(narrow, full, services):
    async def enter(_request, _context):
        return booking_pb2.Ticket(holder="users/ada")

    async def count(_request, _context):
        yield check_in_pb2.Attendance(checked_in=3)

    services.on(ENTER, enter)
    services.on(COUNT, count)
    async with grpc.aio.insecure_channel(narrow.host) as channel:
        stub = check_in_pb2_grpc.CheckInServiceStub(channel)
        entered = await stub.CheckInTicket(check_in_pb2.CheckInTicketRequest())
        watch = stub.WatchAttendance(check_in_pb2.WatchAttendanceRequest())
        counted = [attendance.checked_in async for attendance in watch]

    assert (entered.holder, counted) == ("users/ada", [3])


async def test_there_is_room_again_as_soon_as_somebody_was_answered(narrow, full):
    full.set()

    async with standin.client(narrow) as client:

        async def let_in():
            return (await client.get(PATH)).status_code == 200

        assert await eventually(let_in)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5"])
def test_room_for_nobody_is_no_setting(text):
    with pytest.raises(envoy.BadContract, match="TURNOUT_CALLS_UNDER_WAY"):
        envoy.limited({"TURNOUT_CALLS_UNDER_WAY": text})
