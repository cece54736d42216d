"""The rules of accounts and sessions. Plain values in, plain values out: no clock, no chance."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.kit import errors
from services.kit.etags import StaleEtag
from services.kit.names import SESSIONS, USERS
from services.kit.origin import Origin

# How long a session lasts when it is not used, and how long at all.
IDLE = timedelta(days=7)
LIFE = timedelta(days=30)
# Within this a used refresh token may come again: its answer may have been lost on the way.
GRACE = timedelta(seconds=10)
# How long after its beginning a session is enough for what a password is asked for otherwise.
FRESH = timedelta(minutes=10)


@dataclass(frozen=True)
class User:
    id: uuid.UUID
    email: str
    display_name: str
    create_time: datetime
    update_time: datetime
    version: int = 1
    # When it was shown that the address is the person's own.
    email_verify_time: datetime | None = None
    # In E.164; empty if there is none.
    phone: str = ""
    phone_verify_time: datetime | None = None


@dataclass(frozen=True)
class Credentials:
    """What tells whether somebody is who they say: the account, and its stored password."""

    user: uuid.UUID
    password: str = field(repr=False)
    # Whether the account is closed for a while.
    deactivated: bool = False
    # Whether it was used before from where somebody wants to use it now.
    familiar: bool = False


@dataclass(frozen=True)
class Session:
    """A time of being signed in, from one login on."""

    id: uuid.UUID
    user: uuid.UUID
    create_time: datetime
    expire_time: datetime
    # With what, from where, and when it was last used.
    origin: Origin
    use_time: datetime
    revoke_time: datetime | None = None
    # How often it was used.
    version: int = 1
    # Whether its tokens say that the user runs the platform.
    administrator: bool = False
    # Whether more than the password was shown.
    second_factor: bool = False

    @property
    def idle_time(self) -> datetime:
        """When it ends unless it is used again."""
        return min(self.use_time + IDLE, self.expire_time)


@dataclass(frozen=True)
class RefreshToken:
    """One of the tokens of a session, by its digest."""

    digest: bytes
    create_time: datetime
    expire_time: datetime
    use_time: datetime | None = None
    # The sealed token that came after it, as long as that may still be given again.
    successor: bytes | None = None


@dataclass(frozen=True)
class Opened:
    """A session, and the refresh token to go on with it."""

    session: Session
    refresh_token: str = field(repr=False)
    refresh_expire_time: datetime
    # Of a device that is to be remembered.
    device_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Shown:
    """A refresh token that comes back, and from where."""

    refresh_token: str = field(repr=False)
    origin: Origin


@dataclass(frozen=True)
class Carried:
    """A session that goes on: the digest of the token that was used, and the one after it."""

    used: bytes
    # The next token, sealed with the one before.
    sealed: bytes = field(repr=False)
    issued: RefreshToken
    opened: Opened


class Use(enum.Enum):
    """What it means that a refresh token is presented."""

    # The first time: the next token is due.
    FIRST = "first"
    # The answer to the first time got lost: the same next token is due, for the last time.
    RETRY = "retry"
    # Two have the token, and one of them stole it: the session must end.
    REPLAY = "replay"
    # The session is over already.
    LATE = "late"


class EmailTaken(errors.AlreadyExists):
    message = "{email} has an account already"
    email: str


class BadCredentials(errors.Unauthenticated):
    message = "the e-mail address and the password do not belong together"


class Outrun(Exception):
    """The stored password is another one than a moment ago, when it was checked: look again."""


class UserDeactivated(errors.Unmet):
    message = "the account was closed; reactivate it first"


class OwnsOrganization(errors.Unmet):
    message = "{organization} would lose an owner; hand it over first"
    organization: str


class RunsPlatform(errors.Unmet):
    message = "{user} is an administrator of the platform; have another one remove it first"
    user: str


class SessionEnded(errors.Unauthenticated):
    message = "the session has ended; log in again"


class SessionNotFound(errors.NotFound):
    message = "there is no {session} that has not ended"
    session: str


class WrongPassword(errors.Invalid):
    """What was sent as the password of an account is another one."""


class SignOnAgain(errors.Unmet):
    message = "the account has no password; sign on again, and do this within ten minutes"


class UserNotFound(errors.NotFound):
    message = "there is no {user}"
    user: str


def normal(email: str) -> str:
    """The one way an address is written, so that the same person does not come twice."""
    return email.strip().lower()


def register(
    id: uuid.UUID, email: str, display_name: str, now: datetime, *, verified: bool = False
) -> User:
    """A new account; `verified` is whether it was shown that the address is the person's own."""
    shown = now if verified else None
    return User(id, normal(email), one_line(display_name), now, now, email_verify_time=shown)


