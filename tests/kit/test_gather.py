"""What waits for the same thing is answered together, and nobody pays for another."""

from __future__ import annotations

import asyncio
import time
import uuid

import pytest

from services.kit import clock, db, errors
from services.kit.caller import ANONYMOUS, Caller, Kind, acting, caller
from services.kit.gather import QUIET, Gather, TooMuchAtOnce
from services.kit.tenant import tenant, within
from tests.kit.refusals import Declined
from tests.kit.test_db import ALL, LOCK, TAKE, add


class Batches:
    """Doubles numbers, slowly if `gate` is shut, and remembers which came together."""

    def __init__(self):
        self.seen = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, key, items):
        self.seen.append((key, items))
        await self.gate.wait()
        return [Declined() if item < 0 else item * 2 for item in items]


async def settle():
    for _ in range(QUIET + 5):
        await asyncio.sleep(0)


async def test_what_comes_while_a_batch_is_under_way_forms_the_next_one():
    batches = Batches()
    gather = Gather(batches)
    batches.gate.clear()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(gather("a", 1))]
        await settle()
        tasks += [group.create_task(gather("a", n)) for n in (2, 3, 4)]
        await settle()
        batches.gate.set()

    assert [task.result() for task in tasks] == [2, 4, 6, 8]
    assert batches.seen == [("a", [1]), ("a", [2, 3, 4])]


async def test_different_keys_do_not_wait_for_each_other():
    batches = Batches()
    gather = Gather(batches)
    batches.gate.clear()

    async with asyncio.TaskGroup() as group:
        for key in "ab":
            group.create_task(gather(key, 1))
        await settle()
        seen = list(batches.seen)
        batches.gate.set()

    assert seen == [("a", [1]), ("b", [1])]


async def test_a_refusal_goes_to_the_one_it_is_meant_for():
    gather = Gather(Batches())

    results = await asyncio.gather(*(gather("a", n) for n in (1, -1, 3)), return_exceptions=True)

    assert (results[0], results[2]) == (2, 6)
    assert isinstance(results[1], Declined)


async def test_a_batch_that_breaks_fails_all_of_it_and_nothing_after_it():
    async def broken(key, items):
        if "bad" in items:
            raise ValueError("bad batch")
        return items

    gather = Gather(broken)

    results = await asyncio.gather(
        *(gather("a", item) for item in ("first", "bad", "worse")), return_exceptions=True
    )

    assert results[0] == "first" or isinstance(results[0], ValueError)
    assert [type(result) for result in results[1:]] == [ValueError, ValueError]
    assert await gather("a", "good") == "good"


async def test_a_batch_must_answer_everybody():
    async def forgetful(key, items):
        return items[1:]

    with pytest.raises(RuntimeError, match="0 results for 1 items"):
        await Gather(forgetful)("a", 1)


async def test_one_who_goes_away_harms_nobody():
    batches = Batches()
    gather = Gather(batches)
    batches.gate.clear()
    first = asyncio.create_task(gather("a", 1))
    await settle()
    second, third, fourth = (asyncio.create_task(gather("a", n)) for n in (2, 3, 4))
    await settle()

    first.cancel()
    third.cancel()
    await settle()
    batches.gate.set()
    results = await asyncio.gather(first, second, third, fourth, return_exceptions=True)

    assert [type(result) for result in results] == [
        asyncio.CancelledError,
        int,
        asyncio.CancelledError,
        int,
    ]
    assert batches.seen == [("a", [1]), ("a", [2, 4])]


async def test_a_batch_holds_no_more_than_it_may():
    batches = Batches()
    gather = Gather(batches, most=3)

    results = await asyncio.gather(*(gather("a", n) for n in range(8)))

    assert results == [n * 2 for n in range(8)]
    assert max(len(items) for _, items in batches.seen) == 3


async def test_too_long_a_queue_is_refused():
    batches = Batches()
    gather = Gather(batches, waiting=2)
    batches.gate.clear()

    async with asyncio.TaskGroup() as group:
        group.create_task(gather("a", 0))
        await settle()
        for n in (1, 2):
            group.create_task(gather("a", n))
        await settle()
        with pytest.raises(TooMuchAtOnce):
            await gather("a", 3)
        assert isinstance(TooMuchAtOnce(), errors.Exhausted)
        batches.gate.set()


async def test_a_batch_acts_for_nobody_in_particular():
    seen = []

    async def batch(key, items):
        seen.append((tenant.get(), caller(), clock.left(), db.in_transaction.get()))
        return items

    organization = uuid.uuid4()
    until = clock.deadline.set(time.monotonic() + 5)
    with within(organization), acting(Caller("users/1", Kind.USER)):
        await Gather(batch)("a", 1)
    clock.deadline.reset(until)

    assert seen == [(organization, ANONYMOUS, None, False)]


async def test_nothing_is_kept_of_what_is_done():
    gather = Gather(Batches())

    await asyncio.gather(*(gather(key, 1) for key in range(20)))
    await gather.close()

    assert not gather._queues and not gather._tasks


async def test_buyers_of_one_row_are_served_in_one_transaction(database):
    kit = await database("kit")
    transactions = []
    with within(uuid.uuid4()):
        id = await kit.run(add)

        async def take(tx, key, items):
            transactions.append(len(items))
            left = (await tx.one(LOCK, id=key)).left
            granted = min(left, len(items))
            if granted:
                await tx.run(TAKE, id=key, taken=granted)
            return [n if n < granted else Declined() for n in range(len(items))]

        async def batch(key, items):
            return await kit.run(take, key, items)

        gather = Gather(batch)
        results = await asyncio.gather(*(gather(id, n) for n in range(100)), return_exceptions=True)
        (row,) = await kit.read(lambda tx: tx.all(ALL))

    assert sum(isinstance(result, int) for result in results) == 5
    assert row.left == 0
    assert len(transactions) < 10
