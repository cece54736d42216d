"""What is kept of media: one statement per function, inside the caller's transaction."""

from __future__ import annotations

import dataclasses
import functools
import uuid
from typing import Any

import sqlalchemy as sa

from services.event.events.domain import PUBLIC
from services.event.media.domain import MEDIA, SWEEP, Media, MediaNotFound, Rendition
from services.event.media.tables import media
from services.event.tables import events
from services.kit.clock import now
from services.kit.db import Statement, Tx, sql
from services.kit.etags import StaleEtag
from services.kit.names import Name

_THIS = (
    media.c.organization == sa.bindparam("organization"),
    media.c.id == sa.bindparam("id"),
)
_OF_EVENT = (
    media.c.organization == sa.bindparam("organization"),
    media.c.event == sa.bindparam("event"),
)
_FIND = sql(sa.select(media).where(*_THIS))
_LOCK = sql(sa.select(media).where(*_THIS).with_for_update())
_ADD = sql(sa.insert(media))
_SAVE = sql(
    sa.update(media)
    .where(*_THIS)
    .values(
        renditions=sa.bindparam("kept", type_=media.c.renditions.type), version=media.c.version + 1
    )
)
_REMOVE = sql(sa.delete(media).where(*_THIS))
_COUNT = sql(sa.select(sa.func.count().label("media")).select_from(media).where(*_OF_EVENT))
_IDS = sql(sa.select(media.c.id).where(*_OF_EVENT))


async def find(tx: Tx, name: Name) -> Media:
    return _one(await tx.maybe(_FIND, organization=name.organization, id=name.id), name)


async def lock_media(tx: Tx, name: Name) -> Media:
    return _one(await tx.maybe(_LOCK, organization=name.organization, id=name.id), name)


async def add(tx: Tx, value: Media) -> None:
    await tx.run(
        _ADD,
        organization=value.name.organization,
        id=value.name.id,
        event=value.event,
        display_name=value.display_name,
        cover=value.cover,
        create_time=value.create_time,
        expire_time=value.expire_time,
        renditions=_kept(value),
        version=value.version,
    )


async def save(tx: Tx, value: Media) -> Media:
    """Writes the renditions of what was locked."""
    name = value.name
    await tx.run(_SAVE, organization=name.organization, id=name.id, kept=_kept(value))
    return dataclasses.replace(value, version=value.version + 1)


async def remove(tx: Tx, value: Media, *, seen: int | None) -> None:
    """Removes what was locked, if it is what was seen."""
    if seen not in (None, value.version):
        raise StaleEtag(MEDIA.format(value.name))
    await tx.run(_REMOVE, organization=value.name.organization, id=value.name.id)


async def count(tx: Tx, event: Name) -> int:
    row = await tx.one(_COUNT, organization=event.organization, event=event.id)
    return int(row.media)


async def discard(tx: Tx, event: Name) -> None:
    """Has the bytes of all media of an event taken out of storage, once their rows are gone."""
    rows = await tx.all(_IDS, organization=event.organization, event=event.id)
    for row in rows:
        tx.schedule(SWEEP, event.organization, row.id, now())


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    event: uuid.UUID | None,
    public: bool,
    after: uuid.UUID | None,
    most: int,
) -> list[Media]:
    """The next media by their ids, which is oldest first.

    `public`: only those that are ready, of events that everybody may see.
    """
    asked: dict[str, Any] = {"organization": organization, "most": most}
    asked |= {} if event is None else {"event": event}
    asked |= {} if after is None else {"after": after}
    rows = await tx.all(_page(frozenset(asked), public), **asked)
    return [_media(row) for row in rows]


@functools.cache
def _page(given: frozenset[str], public: bool) -> Statement:
    query = sa.select(media).where(media.c.organization == sa.bindparam("organization"))
    if "event" in given:
        query = query.where(media.c.event == sa.bindparam("event"))
    if "after" in given:
        query = query.where(media.c.id > sa.bindparam("after"))
    if public:
        shown = sa.exists().where(
            events.c.organization == media.c.organization,
            events.c.id == media.c.event,
            events.c.state.in_([sa.literal_column(f"'{state.value}'") for state in PUBLIC]),
        )
        query = query.where(media.c.renditions != sa.literal_column("'[]'::jsonb"), shown)
    return sql(query.order_by(media.c.id).limit(sa.bindparam("most", type_=sa.Integer)))


def _one(row: Any, name: Name) -> Media:
    if row is None:
        raise MediaNotFound(MEDIA.format(name))
    return _media(row)


def _media(row: Any) -> Media:
    return Media(
        name=Name(row.organization, row.id),
        event=row.event,
        display_name=row.display_name,
        cover=row.cover,
        create_time=row.create_time,
        expire_time=row.expire_time,
        renditions=tuple(Rendition(*each) for each in row.renditions),
        version=row.version,
    )


def _kept(value: Media) -> list[list[Any]]:
    return [list(dataclasses.astuple(each)) for each in value.renditions]