def one_line(display_name: str) -> str:
    return " ".join(display_name.split())


def revise(user: User, changes: Mapping[str, str], *, expected: int | None, now: datetime) -> User:
    """Changes `display_name` and `phone` where given; the same value if nothing does.

    Whose another number is has to be shown anew. Another address waits until that was shown
    (`wanted`, `move`).
    """
    fresh(user, expected)
    after = replace(
        user,
        display_name=one_line(changes.get("display_name", user.display_name)),
        phone=changes.get("phone", user.phone),
    )
    if after == user:
        return user
    return replace(
        after,
        phone_verify_time=user.phone_verify_time if after.phone == user.phone else None,
        update_time=now,
        version=user.version + 1,
    )


def wanted(user: User, changes: Mapping[str, str]) -> str:
    """The address that the account is to have next; empty if it keeps the one that it has."""
    email = normal(changes.get("email", user.email))
    return "" if email == user.email else email


def move(user: User, email: str, now: datetime) -> User:
    """The account with another address, which was shown to be the person's own."""
    return replace(
        user, email=email, email_verify_time=now, update_time=now, version=user.version + 1
    )


def difference(before: User, after: User) -> str:
    """The names of what is reached by that changed."""
    return ", ".join(
        name for name in ("email", "phone") if getattr(before, name) != getattr(after, name)
    )


def fresh(user: User, expected: int | None) -> None:
    if expected is not None and expected != user.version:
        raise StaleEtag(USERS.format(user.id))


def begin(
    id: uuid.UUID,
    user: uuid.UUID,
    origin: Origin,
    now: datetime,
    *,
    administrator: bool = False,
    second_factor: bool = False,
) -> Session:
    return Session(
        id,
        user,
        now,
        now + LIFE,
        origin,
        use_time=now,
        administrator=administrator,
        second_factor=second_factor,
    )


def used(session: Session, origin: Origin, now: datetime) -> Session:
    """The session after it was carried on."""
    return replace(session, origin=origin, use_time=now, version=session.version + 1)


def end(session: Session, *, expected: int | None, now: datetime) -> None:
    """Refuses where there is nothing to end any more."""
    name = SESSIONS.format(session.user, session.id)
    if session.revoke_time is not None or now >= session.idle_time:
        raise SessionNotFound(name)
    if expected is not None and expected != session.version:
        raise StaleEtag(name)


def need_fresh(session: Session | None, now: datetime) -> None:
    """Refuses where somebody else may have found the session open."""
    if session is None or now - session.create_time > FRESH:
        raise SignOnAgain()


def issue(session: Session, digest: bytes, now: datetime) -> RefreshToken:
    """A new token: as long as an idle session lasts, and never longer than the session."""
    return RefreshToken(digest, now, min(now + IDLE, session.expire_time))


def present(session: Session, token: RefreshToken, now: datetime) -> Use:
    """Tells what is to be done when a token comes back."""
    if session.revoke_time is not None or now >= session.expire_time or now >= token.expire_time:
        return Use.LATE
    if token.use_time is None:
        return Use.FIRST
    if token.successor is not None and now - token.use_time <= GRACE:
        return Use.RETRY
    return Use.REPLAY
