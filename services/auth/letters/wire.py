"""Letters on the wire. Pure."""

from __future__ import annotations

from datetime import datetime

from services.auth.accounts.domain import User
from services.kit.names import USERS
from services.kit.wire import span
from turnout.messaging.v1 import notice_pb2

Notice = notice_pb2.SendNoticeRequest


def password_changed(user: User) -> Notice:
    return _to(user, Notice.KIND_PASSWORD_CHANGED, email=user.email)


def email_changed(before: User) -> Notice:
    """Goes to the address that the account had."""
    return _to(before, Notice.KIND_EMAIL_CHANGED, email=before.email)


def email_taken(user: User) -> Notice:
    """Says that somebody asked for an account with the address of this one."""
    return _to(user, Notice.KIND_EMAIL_TAKEN, email=user.email)


def nothing() -> Notice:
    """A letter to nobody, which takes the same work as another one up to where it would leave."""
    return Notice()


def late(notice: Notice, written: datetime, now: datetime) -> bool:
    """Whether the code in it is no longer good."""
    return bool(notice.code) and now - written >= span(notice.code_lifetime)


def _to(user: User, kind: Notice.Kind, *, email: str) -> Notice:
    return Notice(
        kind=kind, recipient=USERS.format(user.id), email=email, display_name=user.display_name
    )
