"""News reaches who watches: in the same process at once, in another through Postgres."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from services.kit import herald
from services.kit.db import Database
from services.kit.news import News
from tests.waiting import running

pytestmark = pytest.mark.server


@pytest.fixture
async def one(database):
    return await database.fresh("kit")


@pytest.fixture
async def other(one):
    db = await Database.open(one.pool.conninfo, "kit", 2)
    yield db
    await db.close()


async def stir(tx, *topics):
    for topic in topics:
        tx.stir(topic)


async def stir_and_fail(tx, topic):
    tx.stir(topic)
    raise ZeroDivisionError


async def heard(event):
    async with asyncio.timeout(60):
        await event.wait()


async def listened(db):
    """Waits until a process hears the others."""
    with db.news.watching("anything") as ready:
        await heard(ready)


def test_who_watches_a_topic_hears_of_that_one_alone():
    news = News()

    with news.watching("seats 1") as mine, news.watching("seats 2") as other:
        news.tell(["seats 1"])

    assert mine.is_set()
    assert not other.is_set()


def test_who_watches_no_more_is_forgotten():
    news = News()

    with news.watching("seats 1") as mine:
        pass
    news.tell(["seats 1"])

    assert not mine.is_set()


async def test_what_a_transaction_changed_is_news_once_it_is_committed(one):
    with one.news.watching("seats 1") as mine:
        with pytest.raises(ZeroDivisionError):
            await one.run(stir_and_fail, "seats 1")
        assert not mine.is_set()

        await one.run(stir, "seats 1")

        assert mine.is_set()


async def test_a_savepoint_takes_its_news_back(one):
    async def half(tx):
        tx.stir("kept")
        with pytest.raises(KeyError):
            async with tx.savepoint():
                tx.stir("undone")
                raise KeyError

    with one.news.watching("kept") as kept, one.news.watching("undone") as undone:
        await one.run(half)

    assert kept.is_set()
    assert not undone.is_set()


async def test_another_process_hears_of_it(one, other):
    async with running(herald.carry(one), herald.carry(other)):
        await listened(other)
        with other.news.watching("seats 1") as theirs:
            await one.run(stir, "seats 1")

            await heard(theirs)


async def test_a_listener_that_was_cut_off_looks_again_and_goes_on(one, other, database):
    owner = await database.owner(one)
    async with running(herald.carry(one), herald.carry(other)):
        await listened(other)
        with other.news.watching("seats 1") as theirs:
            await cut_off(owner)
            await heard(theirs)
            theirs.clear()
            await one.run(stir, "seats 1")

            await heard(theirs)


async def cut_off(owner: psycopg.AsyncConnection):
    await owner.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and query like 'listen %'"
    )


async def test_a_process_that_carries_twice_carries_once(one):
    async with running(herald.carry(one)):
        await asyncio.sleep(0)

        await herald.carry(one)
