"""Accounts on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from google.api import httpbody_pb2
from google.protobuf.message import Message

from services.auth.accounts.domain import Opened, Session, User, normal, one_line
from services.auth.tokens import LIFE
from services.kit import masks
from services.kit.etags import etag
from services.kit.names import SESSIONS, USERS
from services.kit.wire import duration, timestamp
from turnout.auth.v1 import auth_pb2, organization_pb2

M = TypeVar("M", bound=Message)


def unreadable(request: M, mark: Callable[[str], bytes], *fields: str) -> M:
    """The request with a mark in place of each password, to be told from others and kept."""
    copy = type(request)()
    copy.CopyFrom(request)
    for field in fields:
        setattr(copy, field, mark(getattr(request, field)).decode())
    return copy


def asked(request: auth_pb2.RegisterUserRequest, challenge: str) -> auth_pb2.User:
    """What is said to who asks for an account: no more than they know, whoever has the address."""
    return auth_pb2.User(
        email=normal(request.user.email),
        display_name=one_line(request.user.display_name),
        challenge=challenge,
    )


def user(value: User, challenge: str = "") -> auth_pb2.User:
    return auth_pb2.User(
        name=USERS.format(value.id),
        email=value.email,
        display_name=value.display_name,
        email_verify_time=timestamp(value.email_verify_time),
        phone=value.phone,
        phone_verify_time=timestamp(value.phone_verify_time),
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        challenge=challenge,
        etag=etag(value.version),
    )


def target(user: uuid.UUID | None) -> str:
    """What a login is to; empty if there is no such account."""
    return "" if user is None else USERS.format(user)


PATCHABLE = frozenset({"display_name", "email", "phone"})


def changes(request: auth_pb2.UpdateUserRequest) -> dict[str, str]:
    """What is to change of an account, by the name of the field."""
    paths = masks.paths(request.update_mask, request.user, PATCHABLE)
    return {path: getattr(request.user, path) for path in paths}


def tokens(value: Opened, access_token: str) -> auth_pb2.Tokens:
    return auth_pb2.Tokens(
        session=SESSIONS.format(value.session.user, value.session.id),
        user=USERS.format(value.session.user),
        access_token=access_token,
        expires_in=duration(LIFE),
        refresh_token=value.refresh_token,
        refresh_expire_time=timestamp(value.refresh_expire_time),
        device_token=value.device_token,
    )


def session(value: Session, current: uuid.UUID | None) -> auth_pb2.Session:
    return auth_pb2.Session(
        name=SESSIONS.format(value.user, value.id),
        user_agent=value.origin.user_agent,
        ip_address=value.origin.address,
        current=value.id == current,
        create_time=timestamp(value.create_time),
        use_time=timestamp(value.use_time),
        expire_time=timestamp(value.idle_time),
        etag=etag(value.version),
    )


def key_set(jwks: bytes) -> httpbody_pb2.HttpBody:
    return httpbody_pb2.HttpBody(content_type="application/json", data=jwks)


def registered(value: User) -> auth_pb2.UserRegistered:
    return auth_pb2.UserRegistered(
        user=USERS.format(value.id), display_name=value.display_name, email=value.email
    )


def revoked(session: str, until: datetime) -> auth_pb2.SessionRevoked:
    return auth_pb2.SessionRevoked(session=session, expire_time=timestamp(until))


def changed(value: User) -> auth_pb2.UserChanged:
    return auth_pb2.UserChanged(
        user=USERS.format(value.id), display_name=value.display_name, email=value.email
    )


# Facts that say who somebody is, and what of them says so.
SPEAKING_OF_PEOPLE = (auth_pb2.UserRegistered, auth_pb2.UserChanged)
PERSONAL = ("display_name", "email")


def deleted(user: uuid.UUID) -> auth_pb2.UserDeleted:
    return auth_pb2.UserDeleted(user=USERS.format(user))


def left(member: str, user: uuid.UUID) -> organization_pb2.MemberRemoved:
    return organization_pb2.MemberRemoved(member=member, user=USERS.format(user))
