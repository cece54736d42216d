"""What is due is done: once, soon, and by somebody, whoever dies."""

from __future__ import annotations

import asyncio
import functools
import os
import sys
import uuid
from datetime import timedelta

import pytest

from services.kit import db as kit_db
from services.kit.caller import caller
from services.kit.clock import now
from services.kit.db import Database
from services.kit.tenant import tenant
from services.kit.work import ERRANDS, Worker
from tests.kit.refusals import Declined
from tests.kit.test_db import ADD
from tests.waiting import eventually, running


@pytest.fixture
async def kit(database):
    async with database.lent("kit") as db:
        yield db


@pytest.fixture
def url(kit):
    """For another process of the service, or another worker in this one."""
    return str(kit.pool.conninfo)


@pytest.fixture
async def rows(database, kit):
    return await database.owner(kit)


async def schedule(kit, kind, at=None, id=None, organization=None):
    id = id or uuid.uuid4()

    async def action(tx):
        tx.schedule(kind, organization or uuid.uuid4(), id, at or now())

    await kit.run(action)
    return id


async def due(rows):
    cursor = await rows.execute("select * from due order by due_time")
    return await cursor.fetchall()


async def nothing_is_due(rows):
    return not await due(rows)


async def write_down(tx, item):
    await tx.run(ADD, organization=tenant.get(), id=uuid.uuid4(), label=str(item.id))


async def labels(rows):
    cursor = await rows.execute("select label from gadgets order by label")
    return [row.label for row in await cursor.fetchall()]


def test_a_kind_is_a_step_or_an_errand(kit):
    with pytest.raises(ValueError, match="both a step and an errand: x"):
        Worker(kit, {"x": write_down}, {"x": write_down})


# --- steps


async def test_a_step_is_done_at_once_when_it_is_due(kit, rows, monkeypatch):
    monkeypatch.setattr("services.kit.work.BEAT", 3600)
    seen, organization = [], uuid.uuid4()

    async def step(tx, item):
        seen.append((item, tenant.get(), caller().name, kit_db.in_transaction.get()))
        await write_down(tx, item)

    async with running(Worker(kit, {"lapse": step}).run()):
        await asyncio.sleep(0.1)
        id = await schedule(kit, "lapse", organization=organization)
        await eventually(lambda: nothing_is_due(rows))

    ((item, within, who, inside),) = seen
    assert (item.kind, item.id, item.organization, item.attempts) == ("lapse", id, organization, 0)
    assert (within, who, inside) == (organization, "services/kit", True)
    assert await labels(rows) == [str(id)]


async def test_a_step_waits_for_its_time_and_other_kinds_are_left_alone(kit, rows):
    later = now() + timedelta(seconds=0.6)
    stranger = await schedule(kit, "stranger")
    never = await schedule(kit, "lapse", now() + timedelta(hours=1))
    id = await schedule(kit, "lapse", later)
    done = []

    async def step(tx, item):
        done.append((item.id, now()))

    async with running(Worker(kit, {"lapse": step}).run()):
        await eventually(functools.partial(are_due, rows, [stranger, never]))

    assert [found for found, _ in done] == [id]
    assert done[0][1] >= later


async def are_due(rows, ids):
    return [row.id for row in await due(rows)] == ids


async def test_work_of_another_process_is_noticed(kit, rows, url):
    elsewhere = await Database.open(url, "kit")

    async with running(Worker(kit, {"lapse": write_down}).run()):
        await asyncio.sleep(0.1)
        await schedule(elsewhere, "lapse")
        await eventually(lambda: nothing_is_due(rows))

    await elsewhere.close()


async def test_a_step_that_fails_leaves_nothing_and_is_tried_again_later(kit, rows, monkeypatch):
    monkeypatch.setattr("services.kit.work.SHORTEST", 60.0)
    tries = []

    async def step(tx, item):
        tries.append(item.attempts)
        await write_down(tx, item)
        if len(tries) < 3:
            raise Declined()

    async with running(Worker(kit, {"lapse": step}).run()):
        id = await schedule(kit, "lapse")
        for attempts in (1, 2):
            await eventually(functools.partial(attempts_are, rows, attempts))
            (row,) = await due(rows)
            assert timedelta(0) < row.due_time - now() <= timedelta(minutes=attempts)
            assert await labels(rows) == []
            await rows.execute("update due set due_time = now()")
        await eventually(lambda: nothing_is_due(rows))

    assert tries == [0, 1, 2]
    assert await labels(rows) == [str(id)]


async def attempts_are(rows, number):
    return [row.attempts for row in await due(rows)] == [number]


