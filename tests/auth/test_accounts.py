from __future__ import annotations

import asyncio
import json
import uuid
from datetime import timedelta

import grpc
import jwt
import pytest
from google.rpc import error_details_pb2
from psycopg import sql

from services.auth.config import Config
from services.auth.passwords import Hasher
from tests.auth.world import PASSWORD, registration, serving
from tests.serving import NOBODY, as_user, detail, invalid, refused
from turnout.auth.v1 import auth_pb2

pytestmark = pytest.mark.server


def email():
    return f"{uuid.uuid4()}@example.org"


# --- register


async def test_an_account_is_made_and_told(world):
    address = email()

    user = await world.register(registration(address.upper(), display_name="Ada  L"))

    assert (user.email, user.display_name, user.etag) == (address, "Ada L", '"1"')
    assert user.create_time == user.update_time == user.email_verify_time
    assert user.challenge == ""
    (told,) = await world.facts(user.name)
    assert told == auth_pb2.UserRegistered(user=user.name, display_name="Ada L", email=address)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "user.email"),
        ({"email": ""}, "user.email"),
        ({"email": "a" * 250 + "@example.org"}, "user.email"),
        ({"display_name": " "}, "user.display_name"),
        ({"display_name": "n" * 101}, "user.display_name"),
        ({"password": "short"}, "password"),
        ({"password": "p" * 129}, "password"),
        ({"request_id": "1"}, "request_id"),
    ],
)
async def test_what_makes_no_account_is_pointed_at(world, change, field):
    with invalid(field):
        await world.accounts.RegisterUser(registration(**{"email": email()} | change))


async def test_an_account_needs_somebody(world):
    with invalid("user", "password"):
        await world.accounts.RegisterUser(auth_pb2.RegisterUserRequest())


async def test_a_password_that_everybody_tries_first_is_refused(world):
    with invalid("password"):
        await world.accounts.RegisterUser(registration(email(), password="Password1"))
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "COMMON_PASSWORD", field="password"):
        await world.accounts.RegisterUser(registration(email(), password="12345678"))


async def test_a_password_may_be_of_any_characters(world):
    address, password = email(), "ключ 🐘" * 21

    await world.register(registration(address, password=password))

    assert (await world.log_in(address, password)).access_token


async def test_no_password_is_in_the_database(world):
    address, password = email(), f"secret {uuid.uuid4()}"
    request = registration(address, password=password, request_id=str(uuid.uuid4()))
    await world.register(request)

    for table in ("users", "registrations", "answered", "outbox"):
        query = sql.SQL("select t::text from {} t").format(sql.Identifier(table))
        rows = await (await world.owner.execute(query)).fetchall()
        assert not any(password in row.t for row in rows)
        assert not any(password.encode().hex() in row.t for row in rows)


# --- log in


async def test_a_session_proves_who_one_is(world, ada):
    session = await world.log_in(ada.user.email.upper())

    assert session.user == ada.name
    assert session.expires_in.seconds == 15 * 60
    assert session.refresh_expire_time.seconds - ada.user.create_time.seconds >= 7 * 86400
    me = await world.accounts.GetUser(
        auth_pb2.GetUserRequest(name="users/me"),
        metadata=(("authorization", f"Bearer {session.access_token}"),),
    )
    assert me == ada.user


@pytest.mark.parametrize("password", ["", "wrong password", PASSWORD + " ", PASSWORD.upper()])
async def test_another_password_opens_nothing(world, ada, password):
    if not password:
        with invalid("password"):
            await world.log_in(ada.user.email, password)
        return
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
        await world.log_in(ada.user.email, password)


@pytest.mark.parametrize("stranger", ["nobody@example.org", "no address", "' or 1=1 --"])
async def test_an_unknown_address_gets_the_answer_of_a_wrong_password(world, stranger):
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
        await world.log_in(stranger)


async def test_two_logins_are_two_sessions(world, ada):
    other = await world.log_in(ada.user.email)

    await world.accounts.Logout(auth_pb2.LogoutRequest(refresh_token=other.refresh_token))

    assert (await world.refresh(ada.session.refresh_token)).access_token


async def test_a_crowd_at_the_door_is_asked_to_come_again(database, owner):
    db, narrow = await database("auth"), Config(bcrypt_cost=8, hash_threads=1, hash_queue=0)
    async with serving(db, await owner(db), narrow) as world:
        tries = [world.log_in("nobody@example.org") for _ in range(8)]
        results = await asyncio.gather(*tries, return_exceptions=True)

    errors = [result for result in results if isinstance(result, grpc.aio.AioRpcError)]
    away = [error for error in errors if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED]
    assert 0 < len(away) < len(errors) == len(tries)
    assert detail(away[0], error_details_pb2.ErrorInfo).reason == "TOO_MANY_LOGINS"
    assert detail(away[0], error_details_pb2.RetryInfo).retry_delay.seconds > 0


