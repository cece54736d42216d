"""Signing keys follow each other: published before they sign, kept until their tokens expired."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from services.auth import rotation
from services.auth.__main__ import rotate
from services.auth.accounts import actions
from services.auth.rotation import NOTICE, SKEW, TERM, Key
from services.auth.signer import Signer
from services.auth.tokens import LIFE
from tests.auth.world import serving
from tests.serving import Clock
from turnout.auth.v1 import auth_pb2

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SECRET = b"s" * 32


def key(name="first", ago=timedelta(0)):
    return Key(name, b"sealed", NOW - ago)


# --- rules


def test_the_newest_key_that_has_begun_signs():
    keys = [key("old", TERM), key("new"), key("next", -NOTICE)]

    assert rotation.current(keys, NOW).id == "new"
    assert rotation.current(keys, NOW + NOTICE).id == "next"


def test_a_clock_that_is_behind_makes_no_second_key():
    assert rotation.current([key(ago=-SECOND)], NOW).id == "first"


def test_the_next_key_is_published_before_the_term_of_the_last_one_ends():
    assert rotation.next_due([key(ago=TERM - NOTICE)], NOW, at_once=False) == NOW + NOTICE
    assert rotation.next_due([key(ago=TERM - NOTICE - SECOND)], NOW, at_once=False) is None


def test_a_command_does_not_wait_for_the_term():
    assert rotation.next_due([key()], NOW, at_once=True) == NOW + NOTICE


@pytest.mark.parametrize("at_once", [True, False])
def test_of_two_keys_that_have_not_begun_there_is_never_need(at_once):
    keys = [key(ago=TERM), key("next", -SECOND)]

    assert rotation.next_due(keys, NOW, at_once=at_once) is None


def test_a_key_stays_until_the_last_of_its_tokens_has_expired():
    keys = [key("old", TERM), key("new", SKEW + LIFE)]

    assert rotation.over(keys, NOW) == [keys[0]]
    assert rotation.over(keys, NOW - SECOND) == []
    assert rotation.over(keys[1:], NOW + TERM) == []


def test_a_key_does_not_show_its_private_half():
    assert "sealed" not in repr(key())


# --- with a database


async def published(signer):
    return [entry["kid"] for entry in json.loads(await signer.jwks())["keys"]]


@pytest.mark.server
async def test_keys_follow_each_other_on_schedule(database):
    clock = Clock()
    async with database.lent("auth") as db:
        signer = Signer(db, SECRET, clock.now)
        first = (await signer.key()).id

        assert await signer.rotate() is None
        clock.ahead = TERM - NOTICE + SECOND
        begins = await signer.rotate()

        assert begins is not None
        old, new = await published(signer)
        assert (old, (await signer.key()).id) == (first, first)
        clock.ahead = TERM + timedelta(minutes=1)
        assert (await signer.key()).id == new
        clock.ahead += SKEW + LIFE
        assert await signer.rotate() is None
        assert await published(signer) == [new]


@pytest.mark.server
async def test_processes_that_rotate_at_once_make_one_key(database):
    clock = Clock()
    async with database.lent("auth") as db:
        signers = [Signer(db, SECRET, clock.now) for _ in range(4)]
        await signers[0].key()

        begins = await asyncio.gather(*(signer.rotate(at_once=True) for signer in signers))

        assert len(set(begins)) == 1
        assert len(await published(signers[0])) == 2


@pytest.mark.server
async def test_an_operator_has_another_key_within_minutes(database, owner):
    me = auth_pb2.GetUserRequest(name="users/me")
    async with database.lent("auth") as db, serving(db, await owner(db)) as world:
        ada = await world.person()
        said = await rotate(world.parts)
        assert said.startswith("another key signs from ")
        world.clock.ahead = NOTICE + timedelta(seconds=1)
        later = await world.log_in(ada.user.email)

        kids = [
            jwt.get_unverified_header(each.access_token)["kid"] for each in (ada.session, later)
        ]
        assert len(set(kids)) == 2
        keys = await db.read(actions.public_keys)
        assert [entry["kid"] for entry in keys] == kids
        for token in (ada.session.access_token, later.access_token):
            bearer = (("authorization", f"Bearer {token}"),)
            assert (await world.accounts.GetUser(me, metadata=bearer)).name == ada.name


@pytest.mark.server
async def test_a_service_without_a_key_gets_its_first_one_by_command(database):
    async with database.lent("auth") as db:
        signer = Signer(db, SECRET, Clock().now)

        assert await signer.rotate(at_once=True) is None

        assert await published(signer) == [(await signer.key()).id]
