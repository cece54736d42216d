"""What auth does for organizations, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from services.auth.accounts.domain import UserNotFound
from services.auth.audit.actions import record
from services.auth.audit.domain import Action
from services.auth.organizations import domain, store, wire
from services.kit.access import SecondFactorNeeded
from services.kit.db import Tx
from services.kit.estate import bequeath
from services.kit.names import ORGANIZATIONS, USERS, Name
from services.kit.pages import Page


async def create(
    tx: Tx,
    id: uuid.UUID,
    creator: uuid.UUID,
    *,
    display_name: str,
    contact_email: str,
    now: datetime,
) -> domain.Organization:
    """Makes an organization and its first owner."""
    name, address = await _person(tx, creator)
    organization = domain.create(id, display_name, contact_email or address, now=now)
    owner = domain.Member(Name(id, creator), domain.Role.OWNER, name, now)
    await store.add_organization(tx, organization)
    await store.add_member(tx, owner)
    tx.publish(wire.created(organization), subject=ORGANIZATIONS.format(id))
    tx.publish(wire.added(owner), subject=domain.MEMBERS.format(owner.name))
    record(tx, Action.ORGANIZATION_CREATE, ORGANIZATIONS.format(id))
    record(
        tx,
        Action.MEMBER_CREATE,
        domain.MEMBERS.format(owner.name),
        details={"role": owner.role.value},
    )
    return organization


async def organization(tx: Tx, id: uuid.UUID) -> domain.Organization:
    found = await store.organization(tx, id)
    if found is None:
        raise domain.OrganizationNotFound(ORGANIZATIONS.format(id))
    return found


async def joined(tx: Tx, user: uuid.UUID, page: Page) -> tuple[Sequence[domain.Organization], str]:
    """A page of the organizations that a user is a member of, and the token of the next."""
    return page.cut(await store.joined(tx, user, page), store.joined_key)


async def revise(
    tx: Tx,
    id: uuid.UUID,
    changes: domain.Changes,
    *,
    second_factor: bool,
    expected: int | None,
    now: datetime,
) -> domain.Organization:
    """Changes an organization for somebody who showed a `second_factor`, or did not."""
    before = await locked(tx, id)
    after = domain.revise(before, changes, expected=expected, now=now)
    if after != before:
        name = ORGANIZATIONS.format(id)
        await store.keep_organization(tx, after)
        if after.second_factor_required and not before.second_factor_required:
            # Whoever turns it on would be the first to be shut out.
            if not second_factor:
                raise SecondFactorNeeded(name)
            await store.be_strict(tx, id)
        elif not after.second_factor_required:
            await store.be_lenient(tx, id)
        tx.publish(wire.changed(after), subject=name)
        record(
            tx,
            Action.ORGANIZATION_UPDATE,
            name,
            details={"fields": domain.difference(before, after)},
        )
    return after


async def admit(
    tx: Tx, name: Name, role: domain.Role, *, caller: str, now: datetime
) -> domain.Member:
    await locked(tx, name.organization)
    domain.guard_owners(name, role, by=await role_of(tx, name.organization, caller))
    member = await seat(tx, name, role, now)
    record(tx, Action.MEMBER_CREATE, domain.MEMBERS.format(name), details={"role": role.value})
    return member


async def seat(tx: Tx, name: Name, role: domain.Role, now: datetime) -> domain.Member:
    """Makes a user a member, whoever it was that wanted it."""
    called, _ = await _person(tx, name.id)
    member = domain.Member(name, role, called, now)
    if not await store.add_member(tx, member):
        raise domain.MemberExists(domain.MEMBERS.format(name))
    tx.publish(wire.added(member), subject=domain.MEMBERS.format(name))
    return member


async def member(tx: Tx, name: Name) -> domain.Member:
    found = await store.member(tx, name)
    if found is None:
        raise domain.MemberNotFound(domain.MEMBERS.format(name))
    return found


async def role(tx: Tx, name: Name) -> int:
    """What a user is, as a value of `turnout.access.v1.Role`; 0 for who is no member."""
    found = await store.member(tx, name)
    return wire.ROLES[found.role] if found else 0


async def members(
    tx: Tx, organization: uuid.UUID, page: Page
) -> tuple[Sequence[domain.Member], str]:
    """A page of the members of an organization, and the token of the next."""
    return page.cut(await store.members_of(tx, organization, page), store.members_key)


async def assign(
    tx: Tx, name: Name, role: domain.Role | None, *, caller: str, expected: int | None
) -> domain.Member:
    """Gives a member another role; None leaves it as it is."""
    await locked(tx, name.organization)
    before = await member(tx, name)
    after = domain.assign(
        before,
        role or before.role,
        by=await role_of(tx, name.organization, caller),
        owners=await store.owners(tx, name.organization),
        expected=expected,
    )
    await _keep_member(tx, before, after)
    return after


async def dismiss(tx: Tx, name: Name, *, caller: str, expected: int | None) -> None:
    await locked(tx, name.organization)
    going = await member(tx, name)
    domain.dismiss(
        going,
        by=await role_of(tx, name.organization, caller),
        owners=await store.owners(tx, name.organization),
        expected=expected,
    )
    await _remove_member(tx, going)


async def leave(tx: Tx, organization: uuid.UUID, caller: str) -> None:
    """Ends the membership of the caller."""
    await locked(tx, organization)
    going = await _myself(tx, organization, caller)
    domain.leave(going, owners=await store.owners(tx, organization))
    await _remove_member(tx, going)


async def hand_over(tx: Tx, id: uuid.UUID, to: Name, *, caller: str) -> domain.Organization:
    """Makes another member an owner, and the caller an admin."""
    organization = await locked(tx, id)
    giver = await _myself(tx, id, caller)
    if to.organization != id:
        raise domain.MemberNotFound(domain.MEMBERS.format(to))
    taker = await member(tx, to)
    after = domain.hand_over(giver, taker)
    for before, now in zip((giver, taker), after, strict=True):
        await _keep_member(tx, before, now)
    return organization


async def delete(
    tx: Tx, id: uuid.UUID, *, caller: str, expected: int | None, now: datetime
) -> None:
    """Removes an organization, and tells of each member, since facts of one subject keep order."""
    organization = await locked(tx, id)
    domain.need_owner(id, await role_of(tx, id, caller))
    name = ORGANIZATIONS.format(id)
    domain.fresh(organization.version, expected, name)
    for gone in await store.remove_members(tx, id):
        tx.publish(wire.removed(gone), subject=domain.MEMBERS.format(gone))
    await store.remove_organization(tx, id)
    tx.publish(wire.deleted(id), subject=name)
    bequeath(tx, id, now)
    record(tx, Action.ORGANIZATION_DELETE, name)


async def _keep_member(tx: Tx, before: domain.Member, after: domain.Member) -> None:
    """Gives a member the role that it is to have, if that is another one."""
    if after == before:
        return
    name = domain.MEMBERS.format(after.name)
    await store.keep_member(tx, after)
    tx.publish(wire.reassigned(after), subject=name)
    roles = {"role": after.role.value, "previous_role": before.role.value}
    record(tx, Action.MEMBER_UPDATE, name, details=roles)


async def _remove_member(tx: Tx, going: domain.Member) -> None:
    name = domain.MEMBERS.format(going.name)
    await store.remove_member(tx, going.name)
    tx.publish(wire.removed(going.name), subject=name)
    record(tx, Action.MEMBER_DELETE, name, details={"role": going.role.value})


async def locked(tx: Tx, id: uuid.UUID) -> domain.Organization:
    """Reads it, and keeps every other change of it or of its members waiting."""
    found = await store.lock_organization(tx, id)
    if found is None:
        raise domain.OrganizationNotFound(ORGANIZATIONS.format(id))
    return found


async def _person(tx: Tx, user: uuid.UUID) -> tuple[str, str]:
    found = await store.person(tx, user)
    if found is None:
        raise UserNotFound(USERS.format(user))
    return found


async def _myself(tx: Tx, organization: uuid.UUID, caller: str) -> domain.Member:
    """The member that the caller is; whoever is none was one a moment ago, or is no person."""
    user = wire.user_of(caller)
    found = await store.member(tx, Name(organization, user)) if user else None
    if found is None:
        raise domain.MemberNotFound(f"{ORGANIZATIONS.format(organization)}/members/-")
    return found


async def role_of(tx: Tx, organization: uuid.UUID, caller: str) -> domain.Role | None:
    """What the caller is now; what let them in may be some seconds old."""
    user = wire.user_of(caller)
    found = await store.member(tx, Name(organization, user)) if user else None
    return found.role if found else None
