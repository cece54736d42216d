"""The rules of codes. Plain values in, plain values out: no clock, no chance."""

from __future__ import annotations

import enum
import hmac
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.auth.accounts.domain import User
from services.kit import errors

DIGITS = 8
LIFE = timedelta(minutes=15)
# How often somebody may mistype.
TRIES = 5


class Subject(enum.Enum):
    """What a code is for."""

    PASSWORD = "PASSWORD"  # noqa: S105 - a word
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    # Whose an address is that an account is to have next, or that somebody wants an account with.
    NEXT_EMAIL = "NEXT_EMAIL"
    REGISTRATION = "REGISTRATION"


@dataclass(frozen=True)
class Challenge:
    """What a code is asked for with, and has to come back with."""

    id: uuid.UUID
    subject: Subject
    # None if there is no such account.
    user: uuid.UUID | None
    # Where the code goes; empty if nowhere.
    address: str
    digest: bytes = field(repr=False)
    expire_time: datetime
    # How often somebody answered, rightly or not.
    tries: int = 0


class BadCode(errors.Unauthenticated):
    message = "the code is wrong, used or too old, or was tried too often; ask for another one"


class NothingToVerify(errors.Unmet):
    message = "the account has no {subject}"
    subject: str


def challenge(
    id: uuid.UUID, subject: Subject, user: User | None, digest: bytes, now: datetime
) -> Challenge:
    if user is None:
        return Challenge(id, subject, None, "", digest, now + LIFE)
    return Challenge(id, subject, user.id, address(user, subject), digest, now + LIFE)


def address(user: User, subject: Subject) -> str:
    """Where a code for that goes; empty if there is nothing."""
    return user.phone if subject is Subject.PHONE else user.email


def reaches(challenge: Challenge, user: User) -> bool:
    """Whether what was shown by the code is still of use to the account."""
    if challenge.subject is Subject.NEXT_EMAIL:
        return True
    return address(user, challenge.subject) == challenge.address


def require(user: User, subject: Subject) -> str:
    """Where a code for that goes. Raises NothingToVerify."""
    found = address(user, subject)
    if not found:
        raise NothingToVerify(subject.value.lower())
    return found


def answered(challenge: Challenge, subject: Subject, digest: bytes, now: datetime) -> bool:
    """Whether it is the answer. The try itself is counted already."""
    right = hmac.compare_digest(challenge.digest, digest)
    timely = now < challenge.expire_time and challenge.tries <= TRIES
    return right and timely and bool(challenge.address) and challenge.subject is subject
