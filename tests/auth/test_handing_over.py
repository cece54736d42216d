from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import grpc
import pytest

from services.kit import estate
from services.kit.clock import now
from tests import estates
from tests.auth.world import member, role_of
from tests.serving import invalid, refused
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import organization_pb2

pytestmark = pytest.mark.server

GHOST = "018f0000-0000-7000-8000-00000000dead"


async def leave(world, who, organization, **more):
    request = organization_pb2.LeaveOrganizationRequest(name=organization, **more)
    await world.organizations.LeaveOrganization(request, metadata=who.metadata)


async def transfer(world, who, organization, to, **more):
    request = organization_pb2.TransferOrganizationRequest(name=organization, member=to, **more)
    return await world.organizations.TransferOrganization(request, metadata=who.metadata)


async def delete(world, who, organization, etag=""):
    request = organization_pb2.DeleteOrganizationRequest(name=organization, etag=etag)
    await world.organizations.DeleteOrganization(request, metadata=who.metadata)


async def roles(world, who, organization):
    request = organization_pb2.ListMembersRequest(parent=organization)
    listed = await world.organizations.ListMembers(request, metadata=who.metadata)
    return {one.user: access_pb2.Role.Name(one.role) for one in listed.members}


# --- leave


@pytest.mark.parametrize("role", ["ADMIN", "ORGANIZER", "FINANCE", "STAFF", "VIEWER"])
async def test_whoever_owns_nothing_may_leave(world, ada, club, role):
    someone = await world.join(club, ada, role)

    await leave(world, someone, club)

    assert set(await roles(world, ada, club)) == {ada.name}
    *_, told = await world.facts(member(club, someone))
    assert told == organization_pb2.MemberRemoved(member=member(club, someone), user=someone.name)
    [entry] = await world.log(club, ada, "action = MEMBER_DELETE")
    assert (entry.actor, entry.target) == (someone.name, member(club, someone))


async def test_the_last_owner_cannot_leave(world, ada, club):
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "LAST_OWNER", organization=club):
        await leave(world, ada, club)

    await world.join(club, ada, "OWNER")
    await leave(world, ada, club)


async def test_of_two_owners_who_leave_at_once_one_stays(world, ada, club):
    bob = await world.join(club, ada, "OWNER")

    outcomes = await asyncio.gather(
        leave(world, ada, club), leave(world, bob, club), return_exceptions=True
    )

    assert sorted(outcome is None for outcome in outcomes) == [False, True]


async def test_a_retry_leaves_once(world, ada, club):
    someone = await world.join(club, ada, "STAFF")
    used = str(uuid.uuid4())

    await leave(world, someone, club, request_id=used)
    await leave(world, someone, club, request_id=used)

    removed = organization_pb2.MemberRemoved(member=member(club, someone), user=someone.name)
    assert (await world.facts(member(club, someone))).count(removed) == 1


async def test_who_is_no_member_leaves_nothing(world, bob, club):
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await leave(world, bob, club)


# --- transfer


async def test_an_owner_hands_the_organization_over(world, ada, club):
    bob = await world.join(club, ada, "STAFF")

    given = await transfer(world, ada, club, member(club, bob))

    assert given.name == club
    assert await roles(world, bob, club) == {ada.name: "ROLE_ADMIN", bob.name: "ROLE_OWNER"}
    for person, role in ((ada, "ADMIN"), (bob, "OWNER")):
        *_, told = await world.facts(member(club, person))
        assert told == organization_pb2.MemberChanged(
            member=member(club, person), user=person.name, role=role_of(role)
        )
    entries = await world.log(club, bob, "action = MEMBER_UPDATE")
    assert {one.target for one in entries} == {member(club, ada), member(club, bob)}


async def test_handing_over_to_oneself_changes_nothing(world, ada, club):
    await transfer(world, ada, club, member(club, ada))

    assert await roles(world, ada, club) == {ada.name: "ROLE_OWNER"}


async def test_only_an_owner_hands_it_over(world, ada, club):
    admin = await world.join(club, ada, "ADMIN")

    with refused(grpc.StatusCode.PERMISSION_DENIED, "OWNER_NEEDED", organization=club):
        await transfer(world, admin, club, member(club, admin))

    [entry] = await world.log(club, ada, "result = REFUSED")
    assert (entry.actor, entry.reason) == (admin.name, "OWNER_NEEDED")


async def test_it_goes_to_a_member_of_the_same_organization(world, ada, bob, club):
    other = await world.organization(bob)

    for name in (member(club, bob), member(other, bob), f"{club}/members/{GHOST}"):
        with refused(grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND", member=name):
            await transfer(world, ada, club, name)
    with invalid("member"):
        await transfer(world, ada, club, bob.name)


# --- delete


async def test_a_deleted_organization_is_gone_and_all_are_told(world, ada, club):
    bob = await world.join(club, ada, "STAFF")

    await delete(world, ada, club)

    *_, told = await world.facts(club)
    assert told == organization_pb2.OrganizationDeleted(organization=club)
    for person in (ada, bob):
        *_, left = await world.facts(member(club, person))
        assert left == organization_pb2.MemberRemoved(member=member(club, person), user=person.name)
    listed = await world.organizations.ListOrganizations(
        organization_pb2.ListOrganizationsRequest(), metadata=ada.metadata
    )
    assert listed.organizations == []
    rows = await world.owner.execute(
        "select actor, target from audit_entries where action = 'ORGANIZATION_DELETE'"
        " and organization = %s",
        [club.partition("/")[2]],
    )
    [row] = await rows.fetchall()
    assert (row.actor, row.target) == (ada.name, club)


async def test_what_a_deleted_organization_left_goes_and_the_audit_log_stays(world, ada, club):
    id = uuid.UUID(club.partition("/")[2])
    await delete(world, ada, club)
    due = await world.owner.execute("select due_time from due where id = %s", [id])
    [row] = await due.fetchall()
    audited = await estates.rows(world.db, world.owner, id)

    await estates.erase(world.db, id)

    assert row.due_time > now() + estate.GRACE - timedelta(hours=1)
    assert await estates.rows(world.db, world.owner, id) == audited
    assert audited.keys() == {"audit_entries"}


async def test_only_an_owner_deletes_it(world, ada, club):
    admin = await world.join(club, ada, "ADMIN")

    with refused(grpc.StatusCode.PERMISSION_DENIED, "OWNER_NEEDED", organization=club):
        await delete(world, admin, club)


async def test_it_is_not_deleted_by_who_saw_another_one(world, ada, club):
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG", name=club):
        await delete(world, ada, club, '"7"')


@pytest.mark.parametrize("call", [leave, delete])
async def test_what_is_no_organization_is_pointed_at(world, ada, call):
    with invalid("name"):
        await call(world, ada, "clubs/1")
