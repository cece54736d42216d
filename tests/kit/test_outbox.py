"""What became true is told, in order, whatever happens to Redis or to the relay."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import signal
import sys
import tempfile
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from deploy.local.redis import Redis
from services.kit import db as kit_db
from services.kit import outbox
from services.kit.carrier import carrier
from services.kit.db import Database, sql
from services.kit.outbox import Relay
from services.kit.tenant import within
from tests.kit.bus import carried, named, tell, texts, untold
from tests.kit.tables import gadgets
from tests.kit.test_db import LOCK, TAKE, add
from tests.waiting import eventually, running

ONE = sql(sa.select(sa.literal(1).label("one")))


@pytest.fixture
def server():
    """A Redis that a test may kill."""
    with tempfile.TemporaryDirectory(prefix="turnout-") as home:
        found = Redis(pathlib.Path(home), fsync=False)
        found.start()
        yield found
        found.stop()


@pytest.fixture
async def auth(database):
    async with database.lent("kit", name="auth") as db:
        yield db


@pytest.fixture
async def rows(database, auth):
    return await database.owner(auth)


async def test_a_fact_is_told_when_it_is_committed(server, auth, rows):
    async with running(Relay(auth, server.url).run()):
        await tell(auth, "a")
        await tell(auth, "b")
        await eventually(lambda: untold_is(rows, 0))

    facts = await carried(server.url)
    cursor = await rows.execute("select id, body from outbox order by position")
    assert [(fact.id, fact.SerializeToString()) for fact in facts] == [
        (str(row.id), row.body) for row in await cursor.fetchall()
    ]
    assert await texts(server.url) == ["a", "b"]


async def untold_is(rows, number):
    return await untold(rows) == number


async def test_what_was_rolled_back_is_not_told(server, auth, rows):
    async def refused(tx):
        tx.publish(named(uuid.uuid4(), "never"), subject="organizations/1")
        raise LookupError

    async with running(Relay(auth, server.url).run()):
        with pytest.raises(LookupError):
            await auth.run(refused)
        await tell(auth, "after")
        await eventually(lambda: untold_is(rows, 0))

    assert await texts(server.url) == ["after"]


async def test_the_facts_of_other_processes_are_told_too(server, auth, rows):
    elsewhere = await Database.open(str(auth.pool.conninfo), "auth")

    async with running(Relay(auth, server.url).run()):
        await tell(elsewhere, "from elsewhere")
        await eventually(lambda: texts_are(server, ["from elsewhere"]))

    await elsewhere.close()


async def texts_are(server, expected):
    return await texts(server.url) == expected


async def test_facts_of_one_subject_are_told_in_the_order_of_their_commits(server, auth, rows):
    organization = uuid.uuid4()
    stock = sql(sa.update(gadgets).where(gadgets.c.id == sa.bindparam("id")).values(left=200))

    async def take(tx, id):
        left = (await tx.one(LOCK, id=id)).left
        await tx.run(TAKE, id=id)
        tx.publish(named(organization, str(left)), subject=f"organizations/{organization}")

    with within(organization):
        id = await auth.run(add)
        await auth.run(lambda tx: tx.run(stock, id=id))
        async with running(Relay(auth, server.url).run()):
            await asyncio.gather(*(auth.run(take, id) for _ in range(150)))
            await eventually(lambda: untold_is(rows, 0))

    assert await texts(server.url) == [str(200 - n) for n in range(150)]


async def test_a_late_commit_is_told_though_it_was_numbered_early(server, auth, rows):
    first, second = asyncio.Event(), asyncio.Event()

    async def slow(tx):
        position = sql(sa.select(sa.func.nextval("outbox_position_seq")))
        await tx.one(position)
        first.set()
        await second.wait()
        tx.publish(named(uuid.uuid4(), "slow"), subject="organizations/1")

    async with running(Relay(auth, server.url).run()):
        async with asyncio.TaskGroup() as group:
            group.create_task(auth.run(slow))
            await first.wait()
            await tell(auth, "fast")
            await eventually(lambda: texts_are(server, ["fast"]))
            second.set()
        await eventually(lambda: texts_are(server, ["fast", "slow"]))


async def test_of_two_relays_one_is_at_work_and_the_other_takes_over(server, auth, rows):
    other = await Database.open(str(auth.pool.conninfo), "auth")

    async with running(Relay(other, server.url).run()):
        async with running(Relay(auth, server.url).run()):
            for n in range(20):
                await tell(auth, str(n))
            await eventually(lambda: untold_is(rows, 0))
        await tell(auth, "20")
        await eventually(lambda: untold_is(rows, 0))

    assert await texts(server.url) == [str(n) for n in range(21)]
    await other.close()


async def test_a_relay_that_froze_is_taken_over_from_and_finds_out(server, auth, rows):
    with frozen(await at_relaying(auth)) as victim:
        async with running(Relay(auth, server.url).run()):
            await tell(auth, "a")
            await eventually(lambda: untold_is(rows, 0))

        victim.send_signal(signal.SIGCONT)
        assert victim.stdout is not None
        assert await victim.stdout.readline() == b"not alone any more\n"


async def test_who_does_something_alone_and_has_little_to_do_stays_alone(auth, monkeypatch):
    monkeypatch.setattr(kit_db, "SILENT", 2.0)
    monkeypatch.setattr(kit_db, "PULSE", 0.1)
    other = await Database.open(str(auth.pool.conninfo), "auth")

    async with auth.alone("relay") as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(4), other.alone("relay"):
                pass

        assert (await session.one(ONE)).one == 1
    await other.close()


async def at_relaying(auth) -> asyncio.subprocess.Process:
    """A process of the service that does alone what relays do."""
    victim = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.kit.victim", str(auth.pool.conninfo), "relay", "0"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert victim.stdout is not None
    assert await victim.stdout.readline() == b"at it\n"
    return victim


@contextlib.contextmanager
def frozen(victim: asyncio.subprocess.Process) -> Iterator[asyncio.subprocess.Process]:
    victim.send_signal(signal.SIGSTOP)
    try:
        yield victim
    finally:
        victim.kill()


async def test_a_crash_between_telling_and_stamping_tells_again(server, auth, rows):
    async with running(Relay(auth, server.url).run()):
        await tell(auth, "a")
        await eventually(lambda: untold_is(rows, 0))
        await rows.execute("update outbox set told_time = null")
        await eventually(lambda: untold_is(rows, 0))

    first, second = await carried(server.url)
    assert first == second


async def test_a_redis_that_was_wiped_is_told_again_what_is_young(server, auth, rows):
    async with running(Relay(auth, server.url).run()):
        for text in ("old", "young"):
            await tell(auth, text)
        await eventually(lambda: untold_is(rows, 0))
        await rows.execute(
            "update outbox set told_time = told_time - interval '8 days' where position = 1"
        )
        async with carrier(server.url) as client:
            await client.flushall()
        await eventually(lambda: texts_are(server, ["young"]))
        await tell(auth, "new")
        await eventually(lambda: texts_are(server, ["young", "new"]))


async def test_a_fact_told_to_a_wiped_redis_is_not_taken_for_told(server, auth, rows, monkeypatch):
    monkeypatch.setattr(outbox, "LOOK", 3600)
    async with running(Relay(auth, server.url).run()):
        await tell(auth, "a")
        await eventually(lambda: untold_is(rows, 0))
        async with carrier(server.url) as client:
            await client.flushall()
        await tell(auth, "b")
        await eventually(lambda: untold_is(rows, 0))

    # Nothing is missing, and "a" does not come after the last of "b".
    found = await texts(server.url)
    assert found[-2:] == ["a", "b"]


async def test_a_redis_that_crashed_is_told_again_what_it_heard_last(server, auth, rows):
    async with running(Relay(auth, server.url).run()):
        for text in ("long ago", "lately", "just now"):
            await tell(auth, text)
        await eventually(lambda: untold_is(rows, 0))
        await rows.execute(
            "update outbox set told_time = told_time - interval '1 minute' * (3 - position)"
        )
        server.process.kill()
        await asyncio.to_thread(server.start)
        await eventually(lambda: heard_twice(server, "just now"))

    assert (await texts(server.url)).count("long ago") == 1


async def heard_twice(server, text):
    return (await texts(server.url)).count(text) == 2


async def test_while_redis_is_away_nothing_is_lost(server, auth, rows):
    async with running(Relay(auth, server.url).run()):
        await tell(auth, "before")
        await eventually(lambda: untold_is(rows, 0))
        server.stop()
        for n in range(10):
            await tell(auth, str(n))
        await asyncio.to_thread(server.start)
        await eventually(lambda: untold_is(rows, 0))

    assert list(dict.fromkeys(await texts(server.url))) == ["before", *map(str, range(10))]


async def test_while_postgres_hangs_up_nothing_is_lost(server, auth, rows):
    async with running(Relay(auth, server.url).run()):
        for n in range(5):
            await tell(auth, str(n))
            await rows.execute(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
                " and database = (select oid from pg_database where datname = current_database())"
            )
        await eventually(lambda: untold_is(rows, 0))

    assert list(dict.fromkeys(await texts(server.url))) == [str(n) for n in range(5)]


async def test_what_everybody_acknowledged_long_ago_is_dropped(server, auth, rows, monkeypatch):
    monkeypatch.setattr(outbox, "CARRIED", timedelta(0))
    monkeypatch.setattr(outbox, "TIDY", 0.05)
    async with carrier(server.url) as client:
        for group in ("fast", "slow"):
            await client.xgroup_create("facts:auth", group, id="0", mkstream=True)
        async with running(Relay(auth, server.url).run()):
            for n in range(5):
                await tell(auth, str(n))
            await eventually(lambda: untold_is(rows, 0))
            await asyncio.sleep(0.2)
            assert len(await texts(server.url)) == 5

            await take(client, "fast", 5)
            positions = await take(client, "slow", 4)
            await client.xack("facts:auth", "slow", positions[1])
            await asyncio.sleep(0.5)
            assert len(await texts(server.url)) == 5

            await client.xack("facts:auth", "slow", positions[0])
            await eventually(lambda: texts_are(server, ["2", "3", "4"]))


async def take(client, group, count):
    """Reads as a group does; `fast` acknowledges what it read."""
    ((_, entries),) = await client.xreadgroup(group, group, {"facts:auth": ">"}, count=count)
    positions = [position for position, _ in entries]
    if group == "fast":
        await client.xack("facts:auth", group, *positions)
    return positions


async def test_rows_told_long_ago_are_dropped_and_untold_ones_never(server, auth, rows):
    for text in ("told", "untold"):
        await tell(auth, text)
    await rows.execute("update outbox set create_time = now() - interval '30 days'")
    await rows.execute("update outbox set told_time = now() - interval '8 days' where position = 1")

    async with running(Relay(auth, server.url).run()):
        await eventually(lambda: texts_are(server, ["untold"]))
        await eventually(lambda: positions_are(rows, [2]))


async def positions_are(rows, expected):
    cursor = await rows.execute("select position from outbox order by position")
    return [row.position for row in await cursor.fetchall()] == expected
