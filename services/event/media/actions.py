"""What is done with media, one function per intent. Each that takes a `Tx` runs inside one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from services.event.events import actions as gatherings
from services.event.events.domain import EVENTS, EventNotFound
from services.event.media import domain, storage, store
from services.event.media.domain import (
    ABANDONED,
    IMAGES,
    MEDIA,
    MOST_BYTES,
    SWEEP,
    UPLOAD,
    Media,
    MediaNotFound,
    NothingUploaded,
    Rendition,
)
from services.event.media.images import Studio
from services.event.media.storage import Storage
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name


async def create(tx: Tx, event: Name, display_name: str, now: datetime, *, cover: bool) -> Media:
    await gatherings.read(tx, event, member=True)
    domain.need_room(EVENTS.format(event), await store.count(tx, event))
    name = Name(event.organization, new_id())
    made = Media(name, event.id, display_name, cover, now, now + UPLOAD)
    await store.add(tx, made)
    tx.schedule(SWEEP, name.organization, name.id, now + ABANDONED)
    return made


async def read(tx: Tx, name: Name, *, member: bool) -> Media:
    """What is known of a file, as far as the caller may know of it and of its event."""
    found = await store.find(tx, name)
    if not member and not found.ready:
        raise MediaNotFound(MEDIA.format(name))
    try:
        await gatherings.read(tx, Name(name.organization, found.event), member=member)
    except EventNotFound:
        # Who may not know of the event learns nothing of it here either.
        raise MediaNotFound(MEDIA.format(name)) from None
    return found


async def awaited(tx: Tx, name: Name) -> Media:
    """A file whose bytes are not there yet."""
    found = await store.find(tx, name)
    if found.ready:
        raise MediaNotFound(MEDIA.format(name))
    return found


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    event: uuid.UUID | None,
    member: bool,
    after: uuid.UUID | None,
    most: int,
) -> list[Media]:
    return await store.page(
        tx, organization, event=event, public=not member, after=after, most=most
    )


async def finish(tx: Tx, name: Name, form: domain.Form, renditions: tuple[Rendition, ...]) -> Media:
    """Shows a file whose renditions are in storage; one that is shown already stays as it is."""
    before = await store.lock_media(tx, name)
    if before.ready:
        return before
    return await store.save(tx, domain.completed(before, form, renditions))


async def remove(tx: Tx, name: Name, now: datetime, *, seen: int | None) -> None:
    await store.remove(tx, await store.lock_media(tx, name), seen=seen)
    tx.schedule(SWEEP, name.organization, name.id, now)


async def abandon(tx: Tx, name: Name) -> bool:
    """Ends what was never completed; says whether there is a file that was."""
    try:
        found = await store.lock_media(tx, name)
    except MediaNotFound:
        return False
    if not found.ready:
        await store.remove(tx, found, seen=None)
    return found.ready


# --- in storage, outside of any transaction


async def prepare(
    bytes_in: Storage, studio: Studio, name: Name
) -> tuple[domain.Form, tuple[Rendition, ...]]:
    """Makes the renditions of what was uploaded, and keeps them under their digests."""
    data = await bytes_in.get(storage.incoming(name), most=MOST_BYTES)
    if data is None:
        raise NothingUploaded(MEDIA.format(name))
    domain.check_size(len(data))
    form = domain.sniffed(data)
    if form in IMAGES:
        drawn: Sequence[tuple[bytes, int, int]] = await studio.drawn(data)
        kind = domain.Form.WEBP
    else:
        drawn, kind = [(data, 0, 0)], form
    return form, tuple([await _keep(bytes_in, name, kind, *each) for each in drawn])


async def _keep(
    bytes_in: Storage, name: Name, form: domain.Form, data: bytes, width: int, height: int
) -> Rendition:
    digest = storage.digest(data)
    await bytes_in.put(storage.kept(name, digest), data)
    return Rendition(digest, form.value, len(data), width, height)
