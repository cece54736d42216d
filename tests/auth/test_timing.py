"""Nobody learns by the clock who has an account: known and unknown people make the same work."""

from __future__ import annotations

import contextlib
import time
import uuid

import grpc
import psycopg
import pytest

from services.auth.passwords import Hasher
from tests.auth.world import PASSWORD
from turnout.auth.v1 import (
    administrator_pb2,
    administrator_pb2_grpc,
    auth_pb2,
    code_pb2,
    code_pb2_grpc,
)

pytestmark = pytest.mark.server

WRONG = "a wrong guess of mine"
SAMPLES = 40


class Work:
    """What was done: statements in their order, and passwords that were hashed."""

    def __init__(self):
        self.statements: list[str] = []
        self.hashes = 0


@pytest.fixture
def counted(monkeypatch):
    """Counts the work of what is done inside."""
    execute, do = psycopg.AsyncConnection.execute, Hasher._do

    @contextlib.contextmanager
    def counting():
        work = Work()

        async def executing(self, query, *args, **kwargs):
            work.statements.append(str(query).partition(" ")[0])
            return await execute(self, query, *args, **kwargs)

        async def doing(self, what):
            work.hashes += 1
            return await do(self, what)

        with monkeypatch.context() as patch:
            patch.setattr(psycopg.AsyncConnection, "execute", executing)
            patch.setattr(Hasher, "_do", doing)
            yield work

    return counting


async def login(world, email):
    await world.log_in(email, WRONG)


async def reactivate(world, email):
    request = auth_pb2.ReactivateUserRequest(email=email, password=WRONG)
    await world.accounts.ReactivateUser(request)


async def administer(world, email):
    stub = administrator_pb2_grpc.AdministratorServiceStub(world.channel)
    request = administrator_pb2.LoginAdministratorRequest(email=email, password=WRONG)
    await stub.LoginAdministrator(request)


async def forget(world, email):
    stub = code_pb2_grpc.CodeServiceStub(world.channel)
    await stub.ForgotPassword(code_pb2.ForgotPasswordRequest(email=email))


async def reset(world, email):
    stub = code_pb2_grpc.CodeServiceStub(world.channel)
    asked = await stub.ForgotPassword(code_pb2.ForgotPasswordRequest(email=email))
    request = code_pb2.ResetPasswordRequest(
        challenge=asked.challenge, code="wrong", new_password="another long password"
    )
    await stub.ResetPassword(request)


async def tried(attempt, world, email):
    """What was answered."""
    try:
        await attempt(world, email)
    except grpc.aio.AioRpcError as error:
        return error.code(), error.details()
    return grpc.StatusCode.OK, ""


@pytest.mark.parametrize("attempt", [login, reactivate, administer, forget, reset])
async def test_known_and_unknown_people_make_the_same_work(world, ada, counted, attempt):
    # What runs beside looks at the database too.
    seen = []
    for email in (ada.user.email, f"{uuid.uuid4()}@example.org"):
        least = None
        for _ in range(5):
            with counted() as work:
                answer = await tried(attempt, world, email)
            size = (len(work.statements), work.hashes, answer)
            least = size if least is None else min(least, size)
        seen.append(least)

    assert seen[0] == seen[1]


async def test_an_account_with_the_right_password_makes_no_less(world, ada, counted):
    with counted() as right:
        await world.log_in(ada.user.email, PASSWORD)
    with counted() as wrong:
        await tried(login, world, ada.user.email)

    assert right.hashes == wrong.hashes == 1


async def test_no_statistic_tells_known_from_unknown_people(world, ada):
    """Of two answers, one to a known and one to an unknown address, either may be the later one."""
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * SAMPLES):
        known = number % 2 == 0
        email = ada.user.email if known else f"{uuid.uuid4()}@example.org"
        begun = time.perf_counter()
        await tried(login, world, email)
        took[known].append(time.perf_counter() - begun)

    later = sum(k > u for k in took[True] for u in took[False]) / SAMPLES**2

    # Half, but for noise; without a hash for unknown people it is all or nothing.
    assert 0.15 < later < 0.85
