"""The tracker of the demo against the service: whatever breaks, each position is on disk once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from datetime import timedelta

import grpc
import pytest

from deploy.demo.tracker import Tracker
from services.kit.db import Database
from tests.location.test_positions import stored
from tests.location.world import opened, position
from tests.serving import SECRET, as_user
from tests.waiting import eventually
from turnout.location.v1 import location_pb2

pytestmark = pytest.mark.server

# A channel to a server that is down tries again soon.
QUICK = [("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 200)]


@contextlib.asynccontextmanager
async def tracker(address, traveler, **given):
    given = {"linger": 0.01} | given
    async with (
        grpc.aio.insecure_channel(address, options=QUICK) as channel,
        Tracker(channel, traveler.journey, traveler.metadata, **given) as found,
    ):
        yield found


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


async def test_all_that_is_added_is_kept(world, ada):
    async with tracker(world.address, ada) as t:
        for sent in ada.way(3000, 2000, 250):
            await t.add(sent)
        await t.drain()

        assert (t.sent, t.acknowledged, t.ended) == (250, 250, "")

    assert await stored(ada) == list(range(1, 251))


async def test_a_new_tracker_goes_on_with_the_numbers(world, ada):
    for _ in range(2):
        async with tracker(world.address, ada) as t:
            for sent in ada.way(3000, 2000, 30):
                await t.add(sent)
            await t.drain()
            assert t.acknowledged == 30

    assert await stored(ada) == list(range(1, 61))


async def test_the_tracker_hears_when_it_arrives_and_stops(world, house, event):
    ada = await house.traveler(event, travel_mode="TRAVEL_MODE_WALK")
    heard: list[location_pb2.Arrival] = []
    async with tracker(world.address, ada, heard=heard.append) as t:
        for sent in ada.way(600, 0, 13):
            await t.add(sent)
        await t.drain()

        assert t.ended == "ARRIVED"
        assert t.acknowledged == 11
        assert not await t.add(ada.at(0))

    assert heard[-1].method == location_pb2.Arrival.METHOD_ARRIVED


async def test_the_tracker_moves_when_its_stream_has_to(world, redis_url, ada):
    async with (
        opened(world.db, world.owner, redis_url, stream=0.1) as brief,
        tracker(brief.address, ada) as t,
    ):
        for sent in ada.way(3000, 2000, 100):
            await t.add(sent)
            await asyncio.sleep(0.01)
        await t.drain()

        assert t.reconnects > 1

    assert await stored(ada) == list(range(1, 101))


async def test_a_position_that_is_refused_is_left_out_and_the_others_are_kept(world, ada):
    old = position(3000, world.clock.now() - timedelta(days=19))
    epoch = position(3000, world.clock.now() - timedelta(days=19))
    epoch.capture_time.FromSeconds(0)
    way = ada.way(3000, 2000, 40)
    async with tracker(world.address, ada, batch=7) as t:
        for sent in [*way[:10], old, *way[10:25], epoch, epoch, *way[25:]]:
            await t.add(sent)
        await t.drain()

        assert (t.dropped, t.acknowledged) == (3, 40)

    assert [p.capture_time for p in await ada.positions()] == [p.capture_time for p in way]


async def test_a_tracker_may_obey_the_pace(world, ada):
    now = world.clock.now()
    async with tracker(world.address, ada, obey_pace=True) as t:
        await eventually(lambda: t.pace)
        for second in range(30):
            await t.add(position(9000, now + timedelta(seconds=second)))
        await t.drain()

        assert t.skipped > t.acknowledged > 0


async def test_what_cannot_pass_is_raised(world, ada):
    ada.metadata = as_user()

    with pytest.raises(grpc.aio.AioRpcError) as failed:
        async with tracker(world.address, ada) as t:
            await t.add(ada.at(3000))
            await t.drain()

    assert failed.value.code() is grpc.StatusCode.NOT_FOUND


@contextlib.asynccontextmanager
async def process(environment):
    """`python -m services.location serve`, which may be killed."""
    command = (sys.executable, "-m", "services.location", "serve")
    found = await asyncio.create_subprocess_exec(
        *command, env=os.environ | environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield found
    finally:
        with contextlib.suppress(ProcessLookupError):
            found.kill()
        await found.wait()


async def test_killing_the_process_again_and_again_loses_and_doubles_nothing(
    database, redis_url, owner
):
    urls = await database.urls("location")
    db = await Database.open(urls.service, "location")
    async with opened(db, await owner(db), redis_url) as world:
        house = await world.house()
        ada = await house.traveler(await house.event())
        await kill_again_and_again(urls, redis_url, ada)
    await db.close()


async def kill_again_and_again(urls, redis_url, ada):
    port = free_port()
    environment = {
        "TURNOUT_DATABASE_URL": urls.service,
        "TURNOUT_REDIS_URL": redis_url,
        "TURNOUT_LISTEN": f"127.0.0.1:{port}",
        "TURNOUT_SECRET": SECRET.decode(),
    }
    way = ada.way(30_000, 20_000, 1500)
    async with tracker(f"127.0.0.1:{port}", ada, batch=5, linger=0) as t:
        told = 0
        for _ in range(3):
            async with process(environment):
                goal = t.acknowledged + 200
                while t.acknowledged < goal:
                    if told < t.acknowledged + 100:
                        await t.add(way[told])
                        told += 1
                    await asyncio.sleep(0.001)
        async with process(environment):
            for sent in way[told:]:
                await t.add(sent)
            await t.drain()

        assert t.acknowledged == len(way)

    assert await stored(ada) == list(range(1, len(way) + 1))
    assert [p.capture_time for p in await ada.positions()] == [p.capture_time for p in way]
