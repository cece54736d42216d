"""The hub of an event: frames are made once for all who see the same, and wait for nobody."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import uuid
from datetime import timedelta

from services.kit.names import Name
from services.location.instants import micros
from services.location.journeys.domain import Journey, State, Terms, Viewers
from services.location.live.hub import Hub
from services.location.live.view import View
from services.location.live.watch import Viewer, Wish
from services.location.pacing import Limits
from services.location.segments.columns import Point
from tests.location.test_journey_rules import GIG, HOME, NOW, journey
from turnout.location.v1 import location_pb2

STAFF, SEATED = View(1), View(2)
ADA, BOB = Name(HOME, uuid.UUID(int=11)), Name(HOME, uuid.UUID(int=12))


class Table:
    """In place of the database: the journeys, and which change each was written by."""

    def __init__(self) -> None:
        self.change = itertools.count(1)
        self.rows: dict[Name, tuple[Journey, int]] = {}

    def move(self, name: Name, viewers: Viewers = Viewers.PARTICIPANTS) -> int:
        """Somebody tells another position; gives its number."""
        change = next(self.change)
        point = Point(change, micros(NOW), 52.5, 13.4, 5.0, 1.0, 90.0)
        value = journey(
            name=name, state=State.UNDER_WAY, newest=point, terms=Terms(viewers=viewers)
        )
        self.rows[name] = value, change
        return change

    async def read(self, _look, _event, since):
        horizon = max((change for _, change in self.rows.values()), default=0) + 1
        return [row for row in self.rows.values() if row[1] >= since], horizon


@contextlib.asynccontextmanager
async def hub_of(table):
    hub = Hub(GIG.name, table, lambda: NOW)
    running = asyncio.create_task(hub.run())
    await hub.ready()
    try:
        yield hub
    finally:
        running.cancel()
        await asyncio.wait([running])


async def looked(hub):
    """The hub looks at what there is now."""
    before = hub.look
    hub.news.set()
    async with asyncio.timeout(60):
        while hub.look == before:
            await hub.moved()


async def allowed():
    """Whoever asks may look."""


def viewer(hub, view=STAFF):
    return Viewer(hub, Wish(view), Limits(), allowed).frames()


def numbers(frame):
    """The newest position of each in a frame."""
    found = location_pb2.WatchArrivalsResponse.FromString(frame).travelers
    return {uuid.UUID(one.journey.rpartition("/")[2]): one.position.sequence for one in found}


async def test_all_who_see_the_same_get_the_very_same_bytes():
    table = Table()
    table.move(ADA)
    async with hub_of(table) as hub:
        some, others, seated = viewer(hub), viewer(hub), viewer(hub, SEATED)
        first = [await anext(frames) for frames in (some, others, seated)]
        table.move(ADA)
        table.move(BOB, Viewers.STAFF)
        await looked(hub)
        second = [await anext(frames) for frames in (some, others, seated)]

    for frame, same, narrower in (first, second):
        assert isinstance(frame, bytes)
        assert frame is same
        assert frame is not narrower
    assert numbers(second[0]) == {ADA.id: 2, BOB.id: 3}
    assert numbers(second[2]) == {ADA.id: 2}


async def test_a_stalled_viewer_delays_nobody_and_nothing_queues_up_for_it():
    table = Table()
    table.move(ADA)
    async with hub_of(table) as hub:
        quick, stalled = viewer(hub), viewer(hub)
        # The frame of the stalled one is given away, and never asked for another.
        await anext(quick)
        await anext(stalled)
        seen = []
        for name in (ADA, BOB, ADA, BOB, ADA):
            table.move(name)
            await looked(hub)
            seen.append(numbers(await anext(quick)))
            kept = len(hub._deltas), len(hub._snapshots)
            assert kept == (1, 0)
        caught_up = numbers(await anext(stalled))

    assert seen == [{ADA.id: 2}, {BOB.id: 3}, {ADA.id: 4}, {BOB.id: 5}, {ADA.id: 6}]
    # One frame, of the newest alone.
    assert caught_up == {ADA.id: 6, BOB.id: 5}


async def test_consent_taken_back_is_in_no_frame_that_was_made_before():
    table = Table()
    table.move(ADA)
    async with hub_of(table) as hub:
        before = await anext(viewer(hub))
        change = table.move(ADA)
        value, _ = table.rows[ADA]
        paused = dataclasses.replace(value, pauses=(micros(NOW - timedelta(seconds=1)),))
        table.rows[ADA] = paused, change
        await looked(hub)
        after = await anext(viewer(hub))

    assert numbers(before) == {ADA.id: 1}
    (shown,) = location_pb2.WatchArrivalsResponse.FromString(after).travelers
    assert not shown.HasField("position")
