"""A process tells Prometheus how it fares."""

from __future__ import annotations

import asyncio
import socket
import urllib.request
import uuid
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.kit import metrics
from services.kit.backlog import Backlog
from services.kit.clock import now
from services.kit.outbox import Relay
from tests.kit import probe
from tests.kit.bus import tell
from tests.kit.test_server import get, opening, user
from tests.waiting import eventually, running
from turnout.location.v1 import location_pb2

GET = "/turnout.event.v1.EventService/GetEvent"
TRACK = "/turnout.location.v1.LocationService/Track"


def read(name: str, **labels: str) -> Any:
    return metrics.REGISTRY.get_sample_value(name, labels)


def scraped(port: int) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        return {sample.name: sample for family in families for sample in family.samples}


@pytest.mark.server
async def test_calls_are_counted_by_how_they_end(database):
    db = await database("kit")
    fine, refused = {"method": GET, "code": "OK"}, {"method": GET, "code": "INTERNAL"}
    before = [read("turnout_calls_total", **one) or 0 for one in (fine, refused)]

    async with probe.answering(db) as kit:
        for _ in range(3):
            await kit.events.GetEvent(get())

    async def broken(_request):
        raise ValueError

    async with probe.answering(db, {"GetEvent": broken}) as kit:
        with pytest.raises(Exception, match="internal error"):
            await kit.events.GetEvent(get())
        await eventually(lambda: read("turnout_calls_total", **refused) == before[1] + 1)

    assert read("turnout_calls_total", **fine) == before[0] + 3
    assert read("turnout_call_seconds_count", method=GET) >= 4
    assert read("turnout_refusals_total", method=GET, reason="INTERNAL_ERROR") >= 1


@pytest.mark.server
async def test_streams_are_counted_while_they_are_open(database):
    ended = asyncio.Event()

    async def watch(_frames):
        yield location_pb2.TrackResponse()
        await ended.wait()

    db = await database("kit")
    async with probe.answering(db, {"Track": watch}) as kit:
        call = kit.journeys.Track(iter([opening()]), metadata=user())
        await call.read()
        assert read("turnout_streams", method=TRACK) == 1
        ended.set()
        await call.read()
        await eventually(lambda: read("turnout_streams", method=TRACK) == 0)


@pytest.mark.server
async def test_what_waits_is_looked_at(database, redis_url):
    async with database.lent("kit", name="auth") as db:
        rows = await database.owner(db)

        async def schedule(tx):
            tx.schedule("lapse", uuid.uuid4(), uuid.uuid4(), now())

        await db.run(schedule)
        await rows.execute("update due set due_time = now() - interval '90 seconds'")
        await tell(db, "a")
        looking = Backlog(db, redis_url, ["facts:auth"])
        await looking.look()

        assert read("turnout_due", kind="lapse") == 1
        assert read("turnout_due_lag_seconds", kind="lapse") >= 90
        assert read("turnout_outbox_facts") == 1
        assert read("turnout_outbox_lag_seconds") > 0

        async with running(Relay(db, redis_url).run(), looking.run()):
            await rows.execute("delete from due")
            await eventually(lambda: untold_is_nothing(rows))
            await looking.look()

        assert read("turnout_due", kind="lapse") == 0
        assert read("turnout_outbox_facts") == 0
        assert read("turnout_inbox_facts", source="auth") == 0


async def untold_is_nothing(rows):
    cursor = await rows.execute("select count(*) from outbox where told_time is null")
    return (await cursor.fetchone())[0] == 0


@pytest.mark.server
async def test_prometheus_fetches_them(database):
    db = await database("kit")

    with metrics.served("127.0.0.1:0", "kit") as port, metrics.POOLS.of(db):
        found = await asyncio.to_thread(scraped, port)

    assert found["turnout_build_info"].labels["service"] == "kit"
    assert found["turnout_pool_connections"].value >= 0
    assert "process_resident_memory_bytes" in found


def test_an_address_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(metrics.Taken, match=address), metrics.served(address, "kit"):
            pass


async def test_the_lateness_of_the_loop_is_seen(monkeypatch):
    monkeypatch.setattr(metrics, "TICK", 0.001)
    before = read("turnout_loop_lag_seconds_count")

    async with running(metrics.measure_loop()):
        await eventually(lambda: read("turnout_loop_lag_seconds_count") > before + 2)
