"""Files of events, over a real server, database and folder."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from typing import Any

import grpc
import obstore
import pytest
from google.api import httpbody_pb2
from PIL import Image

from services.event.media import domain, storage, work
from services.event.media.domain import MEDIA, SWEEP
from services.kit.clock import now
from services.kit.tenant import within
from services.kit.work import Due
from tests.event.test_media_rules import picture
from tests.event.world import NOBODY, as_user, invalid, linked, refused
from turnout.event.v1 import event_pb2, media_pb2, media_pb2_grpc

pytestmark = pytest.mark.server

Media = media_pb2.Media


@pytest.fixture(scope="module")
def stub(world):
    return media_pb2_grpc.MediaServiceStub(world.channel)


@pytest.fixture
def shelf(world, house, stub):
    return Shelf(world, house, stub)


class Shelf:
    """The files of one organization."""

    def __init__(self, world, house, stub):
        self.world, self.house, self.stub = world, house, stub

    async def place(self, event, request_id="", **given):
        request = media_pb2.CreateMediaRequest(
            parent=self.house.name, media=Media(event=event.name, **given), request_id=request_id
        )
        return await self.stub.CreateMedia(request, metadata=self.house.organizer)

    async def upload(self, media, data):
        token = media.upload_uri.partition("token=")[2]
        request = media_pb2.UploadMediaRequest(token=token, file=httpbody_pb2.HttpBody(data=data))
        await self.stub.UploadMedia(request)

    async def complete(self, media, who=None):
        request = media_pb2.CompleteMediaRequest(name=media.name)
        return await self.stub.CompleteMedia(request, metadata=who or self.house.organizer)

    async def put(self, event, data, **given):
        media = await self.place(event, **given)
        await self.upload(media, data)
        return await self.complete(media)

    async def get(self, media, who=NOBODY):
        return await self.stub.GetMedia(media_pb2.GetMediaRequest(name=media.name), metadata=who)

    async def list(self, who=NOBODY, **asked):
        request = media_pb2.ListMediaRequest(parent=self.house.name, **asked)
        return await self.stub.ListMedia(request, metadata=who)

    async def content(self, media, number=0, who=NOBODY, known=""):
        digest = media.renditions[number].uri.rpartition("/")[2]
        request = media_pb2.GetMediaContentRequest(name=media.name, digest=digest)
        more = (("if-none-match", known),) if known else ()
        call = self.stub.GetMediaContent(request, metadata=(*who, *more))
        return await call, dict(await call.initial_metadata())

    async def delete(self, media, **given):
        request = media_pb2.DeleteMediaRequest(name=media.name, **given)
        await self.stub.DeleteMedia(request, metadata=self.house.organizer)

    async def sweep(self, media):
        """Does what is due for a file."""
        name = MEDIA.parse(media.name)
        due = Due(SWEEP, name.organization, name.id, now(), 0)
        with within(name.organization):
            await work.errands(self.world.bytes_in)[SWEEP](self.world.db, due)

    async def kept(self, media):
        """What lies in storage for a file."""
        id = media.name.rpartition("/")[2]
        found = await obstore.list(self.world.bytes_in.store).collect_async()
        return [each["path"] for each in found if id in each["path"]]

    async def due(self, media):
        cursor = await self.world.owner.execute(
            "select due_time from due where kind = %s and id = %s",
            [SWEEP, uuid.UUID(media.name.rpartition("/")[2])],
        )
        return [row.due_time for row in await cursor.fetchall()]


async def test_an_image_comes_in_sizes_under_addresses_that_last(shelf, house):
    event = await house.published()
    media = await shelf.place(event, display_name="poster", cover=True)
    assert (media.state, list(media.renditions)) == (Media.STATE_PENDING, [])
    await shelf.upload(media, picture("PNG", (2000, 1000)))

    ready = await shelf.complete(media)

    assert (ready.state, ready.cover, ready.upload_uri) == (Media.STATE_READY, True, "")
    sizes = [(each.width_pixels, each.height_pixels) for each in ready.renditions]
    assert sizes == [(1920, 960), (960, 480), (320, 160)]
    assert {each.content_type for each in ready.renditions} == {"image/webp"}
    body, headers = await shelf.content(ready, 1)
    assert Image.open(io.BytesIO(body.data)).size == (960, 480)
    assert len(body.data) == ready.renditions[1].size_bytes
    assert storage.digest(body.data) in ready.renditions[1].uri
    assert "immutable" in headers["cache-control"]
    assert headers["x-content-type-options"] == "nosniff"
    again, told = await shelf.content(ready, 1, known=headers["etag"])
    assert (again.data, told["x-turnout-not-modified"]) == (b"", "1")
    assert await shelf.complete(media) == ready
    assert await shelf.get(ready) == ready


async def test_a_file_is_served_as_what_it_is(shelf, house):
    event = await house.published()

    pdf = await shelf.put(event, b"%PDF-1.7 menu", display_name="menu")
    text = await shelf.put(event, b"bring a towel")

    assert pdf.renditions[0].content_type == "application/pdf"
    body, headers = await shelf.content(text)
    assert (body.data, body.content_type) == (b"bring a towel", "text/plain; charset=utf-8")
    assert "sandbox" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "data",
    [b"<svg onload='x()'/>", b"<html>", b"\x89PNG\r\n\x1a\n", b"MZ\x90\0", picture("JPEG")[:-40]],
)
async def test_what_may_run_or_cannot_be_read_is_refused(shelf, house, data):
    media = await shelf.place(await house.draft())
    await shelf.upload(media, data)

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_MEDIA", field="file"):
        await shelf.complete(media)
    assert (await shelf.get(media, house.organizer)).state == Media.STATE_PENDING


async def test_a_bomb_is_refused(shelf, house):
    media = await shelf.place(await house.draft())
    await shelf.upload(media, picture("PNG", (12_000, 12_000), mode="1"))

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_MEDIA", field="file"):
        await shelf.complete(media)


async def test_too_much_and_nothing_are_refused(shelf, house):
    media = await shelf.place(await house.draft())

    with invalid("file"):
        await shelf.upload(media, bytes(domain.MOST_BYTES + 1))
    with invalid("file"):
        await shelf.upload(media, b"")
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "NOTHING_UPLOADED", media=media.name):
        await shelf.complete(media)


async def test_a_cover_is_an_image(shelf, house):
    media = await shelf.place(await house.draft(), cover=True)
    await shelf.upload(media, b"words")

    with invalid("media.cover"):
        await shelf.complete(media)


async def test_an_upload_needs_the_address_and_its_time(shelf, house, clock):
    media = await shelf.place(await house.draft())

    for token in ("x", linked(media.name)[0][1].removeprefix("Link ")):
        with refused(grpc.StatusCode.UNAUTHENTICATED, "LINK_INVALID"):
            request = media_pb2.UploadMediaRequest(
                token=token, file=httpbody_pb2.HttpBody(data=b"x")
            )
            await shelf.stub.UploadMedia(request)
    clock.ahead = timedelta(hours=2)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "LINK_EXPIRED"):
        await shelf.upload(media, b"late")
    clock.ahead = timedelta()
    await shelf.delete(media)
    with refused(grpc.StatusCode.NOT_FOUND, "MEDIA_NOT_FOUND"):
        await shelf.upload(media, b"nowhere to go")


async def test_what_is_shown_is_not_uploaded_again(shelf, house):
    media = await shelf.place(await house.draft())
    await shelf.upload(media, b"words")
    await shelf.complete(media)

    with refused(grpc.StatusCode.NOT_FOUND, "MEDIA_NOT_FOUND"):
        await shelf.upload(media, b"other words")


async def test_a_retry_of_create_makes_one_place(shelf, house):
    event, id = await house.draft(), str(uuid.uuid4())

    first, second = [await shelf.place(event, id) for _ in range(2)]

    assert first == second
    assert first.upload_uri


async def test_strangers_see_what_is_published_and_ready(shelf, house, world):
    draft = await house.draft()
    hidden = await shelf.put(draft, b"words")
    other = await world.house()
    for who in (NOBODY, as_user(), other.organizer):
        with refused(grpc.StatusCode.NOT_FOUND):
            await shelf.get(hidden, who)
        with refused(grpc.StatusCode.NOT_FOUND):
            await shelf.content(hidden, who=who)
        assert list((await shelf.list(who)).media) == []
    _, headers = await shelf.content(hidden, who=house.organizer)
    assert headers["cache-control"].startswith("private")

    await house.publish(draft)
    waiting = await shelf.place(draft)

    assert [each.name for each in (await shelf.list()).media] == [hidden.name]
    assert (await shelf.content(hidden))[0].data == b"words"
    with refused(grpc.StatusCode.NOT_FOUND, "MEDIA_NOT_FOUND"):
        await shelf.get(waiting)
    both = await shelf.list(house.organizer, event=draft.name)
    assert [each.name for each in both.media] == [hidden.name, waiting.name]


async def test_only_who_may_change_events_adds_and_removes(shelf, house, world):
    event = await house.published()
    media = await shelf.put(event, b"words")
    viewer, other = await house.member("VIEWER"), await world.house()
    request = media_pb2.CreateMediaRequest(parent=house.name, media=Media(event=event.name))
    for who in (viewer, other.organizer):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await shelf.stub.CreateMedia(request, metadata=who)
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await shelf.complete(media, who)
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            gone = media_pb2.DeleteMediaRequest(name=media.name)
            await shelf.stub.DeleteMedia(gone, metadata=who)
    theirs = await other.draft()
    request = media_pb2.CreateMediaRequest(parent=house.name, media=Media(event=theirs.name))
    with invalid("media.event"):
        await shelf.stub.CreateMedia(request, metadata=house.organizer)


async def test_there_is_an_end_to_files(shelf, house, monkeypatch):
    monkeypatch.setattr(domain, "MOST_MEDIA", 2)
    event = await house.draft()
    for _ in range(2):
        await shelf.place(event)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "TOO_MANY_MEDIA", event=event.name):
        await shelf.place(event)
    first = await shelf.list(house.organizer, page_size=1)
    second = await shelf.list(house.organizer, page_size=1, page_token=first.next_page_token)
    assert first.media[0].name != second.media[0].name
    assert not second.next_page_token


# --- what is not needed any more


async def test_what_is_deleted_goes_from_storage_too(shelf, house):
    media = await shelf.put(await house.published(), b"words")
    assert len(await shelf.kept(media)) == 2
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await shelf.delete(media, etag='"99"')

    await shelf.delete(media, etag=media.etag)

    assert max(await shelf.due(media)) <= now() + timedelta(minutes=1)
    await shelf.sweep(media)
    assert await shelf.kept(media) == []
    with refused(grpc.StatusCode.NOT_FOUND, "MEDIA_NOT_FOUND"):
        await shelf.get(media, house.organizer)


async def test_files_go_with_their_event(shelf, house, world):
    event = await house.draft()
    media = await shelf.put(event, b"words")

    request = event_pb2.DeleteEventRequest(name=event.name)
    await world.events.DeleteEvent(request, metadata=house.organizer)

    assert max(await shelf.due(media)) <= now() + timedelta(minutes=1)
    await shelf.sweep(media)
    assert await shelf.kept(media) == []
    with refused(grpc.StatusCode.NOT_FOUND):
        await shelf.get(media, house.organizer)


async def test_what_was_never_completed_is_forgotten(shelf, house):
    event = await house.draft()
    left, used = await shelf.place(event), await shelf.put(event, b"words")
    await shelf.upload(left, b"half of it")
    for media in (left, used):
        [at] = await shelf.due(media)
        assert at > now() + timedelta(hours=23)
        await shelf.sweep(media)

    assert await shelf.kept(left) == []
    [one] = await shelf.kept(used)
    assert one.startswith("media/")
    names: Any = [each.name for each in (await shelf.list(house.organizer)).media]
    assert names == [used.name]
