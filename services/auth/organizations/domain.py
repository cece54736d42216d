"""The rules of organizations and their members. Plain values in, plain values out."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from services.kit import errors
from services.kit.etags import StaleEtag
from services.kit.names import ORGANIZATIONS, Collection, Name

# The id of a member is that of the user.
MEMBERS = Collection("members", "turnout.app/Member")


class Role(enum.Enum):
    """What a member is; what each may do is in the contract, on `turnout.access.v1.Role`."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    ORGANIZER = "ORGANIZER"
    FINANCE = "FINANCE"
    STAFF = "STAFF"
    VIEWER = "VIEWER"


@dataclass(frozen=True)
class Organization:
    id: uuid.UUID
    display_name: str
    # Empty when the organization wants to hear nothing.
    contact_email: str
    create_time: datetime
    update_time: datetime
    version: int = 1
    # Whether members may do anything only in a session with a second factor.
    second_factor_required: bool = False


@dataclass(frozen=True)
class Changes:
    """What an organization is to have instead; None where it keeps what it has."""

    display_name: str | None = None
    contact_email: str | None = None
    second_factor_required: bool | None = None


@dataclass(frozen=True)
class Member:
    name: Name
    role: Role
    display_name: str
    create_time: datetime
    version: int = 1


class OrganizationNotFound(errors.NotFound):
    message = "there is no {organization}"
    organization: str


class MemberNotFound(errors.NotFound):
    message = "there is no {member}"
    member: str


class MemberExists(errors.AlreadyExists):
    message = "{member} is there already"
    member: str


class LastOwner(errors.Unmet):
    message = "nobody would own {organization}; make somebody else an owner first"
    organization: str


class OwnersOnly(errors.Forbidden):
    message = "only an owner may make, change or remove an owner such as {member}"
    member: str


class OwnerNeeded(errors.Forbidden):
    message = "only an owner of {organization} may do this"
    organization: str


def create(id: uuid.UUID, display_name: str, contact_email: str, *, now: datetime) -> Organization:
    return Organization(id, one_line(display_name), contact_email, now, now)


def revise(
    organization: Organization, changes: Changes, *, expected: int | None, now: datetime
) -> Organization:
    """Gives an organization another name and address; the same value when nothing changes."""
    fresh(organization.version, expected, ORGANIZATIONS.format(organization.id))
    revised = organization
    if changes.display_name is not None:
        revised = replace(revised, display_name=one_line(changes.display_name))
    if changes.contact_email is not None:
        revised = replace(revised, contact_email=changes.contact_email)
    if changes.second_factor_required is not None:
        revised = replace(revised, second_factor_required=changes.second_factor_required)
    if revised == organization:
        return organization
    return replace(revised, update_time=now, version=organization.version + 1)


def difference(before: Organization, after: Organization) -> str:
    """The names of the fields in which two differ that a person fills."""
    fields = ("display_name", "contact_email", "second_factor_required")
    return ", ".join(f for f in fields if getattr(before, f) != getattr(after, f))


def guard_owners(name: Name, *roles: Role, by: Role | None) -> None:
    """Refuses to make or unmake an owner by who is none; `by` is the role of who does it."""
    if Role.OWNER in roles and by is not Role.OWNER:
        raise OwnersOnly(MEMBERS.format(name))


def assign(
    member: Member, role: Role, *, by: Role | None, owners: int, expected: int | None
) -> Member:
    """Gives a member another role; `owners` is how many there are now."""
    fresh(member.version, expected, MEMBERS.format(member.name))
    if role is member.role:
        return member
    guard_owners(member.name, role, member.role, by=by)
    _keep_owner(member, owners)
    return replace(member, role=role, version=member.version + 1)


def dismiss(member: Member, *, by: Role | None, owners: int, expected: int | None) -> None:
    """Refuses where a member may not be removed; `owners` is how many there are now."""
    fresh(member.version, expected, MEMBERS.format(member.name))
    guard_owners(member.name, member.role, by=by)
    _keep_owner(member, owners)


def need_owner(organization: uuid.UUID, by: Role | None) -> None:
    if by is not Role.OWNER:
        raise OwnerNeeded(ORGANIZATIONS.format(organization))


def leave(member: Member, *, owners: int) -> None:
    """Refuses where a member may not go; `owners` is how many there are now."""
    _keep_owner(member, owners)


def hand_over(giver: Member, taker: Member) -> tuple[Member, Member]:
    """Both as they are afterwards. Who is an owner already takes nothing over."""
    need_owner(giver.name.organization, giver.role)
    if taker.name == giver.name:
        return giver, taker
    return _become(giver, Role.ADMIN), _become(taker, Role.OWNER)


def _become(member: Member, role: Role) -> Member:
    if member.role is role:
        return member
    return replace(member, role=role, version=member.version + 1)


def fresh(version: int, expected: int | None, name: str) -> None:
    if expected is not None and expected != version:
        raise StaleEtag(name)


def one_line(text: str) -> str:
    return " ".join(text.split())


def _keep_owner(member: Member, owners: int) -> None:
    """The member is about to be something else, or nothing."""
    if member.role is Role.OWNER and owners == 1:
        raise LastOwner(ORGANIZATIONS.format(member.name.organization))
