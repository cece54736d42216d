"""Calendars on the wire: iCalendar, and the addresses of feeds. Pure, but for time zones."""

from __future__ import annotations

import functools
import hmac
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import icalendar
from google.api import httpbody_pb2

from services.event.calendar.domain import FEEDS, Calendar, Entry, Feed
from services.event.events.domain import Event, Mode, State
from services.event.events.places import Venue
from services.kit import links
from services.kit.etags import etag
from services.kit.wire import timestamp
from turnout.event.v1 import calendar_pb2

KIND = "text/calendar; charset=utf-8"
MAKER = "-//Turnout//Events//EN"
# How often a calendar should look again.
REFRESH = timedelta(hours=1)
# The years that a zone is written out for: calendars take what they know of it from the file.
FIRST, LAST = date(2020, 1, 1), date(2040, 1, 1)
UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Etc/Zulu", "Zulu", "UCT"})
PURPOSE = b"calendar/"


def body(calendar: Calendar | None) -> httpbody_pb2.HttpBody:
    """A file; without a calendar nothing at all, for who has it already."""
    data = b"" if calendar is None else written(calendar)
    return httpbody_pb2.HttpBody(content_type=KIND, data=data)


def written(calendar: Calendar) -> bytes:
    """The file of a calendar: CRLF, folded, with the zones that its events are in."""
    file = icalendar.Calendar()
    file.add("prodid", MAKER)
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("name", calendar.title)
    file.add("x-wr-calname", calendar.title)
    file.add("refresh-interval", REFRESH, {"VALUE": "DURATION"})
    file.add("x-published-ttl", "PT1H")
    for zone in zones(event for _, event in calendar.entries):
        file.add_component(_zone(zone))
    for entry, event in calendar.entries:
        file.add_component(_event(entry, event))
    return bytes(file.to_ical())


def zones(events: Iterable[Event]) -> list[str]:
    return sorted({event.plan.span.zone for event in events} - UTC_NAMES)


@functools.cache
def _zone(name: str) -> icalendar.Timezone:
    return icalendar.Timezone.from_tzid(name, first_date=FIRST, last_date=LAST)


def _event(entry: Entry, event: Event) -> icalendar.Event:
    plan, component = event.plan, icalendar.Event()
    component.add("uid", f"{event.name.id}@turnout.app")
    component.add("dtstamp", event.update_time)
    component.add("created", event.create_time)
    component.add("last-modified", event.update_time)
    component.add("sequence", event.version - 1)
    component.add("dtstart", _local(plan.span.start))
    component.add("dtend", _local(plan.span.end))
    component.add("summary", plan.display_name)
    component.add("status", _status(entry, event))
    for key, value in _texts(entry, event).items():
        if value:
            component.add(key, value)
    if plan.venue is not None:
        component.add("geo", (plan.venue.latitude, plan.venue.longitude))
    words = [word for word in (plan.category, *plan.tags) if word]
    if words:
        component.add("categories", words)
    return component


def _texts(entry: Entry, event: Event) -> dict[str, str]:
    plan = event.plan
    said = [plan.description, f"Called off: {event.cancel_reason}" if event.cancel_reason else ""]
    online = plan.join_uri if entry.has and plan.mode is not Mode.ON_SITE else ""
    return {
        "description": "\n\n".join(filter(None, said)),
        "location": online if plan.venue is None else _place(plan.venue),
        "url": online,
    }


def _place(venue: Venue) -> str:
    return ", ".join(filter(None, dict.fromkeys((venue.display_name, venue.address, venue.city))))


def _status(entry: Entry, event: Event) -> str:
    if event.state is State.CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if entry.holds or event.state is State.DRAFT else "CONFIRMED"


def _local(time: datetime) -> datetime:
    return time.astimezone(UTC) if str(time.tzinfo) in UTC_NAMES else time


# --- feeds


def feed(value: Feed) -> calendar_pb2.CalendarFeed:
    """A feed without its address, which is nothing to be kept anywhere."""
    return calendar_pb2.CalendarFeed(
        name=FEEDS.format(value.user, value.id),
        display_name=value.display_name,
        create_time=timestamp(value.create_time),
        read_time=timestamp(value.read_time),
        etag=etag(1),
    )


def addressed(
    message: calendar_pb2.CalendarFeed, page: str, key: bytes
) -> calendar_pb2.CalendarFeed:
    """A feed with its address, which follows from its id and a key that nobody else has."""
    _, id = FEEDS.parse(message.name)
    message.uri = f"{page}?token={token(key, id)}"
    return message


def token(key: bytes, id: uuid.UUID) -> str:
    return links.encode(id.bytes + _mac(key, id.bytes))


def feed_of(key: bytes, text: str) -> uuid.UUID | None:
    """The id of the feed that a token was made for; None of what we did not make."""
    data = links.decode(text)
    if data is None or len(data) != 16 + links.MAC:
        return None
    genuine = hmac.compare_digest(_mac(key, data[:16]), data[16:])
    return uuid.UUID(bytes=data[:16]) if genuine else None


def _mac(key: bytes, id: bytes) -> bytes:
    return links.mac(key, PURPOSE + id)
