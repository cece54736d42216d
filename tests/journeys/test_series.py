"""A series through the mesh: made ahead by work, moved with its people, called off in part."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deploy.demo import guest as guests
from deploy.demo.rest import Declined, once, until
from tests.journeys import people
from tests.journeys.test_called_off import told

pytestmark = [pytest.mark.server, pytest.mark.mesh]


async def weekly(organizer, count):
    """A series of published evenings, once all of it is made."""
    event = await people.gathering(organizer)
    body = {"event": event["name"], "rule": f"FREQ=WEEKLY;COUNT={count}"}
    series = await organizer.rest.post(f"{organizer.organization}/series", body, **once())

    async def made():
        return await organizer.rest.everything("events", "events", series=series["name"])

    return series, await until(made, lambda found: len(found) == count, 30)


async def test_what_repeats_is_made_ahead_and_sold_one_by_one(edge, organizer):
    # More than are made at once: the rest is made by work.
    series, found = await weekly(organizer, 30)

    assert len(found) == 30
    assert {one["type"] for one in found} == {"TYPE_PERIODIC"}
    assert {one["series"] for one in found} == {series["name"]}

    async def on_sale():
        try:
            return await edge.rest.get(f"{found[29]['name']}/availability")
        except Declined:
            return {}

    assert (await until(on_sale, bool, 30))["entries"][0]["free"] == 5


async def test_who_has_a_seat_moves_along_and_hears_of_it(edge, organizer):
    series, found = await weekly(organizer, 3)
    buyer = await people.booked(edge, organizer, found[1])
    start = found[0]["startTime"]
    day = datetime(start["year"], start["month"], start["day"], tzinfo=UTC) + timedelta(days=1)
    later = start | {"year": day.year, "month": day.month, "day": day.day}

    changed = await organizer.rest.patch(
        series["name"], {"rule": "FREQ=WEEKLY;COUNT=3", "startTime": later}
    )

    assert changed["startTime"] == later
    moved = await edge.rest.get(found[1]["name"])
    assert moved["startTime"] != found[1]["startTime"]
    assert await until(told(edge, buyer, "another time or place"), bool, 30)


async def test_who_had_a_seat_of_what_is_skipped_hears_of_it(edge, organizer):
    _, found = await weekly(organizer, 3)
    buyer = await people.booked(edge, organizer, found[1])
    await guests.pay(buyer)

    after = await organizer.rest.post(f"{found[1]['name']}:skip", {"reason": "a holiday"} | once())

    assert len(after["skippedDates"]) == 1
    assert await until(told(edge, buyer, "called off"), bool, 30)
    assert (await edge.rest.get(found[1]["name"]))["state"] == "STATE_CANCELLED"
    assert (await edge.rest.get(found[2]["name"]))["state"] == "STATE_PUBLISHED"


async def test_all_that_is_ahead_changes_at_once(edge, organizer):
    _, found = await weekly(organizer, 3)

    body = {"event": {"displayName": "Another name"}, "scope": "SCOPE_ALL"} | once()
    await organizer.rest.post(f"{found[1]['name']}:updateOccurrences", body)

    for one in found:
        assert (await edge.rest.get(one["name"]))["displayName"] == "Another name"
