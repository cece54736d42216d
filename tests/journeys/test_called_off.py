"""An event that does not take place, or takes place elsewhere: everybody hears of it, once."""

from __future__ import annotations

import asyncio

import pytest

from deploy.demo import guest as guests
from deploy.demo.rest import once, until
from tests.journeys import people

pytestmark = [pytest.mark.server, pytest.mark.mesh]


def letters(edge, guest, word):
    """The messages to somebody with a word in them."""
    found = people.messages(edge.mesh.messages)
    return [one for one in found if one["to"] == guest.address and word in str(one)]


async def test_everybody_hears_that_it_is_called_off_and_gets_the_money_back(edge, organizer):
    event = await people.gathering(organizer)
    buyer = await people.booked(edge, organizer, event)
    await guests.pay(buyer)
    other = await people.invited(edge, organizer, event, 1)

    await organizer.rest.post(f"{event['name']}:cancel", {"reason": "a storm"} | once())

    for guest, word in ((buyer, "called off"), (other, "a storm")):
        assert await until(told(edge, guest, word), bool, 30), f"{guest.name} was not told"

    async def refunded():
        return letters(edge, buyer, "back")

    assert await until(refunded, bool, 30)
    assert len(letters(edge, other, "a storm")) == 1


def told(edge, guest, word):
    async def read():
        return letters(edge, guest, word)

    return read


async def test_everybody_hears_that_it_takes_place_elsewhere(edge, organizer):
    event = await people.gathering(organizer)
    buyer = await people.booked(edge, organizer, event)
    other = await people.invited(edge, organizer, event, 1)
    short = event["name"].partition("/events/")[2]

    venue = event["venue"] | {"displayName": "Another hall"}
    changed = await organizer.rest.put(f"admin/events/{short}", {"venue": venue})

    assert changed["venue"]["displayName"] == "Another hall"
    heard = await asyncio.gather(
        *(until(told(edge, guest, "Another hall"), bool, 30) for guest in (buyer, other))
    )
    assert all(heard)


async def test_the_paths_of_the_console_lead_to_the_same_events(edge, organizer):
    event = await people.gathering(organizer)
    kept = ("displayName", "venue", "startTime", "endTime", "ticketTypes")
    body = {key: event[key] for key in kept}

    draft = await organizer.rest.post(
        "admin/events", body | {"category": "concert"}, parent=organizer.organization
    )
    short = draft["name"].partition("/events/")[2]
    public = event["name"].partition("/events/")[2]

    assert (await edge.rest.get(f"events/{public}"))["name"] == event["name"]
    shown = await edge.rest.get("events", parent=organizer.organization, type="demand")
    assert event["name"] in [one["name"] for one in shown["events"]]
    await organizer.rest.delete(f"admin/events/{short}")
    found = await organizer.rest.get(f"{organizer.organization}/events", category="concert")
    assert found == {}
