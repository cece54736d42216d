"""The RPCs about media. A method parses, runs its actions, and renders; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.api import httpbody_pb2
from google.protobuf import empty_pb2

from services.event.events.domain import EVENTS
from services.event.media import actions, domain, storage, wire
from services.event.media.domain import MEDIA, Media, MediaNotFound
from services.event.media.images import Studio
from services.event.media.storage import Storage
from services.kit import caching, pages
from services.kit.caller import caller
from services.kit.db import Database, Tx
from services.kit.etags import expected
from services.kit.names import parent
from services.kit.once import once
from services.kit.tenant import within
from turnout.event.v1 import media_pb2, media_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class MediaServicer(media_pb2_grpc.MediaServiceServicer):
    """`edge` is where the world reaches us; `key` signs addresses of uploads, `secret` pages."""

    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        bytes_in: Storage,
        studio: Studio,
        *,
        edge: str,
        key: bytes,
        secret: bytes,
    ) -> None:
        self._db = db
        self._now = now
        self._bytes_in = bytes_in
        self._studio = studio
        self._edge = edge
        self._key = key
        self._secret = secret

    async def CreateMedia(
        self, request: media_pb2.CreateMediaRequest, context: Context
    ) -> media_pb2.Media:
        event, asked, now = wire.event_of(request), request.media, self._now()

        async def create(tx: Tx) -> media_pb2.Media:
            name = asked.display_name.strip()
            made = await actions.create(tx, event, name, now, cover=asked.cover)
            return wire.media(made, self._edge)

        made = await self._db.run(once(request, create))
        # The address of an upload is not remembered with the answer.
        found = await self._db.read(actions.read, MEDIA.parse(made.name), member=True)
        return await self._shown(found, member=True)

    async def UploadMedia(
        self, request: media_pb2.UploadMediaRequest, context: Context
    ) -> empty_pb2.Empty:
        domain.check_size(len(request.file.data))
        name = wire.uploaded(self._key, request.token, self._now())
        with within(name.organization):
            await self._db.read(actions.awaited, name)
        await self._bytes_in.put(storage.incoming(name), request.file.data)
        return empty_pb2.Empty()

    async def CompleteMedia(
        self, request: media_pb2.CompleteMediaRequest, context: Context
    ) -> media_pb2.Media:
        name = MEDIA.parse(request.name)
        found = await self._db.read(actions.read, name, member=True)
        if found.ready:
            return wire.media(found, self._edge)
        # Before the transaction: nobody waits for a row while images are drawn.
        form, renditions = await actions.prepare(self._bytes_in, self._studio, name)
        ready = await self._db.run(actions.finish, name, form, renditions)
        return wire.media(ready, self._edge)

    async def GetMedia(
        self, request: media_pb2.GetMediaRequest, context: Context
    ) -> media_pb2.Media:
        name, member = MEDIA.parse(request.name), caller().permitted
        return await self._shown(
            await self._db.read(actions.read, name, member=member), member=member
        )

    async def ListMedia(
        self, request: media_pb2.ListMediaRequest, context: Context
    ) -> media_pb2.ListMediaResponse:
        organization, page = parent(request.parent), pages.page(request, self._secret)
        event = EVENTS.parse(request.event, "event").id if request.event else None
        member, (after,) = caller().permitted, page.after or (None,)
        found = await self._db.read(
            actions.page, organization, event=event, member=member, after=after, most=page.limit
        )
        shown, token = page.cut(found, lambda each: (each.name.id,))
        return media_pb2.ListMediaResponse(
            media=[wire.media(each, self._edge) for each in shown], next_page_token=token
        )

    async def GetMediaContent(
        self, request: media_pb2.GetMediaContentRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        name, member = MEDIA.parse(request.name), caller().permitted
        found = await self._db.read(actions.read, name, member=member)
        one = next((r for r in found.renditions if r.digest == request.digest), None)
        if one is None:
            raise MediaNotFound(f"{request.name}/content/{request.digest}")
        tag = f'"{one.digest}"'
        keep = caching.PRIVATE if member else caching.FOREVER
        modified = not caching.has(context, tag)
        data = await self._bytes(found, one) if modified else b""
        await caching.tell(context, tag, keep, modified=modified, more=wire.SAFE)
        return wire.content(one, data)

    async def DeleteMedia(
        self, request: media_pb2.DeleteMediaRequest, context: Context
    ) -> empty_pb2.Empty:
        name, seen = MEDIA.parse(request.name), expected(request.etag)
        await self._db.run(actions.remove, name, self._now(), seen=seen)
        return empty_pb2.Empty()

    async def _bytes(self, of: Media, one: domain.Rendition) -> bytes:
        data = await self._bytes_in.get(storage.kept(of.name, one.digest), most=one.size)
        if data is None:
            raise MediaNotFound(MEDIA.format(of.name))
        return data

    async def _shown(self, value: Media, *, member: bool) -> media_pb2.Media:
        """A file, with the address of its upload for who may know of it."""
        if value.ready or not member:
            return wire.media(value, self._edge)
        if self._bytes_in.signs:
            left = max(value.expire_time - self._now(), domain.UPLOAD / 60)
            uri = await self._bytes_in.upload_uri(storage.incoming(value.name), left)
        else:
            token = wire.token(self._key, value)
            uri = f"{self._edge}/api/v1/uploads/media?token={token}"
        return wire.media(value, self._edge, uri)
