"""Who tries too often waits longer and longer, is never shut out, and slows nobody else."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from services.kit import errors
from services.kit.throttle import Count, Limit, Throttle, TooManyTries, Track, given_back, tried

LIMIT = Limit(free=3, forget=100, first=1, longest=8)
NOWHERE = "redis://127.0.0.1:9/0"


class Clock:
    def __init__(self):
        self.at = datetime(2027, 1, 1, tzinfo=UTC)

    def __call__(self):
        return self.at

    def passes(self, seconds):
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["together", pytest.param("alone", id="alone")])
async def throttle(request, redis_url, clock):
    url = redis_url if request.param == "together" else ""
    found = Throttle.open(url, b"key", clock)
    yield found
    await found.close()


def track(limit=LIMIT, kind="login"):
    return Track(kind, str(uuid.uuid4()), limit)


async def waits(throttle, *tracks):
    """How long a try has to wait; 0 when it was counted."""
    try:
        await throttle.take(*tracks)
    except TooManyTries as refusal:
        return refusal.wait_seconds
    return 0


async def test_some_tries_are_free_and_the_next_ones_cost_more_each(throttle, clock):
    mine = track()
    for _ in range(3):
        await throttle.take(mine)

    seen = []
    for _ in range(6):
        await throttle.take(mine)
        seen.append(await waits(throttle, mine))
        clock.passes(seen[-1])

    assert seen == [1, 2, 4, 8, 8, 8]


async def test_who_is_sent_away_is_not_counted(throttle, clock):
    mine = track()
    for _ in range(4):
        await throttle.take(mine)

    assert [await waits(throttle, mine) for _ in range(50)] == [1] * 50
    clock.passes(1)

    assert await waits(throttle, mine) == 0


async def test_clocks_that_disagree_make_nobody_wait_longer_than_the_limit_says(throttle, clock):
    mine = track()
    clock.passes(5000)
    await throttle.take(mine)
    clock.passes(-5000)
    assert await waits(throttle, mine) == 0

    clock.passes(5000)
    for _ in range(4):
        await throttle.take(mine)
    clock.passes(-5000)

    assert await waits(throttle, mine) == 8


async def test_tries_are_forgotten(throttle, clock):
    mine = track()
    for _ in range(4):
        await throttle.take(mine)
    clock.passes(10_000)

    assert [await waits(throttle, mine) for _ in range(5)] == [0, 0, 0, 0, 1]


async def test_nobody_waits_for_somebody_else(throttle):
    mine, yours = track(), track()
    for _ in range(4):
        await throttle.take(mine)

    assert await waits(throttle, yours) == 0
    assert await waits(throttle, Track("register", mine.who, LIMIT)) == 0


async def test_a_try_that_one_track_refuses_is_counted_on_none(throttle):
    full, other = track(), track()
    for _ in range(4):
        await throttle.take(full)
    for _ in range(10):
        assert await waits(throttle, other, full) == 1

    assert [await waits(throttle, other) for _ in range(4)] == [0, 0, 0, 0]


async def test_what_came_to_a_good_end_is_not_held_against_anybody(throttle):
    mine = track()

    for _ in range(20):
        await throttle.take(mine)
        await throttle.give_back(mine)

    assert await waits(throttle, mine) == 0


async def test_of_many_at_once_no_more_than_the_free_ones_get_through(throttle):
    mine = track()

    found = await asyncio.gather(*(waits(throttle, mine) for _ in range(40)))

    # The one that is too many is counted, and all after it wait.
    assert found.count(0) == 4


async def test_processes_count_together(redis_url, clock):
    one, two = (Throttle.open(redis_url, b"key", clock) for _ in range(2))
    mine = track()
    for _ in range(2):
        await one.take(mine)
        await two.take(mine)

    assert (await waits(one, mine), await waits(two, mine)) == (1, 1)
    await one.close()
    await two.close()


async def test_nobody_reads_in_redis_who_tried(redis_url, clock):
    throttle = Throttle.open(redis_url, b"key", clock)
    before = set(await throttle.carrier.keys("*throttle*"))
    await throttle.take(Track("login", "ada@example.org", LIMIT))

    [mine] = set(await throttle.carrier.keys("*throttle*")) - before

    assert not any(told in mine for told in (b"ada@", b"example"))
    assert await throttle.carrier.pttl(mine) > 0
    await throttle.close()


async def test_while_redis_is_away_a_process_counts_for_itself_and_says_so_once(clock):
    throttle = Throttle.open(NOWHERE, b"key", clock)
    mine = track()

    with capture_logs() as logs:
        found = [await waits(throttle, mine) for _ in range(6)]

    assert found == [0, 0, 0, 0, 1, 1]
    assert len([line for line in logs if "alone" in line["event"]]) == 1
    await throttle.close()


def test_a_refusal_says_when_to_come_again():
    refusal: errors.Exhausted = TooManyTries(7)

    assert refusal.retry_seconds == 7
    assert refusal.metadata == {"wait_seconds": "7"}


def test_a_clock_that_goes_backwards_forgives_nothing():
    count = tried(Count(), LIMIT, 1000.0)

    assert tried(count, LIMIT, 900.0).level == 2


def test_what_was_given_back_was_never_there():
    count = tried(Count(), LIMIT, 1000.0)

    assert given_back(count, LIMIT, 1000.0).level == 0
