"""What is kept for calendars: one statement per function, inside the caller's transaction."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.event.calendar.domain import MOST_EVENTS, PAST, Entry, Feed
from services.event.calendar.tables import calendar_feeds as feeds
from services.event.events.domain import PUBLIC
from services.event.tables import events, seats
from services.kit.db import Tx, sql
from services.kit.names import Name

_THIS = (feeds.c.user == sa.bindparam("user"), feeds.c.id == sa.bindparam("id"))
_ADD = sql(sa.insert(feeds))
_FIND = sql(sa.select(feeds).where(feeds.c.id == sa.bindparam("id")))
_COUNT = sql(
    sa.select(sa.func.count().label("feeds"))
    .select_from(feeds)
    .where(feeds.c.user == sa.bindparam("user"))
)
_PAGE = sql(
    sa.select(feeds)
    .where(
        feeds.c.user == sa.bindparam("user"),
        feeds.c.id > sa.func.coalesce(sa.bindparam("after", type_=sa.Uuid), uuid.UUID(int=0)),
    )
    .order_by(feeds.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_READ = sql(sa.update(feeds).where(*_THIS).values(read_time=sa.bindparam("read_time")))
_REMOVE = sql(sa.delete(feeds).where(*_THIS))
_FORGET = sql(sa.delete(feeds).where(feeds.c.user == sa.bindparam("user")))

_seen = events.c.state.in_([sa.literal_column(f"'{state.value}'") for state in PUBLIC])
_versions = sa.select(events.c.organization, events.c.id, events.c.version)
_recent = events.c.end_time > sa.bindparam("after")
_soonest = (events.c.start_time, events.c.id)
_PUBLISHED = sql(
    _versions.where(events.c.organization == sa.bindparam("organization"), _seen, _recent)
    .order_by(*_soonest)
    .limit(sa.literal_column(str(MOST_EVENTS)))
)
_ATTENDED = sql(
    _versions.add_columns(sa.func.bool_or(seats.c.has).label("has"))
    .join(
        seats,
        sa.and_(seats.c.organization == events.c.organization, seats.c.event == events.c.id),
    )
    .where(seats.c.buyer == sa.bindparam("buyer"), _seen, _recent)
    .group_by(events.c.organization, events.c.id)
    .order_by(*_soonest)
    .limit(sa.literal_column(str(MOST_EVENTS)))
)


async def add(tx: Tx, feed: Feed) -> None:
    await tx.run(
        _ADD,
        user=feed.user,
        id=feed.id,
        display_name=feed.display_name,
        create_time=feed.create_time,
        read_time=None,
    )


async def find(tx: Tx, id: uuid.UUID) -> Feed | None:
    row = await tx.maybe(_FIND, id=id)
    return _feed(row) if row else None


async def count(tx: Tx, user: uuid.UUID) -> int:
    return int((await tx.one(_COUNT, user=user)).feeds)


async def page(tx: Tx, user: uuid.UUID, *, after: uuid.UUID | None, most: int) -> list[Feed]:
    return [_feed(row) for row in await tx.all(_PAGE, user=user, after=after, most=most)]


async def note_read(tx: Tx, feed: Feed, now: datetime) -> None:
    await tx.run(_READ, user=feed.user, id=feed.id, read_time=now)


async def remove(tx: Tx, user: uuid.UUID, id: uuid.UUID) -> bool:
    return bool(await tx.run(_REMOVE, user=user, id=id))


async def forget(tx: Tx, user: uuid.UUID) -> None:
    await tx.run(_FORGET, user=user)


async def published(tx: Tx, organization: uuid.UUID, now: datetime) -> list[Entry]:
    """What an organization has published that is not long over, the earliest first."""
    rows = await tx.all(_PUBLISHED, organization=organization, after=now - PAST)
    return [Entry(Name(row.organization, row.id), row.version) for row in rows]


async def attended(tx: Tx, buyer: str, now: datetime) -> list[Entry]:
    """The events that somebody has or holds seats at, of all organizations.

    The caller must be that somebody: nobody else is shown seats that are not their own.
    """
    rows = await tx.all(_ATTENDED, buyer=buyer, after=now - PAST)
    return [
        Entry(Name(row.organization, row.id), row.version, has=row.has, holds=not row.has)
        for row in rows
    ]


def _feed(row: Any) -> Feed:
    return Feed(row.user, row.id, row.display_name, row.create_time, row.read_time)
