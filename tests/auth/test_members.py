from __future__ import annotations

import asyncio
import uuid

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from services.kit import identity
from services.kit.clock import now
from services.kit.names import Name
from services.kit.secrets import derive
from tests.auth.world import member, membership, role_of
from tests.serving import NOBODY, SECRET, as_guest, as_user, invalid, refused
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import organization_pb2

pytestmark = pytest.mark.server

DENIED = (grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED")
ROLES = ["ADMIN", "ORGANIZER", "FINANCE", "STAFF", "VIEWER"]


def reassign(name, to, etag="", paths=()):
    return organization_pb2.UpdateMemberRequest(
        member=organization_pb2.Member(name=name, role=role_of(to), etag=etag),
        update_mask=FieldMask(paths=paths) if paths else None,
    )


async def update(world, by, *arguments, **options):
    return await world.organizations.UpdateMember(
        reassign(*arguments, **options), metadata=by.metadata
    )


async def delete(world, by, name, etag=""):
    request = organization_pb2.DeleteMemberRequest(name=name, etag=etag)
    await world.organizations.DeleteMember(request, metadata=by.metadata)


async def get(world, by, name):
    request = organization_pb2.GetMemberRequest(name=name)
    return await world.organizations.GetMember(request, metadata=by)


async def add(world, by, *arguments, **options):
    return await world.organizations.CreateMember(
        membership(*arguments, **options), metadata=by.metadata
    )


# --- create


@pytest.mark.parametrize("word", ["OWNER", *ROLES])
async def test_an_owner_admits_members_of_every_role(world, ada, bob, club, word):
    admitted = await add(world, ada, club, bob.name, word)

    assert admitted.name == member(club, bob)
    assert (admitted.user, admitted.role, admitted.display_name) == (bob.name, role_of(word), "Bob")
    (told,) = await world.facts(admitted.name)
    assert told == organization_pb2.MemberAdded(
        member=admitted.name, user=bob.name, role=role_of(word)
    )


async def test_an_admin_admits_everybody_but_owners(world, ada, bob, club):
    admin = await world.join(club, ada, "ADMIN")

    with refused(grpc.StatusCode.PERMISSION_DENIED, "OWNERS_ONLY", member=member(club, bob)):
        await add(world, admin, club, bob.name, "OWNER")
    assert (await add(world, admin, club, bob.name, "ADMIN")).role == access_pb2.ROLE_ADMIN


@pytest.mark.parametrize("word", ["ORGANIZER", "FINANCE", "STAFF", "VIEWER"])
async def test_other_members_admit_nobody(world, ada, bob, club, word):
    someone = await world.join(club, ada, word)

    with refused(*DENIED, permission="MEMBERS_WRITE"):
        await add(world, someone, club, bob.name, "VIEWER")


async def test_who_has_no_account_is_no_member(world, ada, club):
    nobody = f"users/{uuid.uuid4()}"

    with refused(grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND", user=nobody):
        await add(world, ada, club, nobody, "VIEWER")


async def test_a_member_is_one_once(world, ada, bob, club):
    await add(world, ada, club, bob.name, "VIEWER")

    with refused(grpc.StatusCode.ALREADY_EXISTS, "MEMBER_EXISTS", member=member(club, bob)):
        await add(world, ada, club, bob.name, "ADMIN")


async def test_a_retry_admits_once(world, ada, bob, club):
    used = str(uuid.uuid4())

    first, second = await asyncio.gather(
        *(add(world, ada, club, bob.name, "STAFF", request_id=used) for _ in range(2))
    )

    assert first == second
    assert len(await world.facts(first.name)) == 1


@pytest.mark.parametrize(
    ("request_of", "fields"),
    [
        (lambda club, user: membership("clubs/1", user, "STAFF"), ["parent"]),
        (lambda club, user: membership(club, "bob", "STAFF"), ["member.user"]),
        (lambda club, user: membership(club, "", "UNSPECIFIED"), ["member.user", "member.role"]),
        (lambda club, user: membership(club, user, "STAFF", "x"), ["request_id"]),
    ],
)
async def test_what_admits_nobody_is_pointed_at(world, ada, bob, club, request_of, fields):
    with invalid(*fields):
        await world.organizations.CreateMember(request_of(club, bob.name), metadata=ada.metadata)


async def test_members_are_for_who_is_signed_in(world, bob, club):
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.organizations.CreateMember(membership(club, bob.name, "STAFF"), metadata=NOBODY)


# --- get and list


async def test_a_member_is_read_by_who_may(world, ada, club):
    organizer = await world.join(club, ada, "ORGANIZER")
    viewer = await world.join(club, ada, "VIEWER")

    read = await get(world, organizer.metadata, member(club, ada))

    assert read.role == access_pb2.ROLE_OWNER
    with refused(*DENIED, permission="MEMBERS_READ"):
        await get(world, viewer.metadata, member(club, ada))


async def test_services_ask_who_is_what(world, ada, club):
    token = identity.service_token(derive(SECRET, "mesh"), "booking", now())
    booking = (("authorization", f"Service {token}"),)

    assert (await get(world, booking, member(club, ada))).role == access_pb2.ROLE_OWNER
    with refused(grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND"):
        await get(world, booking, f"{club}/members/{uuid.uuid4()}")
    with refused(grpc.StatusCode.PERMISSION_DENIED, "WRONG_AUDIENCE"):
        await world.organizations.ListMembers(
            organization_pb2.ListMembersRequest(parent=club), metadata=booking
        )


async def test_another_organization_sees_no_members(world, ada, bob, club):
    theirs = await world.organization(bob)

    with refused(*DENIED):
        await get(world, bob.metadata, member(club, ada))
    with refused(grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND"):
        await get(world, bob.metadata, member(theirs, ada))
    with refused(*DENIED):
        await world.organizations.ListMembers(
            organization_pb2.ListMembersRequest(parent=club), metadata=bob.metadata
        )


async def test_members_are_listed_oldest_first(world, ada, club):
    others = [await world.join(club, ada, "STAFF") for _ in range(4)]

    found, token = [], ""
    for _ in range(3):
        page = await world.organizations.ListMembers(
            organization_pb2.ListMembersRequest(parent=club, page_size=2, page_token=token),
            metadata=ada.metadata,
        )
        found += [each.user for each in page.members]
        token = page.next_page_token

    assert found == [ada.name, *(other.name for other in others)]
    assert not token


async def test_a_page_token_is_of_one_organization(world, ada, club):
    await world.join(club, ada, "STAFF")
    page = await world.organizations.ListMembers(
        organization_pb2.ListMembersRequest(parent=club, page_size=1), metadata=ada.metadata
    )
    other = await world.organization(ada)

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH", field="page_token"):
        await world.organizations.ListMembers(
            organization_pb2.ListMembersRequest(parent=other, page_token=page.next_page_token),
            metadata=ada.metadata,
        )


# --- update


async def test_a_member_gets_another_role(world, ada, bob, club):
    await add(world, ada, club, bob.name, "STAFF")

    changed = await update(world, ada, member(club, bob), "ADMIN", etag='"1"', paths=["role"])

    assert (changed.role, changed.etag) == (access_pb2.ROLE_ADMIN, '"2"')
    told = (await world.facts(changed.name))[-1]
    assert told == organization_pb2.MemberChanged(
        member=changed.name, user=bob.name, role=access_pb2.ROLE_ADMIN
    )


async def test_the_role_one_has_is_not_told_again(world, ada, bob, club):
    before = await add(world, ada, club, bob.name, "STAFF")

    assert await update(world, ada, before.name, "STAFF") == before
    assert len(await world.facts(before.name)) == 1


async def test_owners_are_made_and_unmade_by_owners_only(world, ada, bob, club):
    admin = await world.join(club, ada, "ADMIN")
    await add(world, ada, club, bob.name, "STAFF")

    for name, to in ((member(club, bob), "OWNER"), (member(club, ada), "STAFF")):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "OWNERS_ONLY", member=name):
            await update(world, admin, name, to)
    with refused(grpc.StatusCode.PERMISSION_DENIED, "OWNERS_ONLY"):
        await delete(world, admin, member(club, ada))
    assert (await update(world, ada, member(club, bob), "OWNER")).role == access_pb2.ROLE_OWNER


async def test_who_was_an_owner_a_moment_ago_makes_no_owners(world, ada, bob, club):
    other = await world.join(club, ada, "OWNER")
    await add(world, ada, club, bob.name, "STAFF")
    await get(world, other.metadata, member(club, ada))
    await update(world, ada, member(club, other), "ADMIN")

    with refused(grpc.StatusCode.PERMISSION_DENIED, "OWNERS_ONLY"):
        await update(world, other, member(club, bob), "OWNER")


async def test_an_organization_keeps_an_owner(world, ada, club):
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "LAST_OWNER", organization=club):
        await update(world, ada, member(club, ada), "ADMIN")
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "LAST_OWNER", organization=club):
        await delete(world, ada, member(club, ada))


async def test_two_owners_who_leave_at_once_do_not_both(world, ada, club):
    other = await world.join(club, ada, "OWNER")

    results = await asyncio.gather(
        update(world, ada, member(club, ada), "ADMIN"),
        delete(world, other, member(club, other)),
        return_exceptions=True,
    )

    assert sum(isinstance(result, grpc.aio.AioRpcError) for result in results) == 1


async def test_who_is_no_member_has_no_role(world, ada, bob, club):
    with refused(grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND", member=member(club, bob)):
        await update(world, ada, member(club, bob), "ADMIN")


async def test_a_change_of_what_was_not_seen_is_refused(world, ada, bob, club):
    await add(world, ada, club, bob.name, "STAFF")

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG", name=member(club, bob)):
        await update(world, ada, member(club, bob), "ADMIN", etag='"2"')
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await delete(world, ada, member(club, bob), etag='"2"')


async def test_what_changes_no_member_is_pointed_at(world, ada, bob, club):
    await add(world, ada, club, bob.name, "STAFF")

    with invalid("member.role"):
        await update(world, ada, member(club, bob), "UNSPECIFIED", paths=["role"])
    with invalid("member.name"):
        await update(world, ada, "members/bob", "ADMIN")
    with invalid("update_mask"):
        await update(world, ada, member(club, bob), "ADMIN", paths=["salary"])


# --- delete


async def test_a_member_goes_and_all_are_told(world, ada, bob, club):
    await add(world, ada, club, bob.name, "STAFF")

    await delete(world, ada, member(club, bob), etag='"1"')

    assert (await world.facts(member(club, bob)))[-1] == organization_pb2.MemberRemoved(
        member=member(club, bob), user=bob.name
    )
    with refused(grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND", member=member(club, bob)):
        await delete(world, ada, member(club, bob))


async def test_who_was_removed_may_come_back(world, ada, bob, club):
    await add(world, ada, club, bob.name, "STAFF")
    await delete(world, ada, member(club, bob))

    assert (await add(world, ada, club, bob.name, "VIEWER")).etag == '"1"'


async def test_members_of_another_organization_stay(world, ada, bob, club):
    theirs = await world.organization(bob)

    with refused(*DENIED):
        await delete(world, bob, member(club, ada))
    with refused(grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND"):
        await delete(world, bob, member(theirs, ada))
    with refused(*DENIED):
        await update(world, bob, member(club, ada), "VIEWER")


# --- all of them


def requests_about(club, person):
    """Every method that names an organization or a member, with a request that is in order."""
    name = member(club, person)
    return {
        "GetOrganization": organization_pb2.GetOrganizationRequest(name=club),
        "UpdateOrganization": organization_pb2.UpdateOrganizationRequest(
            organization=organization_pb2.Organization(name=club, display_name="Mine")
        ),
        "CreateMember": membership(club, person.name, "STAFF"),
        "GetMember": organization_pb2.GetMemberRequest(name=name),
        "ListMembers": organization_pb2.ListMembersRequest(parent=club),
        "UpdateMember": reassign(name, "ADMIN"),
        "DeleteMember": organization_pb2.DeleteMemberRequest(name=name),
    }


METHODS = [
    "GetOrganization",
    "UpdateOrganization",
    "CreateMember",
    "GetMember",
    "ListMembers",
    "UpdateMember",
    "DeleteMember",
]


@pytest.mark.parametrize("method", METHODS)
async def test_organizations_are_for_their_members(world, ada, bob, club, method):
    await world.organization(bob)
    call, request = getattr(world.organizations, method), requests_about(club, ada)[method]
    participant = Name(uuid.UUID(club.partition("/")[2]), uuid.uuid4())

    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await call(request, metadata=NOBODY)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID"):
        await call(request, metadata=as_user(ada.id))
    with refused(grpc.StatusCode.PERMISSION_DENIED, "WRONG_AUDIENCE"):
        await call(request, metadata=as_guest(participant))
    with refused(*DENIED, organization=club):
        await call(request, metadata=bob.metadata)
