"""Each service is killed in turn while the main job runs; afterwards nothing is missing."""

from __future__ import annotations

import asyncio
import collections
import importlib
import io
from unittest import mock

import psycopg
import pytest
from rich.console import Console

from deploy.demo import play as plays
from deploy.demo import verdict
from deploy.demo.play import Stage
from deploy.local.mesh import Mesh
from deploy.local.settings import SERVICES, Settings
from deploy.local.stores import stores
from services.kit import migrate
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
        facts = await settled(settings)

    broken = [what for what, holds in verdict.verdict(seen, cast) if not holds]
    assert not broken, printed.getvalue()
    assert verdict.stranded(seen, cast) == []
    assert facts.untold == facts.dead == []
    assert facts.missed == []


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


Facts = collections.namedtuple("Facts", "untold dead missed")


async def settled(settings):
    """What the databases say of the facts, once every service has caught up."""
    for _ in range(60):
        facts = await asyncio.to_thread(read, settings)
        if not facts.untold and not facts.missed:
            break
        await asyncio.sleep(0.5)
    return facts


def read(settings):
    admin = stores(settings).admin_url
    told, known = {}, {}
    untold, dead = [], []
    for name in SERVICES:
        with psycopg.connect(
            migrate.url(admin, database=f"turnout_{name}", user="postgres")
        ) as sql:
            rows = sql.execute("select id, type, told_time from outbox").fetchall()
            told[name] = {id: kind for id, kind, _ in rows}
            untold += [(name, kind) for _, kind, time in rows if time is None]
            dead += sql.execute("select type, error from dead_facts").fetchall()
            known[name] = {id for (id,) in sql.execute("select id from heard")}
    return Facts(untold, dead, list(missed(told, known)))


def missed(told, known):
    """Who did not hear what it listens to. Nothing can be heard twice: `heard` is keyed by id."""
    for source, facts in told.items():
        for listener in set(SERVICES) - {source}:
            mine = listens(listener)
            for id, kind in facts.items():
                if kind in mine and id not in known[listener]:
                    yield listener, kind


def listens(service):
    """The types of facts that a service handles."""
    hears = importlib.import_module(f"services.{service}.__main__").SERVICE.hears
    handlers = hears(mock.MagicMock()) if callable(hears) else hears
    return {kind.DESCRIPTOR.full_name for kind in handlers}
