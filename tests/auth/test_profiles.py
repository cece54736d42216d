"""What people say of themselves, and accounts that close and go."""

from __future__ import annotations

import asyncio
import uuid

import grpc
import pytest
from google.protobuf import field_mask_pb2
from psycopg import sql

from tests.auth.world import PASSWORD, Person, member, membership
from tests.serving import NOBODY, invalid, refused
from turnout.auth.v1 import auth_pb2, organization_pb2

pytestmark = pytest.mark.server

CLOSED = (grpc.StatusCode.FAILED_PRECONDITION, "USER_DEACTIVATED")
BAD = (grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS")


def change(person, display_name="Ada Lovelace", etag="", mask=None, name=None):
    return auth_pb2.UpdateUserRequest(
        user=auth_pb2.User(name=name or person.name, display_name=display_name, etag=etag),
        update_mask=mask and field_mask_pb2.FieldMask(paths=mask),
    )


async def profile(world, person):
    await world.revocations.look()
    return await world.accounts.GetProfile(auth_pb2.GetProfileRequest(), metadata=person.metadata)


async def deactivate(world, person, name="users/me", request_id=""):
    request = auth_pb2.DeactivateUserRequest(name=name, request_id=request_id)
    return await world.accounts.DeactivateUser(request, metadata=person.metadata)


async def reactivate(world, person, password=PASSWORD):
    return await world.accounts.ReactivateUser(
        auth_pb2.ReactivateUserRequest(email=person.user.email, password=password)
    )


async def delete(world, person, name="users/me", etag=""):
    request = auth_pb2.DeleteUserRequest(name=name, etag=etag)
    await world.accounts.DeleteUser(request, metadata=person.metadata)


# --- profile


async def test_a_person_reads_their_profile(world, ada):
    assert await profile(world, ada) == ada.user
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.accounts.GetProfile(auth_pb2.GetProfileRequest(), metadata=NOBODY)


async def test_a_person_wants_to_be_called_something_else(world, ada):
    revised = await world.accounts.UpdateUser(change(ada, "Ada  Lovelace"), metadata=ada.metadata)

    assert (revised.display_name, revised.email, revised.etag) == (
        "Ada Lovelace",
        ada.user.email,
        '"2"',
    )
    assert await profile(world, ada) == revised
    assert (await world.facts(ada.name))[1:] == [
        auth_pb2.UserChanged(user=ada.name, display_name="Ada Lovelace", email=ada.user.email)
    ]


async def test_a_profile_is_replaced(world, ada):
    request = auth_pb2.ReplaceProfileRequest(display_name="Countess", etag='"1"')

    revised = await world.accounts.ReplaceProfile(request, metadata=ada.metadata)

    assert revised.display_name == "Countess"
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG", name=ada.name):
        await world.accounts.ReplaceProfile(request, metadata=ada.metadata)
    with invalid("display_name"):
        await world.accounts.ReplaceProfile(auth_pb2.ReplaceProfileRequest(), metadata=ada.metadata)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.accounts.ReplaceProfile(request, metadata=NOBODY)


async def test_a_change_that_changes_nothing_is_not_told(world, ada):
    same = await world.accounts.UpdateUser(change(ada, "Ada"), metadata=ada.metadata)

    assert same == ada.user
    assert len(await world.facts(ada.name)) == 1


async def test_a_change_of_what_has_changed_is_refused(world, ada):
    await world.accounts.UpdateUser(change(ada), metadata=ada.metadata)

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG", name=ada.name):
        await world.accounts.UpdateUser(change(ada, "A", etag='"1"'), metadata=ada.metadata)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"display_name": "n" * 101}, "user.display_name"),
        ({"display_name": "", "mask": ["display_name"]}, "user.display_name"),
        ({"mask": ["password"]}, "update_mask"),
        ({"etag": "1"}, "user.etag"),
        ({"name": "users/ada"}, "user.name"),
    ],
)
async def test_what_changes_no_account_is_pointed_at(world, ada, changes, field):
    with invalid(field):
        await world.accounts.UpdateUser(change(ada, **changes), metadata=ada.metadata)


async def test_nobody_touches_the_account_of_another(world, ada, bob):
    gone = (grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND")

    with refused(*gone, user=bob.name):
        await world.accounts.UpdateUser(change(bob), metadata=ada.metadata)
    with refused(*gone, user=bob.name):
        await deactivate(world, ada, bob.name)
    with refused(*gone, user=bob.name):
        await delete(world, ada, bob.name)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.accounts.DeleteUser(auth_pb2.DeleteUserRequest(name=bob.name))
    assert await profile(world, bob) == bob.user


# --- closing for a while


async def test_a_closed_account_lets_nobody_in_until_it_is_open_again(world, ada):
    assert await deactivate(world, ada) == ada.user

    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_REVOKED"):
        await profile(world, ada)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "SESSION_ENDED"):
        await world.refresh(ada.session.refresh_token)
    with refused(*CLOSED):
        await world.log_in(ada.user.email)
    back = Person(ada.user, await reactivate(world, ada))
    assert await profile(world, back) == ada.user
    assert (await world.log_in(ada.user.email)).access_token