async def test_one_bad_step_does_not_hold_up_the_others(kit, rows):
    bad = await schedule(kit, "lapse", now() - timedelta(hours=1))
    good = [await schedule(kit, "lapse") for _ in range(20)]

    async def step(tx, item):
        await write_down(tx, item)
        if item.id == bad:
            raise ValueError("cannot be")

    async with running(Worker(kit, {"lapse": step}).run()):
        await eventually(lambda: number_is(rows, 20))

    assert await labels(rows) == sorted(map(str, good))
    assert [row.id for row in await due(rows)] == [bad]


async def number_is(rows, number):
    return len(await labels(rows)) >= number


async def test_a_step_may_schedule_itself_anew(kit, rows):
    again = now() + timedelta(hours=1)

    async def step(tx, item):
        await write_down(tx, item)
        tx.schedule(item.kind, item.organization, item.id, again)

    id = await schedule(kit, "remind")
    async with running(Worker(kit, {"remind": step}).run()):
        await eventually(lambda: number_is(rows, 1))

    assert [(row.id, row.due_time, row.attempts) for row in await due(rows)] == [(id, again, 0)]


async def test_what_was_called_off_is_not_done(kit, rows):
    soon = now() + timedelta(seconds=2)
    id = await schedule(kit, "lapse", soon)

    async def call_off(tx):
        tx.unschedule("lapse", id)

    async with running(Worker(kit, {"lapse": write_down}).run()):
        await kit.run(call_off)
        other = await schedule(kit, "lapse", soon + timedelta(microseconds=1))
        await eventually(lambda: number_is(rows, 1))

    assert await labels(rows) == [str(other)]


async def test_two_workers_do_every_step_once(kit, rows, url):
    other = await Database.open(url, "kit")
    ids = [uuid.uuid4() for _ in range(500)]
    organization = uuid.uuid4()

    async def plan(tx):
        for id in ids:
            tx.schedule("lapse", organization, id, now())

    async with running(
        Worker(kit, {"lapse": write_down}).run(), Worker(other, {"lapse": write_down}).run()
    ):
        await kit.run(plan)
        await eventually(lambda: nothing_is_due(rows))

    assert await labels(rows) == sorted(map(str, ids))
    await other.close()


async def test_a_step_of_a_killed_process_is_done_by_another(kit, rows, url):
    id = await schedule(kit, "step")
    await killed_at(url, "step")

    async with running(Worker(kit, {"step": write_down}).run()):
        await eventually(lambda: nothing_is_due(rows))

    assert await labels(rows) == [str(id)]


async def killed_at(url, kind, lease=60):
    """Runs a process until it has the work in hand, and kills it."""
    victim = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.kit.victim", url, kind, str(lease)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert victim.stdout is not None
    assert await victim.stdout.readline() == b"at it\n"
    victim.kill()
    await victim.wait()


async def test_a_database_that_hangs_up_only_delays_the_work(kit, rows):
    async with running(Worker(kit, {"lapse": write_down}).run()):
        for _ in range(3):
            await rows.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and application_name = 'turnout-kit'"
            )
            label = str(await schedule(kit, "lapse"))
            await eventually(functools.partial(is_labelled, rows, label))

    assert len(await labels(rows)) == 3


async def is_labelled(rows, label):
    return label in await labels(rows)


# --- errands


async def test_an_errand_runs_outside_of_transactions_and_its_row_goes_afterwards(kit, rows):
    seen = []

    async def errand(db, item):
        (row,) = await due(rows)
        seen.append((db, kit_db.in_transaction.get(), tenant.get(), caller().name, item.attempts))
        assert row.lease_time > now()
        await db.run(write_down, item)

    organization = uuid.uuid4()
    async with running(Worker(kit, errands={"send": errand}).run()):
        id = await schedule(kit, "send", organization=organization)
        await eventually(lambda: nothing_is_due(rows))

    assert seen == [(kit, False, organization, "services/kit", 0)]
    assert await labels(rows) == [str(id)]


async def test_an_errand_that_fails_is_run_again_later(kit, rows, monkeypatch):
    monkeypatch.setattr("services.kit.work.SHORTEST", 60.0)
    tries = []

    async def errand(db, item):
        tries.append(item.attempts)
        if len(tries) < 3:
            raise ConnectionError("nobody there")

    async with running(Worker(kit, errands={"send": errand}).run()):
        await schedule(kit, "send")
        for attempts in (1, 2):
            await eventually(functools.partial(released, rows, attempts))
            (row,) = await due(rows)
            assert timedelta(0) < row.due_time - now() <= timedelta(minutes=attempts)
            await rows.execute("update due set due_time = now()")
        await eventually(lambda: nothing_is_due(rows))

    assert tries == [0, 1, 2]


async def released(rows, attempts):
    found = [(row.attempts, row.lease_time) for row in await due(rows)]
    return found == [(attempts, None)]


