"""The main job, from sign-up to arrival, through a real Envoy, over JSON and gRPC."""

from __future__ import annotations

import asyncio
import contextlib

import grpc
import pytest

from deploy.demo import guest as guests
from deploy.demo import organizer as organizers
from deploy.demo.rest import Declined, once, until
from tests.journeys import people
from tests.journeys.conftest import HOLD_SECONDS
from turnout.booking.v1 import booking_pb2, booking_pb2_grpc
from turnout.location.v1 import location_pb2, location_pb2_grpc

pytestmark = [pytest.mark.server, pytest.mark.mesh]
RATE = 20


async def test_from_the_invitation_to_the_arrival(edge, organizer):
    event = await people.gathering(organizer)
    guest = await people.booked(edge, organizer, event)
    await guests.pay(guest)
    await guests.consent(guest, event["name"], RATE)
    browser, stub = Watcher(), Watcher()

    async with watching(browser.by_browser(organizer, event), stub.by_stub(edge, organizer, event)):
        await guests.travel(guest, edge.channel, people.walk(300, rate=RATE))
        journey = await guest.edge.get(guest.journey)
        await until(browser.seen, lambda states: "ARRIVED" in states, 10)
        await until(stub.seen, lambda states: "ARRIVED" in states, 10)

    assert guest.ended == "ARRIVED"
    assert int(journey["positionCount"]) == guest.acknowledged > 0
    assert guest.estimates
    assert "ARRIVED" in browser.states
    assert "ARRIVED" in stub.states
    told = await until(lambda: line(guest), lambda steps: "ARRIVED" in steps, 10)
    assert told == ["INVITED", "ACCEPTED", "HELD", "CONFIRMED", "UNDER_WAY", "ARRIVED"]
    assert await told_the_organizer(edge, organizer, guest)


async def line(guest):
    """The steps of a participant, in order, without the first, being put on the list."""
    me = await guest.edge.get(guest.participant)
    steps = [step["state"].removeprefix("STATE_") for step in me["steps"]]
    return [step for step in steps if step != "LISTED"]


async def told_the_organizer(edge, organizer, guest):
    async def mail():
        return [
            message
            for message in people.messages(edge.mesh.messages)
            if message["to"] == organizer.email and guest.name in str(message)
        ]

    return await until(mail, bool, 15)


class Watcher:
    """Somebody who watches an event, and the states of travelers that they saw."""

    def __init__(self):
        self.states = []

    async def seen(self):
        return self.states

    async def by_browser(self, organizer, event):
        async for frame in organizers.watch(organizer, event["name"]):
            for traveler in frame.get("travelers", []):
                self.states.append(traveler["state"].removeprefix("STATE_"))

    async def by_stub(self, edge, organizer, event):
        stub = location_pb2_grpc.LocationServiceStub(edge.channel)
        request = location_pb2.WatchArrivalsRequest(event=event["name"])
        metadata = [("authorization", organizer.rest.authorization)]
        async for frame in stub.WatchArrivals(request, metadata=metadata):
            for traveler in frame.travelers:
                name = location_pb2.Journey.State.Name(traveler.state)
                self.states.append(name.removeprefix("STATE_"))


@contextlib.asynccontextmanager
async def watching(*watchers):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(watcher) for watcher in watchers]
        yield
        for task in tasks:
            task.cancel()


async def test_a_hold_that_nobody_pays_lapses_and_the_seat_is_free_again(edge, organizer):
    event = await people.gathering(organizer, capacity=1)
    first = await people.booked(edge, organizer, event, 0)

    await guests.settle(first, {"LAPSED"}, HOLD_SECONDS + 60)
    second = await people.booked(edge, organizer, event, 1)

    assert first.state == "LAPSED"
    assert second.state == "HELD"


