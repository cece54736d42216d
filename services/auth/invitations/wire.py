"""Invitations on the wire: messages to values and back. Pure."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

from services.auth.invitations.domain import (
    INVITATIONS,
    Invitation,
    InvitationInvalid,
    Invitee,
    State,
    invitee,
)
from services.auth.organizations.domain import MEMBERS, Role
from services.auth.organizations.wire import ROLE_OF, ROLES
from services.kit import links
from services.kit.etags import etag
from services.kit.names import BadName, Name
from services.kit.wire import timestamp
from turnout.auth.v1 import invitation_pb2

# What a link has to be good for; whoever sends it says the same.
PURPOSE = "membership"
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
STATES = {
    State.PENDING: invitation_pb2.Invitation.STATE_PENDING,
    State.ACCEPTED: invitation_pb2.Invitation.STATE_ACCEPTED,
    State.REVOKED: invitation_pb2.Invitation.STATE_REVOKED,
    State.EXPIRED: invitation_pb2.Invitation.STATE_EXPIRED,
}


def asked(request: invitation_pb2.CreateInvitationRequest) -> tuple[Invitee, Role]:
    """Whom to invite, and as what. Raises BadInvitee."""
    sent = request.invitation
    return invitee(sent.email, sent.phone, sent.language_code), ROLE_OF[sent.role]


def invitation(value: Invitation, now: datetime) -> invitation_pb2.Invitation:
    member = Name(value.name.organization, value.user) if value.user else None
    return invitation_pb2.Invitation(
        name=INVITATIONS.format(value.name),
        email=value.invitee.email,
        phone=value.invitee.phone,
        role=ROLES[value.role],
        language_code=value.invitee.language,
        state=STATES[value.state_at(now)],
        inviter=value.inviter,
        member=MEMBERS.format(member) if member else "",
        create_time=timestamp(value.create_time),
        send_time=timestamp(value.send_time),
        expire_time=timestamp(value.expire_time),
        etag=etag(value.version),
    )


# What is told of an invitation, and what of it says who is invited.
Invited = invitation_pb2.MemberInvited
PERSONAL = ("email", "phone")


def invited(value: Invitation) -> Invited:
    return Invited(
        invitation=INVITATIONS.format(value.name),
        email=value.invitee.email,
        phone=value.invitee.phone,
        language_code=value.invitee.language,
        role=ROLES[value.role],
        expire_time=timestamp(value.expire_time),
    )


def meant(token: str, key: bytes) -> Name:
    """The invitation that a token is of. Raises InvitationInvalid.

    Whether it is still good is for the invitation to say: it may have been sent again.
    """
    with contextlib.suppress(links.LinkInvalid, BadName):
        link = links.verify(key, token, BEFORE_ALL)
        if link.purpose == PURPOSE:
            return INVITATIONS.parse(link.subject)
    raise InvitationInvalid("token", "is not the token of an invitation, or was changed")
