from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from tests.location.world import House, World, opened
from tests.serving import Clock


@pytest.fixture(scope="session")
async def world(database, redis_url) -> AsyncIterator[World]:
    """Location, served in this process, as callers of every kind see it."""
    db = await database("location")
    async with opened(db, await database.owner(db), redis_url) as world:
        yield world


@pytest.fixture
def clock(world) -> Iterator[Clock]:
    """The clock of the service, for tests that put it forward."""
    yield world.clock
    world.clock.ahead = timedelta()


@pytest.fixture
async def house(world: World) -> House:
    """An organization of the test's own."""
    return await world.house()


@pytest.fixture
async def event(house):
    return await house.event()


@pytest.fixture
async def ada(house, event):
    """Somebody who has a ticket and agreed to be followed."""
    return await house.traveler(event)
