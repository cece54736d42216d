"""Organizations and members on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid

from services.auth.organizations.domain import MEMBERS, Changes, Member, Organization, Role
from services.kit import masks
from services.kit.etags import etag
from services.kit.names import ORGANIZATIONS, USERS, Name
from services.kit.wire import timestamp
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import organization_pb2

ROLES = {
    Role.OWNER: access_pb2.ROLE_OWNER,
    Role.ADMIN: access_pb2.ROLE_ADMIN,
    Role.ORGANIZER: access_pb2.ROLE_ORGANIZER,
    Role.FINANCE: access_pb2.ROLE_FINANCE,
    Role.STAFF: access_pb2.ROLE_STAFF,
    Role.VIEWER: access_pb2.ROLE_VIEWER,
}
PATCHABLE = frozenset({"display_name", "contact_email", "second_factor_required"})
ROLE_OF = {number: role for role, number in ROLES.items()}


def user_of(caller: str) -> uuid.UUID | None:
    """The user that a caller is, if it is one."""
    return USERS.parse(caller) if caller.startswith(f"{USERS.plural}/") else None


def member_of(organization: uuid.UUID, caller: str) -> str:
    """The name of the member that a caller is; of the organization if the caller is no user."""
    user = user_of(caller)
    if user is None:
        return ORGANIZATIONS.format(organization)
    return MEMBERS.format(Name(organization, user))


def organization(value: Organization) -> organization_pb2.Organization:
    return organization_pb2.Organization(
        name=ORGANIZATIONS.format(value.id),
        display_name=value.display_name,
        contact_email=value.contact_email,
        second_factor_required=value.second_factor_required,
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        etag=etag(value.version),
    )


def member(value: Member) -> organization_pb2.Member:
    return organization_pb2.Member(
        name=MEMBERS.format(value.name),
        user=USERS.format(value.name.id),
        role=ROLES[value.role],
        display_name=value.display_name,
        create_time=timestamp(value.create_time),
        etag=etag(value.version),
    )


def new_member(request: organization_pb2.CreateMemberRequest) -> tuple[Name, Role]:
    organization = ORGANIZATIONS.parse(request.parent, "parent")
    user = USERS.parse(request.member.user, "member.user")
    return Name(organization, user), ROLE_OF[request.member.role]


def changes(request: organization_pb2.UpdateOrganizationRequest) -> Changes:
    sent = request.organization
    paths = masks.paths(request.update_mask, sent, PATCHABLE)
    return Changes(
        display_name=sent.display_name if "display_name" in paths else None,
        contact_email=sent.contact_email if "contact_email" in paths else None,
        second_factor_required=(
            sent.second_factor_required if "second_factor_required" in paths else None
        ),
    )


def new_role(request: organization_pb2.UpdateMemberRequest) -> Role | None:
    """The role that a member is to have; None to keep the one it has."""
    paths = masks.paths(request.update_mask, request.member, frozenset({"role"}))
    return ROLE_OF[request.member.role] if paths else None


def created(value: Organization) -> organization_pb2.OrganizationCreated:
    return organization_pb2.OrganizationCreated(
        organization=ORGANIZATIONS.format(value.id),
        display_name=value.display_name,
        contact_email=value.contact_email,
    )


def changed(value: Organization) -> organization_pb2.OrganizationChanged:
    return organization_pb2.OrganizationChanged(
        organization=ORGANIZATIONS.format(value.id),
        display_name=value.display_name,
        contact_email=value.contact_email,
        second_factor_required=value.second_factor_required,
    )


def deleted(organization: uuid.UUID) -> organization_pb2.OrganizationDeleted:
    return organization_pb2.OrganizationDeleted(organization=ORGANIZATIONS.format(organization))


def added(value: Member) -> organization_pb2.MemberAdded:
    return organization_pb2.MemberAdded(
        member=MEMBERS.format(value.name),
        user=USERS.format(value.name.id),
        role=ROLES[value.role],
    )


def reassigned(value: Member) -> organization_pb2.MemberChanged:
    return organization_pb2.MemberChanged(
        member=MEMBERS.format(value.name),
        user=USERS.format(value.name.id),
        role=ROLES[value.role],
    )


def removed(name: Name) -> organization_pb2.MemberRemoved:
    return organization_pb2.MemberRemoved(member=MEMBERS.format(name), user=USERS.format(name.id))
