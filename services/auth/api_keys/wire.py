"""API keys on the wire: messages to values and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.auth.api_keys.domain import API_KEYS, ApiKey, State
from services.auth.organizations.domain import one_line
from services.kit.api_keys import mark
from services.kit.etags import etag
from services.kit.wire import instant, span, timestamp
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import api_key_pb2

PREFIX = "PERMISSION_"
STATES = {
    State.ACTIVE: api_key_pb2.ApiKey.STATE_ACTIVE,
    State.EXPIRED: api_key_pb2.ApiKey.STATE_EXPIRED,
    State.REVOKED: api_key_pb2.ApiKey.STATE_REVOKED,
}


@dataclass(frozen=True)
class Wish:
    """What a new key is to be like."""

    display_name: str
    permissions: tuple[str, ...]
    expire_time: datetime | None


def wish(request: api_key_pb2.CreateApiKeyRequest) -> Wish:
    sent = request.api_key
    expire_time = instant(sent.expire_time) if sent.HasField("expire_time") else None
    return Wish(one_line(sent.display_name), words(sent.permissions), expire_time)


def overlap(request: api_key_pb2.RotateApiKeyRequest) -> timedelta | None:
    return span(request.overlap) if request.HasField("overlap") else None


def words(permissions: Iterable[int]) -> tuple[str, ...]:
    """The names of permissions, each once and in one order."""
    return tuple(
        access_pb2.Permission.Name(access_pb2.Permission.ValueType(one)).removeprefix(PREFIX)
        for one in sorted(set(permissions))
    )


def numbers(permissions: Iterable[str]) -> list[access_pb2.Permission]:
    """Those that the contract has: one that it dropped lets nobody in."""
    known = frozenset(access_pb2.Permission.keys())
    named = (f"{PREFIX}{one}" for one in permissions)
    return [getattr(access_pb2, one) for one in named if one in known]


def api_key(value: ApiKey, now: datetime, secret: str = "") -> api_key_pb2.ApiKey:
    return api_key_pb2.ApiKey(
        name=API_KEYS.format(value.name),
        display_name=value.display_name,
        permissions=numbers(value.permissions),
        expire_time=timestamp(value.expire_time),
        secret=secret,
        state=STATES[value.state_at(now)],
        creator=value.creator,
        create_time=timestamp(value.create_time),
        use_time=timestamp(value.use_time),
        rotate_time=timestamp(value.rotate_time),
        overlap_end_time=timestamp(value.previous_end_time),
        etag=etag(value.version),
    )


def resolved(value: ApiKey, end: datetime) -> api_key_pb2.ResolvedApiKey:
    return api_key_pb2.ResolvedApiKey(
        api_key=API_KEYS.format(value.name),
        permissions=numbers(value.permissions),
        expire_time=timestamp(end),
    )


def revoked(value: ApiKey, secrets: Iterable[bytes], until: datetime) -> api_key_pb2.ApiKeyRevoked:
    return api_key_pb2.ApiKeyRevoked(
        api_key=API_KEYS.format(value.name),
        secrets=[str(mark(one)) for one in secrets],
        expire_time=timestamp(until),
    )
