"""Media on the wire: messages to values and back. Pure."""

from __future__ import annotations

from datetime import datetime

from google.api import httpbody_pb2

from services.event.events.domain import EVENTS
from services.event.media.domain import MEDIA, BadMedia, Media, Rendition
from services.kit import links
from services.kit.etags import etag
from services.kit.links import LinkInvalid
from services.kit.names import Name, parent
from services.kit.wire import timestamp
from turnout.event.v1 import media_pb2

UPLOAD = "upload"
# Whatever a browser takes bytes for, it runs nothing in them and asks nobody else for anything.
SAFE = (
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; sandbox"),
    ("cross-origin-resource-policy", "cross-origin"),
)


def event_of(request: media_pb2.CreateMediaRequest) -> Name:
    """The event of a file, which the organization that is asked must own."""
    found = EVENTS.parse(request.media.event, "media.event")
    if found.organization != parent(request.parent):
        raise BadMedia("media.event", "must be of the organization in parent")
    return found


def media(value: Media, edge: str, upload_uri: str = "") -> media_pb2.Media:
    name = MEDIA.format(value.name)
    ready, pending = media_pb2.Media.STATE_READY, media_pb2.Media.STATE_PENDING
    waits = bool(upload_uri) and not value.ready
    return media_pb2.Media(
        name=name,
        event=EVENTS.format(Name(value.name.organization, value.event)),
        display_name=value.display_name,
        cover=value.cover,
        state=ready if value.ready else pending,
        upload_uri=upload_uri if waits else "",
        upload_expire_time=timestamp(value.expire_time) if waits else None,
        renditions=[_rendition(each, f"{edge}/api/v1/{name}") for each in value.renditions],
        create_time=timestamp(value.create_time),
        etag=etag(value.version),
    )


def _rendition(value: Rendition, at: str) -> media_pb2.Media.Rendition:
    return media_pb2.Media.Rendition(
        uri=f"{at}/content/{value.digest}",
        content_type=value.content_type,
        size_bytes=value.size,
        width_pixels=value.width,
        height_pixels=value.height,
    )


def content(value: Rendition, data: bytes) -> httpbody_pb2.HttpBody:
    return httpbody_pb2.HttpBody(content_type=value.content_type, data=data)


def token(key: bytes, value: Media) -> str:
    return links.sign(key, MEDIA.format(value.name), UPLOAD, value.expire_time)


def uploaded(key: bytes, text: str, now: datetime) -> Name:
    """What a token of ours is for. Raises LinkInvalid, LinkExpired."""
    link = links.verify(key, text, now)
    if link.purpose != UPLOAD:
        raise LinkInvalid()
    return MEDIA.parse(link.subject, "token")
