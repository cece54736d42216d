"""The rules of media: what is taken, what it becomes, and who may see it. Pure."""

from __future__ import annotations

import enum
import unicodedata
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.names import Collection, Name

MEDIA = Collection("media", "turnout.app/Media")

# The errand that takes bytes out of storage which nothing speaks of.
SWEEP = "media.sweep"

MOST_BYTES = 10_000_000
MOST_MEDIA = 50
# More than any camera has; a picture of that many is read in a second or two.
MOST_PIXELS = 50_000_000
UPLOAD = timedelta(hours=1)
# When what was never completed is forgotten, with what may lie at its address.
ABANDONED = timedelta(hours=24)
# The longer side of each size of an image, in pixels.
SIZES = (1920, 960, 320)


class Form(enum.Enum):
    """What bytes may be; the value is what they are served as."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    GIF = "image/gif"
    PDF = "application/pdf"
    TEXT = "text/plain; charset=utf-8"


IMAGES = frozenset({Form.JPEG, Form.PNG, Form.WEBP, Form.GIF})
_MAGIC = {
    b"\xff\xd8\xff": Form.JPEG,
    b"\x89PNG\r\n\x1a\n": Form.PNG,
    b"GIF87a": Form.GIF,
    b"GIF89a": Form.GIF,
    b"%PDF-": Form.PDF,
}


@dataclass(frozen=True)
class Rendition:
    """One form of a file: the bytes are kept under the digest of them (SHA-256)."""

    digest: str
    content_type: str
    size: int
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Media:
    name: Name
    event: uuid.UUID
    display_name: str
    cover: bool
    create_time: datetime
    # Until when its bytes may be brought.
    expire_time: datetime
    renditions: tuple[Rendition, ...] = ()
    version: int = 1

    @property
    def ready(self) -> bool:
        return bool(self.renditions)


class MediaNotFound(errors.NotFound):
    message = "there is no {media}"
    media: str


class TooManyMedia(errors.Unmet):
    message = "{event} may have {most} media; delete one"
    event: str
    most: int


class NothingUploaded(errors.Unmet):
    message = "nothing was uploaded for {media}"
    media: str


class BadMedia(errors.Invalid):
    """Bytes that are not taken."""


def sniffed(data: bytes) -> Form:
    """What bytes are, by what they begin with, whatever they are called.

    Text is what is UTF-8 without control characters and no markup: a browser that guesses
    must not find a page or a script in it.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Form.WEBP
    for magic, form in _MAGIC.items():
        if data.startswith(magic):
            return form
    if _is_text(data):
        return Form.TEXT
    raise BadMedia("file", "must be a JPEG, PNG, WebP or GIF image, a PDF, or plain text")


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return False
    return all(char in "\t\r\n\f" or unicodedata.category(char) != "Cc" for char in text)


def check_size(size: int) -> None:
    if not size:
        raise BadMedia("file", "must not be empty")
    if size > MOST_BYTES:
        raise BadMedia("file", f"must have at most {MOST_BYTES} bytes")


def completed(media: Media, form: Form, renditions: tuple[Rendition, ...]) -> Media:
    if media.cover and form not in IMAGES:
        raise BadMedia("media.cover", "must be an image")
    return replace(media, renditions=renditions)


def scaled(width: int, height: int) -> list[tuple[int, int]]:
    """The sizes to make of an image, the largest first: none is larger than it."""
    longer = max(width, height)
    sides = [min(longer, SIZES[0]), *(side for side in SIZES[1:] if side < longer)]
    return [
        (max(1, round(width * side / longer)), max(1, round(height * side / longer)))
        for side in dict.fromkeys(sides)
    ]


def need_room(event: str, media: int) -> None:
    if media >= MOST_MEDIA:
        raise TooManyMedia(event, MOST_MEDIA)
