"""The sale and the door of an event, as browsers and apps see them through Envoy."""

from __future__ import annotations

import asyncio
import json

import jwt
import pytest

from deploy.demo.rest import Declined
from tests.journeys import people, worlds
from tests.waiting import eventually
from turnout.booking.v1 import availability_pb2, availability_pb2_grpc

pytestmark = [pytest.mark.server, pytest.mark.mesh]
EVENTS = {"accept": "text/event-stream"}


@pytest.fixture
async def event(edge, organizer):
    """A gathering of five, once booking has heard of it."""
    made = await people.gathering(organizer)

    async def on_sale():
        answer = await edge.client.get(f"/api/v1/{made['name']}/availability")
        return answer.is_success

    await eventually(on_sale)
    return made


async def heard(lines, condition):
    """The next server-sent event that fits."""
    async with asyncio.timeout(60):
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


async def test_a_guest_draws_a_ticket_and_hands_it_on(edge, organizer, event):
    giver, taker = await asyncio.gather(
        worlds.traveler(edge, organizer, event), people.invited(edge, organizer, event, 1)
    )
    found = await giver.edge.get(f"{organizer.organization}/tickets")
    [ticket] = found["tickets"]
    headers = {"authorization": giver.edge.authorization}
    for format, begin in (("pdf", b"%PDF"), ("svg", b"<?xml"), ("png", b"\x89PNG")):
        drawn = await edge.client.get(
            f"/api/v1/{ticket['name']}:download",
            params={"format": format},
            headers=headers,
        )
        assert drawn.content.startswith(begin), drawn.headers

    offered = await giver.edge.post(f"{ticket['name']}:transfer", {})
    token = offered["transfer"]["token"]
    taken = await taker.edge.post(f"{ticket['name']}:accept", {"token": token})

    assert taken["holder"] == taker.participant
    keys = (await edge.client.get("/.well-known/ticket-keys.json")).json()
    key = jwt.PyJWK(keys["keys"][0]).key
    assert jwt.api_jws.decode(taken["code"], key, algorithms=["EdDSA"])


async def test_the_door_lets_in_and_counts(edge, organizer, event):
    guest = await worlds.traveler(edge, organizer, event)
    [ticket] = (await guest.edge.get(f"{organizer.organization}/tickets"))["tickets"]
    headers = {"authorization": organizer.rest.authorization}
    path = f"/api/v1/{event['name']}/attendance:watch"
    async with edge.client.stream("GET", path, headers=EVENTS | headers) as response:
        lines = response.aiter_lines()
        await heard(lines, lambda frame: frame["sold"] == 1)
        body = {"event": event["name"], "code": ticket["code"], "gate": "North"}
        home = organizer.organization
        used = await organizer.rest.post(f"{home}/tickets:checkIn", body)
        await heard(lines, lambda frame: frame.get("checkedIn") == 1)

    assert used["state"] == "STATE_USED"
    with pytest.raises(Declined) as again:
        await organizer.rest.post(f"{home}/tickets:checkIn", body)
    assert again.value.reason == "ALREADY_CHECKED_IN"


async def test_who_waits_is_told_that_it_is_their_turn(edge, organizer):
    event = await people.gathering(organizer, capacity=1)
    first, second = await asyncio.gather(
        people.booked(edge, organizer, event), people.invited(edge, organizer, event, 1)
    )
    wanted = {"event": event["name"], "ticketTypes": ["standard"], "quantity": 1}
    entry = await second.edge.post(f"{organizer.organization}/waitlistEntries", wanted)
    headers = {"authorization": second.edge.authorization}
    path = f"/api/v1/{entry['name']}:watch"
    async with edge.client.stream("GET", path, headers=EVENTS | headers) as response:
        lines = response.aiter_lines()
        await heard(lines, lambda frame: frame.get("position") == 1)
        # The first one never pays; the hold is over soon, and the seat goes on by itself.
        frame = await heard(lines, lambda frame: frame["state"] == "STATE_OFFERED")

    held = await second.edge.get(frame["booking"])
    assert (held["state"], held["buyer"]) == ("STATE_HELD", second.participant)
    assert first.booking != held["name"]


async def test_in_a_rush_one_is_let_in_and_books(edge, organizer, event):
    guest = await people.invited(edge, organizer, event)
    await organizer.rest.patch(f"{event['name']}/waitingRoom", {"mode": "MODE_ON"})
    wanted = {"event": event["name"], "items": [{"ticketType": "standard", "quantity": 1}]}
    home = organizer.organization
    await eventually(lambda: is_guarded(guest, home, wanted))

    place = await guest.edge.post(f"{home}/waitingRoomPlaces", {"event": event["name"]})
    headers = {"authorization": guest.edge.authorization}
    path = f"/api/v1/{place['name']}:watch"
    async with edge.client.stream("GET", path, headers=EVENTS | headers) as response:
        frame = await heard(response.aiter_lines(), lambda frame: "token" in frame)
    made = await guest.edge.post(f"{home}/bookings", wanted, admission=frame["token"])

    assert made["state"] == "STATE_HELD"


async def is_guarded(guest, home, wanted):
    with pytest.raises(Declined) as found:
        await guest.edge.post(f"{home}/bookings", wanted)
    return found.value.reason == "ADMISSION_NEEDED"


async def test_an_app_watches_the_seats_as_a_stream(edge, event):
    stub = availability_pb2_grpc.AvailabilityServiceStub(edge.channel)
    name = f"{event['name']}/availability"
    call = stub.WatchAvailability(availability_pb2.WatchAvailabilityRequest(name=name))
    frame = await call.read()
    call.cancel()

    assert [entry.free for entry in frame.entries] == [5]
