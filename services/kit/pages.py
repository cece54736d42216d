"""Pages (AIP-158): where a list goes on is in a signed token, by the key of the last row shown.

There are no offsets, so rows that come and go in between are neither skipped nor shown twice.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from google.protobuf.message import Message

from services.kit import errors, links

Row = TypeVar("Row")
# What a list is sorted by, the id last: values of Python that a column has.
Key = tuple[Any, ...]

USUAL, MOST = 50, 200


class BadPageSize(errors.Invalid):
    """A page of fewer than no rows."""


class BadPageToken(errors.Invalid):
    """Text that no list of ours gave."""


class PageTokenMismatch(errors.Invalid):
    """The token of a list with other arguments."""


@dataclass(frozen=True)
class Page:
    """Which part of a list was asked for."""

    size: int
    # The key of the last row of the page before; None on the first page.
    after: Key | None
    secret: bytes
    digest: bytes

    @property
    def limit(self) -> int:
        """How many rows to read: one more than to show tells whether there are more."""
        return self.size + 1

    def keys(self, *names: str) -> dict[str, Any]:
        """The last key as parameters of a statement; all None on the first page."""
        after = self.after or (None,) * len(names)
        return dict(zip(names, after, strict=True))

    def cut(self, rows: Sequence[Row], key: Callable[[Row], Key]) -> tuple[Sequence[Row], str]:
        """The rows to show of those read, and the token of the next page: empty at the end."""
        if len(rows) <= self.size:
            return rows, ""
        shown = rows[: self.size]
        return shown, self._token(key(shown[-1]))

    def _token(self, key: Key) -> str:
        payload = self.digest + json.dumps([_pack(v) for v in key], ensure_ascii=False).encode()
        return f"{links.encode(payload)}.{links.encode(links.mac(self.secret, payload))}"


DIGEST = 12


def page(request: Any, secret: bytes, *, sort: str = "") -> Page:
    """Reads `page_size` and `page_token` of a request.

    `sort` tells lists apart that a request sorts in more than one way, when no other field
    does. Raises BadPageSize, BadPageToken, PageTokenMismatch.
    """
    size = request.page_size
    if size < 0:
        raise BadPageSize("page_size", "must not be negative")
    digest = _digest(request, sort)
    return Page(
        size=min(size or USUAL, MOST),
        after=_after(request.page_token, secret, digest) if request.page_token else None,
        secret=secret,
        digest=digest,
    )


def _after(token: str, secret: bytes, digest: bytes) -> Key:
    payload = links.opened(secret, token, longest=1024)
    if payload is None:
        raise BadPageToken("page_token", "must be a next_page_token as it was sent")
    if payload[:DIGEST] != digest:
        raise PageTokenMismatch("page_token", "belongs to a list with other arguments")
    return tuple(_unpack(value) for value in json.loads(payload[DIGEST:]))


def _digest(request: Message, sort: str) -> bytes:
    rest: Any = type(request)()
    rest.CopyFrom(request)
    for name in ("page_size", "page_token"):
        rest.ClearField(name)
    said = f"{request.DESCRIPTOR.full_name} {sort} ".encode()
    return hashlib.sha256(said + rest.SerializeToString(deterministic=True)).digest()[:DIGEST]


def _pack(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    return {"uuid": value.hex} if isinstance(value, uuid.UUID) else value


def _unpack(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "time" in value:
        return datetime.fromisoformat(value["time"])
    return uuid.UUID(value["uuid"])
