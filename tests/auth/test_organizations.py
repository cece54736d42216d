from __future__ import annotations

import uuid

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from services.auth.organizations import actions
from services.auth.organizations.domain import OrganizationNotFound
from services.kit.tenant import within
from tests.auth.world import member, membership
from tests.serving import NOBODY, invalid, refused
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import organization_pb2

pytestmark = pytest.mark.server


def creation(display_name="The Club", contact_email="", request_id=""):
    return organization_pb2.CreateOrganizationRequest(
        organization=organization_pb2.Organization(
            display_name=display_name, contact_email=contact_email
        ),
        request_id=request_id,
    )


def get(name):
    return organization_pb2.GetOrganizationRequest(name=name)


def update(name, *paths, **values):
    return organization_pb2.UpdateOrganizationRequest(
        organization=organization_pb2.Organization(name=name, **values),
        update_mask=FieldMask(paths=paths) if paths else None,
    )


async def listed(world, person, **request):
    return await world.organizations.ListOrganizations(
        organization_pb2.ListOrganizationsRequest(**request), metadata=person.metadata
    )


# --- create


async def test_the_creator_owns_the_organization_and_all_are_told(world, ada):
    made = await world.organizations.CreateOrganization(creation(), metadata=ada.metadata)

    assert made.display_name == "The Club"
    assert made.contact_email == ada.user.email
    (told,) = await world.facts(made.name)
    assert told == organization_pb2.OrganizationCreated(
        organization=made.name, display_name="The Club", contact_email=ada.user.email
    )
    (owner,) = await world.facts(member(made.name, ada))
    assert owner == organization_pb2.MemberAdded(
        member=member(made.name, ada), user=ada.name, role=access_pb2.ROLE_OWNER
    )


async def test_an_organization_may_be_reached_elsewhere(world, ada):
    made = await world.organizations.CreateOrganization(
        creation(contact_email="club@example.org"), metadata=ada.metadata
    )

    assert made.contact_email == "club@example.org"


async def test_a_retry_makes_no_second_organization(world, ada):
    request = creation(request_id=str(uuid.uuid4()))

    first = await world.organizations.CreateOrganization(request, metadata=ada.metadata)
    second = await world.organizations.CreateOrganization(request, metadata=ada.metadata)

    assert first == second
    assert len((await listed(world, ada)).organizations) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"display_name": ""}, "organization.display_name"),
        ({"display_name": "n" * 101}, "organization.display_name"),
        ({"contact_email": "here"}, "organization.contact_email"),
        ({"request_id": "again"}, "request_id"),
    ],
)
async def test_what_makes_no_organization_is_pointed_at(world, ada, values, field):
    with invalid(field):
        await world.organizations.CreateOrganization(creation(**values), metadata=ada.metadata)


async def test_an_organization_is_for_who_is_signed_in(world):
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.organizations.CreateOrganization(creation(), metadata=NOBODY)


# --- get and list


@pytest.mark.parametrize("role", ["ADMIN", "ORGANIZER", "FINANCE", "STAFF", "VIEWER"])
async def test_every_member_reads_the_organization(world, ada, club, role):
    someone = await world.join(club, ada, role)

    read = await world.organizations.GetOrganization(get(club), metadata=someone.metadata)

    assert read.name == club


async def test_an_organization_does_not_exist_for_others(world, club, bob):
    theirs = await world.organization(bob)

    for metadata, name in ((bob.metadata, club), (bob.metadata, f"organizations/{uuid.uuid4()}")):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED", organization=name):
            await world.organizations.GetOrganization(get(name), metadata=metadata)
    await world.organizations.GetOrganization(get(theirs), metadata=bob.metadata)


async def test_people_find_their_organizations_by_name(world, ada, bob):
    for name in ("Chess", "Archery", "Boules"):
        await world.organization(ada, name)
    await world.organization(bob, "Aaa")
    joined = await world.organization(bob, "Badminton")
    await world.organizations.CreateMember(
        membership(joined, ada.name, "VIEWER"), metadata=bob.metadata
    )

    found = await listed(world, ada)

    names = [each.display_name for each in found.organizations]
    assert names == ["Archery", "Badminton", "Boules", "Chess"]
    assert not found.next_page_token


