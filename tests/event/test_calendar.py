"""Calendars, over a real server and database, read back by libraries that others wrote."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import icalendar
import pytest
import recurring_ical_events

from services.event import inbox
from services.kit.clock import now
from services.kit.ids import new_id
from services.kit.inbox import Heard
from services.kit.tenant import within
from tests.event.world import NOBODY, as_user, refused
from turnout.auth.v1 import auth_pb2
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import calendar_pb2, calendar_pb2_grpc, event_pb2

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def calendars(world):
    return calendar_pb2_grpc.CalendarServiceStub(world.channel)


async def of_event(calendars, event, who=NOBODY, known=""):
    request = calendar_pb2.GetEventCalendarRequest(name=event.name)
    return await asked(calendars.GetEventCalendar, request, who, known)


async def of_house(calendars, house, known=""):
    request = calendar_pb2.GetOrganizationCalendarRequest(name=house.name)
    return await asked(calendars.GetOrganizationCalendar, request, NOBODY, known)


async def of_person(calendars, feed, known=""):
    request = calendar_pb2.GetPersonalCalendarRequest(token=feed.uri.partition("token=")[2])
    return await asked(calendars.GetPersonalCalendar, request, NOBODY, known)


async def asked(method, request, who, known):
    """The body, and the headers of the answer."""
    more = (("if-none-match", known),) if known else ()
    call = method(request, metadata=(*who, *more))
    body = await call
    assert body.content_type == "text/calendar; charset=utf-8"
    return body.data, dict(await call.initial_metadata())


def read(data):
    """The events of a file, by their names; what a strict reader would not take is refused."""
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    calendar = icalendar.Calendar.from_ical(data)
    assert all(not component.errors for component in calendar.walk())
    return {str(event["summary"]): event for event in calendar.walk("VEVENT")}


# --- what is written


async def test_an_event_is_in_a_calendar_by_the_clock_of_its_place(house, calendars):
    long = "a long line, with signs; and \\ more of it: " * 5
    event = await house.published(
        display_name="Déjà vu",
        description=f"{long}\nsecond line",
        tags=["jazz"],
        category="concert",
    )

    data, headers = await of_event(calendars, event)

    found = read(data)["Déjà vu"]
    start = found.decoded("dtstart")
    assert (start.hour, start.minute, str(start.tzinfo)) == (19, 30, "Europe/Berlin")
    assert found.decoded("dtend") - start == timedelta(hours=3)
    assert found["uid"] == f"{event.name.rpartition('/')[2]}@turnout.app"
    assert found["description"] == f"{long}\nsecond line"
    assert found["location"] == "Hall, Berlin"
    assert found["status"] == "CONFIRMED"
    assert found["sequence"] == 1
    assert found["categories"].to_ical() == b"concert,jazz"
    assert found["geo"].to_ical() == "52.52;13.405"
    calendar = icalendar.Calendar.from_ical(data)
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Berlin"]
    assert "method" not in calendar
    assert headers["cache-control"].startswith("public")


async def test_the_zone_in_the_file_says_what_the_clock_said(house, calendars):
    """A reader that knows no zones has only the file to go by."""
    zone = {"id": "Europe/Berlin"}
    for month in (1, 7):
        when = {"year": 2027, "month": month, "day": 15, "hours": 18, "time_zone": zone}
        end = when | {"hours": 20}
        await house.published(display_name=f"in {month}", start_time=when, end_time=end)

    data, _ = await of_house(calendars, house)

    [rules] = [zone.to_tz() for zone in icalendar.Calendar.from_ical(data).timezones]
    for month, hours in ((1, 1), (7, 2)):
        assert datetime(2027, month, 15, 18, tzinfo=rules).utcoffset() == timedelta(hours=hours)


async def test_a_change_counts_up_and_what_is_called_off_stays(house, world, calendars):
    event = await house.published(display_name="Gig")
    first, headers = await of_event(calendars, event)
    request = event_pb2.UpdateEventRequest(
        event=event_pb2.Event(name=event.name, description="at the back door")
    )
    await world.events.UpdateEvent(request, metadata=house.organizer)
    second, changed = await of_event(calendars, event)
    await house.cancel(event)
    third, cancelled = await of_event(calendars, event)

    files = [read(data)["Gig"] for data in (first, second, third)]
    assert [int(file["sequence"]) for file in files] == [1, 2, 3]
    assert len({str(file["uid"]) for file in files}) == 1
    assert [str(file["status"]) for file in files] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert "rain" in files[2]["description"]
    assert len({each["etag"] for each in (headers, changed, cancelled)}) == 3


async def test_other_programs_read_the_same(house, calendars):
    for days in (3, 10):
        await house.published(display_name="Weekly", days=days)

    data, _ = await of_house(calendars, house)

    calendar = icalendar.Calendar.from_ical(data)
    soon = recurring_ical_events.of(calendar).between(now(), now() + timedelta(days=20))
    assert [event.start.strftime("%H:%M") for event in soon] == ["19:30", "19:30"]


READER = """
const ICAL = require("ical.js");
const chunks = [];
process.stdin.on("data", (chunk) => chunks.push(chunk));
process.stdin.on("end", () => {
  const calendar = new ICAL.Component(ICAL.parse(Buffer.concat(chunks).toString()));
  calendar.getAllSubcomponents("vtimezone").forEach((zone) => ICAL.TimezoneService.register(zone));
  for (const component of calendar.getAllSubcomponents("vevent")) {
    const event = new ICAL.Event(component);
    console.log(event.summary, event.startDate.toJSDate().toISOString(), event.sequence);
  }
});
"""


def node(script, data=b""):
    program = shutil.which("node") or "false"
    return subprocess.run([program, "-e", script], input=data, capture_output=True, check=False)


async def test_so_does_a_browser(house, calendars):
    if (await asyncio.to_thread(node, "require('ical.js')")).returncode:
        pytest.skip("there is no Node with ical.js (npm install -g ical.js, and NODE_PATH)")
    await house.published(display_name="Gig")
    data, _ = await of_house(calendars, house)
    start = read(data)["Gig"].decoded("dtstart").astimezone(UTC)

    ran = await asyncio.to_thread(node, READER, data)

    assert ran.stdout.decode().split() == ["Gig", start.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "1"]


# --- who sees what


async def test_a_draft_is_in_the_calendar_of_members_only(house, calendars):
    draft = await house.draft(display_name="Maybe")

    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
        await of_event(calendars, draft)
    data, headers = await of_event(calendars, draft, house.organizer)

    assert read(data)["Maybe"]["status"] == "TENTATIVE"
    assert headers["cache-control"].startswith("private")
    assert read((await of_house(calendars, house))[0]) == {}


async def test_an_organization_tells_of_what_is_not_long_over(house, world, calendars, clock):
    await house.published(display_name="soon", days=1)
    await house.cancel(await house.published(display_name="off", days=2))
    await (await world.house()).published(display_name="elsewhere")

    data, _ = await of_house(calendars, house)
    clock.ahead = timedelta(days=100)
    later, _ = await of_house(calendars, house)

    assert set(read(data)) == {"soon", "off"}
    assert read(later) == {}


# --- what one has already


async def test_who_has_it_already_is_sent_nothing(house, world, calendars):
    event = await house.published()
    data, headers = await of_house(calendars, house)
    assert data

    for known in (headers["etag"], f'"other", {headers["etag"]}', "*", headers["etag"][2:]):
        again, told = await of_house(calendars, house, known)
        assert (again, told["x-turnout-not-modified"]) == (b"", "1")
    _, told = await of_event(calendars, event)
    assert (await of_event(calendars, event, known=told["etag"]))[0] == b""
    await house.cancel(event)

    assert (await of_house(calendars, house, headers["etag"]))[0]
    assert (await of_event(calendars, event, known=told["etag"]))[0]


# --- feeds


class Person:
    def __init__(self, calendars):
        self.id = uuid.uuid4()
        self.name = f"users/{self.id}"
        self.metadata = as_user(self.id)
        self.calendars = calendars

    async def feed(self, request_id="", display_name="phone"):
        request = calendar_pb2.CreateCalendarFeedRequest(
            parent="users/me",
            calendar_feed=calendar_pb2.CalendarFeed(display_name=display_name),
            request_id=request_id,
        )
        return await self.calendars.CreateCalendarFeed(request, metadata=self.metadata)

    async def feeds(self, **asked):
        request = calendar_pb2.ListCalendarFeedsRequest(parent="users/me", **asked)
        return await self.calendars.ListCalendarFeeds(request, metadata=self.metadata)

    async def revoke(self, feed):
        request = calendar_pb2.DeleteCalendarFeedRequest(name=feed.name)
        await self.calendars.DeleteCalendarFeed(request, metadata=self.metadata)


@pytest.fixture
def person(calendars):
    return Person(calendars)


async def told(world, organization, fact):
    heard = Heard(new_id(), "booking", "", organization, now())
    with within(organization):
        await world.db.run(inbox.HEARS[type(fact)], fact, heard)


async def books(world, house, event, person, kind=booking_pb2.BookingConfirmed, booking=None):
    booking = booking or f"{house.name}/bookings/{new_id()}"
    await told(
        world, house.organization, kind(event=event.name, booking=booking, buyer=person.name)
    )
    return booking


async def test_a_person_reads_what_they_go_to_of_whatever_organization(
    world, house, person, calendars
):
    other = await world.house()
    online = {"mode": event_pb2.Event.MODE_HYBRID, "join_uri": "https://meet.example.org/1"}
    mine = await house.published(display_name="mine", **online)
    held = await other.published(display_name="held", days=31, **online)
    await house.published(display_name="somebody else's")
    await books(world, house, mine, person)
    booking = await books(world, other, held, person, booking_pb2.BookingHeld)
    feed = await person.feed()

    found = read((await of_person(calendars, feed))[0])

    assert set(found) == {"mine", "held"}
    assert [str(found[name]["status"]) for name in ("mine", "held")] == ["CONFIRMED", "TENTATIVE"]
    assert str(found["mine"]["url"]) == "https://meet.example.org/1"
    assert "url" not in found["held"]
    await books(world, other, held, person, booking_pb2.BookingLapsed, booking)
    await house.cancel(mine)
    found = read((await of_person(calendars, feed))[0])
    assert {name: str(event["status"]) for name, event in found.items()} == {"mine": "CANCELLED"}


async def test_a_feed_is_made_once_read_by_its_address_and_revoked(person, calendars):
    id = str(uuid.uuid4())
    feed = await person.feed(id)

    assert await person.feed(id) == feed
    data, headers = await of_person(calendars, feed)
    assert read(data) == {}
    assert headers["cache-control"].startswith("private")
    [listed] = (await person.feeds()).calendar_feeds
    assert (listed.uri, listed.display_name) == (feed.uri, "phone")
    assert listed.HasField("read_time")
    get = calendar_pb2.GetCalendarFeedRequest(name=feed.name)
    assert await calendars.GetCalendarFeed(get, metadata=person.metadata) == listed
    await person.revoke(feed)
    with refused(grpc.StatusCode.NOT_FOUND, "CALENDAR_FEED_NOT_FOUND"):
        await calendars.GetCalendarFeed(get, metadata=person.metadata)
    with refused(grpc.StatusCode.NOT_FOUND, "CALENDAR_FEED_NOT_FOUND"):
        await of_person(calendars, feed)
    with refused(grpc.StatusCode.NOT_FOUND, "CALENDAR_FEED_NOT_FOUND"):
        await person.revoke(feed)
    assert list((await person.feeds()).calendar_feeds) == []


@pytest.mark.parametrize("token", ["x", "A" * 43, "ä", "=" * 20])
async def test_no_address_can_be_guessed(calendars, token):
    request = calendar_pb2.GetPersonalCalendarRequest(token=token)

    with refused(grpc.StatusCode.NOT_FOUND, "CALENDAR_FEED_NOT_FOUND"):
        await calendars.GetPersonalCalendar(request)


async def test_a_token_of_one_feed_is_of_no_other(person, calendars):
    one, two = await person.feed(), await person.feed()
    half = len(one.uri.partition("token=")[2]) // 2
    mixed = one.uri.partition("token=")[2][:half] + two.uri.partition("token=")[2][half:]

    with refused(grpc.StatusCode.NOT_FOUND, "CALENDAR_FEED_NOT_FOUND"):
        await calendars.GetPersonalCalendar(calendar_pb2.GetPersonalCalendarRequest(token=mixed))


async def test_nobody_sees_or_revokes_the_feeds_of_others(person, calendars):
    feed, stranger = await person.feed(), Person(calendars)

    named: list[Any] = [
        (calendars.GetCalendarFeed, calendar_pb2.GetCalendarFeedRequest),
        (calendars.DeleteCalendarFeed, calendar_pb2.DeleteCalendarFeedRequest),
    ]
    for method, kind in named:
        with refused(grpc.StatusCode.NOT_FOUND, "CALENDAR_FEED_NOT_FOUND"):
            await method(kind(name=feed.name), metadata=stranger.metadata)
    below: list[Any] = [
        (calendars.ListCalendarFeeds, calendar_pb2.ListCalendarFeedsRequest),
        (calendars.CreateCalendarFeed, calendar_pb2.CreateCalendarFeedRequest),
    ]
    for method, kind in below:
        with refused(grpc.StatusCode.NOT_FOUND, "CALENDAR_FEED_NOT_FOUND"):
            await method(kind(parent=person.name), metadata=stranger.metadata)
    assert read((await of_person(calendars, feed))[0]) == {}


async def test_there_is_an_end_to_feeds(person):
    for _ in range(10):
        await person.feed()

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "TOO_MANY_CALENDAR_FEEDS", most="10"):
        await person.feed()
    first = await person.feeds(page_size=7)
    rest = await person.feeds(page_size=7, page_token=first.next_page_token)
    names = [feed.name for feed in (*first.calendar_feeds, *rest.calendar_feeds)]
    assert len(set(names)) == 10
    assert not rest.next_page_token


async def test_who_has_no_account_any_more_has_no_calendar(world, person, calendars):
    feed = await person.feed()

    await told(world, None, auth_pb2.UserDeleted(user=person.name))

    with refused(grpc.StatusCode.NOT_FOUND, "CALENDAR_FEED_NOT_FOUND"):
        await of_person(calendars, feed)


async def test_seats_are_shown_to_their_buyer_and_to_nobody_else(world, house, person):
    await books(world, house, await house.published(), person)
    from services.event.calendar import store
    from services.kit.caller import Caller, Kind, acting

    async def seen(who):
        with within(None), acting(Caller(who, Kind.USER)):
            return await world.db.read(store.attended, person.name, now())

    assert len(await seen(person.name)) == 1
    assert await seen(f"users/{uuid.uuid4()}") == []
