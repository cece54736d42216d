"""A rush on real processes: a thousand buyers, a hundred seats, and a process that is killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from deploy.local.settings import ROOT, free_ports
from services.booking import actions, wire
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.tenant import within
from tests import serving
from tests.bench.served import KEYS
from tests.booking.builders import announcement, create, ticket_type
from tests.serving import as_user
from tests.waiting import eventually
from turnout.booking.v1 import booking_pb2, booking_pb2_grpc

pytestmark = pytest.mark.server

BUYERS, SEATS = 1000, 100
# What says that the answer was lost, and not what it was.
LOST = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
}
SOLD_OUT = grpc.StatusCode.FAILED_PRECONDITION


@contextlib.asynccontextmanager
async def process(url: str, home: Path) -> AsyncIterator[tuple[Any, Any]]:
    """A server of booking in a process of its own, and a stub of it."""
    port = free_ports(1)[0]
    env = {
        **os.environ,
        "TURNOUT_DATABASE_URL": url,
        # Nothing is told: only `serve` runs.
        "TURNOUT_REDIS_URL": "redis://127.0.0.1:9",
        "TURNOUT_LISTEN": f"127.0.0.1:{port}",
        "TURNOUT_MESH": "127.0.0.1:9",
        "TURNOUT_SECRET": serving.SECRET.decode(),
        KEYS: (await serving.jwks()).decode(),
    }
    with (home / f"{port}.log").open("wb") as log:
        words = ("-m", "tests.bench.served", "booking", "serve")
        running = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdout=log, stderr=log, env=env, cwd=ROOT
        )
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            await asyncio.wait_for(channel.channel_ready(), 60)
            yield running, booking_pb2_grpc.BookingServiceStub(channel)
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.kill()
        await running.wait()


async def bought(stubs: list[Any], event: Name) -> booking_pb2.Booking | None:
    """What a buyer gets who asks again, with the same id, until there is an answer."""
    request, who = create(event, request_id=str(new_id())), as_user()
    while True:
        try:
            found: booking_pb2.Booking = await random.choice(stubs).CreateBooking(
                request, metadata=who, timeout=60
            )
        except grpc.aio.AioRpcError as error:
            if error.code() is SOLD_OUT:
                return None
            if error.code() not in LOST:
                raise
            await asyncio.sleep(random.uniform(0.01, 0.2))
        else:
            return found


async def test_a_hundred_seats_are_sold_once_though_a_process_dies(database, owner, tmp_path):
    url = (await database.urls("booking")).service
    db = await Database.open(url, "booking")
    event = Name(new_id(), new_id())
    with within(event.organization):
        told = announcement(event, ticket_type(capacity=SEATS))
        await db.run(actions.announce, *wire.announced(told))
    see = await owner(db)

    async def made_so_far() -> int:
        rows = await (await see.execute("select count(*) from bookings")).fetchall()
        return int(rows[0][0])

    async with process(url, tmp_path) as (first, one), process(url, tmp_path) as (_, two):
        buyers = [asyncio.create_task(bought([one, two], event)) for _ in range(BUYERS)]
        await eventually(made_so_far)
        first.send_signal(signal.SIGKILL)
        results = await asyncio.gather(*buyers)

    made = [result for result in results if result is not None]
    assert len({booking.name for booking in made}) == len(made) == SEATS
    assert await made_so_far() == SEATS
    [offer] = await (await see.execute("select held, sold from offers")).fetchall()
    assert (offer.held, offer.sold) == (SEATS, 0)
    [ledger] = await (await see.execute("select sum(held) as held from movements")).fetchall()
    assert ledger.held == SEATS
    await db.close()
