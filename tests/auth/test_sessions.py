from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import grpc
import pytest

from services.auth.accounts import actions
from services.auth.work import STEPS
from services.kit.clock import now
from services.kit.secrets import Unreadable
from services.kit.work import Due
from tests.auth.world import serving
from tests.serving import invalid, refused
from turnout.auth.v1 import auth_pb2

pytestmark = pytest.mark.server

ENDED = (grpc.StatusCode.UNAUTHENTICATED, "SESSION_ENDED")


@pytest.fixture
def clock(world):
    yield world.clock
    world.clock.ahead = timedelta()


async def test_a_session_goes_on_with_each_token_once(world, ada):
    first = await world.refresh(ada.session.refresh_token)
    second = await world.refresh(first.refresh_token)

    assert first.user == ada.name
    given = {ada.session.refresh_token, first.refresh_token, second.refresh_token}
    assert len(given) == 3


async def test_the_retry_after_a_lost_answer_gets_the_same_successor(world, ada):
    lost = await world.refresh(ada.session.refresh_token)

    again = await world.refresh(ada.session.refresh_token)

    assert again.refresh_token == lost.refresh_token
    assert again.refresh_expire_time == lost.refresh_expire_time
    assert (await world.refresh(again.refresh_token)).access_token


async def test_a_third_use_is_a_thief_and_ends_the_session(world, ada):
    current = await world.refresh(ada.session.refresh_token)
    await world.refresh(ada.session.refresh_token)

    with refused(*ENDED):
        await world.refresh(ada.session.refresh_token)
    with refused(*ENDED):
        await world.refresh(current.refresh_token)


async def test_a_stolen_token_ends_the_session_of_thief_and_owner(world, ada, clock):
    stolen = ada.session.refresh_token
    current = await world.refresh(stolen)
    clock.ahead = timedelta(seconds=11)

    with refused(*ENDED):
        await world.refresh(stolen)
    with refused(*ENDED):
        await world.refresh(current.refresh_token)


async def test_a_token_may_not_come_back_once_its_successor_was_used(world, ada):
    first = await world.refresh(ada.session.refresh_token)
    second = await world.refresh(first.refresh_token)

    with refused(*ENDED):
        await world.refresh(ada.session.refresh_token)
    with refused(*ENDED):
        await world.refresh(second.refresh_token)


async def test_two_clients_that_race_for_one_token_get_the_same_successor(world, ada):
    tries = [world.refresh(ada.session.refresh_token) for _ in range(2)]
    first, second = await asyncio.gather(*tries)

    assert first.refresh_token == second.refresh_token


async def test_of_many_who_race_for_one_token_all_lose_in_the_end(world, ada):
    tries = [world.refresh(ada.session.refresh_token) for _ in range(6)]
    results = await asyncio.gather(*tries, return_exceptions=True)

    given = {each.refresh_token for each in results if isinstance(each, auth_pb2.Tokens)}
    assert len(given) == 1
    with refused(*ENDED):
        await world.refresh(given.pop())


async def test_many_sessions_go_on_at_once_and_none_takes_another_with_it(world, ada):
    opened = [await world.log_in(ada.user.email) for _ in range(8)]
    used, thief = await world.refresh(opened[0].refresh_token), opened[0].refresh_token
    await world.refresh(thief)
    shown = [thief, used.refresh_token, "a" * 43, *(each.refresh_token for each in opened[1:])]
    shown.append(opened[-1].refresh_token)

    tries = map(world.refresh, shown)
    found: list[Any] = await asyncio.gather(*tries, return_exceptions=True)

    *plain, twice = found[3:]
    assert {each.user for each in plain} == {ada.name}
    assert len({each.refresh_token for each in plain}) == 7
    assert twice.refresh_token == plain[-1].refresh_token
    with refused(*ENDED):
        raise found[0]
    with refused(*ENDED):
        raise found[2]
    with refused(*ENDED):
        await world.refresh(used.refresh_token)
    for each in plain:
        assert (await world.refresh(each.refresh_token)).user == ada.name


