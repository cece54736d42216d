"""Where one is signed in, and how to be so no longer."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from psycopg import sql

from services.kit.clock import now
from services.kit.inbox import Inbox
from services.kit.outbox import Relay
from services.kit.revocations import Revocations
from tests.auth.world import PASSWORD, Person, serving
from tests.serving import NOBODY, from_address, invalid, refused
from tests.waiting import eventually, running
from turnout.auth.v1 import auth_pb2

pytestmark = pytest.mark.server

ENDED = (grpc.StatusCode.UNAUTHENTICATED, "SESSION_ENDED")
REVOKED = (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_REVOKED")
NEW = "a staple of correct horses"


async def signed_in(world, person, address="192.0.2.7"):
    """The same person on another device."""
    session = await world.accounts.Login(
        auth_pb2.LoginRequest(email=person.user.email, password=PASSWORD),
        metadata=from_address(address),
    )
    return Person(person.user, session)


async def sessions(world, person, **request):
    asked = auth_pb2.ListSessionsRequest(parent="users/me", **request)
    return await world.accounts.ListSessions(asked, metadata=person.metadata)


async def me(world, person):
    """Reads the account, as soon as the service knows which sessions ended."""
    await world.revocations.look()
    return await world.accounts.GetUser(
        auth_pb2.GetUserRequest(name="users/me"), metadata=person.metadata
    )


def change(person, old=PASSWORD, new=NEW, request_id="", name="users/me"):
    return auth_pb2.ChangePasswordRequest(
        name=name, old_password=old, new_password=new, request_id=request_id
    )


# --- where one is signed in


async def test_a_person_sees_where_they_are_signed_in(world, ada):
    phone = await signed_in(world, ada)

    found = (await sessions(world, phone)).sessions

    assert [each.name for each in found] == [phone.session.session, ada.session.session]
    assert [each.current for each in found] == [True, False]
    first = found[0]
    assert first.ip_address == "192.0.2.7"
    assert first.user_agent.startswith("grpc-python")
    assert first.create_time == first.use_time
    assert first.expire_time == phone.session.refresh_expire_time
    assert found[1].ip_address == "127.0.0.1"


async def test_only_the_edge_says_which_address_it_is(world, ada):
    login = auth_pb2.LoginRequest(email=ada.user.email, password=PASSWORD)
    forwarded = (("x-real-ip", "192.0.2.8"), ("x-forwarded-for", "203.0.113.9, 192.0.2.8"))

    await world.accounts.Login(login, metadata=forwarded)

    assert (await sessions(world, ada)).sessions[0].ip_address == "127.0.0.1"


async def test_what_is_no_address_is_none(world, ada):
    await signed_in(world, ada, address="' or 1=1 --")

    assert (await sessions(world, ada)).sessions[0].ip_address == "127.0.0.1"


async def test_a_session_remembers_where_it_was_last_used(world, ada):
    phone = await signed_in(world, ada)
    before = (await sessions(world, phone)).sessions[0]

    again = await world.accounts.RefreshSession(
        auth_pb2.RefreshSessionRequest(refresh_token=phone.session.refresh_token),
        metadata=from_address("2001:db8::1"),
    )

    after = (await sessions(world, phone)).sessions[0]
    assert again.session == phone.session.session == before.name == after.name
    assert (before.ip_address, after.ip_address) == ("192.0.2.7", "2001:db8::1")
    assert before.create_time == after.create_time
    assert before.use_time.ToDatetime() < after.use_time.ToDatetime()
    assert before.etag != after.etag


async def test_sessions_come_in_pages(world, ada):
    for _ in range(2):
        await signed_in(world, ada)

    first = await sessions(world, ada, page_size=2)
    second = await sessions(world, ada, page_size=2, page_token=first.next_page_token)

    assert (len(first.sessions), len(second.sessions)) == (2, 1)
    assert second.sessions[0].name == ada.session.session
    assert not second.next_page_token


async def test_nobody_sees_where_others_are_signed_in(world, ada, bob):
    asked = auth_pb2.ListSessionsRequest(parent=bob.name)

    with refused(grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND", user=bob.name):
        await world.accounts.ListSessions(asked, metadata=ada.metadata)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.accounts.ListSessions(asked, metadata=NOBODY)


async def test_a_page_that_there_is_not_is_pointed_at(world, ada):
    with invalid("page_size"):
        await sessions(world, ada, page_size=-1)
    with invalid("page_token"):
        await sessions(world, ada, page_token="nonsense")


async def test_a_session_that_nobody_used_for_a_week_is_not_listed(world, ada):
    old = await signed_in(world, ada)
    past = datetime.now(UTC) - timedelta(days=7, seconds=1)
    await world.owner.execute(
        "update sessions set use_time = %s where id = %s",
        [past, uuid.UUID(old.session.session.rpartition("/")[2])],
    )

    assert [each.name for each in (await sessions(world, ada)).sessions] == [ada.session.session]


# --- ending them


async def test_an_ended_session_is_over_at_once_for_both_its_tokens(world, ada):
    phone = await signed_in(world, ada)
    await me(world, phone)
    gone = auth_pb2.DeleteSessionRequest(name=phone.session.session)

    await world.accounts.DeleteSession(gone, metadata=ada.metadata)

    with refused(*ENDED):
        await world.refresh(phone.session.refresh_token)
    with refused(*REVOKED):
        await me(world, phone)
    assert (await me(world, ada)).name == ada.name
    assert [each.name for each in (await sessions(world, ada)).sessions] == [ada.session.session]
    with refused(grpc.StatusCode.NOT_FOUND, "SESSION_NOT_FOUND", session=phone.session.session):
        await world.accounts.DeleteSession(gone, metadata=ada.metadata)


async def test_the_others_hear_of_an_ended_session_once(world, ada):
    name = ada.session.session
    for _ in range(2):
        await world.accounts.Logout(auth_pb2.LogoutRequest(refresh_token=ada.session.refresh_token))

    (told,) = await world.facts(name)

    assert told.session == name
    left = told.expire_time.ToDatetime(UTC) - world.clock.now()
    assert timedelta(minutes=15) < left <= timedelta(minutes=16)


async def test_a_stolen_token_ends_the_access_of_thief_and_owner(world, ada):
    await world.refresh(ada.session.refresh_token)
    await world.refresh(ada.session.refresh_token)
    with refused(*ENDED):
        await world.refresh(ada.session.refresh_token)

    with refused(*REVOKED):
        await me(world, ada)


async def test_what_was_revoked_is_forgotten_when_the_tokens_are_over(world, ada):
    await world.accounts.Logout(auth_pb2.LogoutRequest(refresh_token=ada.session.refresh_token))
    session = uuid.UUID(ada.session.session.rpartition("/")[2])
    await world.revocations.look()
    assert session in world.revocations

    world.clock.ahead = timedelta(minutes=17)
    await world.revocations.look()
    world.clock.ahead = timedelta()

    assert session not in world.revocations


async def test_a_session_is_ended_as_it_was_seen_or_not_at_all(world, ada):
    phone = await signed_in(world, ada)
    name, etag = phone.session.session, (await sessions(world, ada)).sessions[0].etag
    await world.refresh(phone.session.refresh_token)

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG", name=name):
        await world.accounts.DeleteSession(
            auth_pb2.DeleteSessionRequest(name=name, etag=etag), metadata=ada.metadata
        )


async def test_nobody_ends_the_sessions_of_others(world, ada, bob):
    theirs = bob.session.session
    for name in (theirs, theirs.replace(bob.name, ada.name)):
        with refused(grpc.StatusCode.NOT_FOUND, "SESSION_NOT_FOUND", session=name):
            await world.accounts.DeleteSession(
                auth_pb2.DeleteSessionRequest(name=name), metadata=ada.metadata
            )
    with refused(grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND", user=bob.name):
        await world.accounts.RevokeSessions(
            auth_pb2.RevokeSessionsRequest(parent=bob.name), metadata=ada.metadata
        )
    assert (await me(world, bob)).name == bob.name


@pytest.mark.parametrize("name", ["", "users/me/sessions/1", "sessions/me", "users/me"])
async def test_a_malformed_name_of_a_session_is_pointed_at(world, ada, name):
    with invalid("name"):
        await world.accounts.DeleteSession(
            auth_pb2.DeleteSessionRequest(name=name), metadata=ada.metadata
        )


@pytest.mark.parametrize(("keep", "ended"), [(True, 2), (False, 3)])
async def test_all_sessions_end_but_perhaps_this_one(world, ada, keep, ended):
    others = [await signed_in(world, ada) for _ in range(2)]
    request = auth_pb2.RevokeSessionsRequest(
        parent="users/me", keep_current=keep, request_id=str(uuid.uuid4())
    )

    answer = await world.accounts.RevokeSessions(request, metadata=ada.metadata)
    assert await world.accounts.RevokeSessions(request, metadata=ada.metadata) == answer

    assert answer.revoked_count == ended
    for other in others:
        with refused(*REVOKED):
            await me(world, other)
    if keep:
        assert (await me(world, ada)).name == ada.name
        assert (await world.refresh(ada.session.refresh_token)).access_token
    else:
        with refused(*REVOKED):
            await me(world, ada)


async def test_a_refresh_that_races_with_the_end_of_all_sessions_gains_nothing(world, ada):
    phones = [await signed_in(world, ada) for _ in range(3)]
    revoke = world.accounts.RevokeSessions(
        auth_pb2.RevokeSessionsRequest(parent="users/me", keep_current=True), metadata=ada.metadata
    )
    tries = [world.refresh(phone.session.refresh_token) for phone in phones]

    results = await asyncio.gather(revoke, *tries, return_exceptions=True)

    won = [each for each in results if isinstance(each, auth_pb2.Tokens)]
    for session in won:
        with refused(*REVOKED):
            await me(world, Person(ada.user, session))
        with refused(*ENDED):
            await world.refresh(session.refresh_token)


# --- another password


async def test_another_password_ends_the_other_sessions(world, ada):
    phone = await signed_in(world, ada)

    await world.accounts.ChangePassword(change(ada), metadata=ada.metadata)

    assert (await world.log_in(ada.user.email, NEW)).access_token
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
        await world.log_in(ada.user.email, PASSWORD)
    with refused(*REVOKED):
        await me(world, phone)
    assert (await me(world, ada)).name == ada.name
    assert (await world.refresh(ada.session.refresh_token)).access_token


async def test_the_retry_of_a_change_is_answered(world, ada):
    request = change(ada, request_id=str(uuid.uuid4()))

    for _ in range(2):
        await world.accounts.ChangePassword(request, metadata=ada.metadata)

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED"):
        await world.accounts.ChangePassword(
            change(ada, new="something else entirely", request_id=request.request_id),
            metadata=ada.metadata,
        )


async def test_who_does_not_know_the_password_does_not_change_it(world, ada):
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "WRONG_PASSWORD", field="old_password"):
        await world.accounts.ChangePassword(change(ada, old="a guess"), metadata=ada.metadata)
    assert (await world.log_in(ada.user.email)).access_token


async def test_of_two_who_change_a_password_at_once_one_succeeds(world, ada):
    tries = [
        world.accounts.ChangePassword(change(ada, new=f"{NEW} {n}"), metadata=ada.metadata)
        for n in range(2)
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(isinstance(each, grpc.aio.AioRpcError) for each in results) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"new": "short"}, "new_password"),
        ({"new": "n" * 129}, "new_password"),
        ({"new": "12345678"}, "new_password"),
        ({"old": ""}, "old_password"),
        ({"name": "users/ada"}, "name"),
        ({"request_id": "1"}, "request_id"),
    ],
)
async def test_what_changes_no_password_is_pointed_at(world, ada, changes, field):
    with invalid(field):
        await world.accounts.ChangePassword(change(ada, **changes), metadata=ada.metadata)


async def test_nobody_changes_the_password_of_another(world, ada, bob):
    with refused(grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND", user=bob.name):
        await world.accounts.ChangePassword(change(bob, name=bob.name), metadata=ada.metadata)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.accounts.ChangePassword(change(bob), metadata=NOBODY)


async def test_no_changed_password_is_in_the_database(world, ada):
    new = f"secret {uuid.uuid4()}"
    await world.accounts.ChangePassword(
        change(ada, new=new, request_id=str(uuid.uuid4())), metadata=ada.metadata
    )

    for table in ("users", "answered", "outbox"):
        query = sql.SQL("select t::text from {} t").format(sql.Identifier(table))
        rows = await (await world.owner.execute(query)).fetchall()
        assert not any(new in row.t or new.encode().hex() in row.t for row in rows)


# --- everywhere


async def test_every_service_hears_of_a_logout(database, owner, redis_url):
    async with database.lent("auth") as db, database.lent("booking") as other:
        revocations = Revocations(other, now)
        workers = (Relay(db, redis_url), Inbox(other, redis_url, {}), revocations)
        async with serving(db, await owner(db)) as world:
            ada = await world.person()
            session = uuid.UUID(ada.session.session.rpartition("/")[2])
            async with running(*(worker.run() for worker in workers)):
                await world.accounts.Logout(
                    auth_pb2.LogoutRequest(refresh_token=ada.session.refresh_token)
                )

                await eventually(lambda: session in revocations)
