"""API keys as every service takes them: their shape, and whose they are as auth says it.

A secret is `tk_<id>_<random>_<checksum>`: the id of the key, 256 bits of chance, and a CRC-32 of
all before it, by which a torn copy is told without asking anybody. What leaves the process is
the SHA-256 of a secret, never the secret.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
import uuid
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.kit.caller import Caller, Kind
from turnout.auth.v1 import api_key_pb2

PREFIX = "tk_"
_SHAPE = re.compile(r"(tk_[0-9a-f]{32}_[0-9a-f]{64})_([0-9a-f]{8})")

# How long an answer of auth's is believed, in seconds. What is told of revoked secrets is kept
# for longer than that, so that no belief outlives it.
BELIEVED, DOUBTED = 60.0, 3.0
KEPT = timedelta(minutes=10)
REMEMBERED = 10_000

# By the digest of a secret: whose it is; None if it is nobody's.
Resolve = Callable[[bytes], Awaitable[api_key_pb2.ResolvedApiKey | None]]


@dataclass(frozen=True)
class Found:
    caller: Caller
    expire_time: datetime


def new_secret(id: uuid.UUID) -> str:
    body = f"{PREFIX}{id.hex}_{secrets.token_hex(32)}"
    return f"{body}_{_checksum(body)}"


def is_whole(secret: str) -> bool:
    """Whether it may be a secret: nothing of it is missing or mistyped."""
    found = _SHAPE.fullmatch(secret)
    return found is not None and _checksum(found[1]) == found[2]


def digest(secret: str) -> bytes:
    """What is kept of a secret, and asked about it: it needs no slow hash, being all chance."""
    return hashlib.sha256(secret.encode()).digest()


def mark(digest: bytes) -> uuid.UUID:
    """What a secret goes by among those that were revoked."""
    return uuid.UUID(bytes=digest[:16])


async def nobodys(_digest: bytes) -> None:
    """Where there is nobody to ask, no key is good."""


@dataclass
class ApiKeys:
    """Whose keys are, as auth said a moment ago."""

    resolve: Resolve
    # By the digest: until when (of the monotonic clock) that is believed, and what.
    beliefs: dict[bytes, tuple[float, Found | None]] = field(default_factory=dict)

    async def get(self, digest: bytes) -> Found | None:
        """None for a secret of nobody's. Raises what asking raises."""
        until, found = self.beliefs.get(digest, (0.0, None))
        if time.monotonic() < until:
            return found
        answer = await self.resolve(digest)
        found = None if answer is None else _read(answer, digest)
        self.beliefs.pop(digest, None)
        while len(self.beliefs) >= REMEMBERED:
            del self.beliefs[next(iter(self.beliefs))]
        self.beliefs[digest] = (time.monotonic() + (BELIEVED if found else DOUBTED), found)
        return found


def _read(answer: api_key_pb2.ResolvedApiKey, digest: bytes) -> Found:
    caller = Caller(
        answer.api_key,
        Kind.KEY,
        uuid.UUID(answer.api_key.split("/")[1]),
        permissions=frozenset(answer.permissions),
        secret=mark(digest),
    )
    return Found(caller, answer.expire_time.ToDatetime(UTC))


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
