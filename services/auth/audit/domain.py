"""The values of the audit log. An entry is never changed, so there are no rules of change."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.kit import errors
from services.kit.names import Collection, Name
from services.kit.origin import Origin

ENTRIES = Collection("auditEntries", "turnout.app/AuditEntry")


class Action(enum.Enum):
    """What can be done; what each means is in the contract, on `AuditEntry.Action`."""

    LOGIN = "LOGIN"
    SESSION_REVOKE = "SESSION_REVOKE"
    USER_REGISTER = "USER_REGISTER"
    PASSWORD_CHANGE = "PASSWORD_CHANGE"  # noqa: S105 - a word
    USER_DEACTIVATE = "USER_DEACTIVATE"
    USER_REACTIVATE = "USER_REACTIVATE"
    USER_DELETE = "USER_DELETE"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - a word
    EMAIL_VERIFY = "EMAIL_VERIFY"
    PHONE_VERIFY = "PHONE_VERIFY"
    USER_UPDATE = "USER_UPDATE"
    ADMINISTRATOR_CREATE = "ADMINISTRATOR_CREATE"
    ADMINISTRATOR_DELETE = "ADMINISTRATOR_DELETE"
    SECOND_FACTOR_ADD = "SECOND_FACTOR_ADD"
    SECOND_FACTOR_REMOVE = "SECOND_FACTOR_REMOVE"
    SECOND_FACTOR_VERIFY = "SECOND_FACTOR_VERIFY"
    ORGANIZATION_CREATE = "ORGANIZATION_CREATE"
    ORGANIZATION_UPDATE = "ORGANIZATION_UPDATE"
    ORGANIZATION_DELETE = "ORGANIZATION_DELETE"
    MEMBER_CREATE = "MEMBER_CREATE"
    MEMBER_UPDATE = "MEMBER_UPDATE"
    MEMBER_DELETE = "MEMBER_DELETE"
    INVITATION_CREATE = "INVITATION_CREATE"
    INVITATION_RESEND = "INVITATION_RESEND"
    INVITATION_REVOKE = "INVITATION_REVOKE"
    INVITATION_ACCEPT = "INVITATION_ACCEPT"
    API_KEY_CREATE = "API_KEY_CREATE"
    API_KEY_ROTATE = "API_KEY_ROTATE"
    API_KEY_REVOKE = "API_KEY_REVOKE"
    IDENTITY_PROVIDER_CREATE = "IDENTITY_PROVIDER_CREATE"
    IDENTITY_PROVIDER_UPDATE = "IDENTITY_PROVIDER_UPDATE"
    IDENTITY_PROVIDER_DELETE = "IDENTITY_PROVIDER_DELETE"
    IDENTITY_LINK = "IDENTITY_LINK"
    IDENTITY_UNLINK = "IDENTITY_UNLINK"


@dataclass(frozen=True)
class Entry:
    id: uuid.UUID
    # Whose rights it is about; None for what people do with their own accounts.
    organization: uuid.UUID | None
    # The account that it was done with, or to which somebody tried to log in; None if unknown.
    user: uuid.UUID | None
    # Who did it, as a resource name; empty when nobody proved to be anybody.
    actor: str
    action: Action
    # What it was done to, as a resource name; empty if that is not known.
    target: str
    # Why it was refused; empty if it was done.
    reason: str
    create_time: datetime
    origin: Origin = field(default_factory=Origin)
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """Which entries of an organization are asked for; None where anything will do."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    refused: bool | None = None
    since: datetime | None = None
    before: datetime | None = None


class AuditEntryNotFound(errors.NotFound):
    message = "there is no {entry}"
    entry: str


def not_found(name: Name) -> AuditEntryNotFound:
    return AuditEntryNotFound(ENTRIES.format(name))


# What tells of an attempt at more than one may; the rest tells of mistakes and of bad luck.
TELLING = (errors.Forbidden, errors.Unmet, errors.Unauthenticated)
