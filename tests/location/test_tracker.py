"""The tracker that apps use against the service: whatever breaks, each position is on disk once."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
from datetime import timedelta

import grpc
import pytest

from deploy.local.settings import ROOT
from deploy.tracker import Tracker, WrongFile
from tests.location import kills
from tests.location.test_positions import stored
from tests.location.world import opened, position
from tests.serving import as_user
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


@pytest.mark.timeout(240)
async def test_killing_what_keeps_positions_loses_and_doubles_nothing():
    async with kills.ground(people=4) as place:
        found = await kills.killed(place, times=1)

    assert [one.lost for one in found] == [0] * 4
    assert [one.doubled for one in found] == [0] * 4
    assert all(one.acknowledged == one.told > 60 for one in found)
    assert sum(one.reconnects for one in found) > 0


# --- what waits on disk


async def test_what_was_added_outlives_the_app(world, ada, tmp_path):
    way, file = ada.way(3000, 2000, 30), tmp_path / "positions.db"
    async with tracker(f"127.0.0.1:{free_port()}", ada, file=file) as t:
        for sent in way[:20]:
            await t.add(sent)

        assert (t.waiting, t.acknowledged) == (20, 0)

    async with tracker(world.address, ada, file=file) as t:
        for sent in way[20:]:
            await t.add(sent)
        await t.drain()

        assert (t.waiting, t.acknowledged) == (0, 30)

    assert [p.capture_time for p in await ada.positions()] == [p.capture_time for p in way]


async def test_what_was_acknowledged_to_an_app_that_died_is_not_told_again(world, ada, tmp_path):
    way, file = ada.way(3000, 2000, 30), tmp_path / "positions.db"
    async with tracker(world.address, ada, file=file) as t:
        for sent in way:
            await t.add(sent)
        # The app dies: of what it was told since the last write, its file knows nothing.
        await eventually(lambda: t.acknowledged)
        shutil.copytree(tmp_path, tmp_path / "left")
        await t.drain()

    async with tracker(world.address, ada, file=tmp_path / "left" / file.name) as t:
        await t.add(ada.at(1900, seconds=5))
        await t.drain()

        assert t.acknowledged == 31

    assert await stored(ada) == list(range(1, 32))


async def test_numbers_of_a_file_are_right_when_a_position_was_refused(world, ada, tmp_path):
    old = position(3000, world.clock.now() - timedelta(days=19))
    way, file = ada.way(3000, 2000, 30), tmp_path / "positions.db"
    async with tracker(f"127.0.0.1:{free_port()}", ada, file=file) as t:
        for sent in [*way[:5], old, *way[5:12], old, *way[12:20]]:
            await t.add(sent)
    for part in (way[20:25], way[25:]):
        async with tracker(world.address, ada, file=file) as t:
            for sent in part:
                await t.add(sent)
            await t.drain()

    assert await stored(ada) == list(range(1, 31))
    assert [p.capture_time for p in await ada.positions()] == [p.capture_time for p in way]


async def test_a_file_is_about_one_journey(world, house, event, tmp_path):
    for number in range(2):
        someone = await house.traveler(event)
        with contextlib.nullcontext() if number == 0 else pytest.raises(WrongFile):
            async with tracker(world.address, someone, file=tmp_path / "positions.db"):
                pass


async def test_a_tracker_asks_for_a_fresh_token_when_the_old_one_is_over(world, ada):
    tokens = iter([(("authorization", "Bearer stale"),), ada.metadata, ada.metadata])
    ada.metadata = lambda: next(tokens)
    async with tracker(world.address, ada) as t:
        await t.add(ada.at(3000))
        await t.drain()

        assert (t.acknowledged, t.reconnects) == (1, 1)


def test_the_tracker_needs_the_contract_and_grpc_and_nothing_else():
    """Its own process: in this one, everything is imported already."""
    said = "import deploy.tracker, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True, check=True
    )
    foreign = set(done.stdout.split()) - set(sys.stdlib_module_names)

    assert {"deploy", "turnout", "grpc", "google"} <= foreign
    assert not foreign & {"services", "tests", "sqlalchemy", "psycopg", "redis", "httpx", "uvloop"}
