"""The rules of API keys. Plain values in, plain values out: no clock, no chance."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.names import Collection, Name

API_KEYS = Collection("apiKeys", "turnout.app/ApiKey")

# How long a key lasts if nobody says, and at most; and the secret before a rotation.
LIFE, LONGEST = timedelta(days=365), timedelta(days=730)
OVERLAP, LONGEST_OVERLAP = timedelta(days=1), timedelta(days=7)
# How long its end is remembered, and how many an organization may have in use.
KEPT = timedelta(days=30)
MOST = 100
# How fine the time of the last use is.
COARSE = timedelta(minutes=1)


class State(enum.Enum):
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


@dataclass(frozen=True)
class ApiKey:
    name: Name
    display_name: str
    # Values of `turnout.access.v1.Permission` without their prefix.
    permissions: tuple[str, ...]
    # Who made it, as a resource name.
    creator: str
    # The digest of the secret, and of the one before it.
    digest: bytes = field(repr=False)
    create_time: datetime
    expire_time: datetime
    previous: bytes | None = field(default=None, repr=False)
    previous_end_time: datetime | None = None
    rotate_time: datetime | None = None
    revoke_time: datetime | None = None
    use_time: datetime | None = None
    version: int = 1

    def state_at(self, now: datetime) -> State:
        if self.revoke_time is not None:
            return State.REVOKED
        return State.EXPIRED if now >= self.expire_time else State.ACTIVE

    def end_of(self, digest: bytes) -> datetime | None:
        """Until when a secret is good; None if it is not one of this key's any more."""
        if self.revoke_time is not None:
            return None
        if digest == self.digest:
            return self.expire_time
        if digest == self.previous and self.previous_end_time is not None:
            return min(self.previous_end_time, self.expire_time)
        return None

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """The digests of all secrets that may be good."""
        return (self.digest,) if self.previous is None else (self.digest, self.previous)


class ApiKeyNotFound(errors.NotFound):
    message = "there is no {api_key}"
    api_key: str


class ApiKeyEnded(errors.Unmet):
    message = "{api_key} has ended: {state}"
    api_key: str
    state: str


class ScopeTooWide(errors.Forbidden):
    message = "who may not {permission} cannot let a key do so"
    permission: str


class TooManyApiKeys(errors.Unmet):
    message = "{most} keys are in use; revoke some first"
    most: str


class BadLifetime(errors.Invalid):
    """A time that a key cannot last for."""


class ApiKeyUnknown(errors.NotFound):
    message = "this is not the secret of a key that is good"


def lifetime(wanted: datetime | None, now: datetime) -> datetime:
    """When a key ends. Raises BadLifetime."""
    if wanted is None:
        return now + LIFE
    if not now < wanted <= now + LONGEST:
        raise BadLifetime("api_key.expire_time", "must be ahead, and within two years")
    return wanted


def overlap(wanted: timedelta | None) -> timedelta:
    """How long the secret before goes on. Raises BadLifetime."""
    if wanted is None:
        return OVERLAP
    if not timedelta() <= wanted <= LONGEST_OVERLAP:
        raise BadLifetime("overlap", "must be from nothing to seven days")
    return wanted


def within(permissions: Iterable[str], held: frozenset[str]) -> None:
    """Refuses where a key may do what its maker may not."""
    for permission in permissions:
        if permission not in held:
            raise ScopeTooWide(permission)


def rotate(key: ApiKey, digest: bytes, overlap: timedelta, now: datetime) -> ApiKey:
    """The key with another secret; the one before goes on for a while, if at all."""
    if key.state_at(now) is not State.ACTIVE:
        raise ApiKeyEnded(API_KEYS.format(key.name), key.state_at(now).value)
    return replace(
        key,
        digest=digest,
        previous=key.digest if overlap else None,
        previous_end_time=now + overlap if overlap else None,
        rotate_time=now,
        version=key.version + 1,
    )


def end_overlap(key: ApiKey, now: datetime) -> ApiKey:
    """The key without the secret before the rotation, if that is over; else the same value."""
    if key.previous_end_time is None or now < key.previous_end_time:
        return key
    return replace(key, previous=None)


def revoke(key: ApiKey, now: datetime) -> ApiKey:
    """The same value if it has ended already."""
    if key.state_at(now) is not State.ACTIVE:
        return key
    return replace(key, revoke_time=now, version=key.version + 1)


def used(key: ApiKey, now: datetime) -> bool:
    """Whether a use is worth writing down."""
    return key.use_time is None or now - key.use_time >= COARSE
