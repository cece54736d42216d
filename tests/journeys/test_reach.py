"""How people find events, and have them in their calendars, through a real Envoy."""

from __future__ import annotations

import io

import icalendar
import pytest
from PIL import Image

from deploy.demo.rest import once
from tests.journeys import people, worlds

pytestmark = [pytest.mark.server, pytest.mark.mesh]


async def test_everybody_finds_what_is_published(edge, organizer):
    event = await people.gathering(organizer)
    word = event["displayName"].split()[0].lower()[:4]
    near = {"near.latitude": "38.71", "near.longitude": "-9.14", "order": "ORDER_DISTANCE"}
    asked = {"query": word, "facets": "true", "maxPrice.currencyCode": "EUR"} | near

    found = await edge.rest.get(
        f"{organizer.organization}/events:search", **asked, **{"maxPrice.units": "1000"}
    )

    # The organizer is shared, and others hold gatherings of the same name at the same time.
    assert event["name"] in [each["event"]["name"] for each in found["results"]]
    [available] = [each for each in found["facets"] if each["field"] == "available"]
    assert sum(each["count"] for each in available["counts"]) >= 1
    everywhere = await edge.rest.get("events:search", query=word, city="Nowhere at all")
    assert everywhere == {}


async def test_a_calendar_asks_again_and_gets_nothing_new(edge, organizer):
    event = await people.gathering(organizer)
    path = f"/api/v1/{organizer.organization}/calendar.ics"

    first = await edge.client.get(path)
    again = await edge.client.get(path, headers={"if-none-match": first.headers["etag"]})

    assert first.headers["content-type"] == "text/calendar; charset=utf-8"
    assert first.headers["cache-control"] == "public, max-age=300"
    written = icalendar.Calendar.from_ical(first.content).walk("VEVENT")
    uids = {str(each["uid"]).partition("@")[0] for each in written}
    assert event["name"].rpartition("/")[2] in uids
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    # The connection is as good as before.
    assert (await edge.client.get(path)).content == first.content
    alone = await edge.client.get(f"/api/v1/{event['name']}/calendar.ics")
    assert len(icalendar.Calendar.from_ical(alone.content).walk("VEVENT")) == 1


async def test_a_feed_is_read_by_its_address_alone_and_not_logged(edge):
    _, session = await worlds.account(edge)
    rest = edge.rest.bearing(f"Bearer {session['accessToken']}")
    feed = await rest.post("users/me/calendarFeeds", {"displayName": "phone"})
    token = feed["uri"].partition("token=")[2]

    read = await edge.client.get(feed["uri"])

    assert read.status_code == 200
    assert read.headers["cache-control"] == "private, no-cache"
    assert icalendar.Calendar.from_ical(read.content).walk("VEVENT") == []
    same = {"if-none-match": read.headers["etag"]}
    assert (await edge.client.get(feed["uri"], headers=same)).status_code == 304
    await rest.delete(feed["name"])
    gone = await edge.client.get(feed["uri"], headers=same)
    assert (gone.status_code, gone.json()["code"]) == (404, 5)
    for log in edge.mesh.settings.logs.iterdir():
        assert token not in log.read_text(errors="replace"), log


async def test_a_picture_goes_up_and_comes_down_in_sizes(edge, organizer):
    event = await people.gathering(organizer)
    place = {"event": event["name"], "displayName": "poster", "cover": True}
    media = await organizer.rest.post(f"{organizer.organization}/media", place, **once())
    out = io.BytesIO()
    Image.effect_noise((1600, 1200), 90).convert("RGB").save(out, "PNG")
    assert out.tell() > 1 << 20

    put = await edge.client.put(
        media["uploadUri"], content=out.getvalue(), headers={"content-type": "image/png"}
    )
    assert put.status_code == 200, put.text
    ready = await organizer.rest.post(f"{media['name']}:complete")

    assert [each["widthPixels"] for each in ready["renditions"]] == [1600, 960, 320]
    small = await edge.client.get(ready["renditions"][-1]["uri"])
    assert small.headers["content-type"] == "image/webp"
    assert "immutable" in small.headers["cache-control"]
    assert Image.open(io.BytesIO(small.content)).size == (320, 240)
    known = {"if-none-match": small.headers["etag"]}
    again = await edge.client.get(ready["renditions"][-1]["uri"], headers=known)
    assert (again.status_code, again.content) == (304, b"")
    for way in ("..%2f..%2fetc%2fpasswd", "../../../etc/passwd", "0" * 64):
        gone = await edge.client.get(f"/api/v1/{media['name']}/content/{way}")
        assert gone.status_code in (400, 404), way


async def test_grpc_is_told_in_its_own_way(edge, organizer):
    from turnout.event.v1 import calendar_pb2, calendar_pb2_grpc

    stub = calendar_pb2_grpc.CalendarServiceStub(edge.channel)
    request = calendar_pb2.GetOrganizationCalendarRequest(name=organizer.organization)
    call = stub.GetOrganizationCalendar(request)
    await call
    etag = dict(await call.initial_metadata())["etag"]

    again = stub.GetOrganizationCalendar(request, metadata=(("if-none-match", etag),))

    assert (await again).data == b""
    assert dict(await again.initial_metadata())["x-turnout-not-modified"] == "1"