async def test_a_password_is_hashed_anew_when_the_policy_has_moved(world, ada, database, owner):
    async def stored():
        rows = await world.owner.execute("select password from users where id = %s", [ada.id])
        return (await rows.fetchone()).password

    db, before = await database("auth"), await stored()
    async with serving(
        db, await owner(db), Config(bcrypt_cost=5, hash_threads=1, hash_queue=8)
    ) as (later):
        tries = [later.log_in(ada.user.email) for _ in range(3)]
        await asyncio.gather(*tries)
        after = await stored()
        await later.log_in(ada.user.email)

    assert before.startswith("v1$2b$04$")
    assert after.startswith("v1$2b$05$")
    assert await stored() == after
    assert (await world.log_in(ada.user.email)).access_token


async def test_who_is_outrun_by_another_hash_of_the_same_password_is_let_in(
    world, ada, monkeypatch
):
    check, hasher = Hasher.check, world.parts.state.hasher
    outran: list[str] = []

    async def slow(self, password, stored):
        same = await check(self, password, stored)
        if not outran:
            outran.append(await hasher.hash(PASSWORD))
            await world.owner.execute(
                "update users set password = %s where id = %s", [outran[0], ada.id]
            )
        return same

    monkeypatch.setattr(Hasher, "check", slow)

    assert (await world.log_in(ada.user.email)).user == ada.name
    assert outran


async def test_who_is_outrun_by_another_password_is_not(world, ada, monkeypatch):
    check, hasher = Hasher.check, world.parts.state.hasher

    async def slow(self, password, stored):
        same = await check(self, password, stored)
        changed = await hasher.hash("another long password")
        await world.owner.execute("update users set password = %s where id = %s", [changed, ada.id])
        return same

    monkeypatch.setattr(Hasher, "check", slow)

    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
        await world.log_in(ada.user.email)


# --- accounts


async def test_a_person_reads_their_own_account(world, ada):
    request = auth_pb2.GetUserRequest(name=ada.name)

    assert await world.accounts.GetUser(request, metadata=ada.metadata) == ada.user


async def test_nobody_reads_the_account_of_another(world, ada, bob):
    with refused(grpc.StatusCode.NOT_FOUND, "USER_NOT_FOUND", user=bob.name):
        await world.accounts.GetUser(auth_pb2.GetUserRequest(name=bob.name), metadata=ada.metadata)


@pytest.mark.parametrize("name", ["", "users/ada", "users/", "organizations/me", "users/me/me"])
async def test_a_malformed_name_is_pointed_at(world, ada, name):
    with invalid("name"):
        await world.accounts.GetUser(auth_pb2.GetUserRequest(name=name), metadata=ada.metadata)


async def test_an_account_is_for_who_is_signed_in(world):
    request = auth_pb2.GetUserRequest(name="users/me")

    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await world.accounts.GetUser(request, metadata=NOBODY)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID"):
        await world.accounts.GetUser(request, metadata=as_user())


async def test_an_access_token_is_good_for_a_quarter_of_an_hour(world, ada):
    request = auth_pb2.GetUserRequest(name=ada.name)
    claims = jwt.decode(ada.session.access_token, options={"verify_signature": False})

    assert claims["exp"] - claims["iat"] == 900
    await world.accounts.GetUser(request, metadata=ada.metadata)
    world.clock.ahead = timedelta(minutes=15)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED"):
        await world.accounts.GetUser(request, metadata=ada.metadata)
    world.clock.ahead = timedelta()


async def test_a_forged_token_is_none(world, ada):
    request = auth_pb2.GetUserRequest(name=ada.name)
    forged = ada.session.access_token[:-4] + "AAAA"
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID"):
        await world.accounts.GetUser(request, metadata=(("authorization", f"Bearer {forged}"),))


async def test_a_refresh_token_is_no_access_token(world, ada):
    bearer = (("authorization", f"Bearer {ada.session.refresh_token}"),)

    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID"):
        await world.accounts.GetUser(auth_pb2.GetUserRequest(name=ada.name), metadata=bearer)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "SESSION_ENDED"):
        await world.refresh(ada.session.access_token[:256])


# --- keys


async def test_everybody_can_check_a_token(world, ada):
    body = await world.accounts.GetJwks(auth_pb2.GetJwksRequest())

    assert body.content_type == "application/json"
    keys = {key["kid"]: key for key in json.loads(body.data)["keys"]}
    assert not any("d" in key for key in keys.values())
    token = ada.session.access_token
    key = jwt.PyJWK(keys[jwt.get_unverified_header(token)["kid"]])
    claims = jwt.decode(token, key, ["ES256"], audience="turnout", issuer="https://turnout.app")
    assert claims["sub"] == ada.name
