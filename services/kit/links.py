"""Signed links: what a message carries so that its reader needs no account.

A token says which resource its bearer may act for, as what, and until when. It is signed and
not secret; it holds names and no more.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import struct
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from services.kit import errors

VERSION = 1
MAC = 16
LONGEST = 300
# Version, seconds since 1970, organization, id; after it, in ASCII, purpose and collection.
HEAD = struct.Struct(">BI16s16s")
FOREVER = 2**32 - 1

_SUBJECT = re.compile(r"organizations/([0-9a-f-]{36})/([a-z][A-Za-z]*)/([0-9a-f-]{36})")


class LinkInvalid(errors.Unauthenticated):
    message = "the link was not made by us, or was changed on the way"


class LinkExpired(errors.Unauthenticated):
    message = "the link was good until {expire_time}"
    expire_time: str


@dataclass(frozen=True)
class Link:
    """What a token says."""

    # A resource of an organization, such as `organizations/{uuid}/participants/{uuid}`.
    subject: str
    # What the bearer may be taken for, such as `participant`.
    purpose: str
    expire_time: datetime

    @property
    def organization(self) -> uuid.UUID:
        return uuid.UUID(self.subject.split("/")[1])


def sign(key: bytes, subject: str, purpose: str, expire_time: datetime) -> str:
    """Makes a token of about 110 characters, safe in a URL. ValueError for another subject."""
    found = _SUBJECT.fullmatch(subject)
    if found is None:
        raise ValueError(f"a link cannot be about {subject!r}")
    organization, collection, id = found.groups()
    seconds = min(int(expire_time.timestamp()), FOREVER)
    head = HEAD.pack(VERSION, seconds, uuid.UUID(organization).bytes, uuid.UUID(id).bytes)
    payload = head + f"{purpose}/{collection}".encode("ascii")
    return f"{encode(payload)}.{encode(mac(key, payload))}"


def verify(key: bytes, token: str, now: datetime) -> Link:
    """Reads a token. Raises LinkInvalid, LinkExpired."""
    payload = opened(key, token)
    if payload is None or payload[0] != VERSION:
        raise LinkInvalid()
    _, seconds, organization, id = HEAD.unpack_from(payload)
    purpose, _, collection = payload[HEAD.size :].decode("ascii").partition("/")
    expire_time = datetime.fromtimestamp(seconds, UTC)
    if now >= expire_time:
        raise LinkExpired(expire_time.isoformat())
    subject = f"organizations/{uuid.UUID(bytes=organization)}/{collection}/{uuid.UUID(bytes=id)}"
    return Link(subject, purpose, expire_time)


def opened(key: bytes, token: str, *, longest: int = LONGEST) -> bytes | None:
    """The payload of `payload.mac`, both in base64url; None unless the key signed it."""
    if len(token) > longest:
        return None
    text, _, signature = token.partition(".")
    payload, given = decode(text), decode(signature)
    if not payload or not given or not hmac.compare_digest(mac(key, payload), given):
        return None
    return payload


def mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, payload, hashlib.sha256)[:MAC]


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes | None:
    """Reads the one way to write it; None for any other."""
    try:
        data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return None
    return data if encode(data) == text else None