async def test_an_errand_that_schedules_itself_anew_stays(kit, rows):
    again = now() + timedelta(hours=1)

    async def errand(db, item):
        async def postpone(tx):
            tx.schedule(item.kind, item.organization, item.id, again)

        await db.run(postpone)

    id = await schedule(kit, "send")
    async with running(Worker(kit, errands={"send": errand}).run()):
        await eventually(lambda: is_due(rows, (id, again, 0, None)))


async def is_due(rows, *expected):
    found = [(row.id, row.due_time, row.attempts, row.lease_time) for row in await due(rows)]
    return found == list(expected)


@pytest.mark.parametrize("failing", [False, True])
async def test_what_is_scheduled_during_the_errand_is_done_after_it(kit, rows, failing):
    started, go_on = asyncio.Event(), asyncio.Event()
    at_it: list[int] = []
    seen: list[int] = []

    async def errand(db, item):
        assert not at_it
        at_it.append(1)
        seen.append(item.attempts)
        started.set()
        await go_on.wait()
        at_it.pop()
        if failing and len(seen) == 1:
            raise Declined()

    same = now()
    async with running(Worker(kit, errands={"send": errand}).run()):
        id = await schedule(kit, "send", same)
        await started.wait()
        # Even for the very same moment: who scheduled it may have changed what it is about.
        await schedule(kit, "send", same, id)
        await asyncio.sleep(0.3)
        assert len(seen) == 1
        go_on.set()
        await eventually(lambda: nothing_is_due(rows))

    assert seen == [0, 0]


async def test_an_errand_called_off_while_it_runs_is_gone(kit, rows):
    started, go_on = asyncio.Event(), asyncio.Event()

    async def errand(db, item):
        started.set()
        await go_on.wait()
        raise Declined()

    async def call_off(tx):
        tx.unschedule("send", id)

    async with running(Worker(kit, errands={"send": errand}).run()):
        id = await schedule(kit, "send")
        await started.wait()
        await kit.run(call_off)
        go_on.set()
        await asyncio.sleep(0.1)

    assert await due(rows) == []


async def test_an_errand_that_takes_too_long_is_given_up_within_its_lease(kit, rows):
    outcomes = []

    async def errand(db, item):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            (row,) = await due(rows)
            outcomes.append(row.lease_time > now())
            raise

    await schedule(kit, "send")
    async with running(Worker(kit, errands={"send": errand}, lease=6).run()):
        await eventually(lambda: released(rows, 1))

    assert outcomes == [True]


async def test_the_errand_of_a_killed_process_is_run_when_its_lease_is_over(kit, rows, url):
    id = await schedule(kit, "errand")
    await killed_at(url, "errand", lease=2)
    (row,) = await due(rows)
    assert row.attempts == 1

    async def errand(db, item):
        assert now() > row.lease_time
        assert item.attempts == 1
        await db.run(write_down, item)

    async with running(Worker(kit, errands={"errand": errand}).run()):
        await eventually(lambda: nothing_is_due(rows))

    assert await labels(rows) == [str(id)]


async def test_a_worker_that_stops_gives_its_errands_back(kit, rows):
    started = asyncio.Event()

    async def hang(db, item):
        started.set()
        await asyncio.sleep(60)

    id = await schedule(kit, "send")
    async with running(Worker(kit, errands={"send": hang}).run()):
        await started.wait()
    assert [(row.id, row.lease_time, row.attempts) for row in await due(rows)] == [(id, None, 0)]

    async def errand(db, item):
        await db.run(write_down, item)

    async with running(Worker(kit, errands={"send": errand}).run()):
        await eventually(lambda: nothing_is_due(rows))
    assert await labels(rows) == [str(id)]


async def test_only_so_many_errands_run_at_a_time_and_all_are_run(kit, rows, url):
    other = await Database.open(url, "kit")
    at_once, most, done = {kit: 0, other: 0}, [], []

    async def errand(db, item):
        at_once[db] += 1
        most.append(at_once[db])
        await asyncio.sleep(0.005)
        at_once[db] -= 1
        done.append(item.id)

    ids = [await schedule(kit, "send") for _ in range(5 * ERRANDS)]
    async with running(
        Worker(kit, errands={"send": errand}).run(), Worker(other, errands={"send": errand}).run()
    ):
        await eventually(lambda: nothing_is_due(rows))

    assert sorted(done) == sorted(ids)
    assert max(most) <= ERRANDS
    await other.close()


# --- chores


async def test_chores_are_done_again_and_again_whatever_becomes_of_them(kit):
    counts = {"good": 0, "bad": 0}

    async def good(db):
        assert db is kit and tenant.get() is None and caller().name == "services/kit"
        counts["good"] += 1

    async def bad(db):
        counts["bad"] += 1
        raise ValueError("cannot be")

    every = {"good": (0.05, good), "bad": (0.05, bad)}
    async with running(Worker(kit, every=every).run()):
        await eventually(lambda: min(counts.values()) >= 3)
