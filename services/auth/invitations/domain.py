"""The rules of invitations. Plain values in, plain values out: no clock, no chance."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.auth.organizations.domain import Role
from services.kit import errors
from services.kit.names import Collection, Name

INVITATIONS = Collection("invitations", "turnout.app/Invitation")

# How long a link is good, how soon it may be sent again, and how long its end is remembered.
LIFE = timedelta(days=7)
PAUSE = timedelta(minutes=1)
KEPT = timedelta(days=30)
# How many may wait for an answer at once: nobody's address book is ours to write to.
MOST = 200
# Who may invite, by the contract: who holds MEMBERS_WRITE.
INVITERS = (Role.OWNER, Role.ADMIN)


class State(enum.Enum):
    """How far an invitation is; what is pending may have expired."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True)
class Invitee:
    """Whom to reach, and how: one of the two is empty."""

    email: str
    phone: str
    # A language tag such as `pt-BR`; empty if not known.
    language: str = ""


@dataclass(frozen=True)
class Invitation:
    name: Name
    invitee: Invitee
    role: Role
    # Who invited, as a resource name.
    inviter: str
    create_time: datetime
    send_time: datetime
    expire_time: datetime
    state: State = State.PENDING
    # Who came of it.
    user: uuid.UUID | None = None
    version: int = 1

    def state_at(self, now: datetime) -> State:
        over = self.state is State.PENDING and now >= self.expire_time
        return State.EXPIRED if over else self.state


class InvitationNotFound(errors.NotFound):
    message = "there is no {invitation}"
    invitation: str


class InvitationExists(errors.AlreadyExists):
    message = "{invitation} waits for an answer already; send it again"
    invitation: str


class InvitationEnded(errors.Unmet):
    message = "{invitation} is no longer good: {state}"
    invitation: str
    state: str


class InvitedJustNow(errors.Exhausted):
    message = "{invitation} was sent less than a minute ago"
    retry_seconds = 60
    invitation: str


class TooManyInvitations(errors.Unmet):
    message = "{most} invitations wait for an answer; take some back first"
    most: str


class BadInvitee(errors.Invalid):
    """An invitation without an address, or with two."""


class InvitationInvalid(errors.Invalid):
    """Text that is not the token of an invitation."""


def invitee(email: str, phone: str, language: str) -> Invitee:
    """Raises BadInvitee."""
    if bool(email) == bool(phone):
        raise BadInvitee("invitation.email", "or invitation.phone must be given, and not both")
    return Invitee(email.strip().lower(), phone, language)


def invite(name: Name, invitee: Invitee, role: Role, *, inviter: str, now: datetime) -> Invitation:
    return Invitation(name, invitee, role, inviter, now, now, now + LIFE)


def resend(invitation: Invitation, now: datetime) -> Invitation:
    """Begins anew, also after it has expired. Raises InvitationEnded, InvitedJustNow."""
    _need_pending(invitation)
    if now - invitation.send_time < PAUSE:
        raise InvitedJustNow(INVITATIONS.format(invitation.name))
    version = invitation.version + 1
    return replace(invitation, send_time=now, expire_time=now + LIFE, version=version)


def revoke(invitation: Invitation) -> Invitation:
    """The same value if it was taken back before. Raises InvitationEnded if it was accepted."""
    if invitation.state is State.REVOKED:
        return invitation
    _need_pending(invitation)
    return replace(invitation, state=State.REVOKED, version=invitation.version + 1)


def accept(
    invitation: Invitation, user: uuid.UUID, *, by: Role | None, now: datetime
) -> Invitation:
    """Ends an invitation with a member; `by` is what its inviter is now, if a person."""
    if invitation.state_at(now) is not State.PENDING:
        raise _ended(invitation, invitation.state_at(now).value)
    if by not in INVITERS or (invitation.role is Role.OWNER and by is not Role.OWNER):
        raise _ended(invitation, "VOID")
    # The address has done its work.
    forgotten = replace(invitation.invitee, email="", phone="")
    version = invitation.version + 1
    return replace(invitation, invitee=forgotten, state=State.ACCEPTED, user=user, version=version)


def _need_pending(invitation: Invitation) -> None:
    if invitation.state is not State.PENDING:
        raise _ended(invitation, invitation.state.value)


def _ended(invitation: Invitation, state: str) -> InvitationEnded:
    return InvitationEnded(INVITATIONS.format(invitation.name), state)
