"""Each service is killed in turn while the main job runs; afterwards nothing is missing."""

from __future__ import annotations

import asyncio
import io

import pytest
from rich.console import Console

from deploy.chaos import checks, rows
from deploy.chaos.record import Record
from deploy.demo import play as plays
from deploy.demo import verdict
from deploy.demo.play import Stage
from deploy.local.mesh import Mesh
from deploy.local.settings import SERVICES, Settings
from tests.journeys import people

pytestmark = [pytest.mark.server, pytest.mark.mesh, pytest.mark.timeout(300)]
# Nobody may lapse because the machine was busy with starting what was killed.
ENV = {"TURNOUT_HOLD_SECONDS": "150", "TURNOUT_BCRYPT_COST": "4"}
RATE = 20
TRAVELERS = 8


async def test_killing_each_service_in_turn_loses_nothing(tmp_path):
    settings = Settings.temporary(tmp_path / "mesh", ENV)
    async with Mesh(settings) as mesh:
        stage = Stage(mesh.edge_url, mesh.messages, RATE, hold_seconds=150)
        trips = [people.walk(600, rate=1) for _ in range(TRAVELERS)]
        printed = io.StringIO()
        console = Console(file=printed, width=120)
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(plays.perform(stage, trips, console))
            group.create_task(kill_each(mesh, playing))
        seen, cast = playing.result()
        await asyncio.to_thread(mesh.wait)
        books = await settled(settings)

    broken = [what for what, holds in verdict.verdict(seen, cast) if not holds]
    assert not broken, printed.getvalue()
    assert verdict.stranded(seen, cast) == []
    assert books.facts
    for check in (checks.facts, checks.seats, checks.ledger, checks.audit):
        assert list(check(books, Record())) == []


async def kill_each(mesh, playing):
    """Kills the services in turn, each at least once, while the play lasts."""
    rounds = 0
    while not playing.done() or rounds == 0:
        for name in SERVICES:
            await asyncio.sleep(1.5)
            if playing.done() and rounds:
                return
            await asyncio.to_thread(mesh.kill, name)
            await asyncio.to_thread(mesh.wait, name)
        rounds += 1
        if rounds == 2:
            return


async def settled(settings):
    """What the databases say, once every fact was told, and heard by all who listen to it."""
    for _ in range(60):
        books = await asyncio.to_thread(rows.read, settings)
        if not rows.restless(books).keys() & {"facts untold", "facts unheard"}:
            break
        await asyncio.sleep(0.5)
    return books