async def test_an_idle_session_ends_after_a_week(world, ada, clock):
    clock.ahead = timedelta(days=7, seconds=-60)
    current = await world.refresh(ada.session.refresh_token)
    clock.ahead += timedelta(days=7)

    with refused(*ENDED):
        await world.refresh(current.refresh_token)


async def test_a_session_that_is_used_ends_after_a_month(world, ada, clock):
    current = ada.session
    for days in (6, 12, 18, 24, 29):
        clock.ahead = timedelta(days=days)
        current = await world.refresh(current.refresh_token)
    clock.ahead = timedelta(days=30)

    assert current.refresh_expire_time.seconds - ada.user.create_time.seconds <= 30 * 86400 + 60
    with refused(*ENDED):
        await world.refresh(current.refresh_token)


async def test_logging_out_ends_the_session_and_doing_it_again_is_no_error(world, ada):
    request = auth_pb2.LogoutRequest(refresh_token=ada.session.refresh_token)

    await world.accounts.Logout(request)
    await world.accounts.Logout(request)

    with refused(*ENDED):
        await world.refresh(ada.session.refresh_token)


async def test_an_old_token_logs_out_too(world, ada):
    current = await world.refresh(ada.session.refresh_token)

    await world.accounts.Logout(auth_pb2.LogoutRequest(refresh_token=ada.session.refresh_token))

    with refused(*ENDED):
        await world.refresh(current.refresh_token)


@pytest.mark.parametrize("token", ["nonsense", "a" * 43, "é", "' or 1=1 --"])
async def test_what_is_no_token_opens_nothing_and_ends_nothing(world, token):
    with refused(*ENDED):
        await world.refresh(token)
    await world.accounts.Logout(auth_pb2.LogoutRequest(refresh_token=token))


@pytest.mark.parametrize("token", ["", "a" * 257])
async def test_what_can_be_no_token_is_pointed_at(world, token):
    with invalid("refresh_token"):
        await world.refresh(token)
    with invalid("refresh_token"):
        await world.accounts.Logout(auth_pb2.LogoutRequest(refresh_token=token))


async def test_no_refresh_token_is_in_the_database(world, ada):
    current = await world.refresh(ada.session.refresh_token)

    rows = await (await world.owner.execute("select t::text from refresh_tokens t")).fetchall()
    for token in (ada.session.refresh_token, current.refresh_token):
        assert not any(token in row.t or token.encode().hex() in row.t for row in rows)


async def test_a_session_that_is_over_is_forgotten(world, ada):
    rows = await world.owner.execute('select id from sessions where "user" = %s', [ada.id])
    session = (await rows.fetchone()).id
    due = await world.owner.execute("select * from due where id = %s", [session])
    row = await due.fetchone()
    assert row.kind in STEPS

    await world.db.run(STEPS[row.kind], Due(row.kind, None, row.id, row.due_time, 0))

    with refused(*ENDED):
        await world.refresh(ada.session.refresh_token)


# --- keys


async def test_processes_that_start_at_once_agree_on_one_key(database):
    async with database.lent("auth") as db:
        starts = [db.run(actions.signing_key, b"s" * 32, now()) for _ in range(4)]
        keys = await asyncio.gather(*starts)

        assert len({key.id for key in keys}) == 1
        assert await db.read(actions.public_keys) == [keys[0].jwk]


async def test_a_key_does_not_open_with_another_secret(database):
    async with database.lent("auth") as db:
        await db.run(actions.signing_key, b"s" * 32, now())

        with pytest.raises(Unreadable):
            await db.run(actions.signing_key, b"o" * 32, now())


async def test_a_restarted_service_still_knows_its_tokens(database, owner):
    me = auth_pb2.GetUserRequest(name="users/me")
    async with database.lent("auth") as db:
        async with serving(db, await owner(db)) as before:
            ada = await before.person()

        async with serving(db, await owner(db)) as after:
            assert (await after.accounts.GetUser(me, metadata=ada.metadata)).name == ada.name
