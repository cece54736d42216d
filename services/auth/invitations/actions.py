"""What auth does for invitations, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from services.auth.audit.actions import record
from services.auth.audit.domain import Action
from services.auth.invitations import domain, store, wire
from services.auth.organizations import actions as organizations
from services.auth.organizations.domain import MEMBERS, Member, OwnersOnly, Role
from services.kit import erasure
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import ORGANIZATIONS, Name
from services.kit.pages import Page

FORGET = "forget-invitation"


async def invite(
    tx: Tx,
    organization: uuid.UUID,
    invitee: domain.Invitee,
    role: Role,
    *,
    caller: str,
    now: datetime,
) -> domain.Invitation:
    # Whoever invites the same person waits here.
    await organizations.locked(tx, organization)
    invitation = domain.invite(Name(organization, new_id()), invitee, role, inviter=caller, now=now)
    name = domain.INVITATIONS.format(invitation.name)
    by = await organizations.role_of(tx, organization, caller)
    if role is Role.OWNER and by is not Role.OWNER:
        raise OwnersOnly(name)
    twin = await store.twin(tx, organization, invitee, now)
    if twin is not None:
        raise domain.InvitationExists(domain.INVITATIONS.format(twin.name))
    if await store.count_open(tx, organization, now) >= domain.MOST:
        raise domain.TooManyInvitations(str(domain.MOST))
    await store.add(tx, invitation)
    _tell(tx, invitation)
    record(tx, Action.INVITATION_CREATE, name, details={"role": role.value})
    return invitation


async def invitation(tx: Tx, name: Name) -> domain.Invitation:
    return _there(name, await store.invitation(tx, name))


async def invitations(
    tx: Tx, organization: uuid.UUID, page: Page
) -> tuple[Sequence[domain.Invitation], str]:
    """A page of the invitations of an organization, and the token of the next."""
    return page.cut(await store.invitations_of(tx, organization, page), store.key)


async def resend(tx: Tx, name: Name, *, caller: str, now: datetime) -> domain.Invitation:
    before = _there(name, await store.lock(tx, name))
    if before.role is Role.OWNER:
        by = await organizations.role_of(tx, name.organization, caller)
        if by is not Role.OWNER:
            raise OwnersOnly(domain.INVITATIONS.format(name))
    after = domain.resend(before, now)
    await store.keep(tx, after)
    _tell(tx, after)
    record(tx, Action.INVITATION_RESEND, domain.INVITATIONS.format(name))
    return after


async def revoke(tx: Tx, name: Name) -> domain.Invitation:
    before = _there(name, await store.lock(tx, name))
    after = domain.revoke(before)
    if after != before:
        await store.keep(tx, after)
        record(tx, Action.INVITATION_REVOKE, domain.INVITATIONS.format(name))
    return after


async def accept(tx: Tx, name: Name, user: uuid.UUID, now: datetime) -> Member:
    """Makes a user a member by an invitation; its inviter must still be one who may invite."""
    await organizations.locked(tx, name.organization)
    before = _there(name, await store.lock(tx, name))
    by = await _inviter(tx, before)
    after = domain.accept(before, user, by=by, now=now)
    member = await organizations.seat(tx, Name(name.organization, user), after.role, now)
    await store.keep(tx, after)
    await erasure.redact(tx, domain.INVITATIONS.format(name), wire.Invited, *wire.PERSONAL)
    tx.schedule(FORGET, name.organization, name.id, now + domain.KEPT)
    details = {"role": after.role.value, "member": MEMBERS.format(member.name)}
    record(tx, Action.INVITATION_ACCEPT, domain.INVITATIONS.format(name), details=details)
    return member


async def forget(tx: Tx, name: Name) -> None:
    """Removes an invitation whose end is long ago."""
    await store.remove(tx, name)


async def _inviter(tx: Tx, invitation: domain.Invitation) -> Role | None:
    """What who invited is now. A key, which makes no owners, was looked at when it invited."""
    if invitation.inviter.startswith(f"{ORGANIZATIONS.plural}/"):
        return Role.ADMIN
    return await organizations.role_of(tx, invitation.name.organization, invitation.inviter)


def _tell(tx: Tx, invitation: domain.Invitation) -> None:
    """Has the link sent, and the invitation forgotten some time after the end of it."""
    name = invitation.name
    tx.publish(wire.invited(invitation), subject=domain.INVITATIONS.format(name))
    tx.schedule(FORGET, name.organization, name.id, invitation.expire_time + domain.KEPT)


def _there(name: Name, found: domain.Invitation | None) -> domain.Invitation:
    if found is None:
        raise domain.InvitationNotFound(domain.INVITATIONS.format(name))
    return found
