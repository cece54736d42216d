from __future__ import annotations

import asyncio
import contextlib
import threading

import pytest

from services.auth.passwords import CommonPassword, Hasher, TooManyLogins, refuse_common

PEPPER = b"pepper" * 8
LONG = "🐘" * 128


@pytest.fixture
def hasher():
    with contextlib.closing(Hasher(PEPPER, 4, threads=2, queue=2)) as found:
        yield found


@pytest.mark.parametrize("password", ["correct horse", LONG, "with\0nothing", " spaces "])
async def test_a_password_fits_its_own_hash_and_no_other(hasher, password):
    stored = await hasher.hash(password)

    assert stored.startswith("v1$2b$04$")
    assert await hasher.check(password, stored)
    assert not await hasher.check(password[:-1], stored)


async def test_nobody_has_no_password(hasher):
    assert not await hasher.check("", None)
    assert not await hasher.check("correct horse", None)


async def test_the_same_password_has_a_hash_of_its_own_each_time(hasher):
    assert await hasher.hash("correct horse") != await hasher.hash("correct horse")


async def test_a_hash_is_of_no_use_without_the_pepper(hasher):
    stored = await hasher.hash("correct horse")

    with contextlib.closing(Hasher(b"other" * 8, 4, threads=1, queue=1)) as other:
        assert not await other.check("correct horse", stored)


@pytest.mark.parametrize("forged", ["v1$2b$31$" + "." * 53, "v9$2b$04$" + "." * 53])
async def test_a_hash_that_would_take_a_day_is_not_computed(hasher, forged):
    assert not await hasher.check("correct horse", forged)


async def test_whoever_comes_to_a_full_queue_is_sent_away(hasher):
    free = threading.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(hasher._do(free.wait))
        await asyncio.sleep(0)

        with pytest.raises(TooManyLogins) as refused:
            await hasher.hash("correct horse")

        free.set()
    assert refused.value.retry_seconds > 0
    assert await hasher.hash("correct horse")


async def test_who_gives_up_waiting_leaves_the_place_to_others(hasher):
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await hasher.hash("correct horse")

    for n in range(8):
        await hasher.hash(f"password {n}")


@pytest.mark.parametrize("password", ["password", "12345678", "Baseball", "QWERTYUIOP"])
def test_what_everybody_tries_first_is_no_password(password):
    with pytest.raises(CommonPassword):
        refuse_common(password, "password")


@pytest.mark.parametrize("password", ["correct horse battery staple", "xK9#mQ2$vL"])
def test_what_nobody_tries_is_a_password(password):
    refuse_common(password, "password")
