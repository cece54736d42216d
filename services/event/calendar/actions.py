"""What is done with calendars: one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from services.event.calendar import domain, store
from services.event.calendar.domain import FEEDS, CalendarFeedNotFound, Entry, Feed
from services.event.events import actions as gatherings
from services.event.events import store as events
from services.event.events.domain import Event
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import USERS, Name


async def one(tx: Tx, name: Name, *, member: bool) -> list[tuple[Entry, Event]]:
    """An event, as far as the caller may know of it."""
    event = await gatherings.read(tx, name, member=member)
    return [(Entry(name, event.version, has=member), event)]


async def published(tx: Tx, organization: uuid.UUID, now: datetime) -> list[Entry]:
    return await store.published(tx, organization, now)


async def attended(tx: Tx, user: uuid.UUID, now: datetime) -> list[Entry]:
    return await store.attended(tx, USERS.format(user), now)


async def filled(tx: Tx, entries: Sequence[Entry]) -> list[tuple[Entry, Event]]:
    """The entries with their events; what was deleted meanwhile is left out."""
    found = {event.name: event for event in await events.several(tx, [e.name for e in entries])}
    return [(entry, found[entry.name]) for entry in entries if entry.name in found]


# --- feeds


async def create(tx: Tx, user: uuid.UUID, display_name: str, caller: str, now: datetime) -> Feed:
    _mine(user, caller, USERS.format(user))
    domain.need_room(await store.count(tx, user))
    feed = Feed(user, new_id(), display_name, now)
    await store.add(tx, feed)
    return feed


async def get(tx: Tx, user: uuid.UUID, id: uuid.UUID, caller: str) -> Feed:
    name = FEEDS.format(user, id)
    _mine(user, caller, name)
    found = await store.find(tx, id)
    if found is None or found.user != user:
        raise CalendarFeedNotFound(name)
    return found


async def page(
    tx: Tx, user: uuid.UUID, caller: str, *, after: uuid.UUID | None, most: int
) -> list[Feed]:
    _mine(user, caller, USERS.format(user))
    return await store.page(tx, user, after=after, most=most)


async def remove(tx: Tx, user: uuid.UUID, id: uuid.UUID, caller: str) -> None:
    name = FEEDS.format(user, id)
    _mine(user, caller, name)
    if not await store.remove(tx, user, id):
        raise CalendarFeedNotFound(name)


async def opened(tx: Tx, id: uuid.UUID | None, now: datetime) -> Feed:
    """The feed that an address is of, and notes that it was read."""
    feed = None if id is None else await store.find(tx, id)
    if feed is None:
        raise CalendarFeedNotFound("calendar feed at this address")
    if domain.stale(feed, now):
        await store.note_read(tx, feed, now)
    return feed


async def forget(tx: Tx, user: uuid.UUID) -> None:
    """Revokes all that a user gave, who is no more."""
    await store.forget(tx, user)


def _mine(user: uuid.UUID, caller: str, what: str) -> None:
    if USERS.format(user) != caller:
        raise CalendarFeedNotFound(what)
