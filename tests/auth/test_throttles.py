"""Who guesses has to wait, longer and longer; whose password is guessed at does not."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import uuid

import grpc
import pytest
from google.rpc import error_details_pb2

from services.auth.limits import Limits, site
from tests.auth.world import CHEAP, PASSWORD, registration, serving
from tests.serving import detail, from_address, refused
from turnout.auth.v1 import auth_pb2, factor_pb2, factor_pb2_grpc

pytestmark = pytest.mark.server

FEW = Limits(
    logins_per_account=3,
    logins_per_address=6,
    accounts_per_address=4,
    codes_per_account=2,
    codes_per_address=4,
)
SLOW = (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_TRIES")
WRONG = (grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS")
HOME, AWAY = "192.0.2.1", "198.51.100.7"


@pytest.fixture(scope="module")
async def strict(database, owner):
    """Auth with few free tries, in a database of its own."""
    async with database.lent("auth") as db:
        config = dataclasses.replace(CHEAP, limits=FEW)
        async with serving(db, await owner(db), config) as found:
            yield found


def somewhere():
    """An address that nobody tried anything from."""
    return f"2001:db8:{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}::1"


async def resident(world, address=HOME):
    """The address of somebody who logged in from there before."""
    email = f"{uuid.uuid4()}@example.org"
    await world.register(registration(email), metadata=from_address(somewhere()))
    await log_in(world, email, address)
    return email


async def log_in(world, email, address, password=PASSWORD):
    request = auth_pb2.LoginRequest(email=email, password=password)
    return await world.accounts.Login(request, metadata=from_address(address))


async def guess(world, email, address, times=1):
    """Tries wrong passwords; says how long the last one had to wait."""
    for _ in range(times):
        try:
            await log_in(world, email, address, "a wrong guess of mine")
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
                return detail(error, error_details_pb2.RetryInfo).retry_delay.seconds
    return 0


async def test_who_guesses_has_to_wait(strict):
    email = await resident(strict)

    assert await guess(strict, email, somewhere(), 4) == 0
    with refused(*SLOW, wait_seconds="1"):
        await log_in(strict, email, somewhere())


async def test_an_address_without_an_account_waits_just_so(strict):
    email = f"{uuid.uuid4()}@example.org"

    assert await guess(strict, email, somewhere(), 4) == 0
    assert await guess(strict, email, somewhere()) == 1


async def test_no_stranger_keeps_anybody_out_of_their_account(strict):
    email = await resident(strict)
    await guess(strict, email, somewhere(), 20)

    session = await log_in(strict, email, HOME)

    assert session.access_token


async def test_the_right_password_is_not_counted(strict):
    email = await resident(strict)

    for _ in range(10):
        await log_in(strict, email, HOME)
    for _ in range(10):
        await log_in(strict, email, somewhere())


async def test_who_tries_one_password_on_many_accounts_has_to_wait(strict):
    spray = somewhere()
    for _ in range(7):
        assert await guess(strict, f"{uuid.uuid4()}@example.org", spray) == 0

    assert await guess(strict, f"{uuid.uuid4()}@example.org", spray) == 1


async def test_many_guesses_at_once_are_no_way_around(strict):
    email = await resident(strict)

    tries = [log_in(strict, email, somewhere(), f"guess number {i}") for i in range(30)]
    found = await asyncio.gather(*tries, return_exceptions=True)

    compared = [
        error
        for error in found
        if isinstance(error, grpc.aio.AioRpcError)
        and error.code() is grpc.StatusCode.UNAUTHENTICATED
    ]
    assert len(compared) == 4


async def test_reactivating_is_guarded_as_logging_in_is(strict):
    email = await resident(strict)
    await guess(strict, email, AWAY, 4)

    with refused(*SLOW):
        request = auth_pb2.ReactivateUserRequest(email=email, password=PASSWORD)
        await strict.accounts.ReactivateUser(request, metadata=from_address(AWAY))


async def test_an_open_session_is_no_way_to_the_password(strict):
    email = await resident(strict)
    session = await log_in(strict, email, HOME)
    who = (("authorization", f"Bearer {session.access_token}"), *from_address(HOME))

    async def change(old):
        await strict.accounts.ChangePassword(
            auth_pb2.ChangePasswordRequest(
                name="users/me", old_password=old, new_password="another long password"
            ),
            metadata=who,
        )

    for _ in range(4):
        with refused(grpc.StatusCode.INVALID_ARGUMENT, "WRONG_PASSWORD"):
            await change("a wrong guess of mine")
    with refused(*SLOW):
        await change(PASSWORD)


async def test_accounts_are_not_made_by_the_thousand(strict):
    farm = somewhere()
    for _ in range(5):
        await strict.accounts.RegisterUser(
            registration(f"{uuid.uuid4()}@example.org"), metadata=from_address(farm)
        )

    with refused(*SLOW):
        await strict.accounts.RegisterUser(
            registration(f"{uuid.uuid4()}@example.org"), metadata=from_address(farm)
        )
    elsewhere = registration(f"{uuid.uuid4()}@example.org")
    assert await strict.accounts.RegisterUser(elsewhere, metadata=from_address(somewhere()))


async def test_nobody_is_written_to_without_end(strict, database, owner):
    """The same whether the address has an account or not."""
    for asked in (await resident(strict, somewhere()), f"{uuid.uuid4()}@example.org"):
        for _ in range(FEW.codes_per_account):
            await strict.accounts.RegisterUser(
                registration(asked), metadata=from_address(somewhere())
            )
        with refused(*SLOW):
            for _ in range(FEW.codes_per_account):
                await strict.accounts.RegisterUser(
                    registration(asked), metadata=from_address(somewhere())
                )


async def test_who_is_sent_away_for_a_full_queue_has_not_tried(database, owner):
    config = dataclasses.replace(CHEAP, limits=FEW, hash_threads=1, hash_queue=0)
    async with database.lent("auth") as db, serving(db, await owner(db), config) as world:
        email = await resident(world)
        session = await log_in(world, email, HOME)
        who = (("authorization", f"Bearer {session.access_token}"), *from_address(HOME))
        changing = auth_pb2.ChangePasswordRequest(
            name="users/me", old_password=PASSWORD, new_password="another long password"
        )
        enrolling = factor_pb2.EnrollSecondFactorRequest(password=PASSWORD)
        factors = factor_pb2_grpc.SecondFactorServiceStub(world.channel)
        tries = (
            lambda: log_in(world, email, AWAY),
            lambda: world.accounts.ChangePassword(changing, metadata=who),
            lambda: factors.EnrollSecondFactor(enrolling, metadata=who),
        )
        with _occupied(world):
            for attempt in tries * 5:
                with refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_LOGINS"):
                    await attempt()

        assert await log_in(world, email, AWAY)
        assert await factors.EnrollSecondFactor(enrolling, metadata=who)
        await world.accounts.ChangePassword(changing, metadata=who)


@contextlib.contextmanager
def _occupied(world):
    room = world.parts.state.hasher._room
    room.acquire()
    try:
        yield
    finally:
        room.release()


@pytest.mark.parametrize(
    ("address", "stands"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", "unknown"),
    ],
)
def test_a_site_is_counted_as_one(address, stands):
    assert site(address) == stands