async def test_a_list_goes_on_where_it_ended(world, ada):
    names = sorted(["🎻" * 100, "🎻" * 99, "Same", "Same", "Other"])
    for name in names:
        await world.organization(ada, name)

    found, token = [], ""
    for _ in range(3):
        page = await listed(world, ada, page_size=2, page_token=token)
        found += [each.name for each in page.organizations]
        token = page.next_page_token

    assert len(set(found)) == 5
    assert not token


async def test_a_page_token_is_of_one_list(world, ada):
    with invalid("page_token"):
        await listed(world, ada, page_token="made up")
    with invalid("page_size"):
        await listed(world, ada, page_size=-1)


# --- update


async def test_an_organization_is_changed_and_all_are_told(world, ada, club):
    changed = await world.organizations.UpdateOrganization(
        update(club, display_name="Another", contact_email="new@example.org"),
        metadata=ada.metadata,
    )

    assert (changed.display_name, changed.contact_email) == ("Another", "new@example.org")
    assert changed.etag == '"2"'
    assert (await world.facts(club))[-1] == organization_pb2.OrganizationChanged(
        organization=club, display_name="Another", contact_email="new@example.org"
    )


async def test_only_what_the_mask_names_changes(world, ada, club):
    changed = await world.organizations.UpdateOrganization(
        update(club, "contact_email", display_name="Ignored"), metadata=ada.metadata
    )

    assert changed.display_name != "Ignored"
    assert changed.contact_email == ""


async def test_a_change_that_changes_nothing_is_not_told(world, ada, club):
    before = await world.organizations.GetOrganization(get(club), metadata=ada.metadata)

    after = await world.organizations.UpdateOrganization(
        update(club, display_name=before.display_name), metadata=ada.metadata
    )

    assert after == before
    assert len(await world.facts(club)) == 1


async def test_a_change_of_what_was_not_seen_is_refused(world, ada, club):
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG", name=club):
        await world.organizations.UpdateOrganization(
            update(club, display_name="Late", etag='"7"'), metadata=ada.metadata
        )
    with invalid("organization.etag"):
        await world.organizations.UpdateOrganization(
            update(club, display_name="Late", etag="seven"), metadata=ada.metadata
        )


@pytest.mark.parametrize(
    ("request_of", "field"),
    [
        (lambda club: update(club, "owner", display_name="A"), "update_mask"),
        (
            lambda club: update(club, "*", contact_email="a@example.org"),
            "organization.display_name",
        ),
        (lambda club: update(club, contact_email="nowhere"), "organization.contact_email"),
        (lambda _: update("organizations/1", display_name="A"), "organization.name"),
    ],
)
async def test_what_changes_no_organization_is_pointed_at(world, ada, club, request_of, field):
    with invalid(field):
        await world.organizations.UpdateOrganization(request_of(club), metadata=ada.metadata)


@pytest.mark.parametrize("role", ["ORGANIZER", "FINANCE", "STAFF", "VIEWER"])
async def test_not_every_member_changes_the_organization(world, ada, club, role):
    someone = await world.join(club, ada, role)

    with refused(
        grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED", permission="ORGANIZATION_WRITE"
    ):
        await world.organizations.UpdateOrganization(
            update(club, display_name="Mine"), metadata=someone.metadata
        )


async def test_another_organization_cannot_be_changed(world, club, bob):
    await world.organization(bob)

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await world.organizations.UpdateOrganization(
            update(club, display_name="Mine"), metadata=bob.metadata
        )


# --- rows


async def test_rows_are_seen_by_their_own_organization_only(world, club, bob):
    id, other = (
        uuid.UUID(name.partition("/")[2]) for name in (club, await world.organization(bob))
    )

    with within(id):
        await world.db.read(actions.organization, id)
    for somebody_else in (other, None):
        with within(somebody_else), pytest.raises(OrganizationNotFound):
            await world.db.read(actions.organization, id)
