"""Somebody answers by writing back, and the seat follows."""

from __future__ import annotations

import pytest

from deploy.demo.rest import once, until
from tests.journeys import people

pytestmark = [pytest.mark.server, pytest.mark.mesh]


async def write(organizer, guest, text):
    channel = "CHANNEL_EMAIL" if "@" in guest.address else "CHANNEL_SMS"
    body = {"channel": channel, "sender": guest.address, "text": text}
    made = await organizer.rest.post(f"{organizer.organization}/inboundMessages", body, **once())
    return made["name"]


async def state(organizer, guest, wanted):
    async def ask():
        return (await organizer.rest.get(guest.participant))["state"]

    return await until(ask, lambda found: found == wanted, 30)


async def test_a_seat_follows_what_somebody_writes_back(edge, organizer):
    event = await people.gathering(organizer, capacity=1)
    ada = await people.invited(edge, organizer, event)

    await write(organizer, ada, "Yes!")
    assert await state(organizer, ada, "STATE_HELD")
    await write(organizer, ada, "no")
    assert await state(organizer, ada, "STATE_DECLINED")

    async def answered():
        said = [m["body"] for m in people.messages(edge.mesh.messages) if m["to"] == ada.address]
        return [body for body in said if body.startswith("Noted")]

    yes, no = await until(answered, lambda found: len(found) == 2, 30)
    assert yes.startswith("Noted: you are coming to ")
    assert no.startswith("Noted: you are not coming to ")

    async def free():
        found = await organizer.rest.get(f"{event['name']}/availability")
        return found["entries"][0].get("free", 0)

    assert await until(free, bool, 30) == 1
