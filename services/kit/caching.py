"""What a cache may keep, and what it has already (RFC 9110 and 9111): answers made of bytes.

Over gRPC these are headers of the answer. The edge makes `x-turnout-not-modified` a 304.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

ASKED = "if-none-match"
NOT_MODIFIED = "x-turnout-not-modified"
# How long a shared cache, and one's own, may go without asking again.
PUBLIC, PRIVATE = "public, max-age=300", "private, no-cache"
FOREVER = "public, max-age=31536000, immutable"


def etag(*parts: object) -> str:
    """A weak tag of everything that an answer depends on: what is compressed has the same."""
    said = "\n".join(map(str, parts)).encode()
    return f'W/"{hashlib.sha256(said).hexdigest()[:32]}"'


def has(context: Context, tag: str) -> bool:
    """Whether the caller says that it has the answer with this tag already."""
    found = [value for key, value in context.invocation_metadata() or () if key == ASKED]
    known = {one.strip() for value in found for one in str(value).split(",")}
    return "*" in known or _opaque(tag) in set(map(_opaque, known))


async def tell(
    context: Context,
    tag: str,
    keep: str,
    *,
    modified: bool = True,
    more: Iterable[tuple[str, str]] = (),
) -> None:
    """Sends the headers of an answer. The last thing that a method does before it returns."""
    headers = [("etag", tag), ("cache-control", keep), *more]
    if not modified:
        headers.append((NOT_MODIFIED, "1"))
    await context.send_initial_metadata(headers)


def _opaque(tag: str) -> str:
    return tag.removeprefix("W/")
