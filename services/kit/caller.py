"""Who is calling. The access interceptor sets it; whoever needs it reads it."""

from __future__ import annotations

import contextlib
import contextvars
import enum
import uuid
from collections.abc import Iterator
from dataclasses import dataclass


class Kind(enum.Enum):
    """How a caller proved who it is."""

    ANONYMOUS = "anonymous"
    USER = "user"
    GUEST = "guest"
    KEY = "key"
    SERVICE = "service"


@dataclass(frozen=True)
class Caller:
    """Somebody who calls, as far as this one call is concerned."""

    # `users/{uuid}`, `organizations/{uuid}/participants/{uuid}`, `services/{word}`,
    # `organizations/{uuid}/apiKeys/{uuid}`, or nothing.
    name: str
    kind: Kind
    # Of a member: where it is one. Of a guest: who invited it. Of a key: whose it is. Else None.
    organization: uuid.UUID | None = None
    # Holds the method's permission there. A caller without it sees only what is its own.
    permitted: bool = False
    # A value of `turnout.access.v1.Role`; 0 unless the caller is a member.
    role: int = 0
    # What a user is signed in by, if the token says it.
    session: uuid.UUID | None = None
    # Of a key: what its bearer may do, as values of `turnout.access.v1.Permission`.
    permissions: frozenset[int] = frozenset()
    # Values of `turnout.access.v1.PlatformPermission`, which the token says of an administrator.
    platform: frozenset[int] = frozenset()
    # Whether a user showed more than a password.
    second_factor: bool = False
    # Of a key: what the secret that was shown goes by among those that were revoked.
    secret: uuid.UUID | None = None


ANONYMOUS = Caller("", Kind.ANONYMOUS)

current: contextvars.ContextVar[Caller] = contextvars.ContextVar("caller", default=ANONYMOUS)
caller = current.get


def SYSTEM(service: str) -> Caller:
    """A service acting on its own account, as its workers do."""
    return Caller(f"services/{service}", Kind.SERVICE, permitted=True)


@contextlib.contextmanager
def acting(who: Caller) -> Iterator[Caller]:
    """Makes `who` the caller of what is done inside."""
    token = current.set(who)
    try:
        yield who
    finally:
        current.reset(token)
