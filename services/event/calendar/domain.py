"""The rules of calendars: what is in one, and the addresses that people give to theirs. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.event.events.domain import Event
from services.kit import errors
from services.kit.names import USERS, Branch, Name

FEEDS = Branch(USERS, "calendarFeeds")

# How long what is over stays in a calendar, and how much is in one.
PAST = timedelta(days=90)
MOST_EVENTS = 1000
MOST_FEEDS = 10
# How often it is noted that a feed was read.
NOTED = timedelta(hours=1)


@dataclass(frozen=True)
class Feed:
    """An address that a user gave to a calendar."""

    user: uuid.UUID
    id: uuid.UUID
    display_name: str
    create_time: datetime
    read_time: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """Which version of an event is in a calendar, and what the reader is to it."""

    name: Name
    version: int
    # Has a seat for good, so the way in is shown.
    has: bool = False
    # Holds a seat that is not paid.
    holds: bool = False


@dataclass(frozen=True)
class Calendar:
    """A calendar to write: events with what the reader is to each."""

    title: str
    entries: tuple[tuple[Entry, Event], ...]


class CalendarFeedNotFound(errors.NotFound):
    message = "there is no {calendar_feed}"
    calendar_feed: str


class TooManyCalendarFeeds(errors.Unmet):
    message = "a user may have {most} calendar feeds; delete one"
    most: int


def need_room(feeds: int) -> None:
    if feeds >= MOST_FEEDS:
        raise TooManyCalendarFeeds(MOST_FEEDS)


def stale(feed: Feed, now: datetime) -> bool:
    """Whether it is time to note that a feed was read."""
    return feed.read_time is None or now - feed.read_time > NOTED