async def test_twelve_buyers_share_out_five_seats(edge, organizer):
    event = await people.gathering(organizer, capacity=5)
    stub = booking_pb2_grpc.BookingServiceStub(edge.channel)
    metadata = [("authorization", organizer.rest.authorization)]
    await on_sale(organizer, event)

    tries = [stub.CreateBooking(order(organizer, event), metadata=metadata) for _ in range(12)]
    results = await asyncio.gather(*tries, return_exceptions=True)

    codes = [result.code() for result in results if isinstance(result, grpc.aio.AioRpcError)]
    assert codes == [grpc.StatusCode.FAILED_PRECONDITION] * 7
    left = await organizer.rest.get(f"{event['name']}/availability")
    assert int(left["entries"][0].get("free", 0)) == 0
    assert int(left["entries"][0]["held"]) == 5


async def on_sale(organizer, event):
    """Booking hears of a published event a moment later."""

    async def ask():
        try:
            return await organizer.rest.get(f"{event['name']}/availability")
        except Declined:
            return None

    assert await until(ask, bool, 15)


def order(organizer, event):
    item = booking_pb2.Booking.Item(ticket_type="standard", quantity=1)
    booking = booking_pb2.Booking(event=event["name"], items=[item])
    return booking_pb2.CreateBookingRequest(
        parent=organizer.organization, booking=booking, request_id=people.request_id()
    )


async def test_a_webhook_that_comes_twice_changes_nothing_the_second_time(edge, organizer):
    event = await people.gathering(organizer)
    guest = await people.booked(edge, organizer, event)
    guest.method = "pm_card_visa_twice"

    await guests.pay(guest)
    await asyncio.sleep(1)

    booking = await guest.edge.get(guest.booking)
    payments = await guest.edge.everything(f"{organizer.organization}/payments", "payments")
    assert len(booking["tickets"]) == 1
    assert [payment["state"] for payment in payments] == ["STATE_SUCCEEDED"]
    steps = await line(guest)
    assert steps.count("CONFIRMED") == 1


async def test_a_declined_card_is_no_end(edge, organizer):
    event = await people.gathering(organizer)
    guest = await people.booked(edge, organizer, event)
    guest.method = "pm_card_visa_chargeDeclined"

    await guests.pay(guest)

    assert guest.failed_cards == 1
    assert guest.state == "CONFIRMED"


async def test_a_cancelled_event_gives_the_money_back(edge, organizer):
    event = await people.gathering(organizer)
    guest = await people.booked(edge, organizer, event)
    await guests.pay(guest)

    await organizer.rest.post(f"{event['name']}:cancel", {"reason": "storm"} | once())

    def refunded(payments):
        return [payment["state"] for payment in payments] == ["STATE_REFUNDED"]

    async def payments():
        return await guest.edge.everything(f"{organizer.organization}/payments", "payments")

    assert refunded(await until(payments, refunded, 20))
    await guests.settle(guest, {"CANCELLED"}, 60)
    assert guest.state == "CANCELLED"


async def test_a_retry_gets_the_first_answer_through_the_edge(edge, organizer):
    event = await people.gathering(organizer, capacity=3)
    await on_sale(organizer, event)
    body = {"event": event["name"], "items": [{"ticketType": "standard", "quantity": 1}]}
    same = once()

    first, second = await asyncio.gather(
        organizer.rest.post(f"{organizer.organization}/bookings", body, **same),
        organizer.rest.post(f"{organizer.organization}/bookings", body, **same),
    )

    assert first == second
    left = await organizer.rest.get(f"{event['name']}/availability")
    assert int(left["entries"][0]["held"]) == 1


async def test_positions_can_be_told_without_a_stream(edge, organizer):
    event = await people.gathering(organizer)
    guest = await people.booked(edge, organizer, event)
    await guests.pay(guest)
    await guests.consent(guest, event["name"], 1)
    at = organizers.from_now(0).isoformat()
    positions = [{"location": {"latitude": 38.70, "longitude": -9.14}, "captureTime": at}]

    first = await guest.edge.post(
        f"{guest.journey}:record", {"firstSequence": "1", "positions": positions}
    )
    again = await guest.edge.post(
        f"{guest.journey}:record", {"firstSequence": "1", "positions": positions}
    )

    assert first["keptThrough"] == again["keptThrough"] == "1"
    journey = await guest.edge.get(guest.journey)
    assert journey["positionCount"] == "1"