async def test_who_does_not_know_the_password_does_not_learn_that_an_account_is_closed(world, ada):
    await deactivate(world, ada)

    with refused(*BAD):
        await world.log_in(ada.user.email, "a guess")
    with refused(*BAD):
        await reactivate(world, ada, "a guess")


async def test_an_open_account_may_be_opened(world, ada):
    assert (await reactivate(world, ada)).user == ada.name


async def test_a_login_that_races_with_the_closing_gains_nothing(world, ada):
    tries = [world.log_in(ada.user.email) for _ in range(4)]
    results = await asyncio.gather(deactivate(world, ada), *tries, return_exceptions=True)

    for session in results:
        if isinstance(session, auth_pb2.Tokens):
            with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_REVOKED"):
                await profile(world, Person(ada.user, session))
    with refused(*CLOSED):
        await world.log_in(ada.user.email)


async def test_people_change_themselves_by_the_short_name_too(world, ada):
    revised = await world.accounts.UpdateUser(change(ada, name="users/me"), metadata=ada.metadata)

    assert (revised.name, revised.display_name) == (ada.name, "Ada Lovelace")
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.accounts.UpdateUser(change(ada, name="users/me"))


# --- going for good


async def test_a_deleted_account_leaves_nothing_of_the_person(world, ada, bob):
    club = await world.organization(bob)
    await world.organizations.CreateMember(
        membership(club, ada.name, "STAFF"), metadata=bob.metadata
    )

    await delete(world, ada, etag='"1"')

    with refused(*BAD):
        await world.log_in(ada.user.email)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_REVOKED"):
        await profile(world, ada)
    assert (await world.facts(ada.name))[-1] == auth_pb2.UserDeleted(user=ada.name)
    left = organization_pb2.MemberRemoved(member=member(club, ada), user=ada.name)
    assert (await world.facts(member(club, ada)))[-1] == left
    with refused(grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND"):
        await world.organizations.GetMember(
            organization_pb2.GetMemberRequest(name=member(club, ada)), metadata=bob.metadata
        )
    rows = await world.owner.execute("select * from users where email = %s", [ada.user.email])
    assert await rows.fetchall() == []


async def test_what_was_told_of_a_deleted_account_says_nothing_of_the_person(world, ada, bob):
    called = f"Ada {uuid.uuid4()}"
    await world.accounts.UpdateUser(change(ada, called), metadata=ada.metadata)
    session = auth_pb2.RevokeSessionsRequest(
        parent=ada.name, keep_current=True, request_id=str(uuid.uuid4())
    )
    await world.accounts.RevokeSessions(session, metadata=ada.metadata)

    await delete(world, ada)

    assert await world.facts(ada.name) == [
        auth_pb2.UserRegistered(user=ada.name),
        auth_pb2.UserChanged(user=ada.name),
        auth_pb2.UserDeleted(user=ada.name),
    ]
    for table in ("outbox", "answered", "users", "challenges", "registrations"):
        query = sql.SQL("select t::text from {} t").format(sql.Identifier(table))
        rows = [row.t for row in await (await world.owner.execute(query)).fetchall()]
        for personal in (ada.user.email, called):
            assert not any(personal in row for row in rows), table
            assert not any(personal.encode().hex() in row for row in rows), table
    rows = await world.owner.execute("select from answered where caller = %s", [ada.name])
    assert rows.rowcount == 0
    (told, *_) = await world.facts(bob.name)
    assert told.email == bob.user.email


async def test_who_owns_an_organization_hands_it_over_first(world, ada, bob):
    club = await world.organization(ada)
    other = await world.organization(bob)
    await world.organizations.CreateMember(
        membership(other, ada.name, "STAFF"), metadata=bob.metadata
    )

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "OWNS_ORGANIZATION", organization=club):
        await delete(world, ada)

    asked = organization_pb2.GetMemberRequest(name=member(other, ada))
    assert await world.organizations.GetMember(asked, metadata=bob.metadata)


async def test_an_account_that_changed_meanwhile_is_not_deleted(world, ada):
    await world.accounts.UpdateUser(change(ada), metadata=ada.metadata)

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG", name=ada.name):
        await delete(world, ada, etag='"1"')


async def test_the_address_of_a_deleted_account_is_free(world, ada):
    await delete(world, ada)

    request = auth_pb2.RegisterUserRequest(
        user=auth_pb2.User(email=ada.user.email, display_name="Ada"),
        password=PASSWORD,
        request_id=str(uuid.uuid4()),
    )
    assert (await world.register(request)).name not in ("", ada.name)


async def test_nobody_becomes_a_member_while_they_go(world, ada, bob):
    club = await world.organization(bob)
    joining = world.organizations.CreateMember(
        membership(club, ada.name, "STAFF"), metadata=bob.metadata
    )

    results = await asyncio.gather(delete(world, ada), joining, return_exceptions=True)

    assert results[0] is None
    if isinstance(results[1], grpc.aio.AioRpcError):
        assert results[1].code() is grpc.StatusCode.NOT_FOUND
    with refused(grpc.StatusCode.NOT_FOUND, "MEMBER_NOT_FOUND"):
        await world.organizations.GetMember(
            organization_pb2.GetMemberRequest(name=member(club, ada)), metadata=bob.metadata
        )
