from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from tests.event.world import Clock, House, World, opened


@pytest.fixture(scope="session")
async def world(database, redis_url) -> AsyncIterator[World]:
    """Event, served in this process, as callers of every kind see it."""
    db = await database("event")
    async with opened(db, await database.owner(db), redis_url) as world:
        yield world


@pytest.fixture
def clock(world: World) -> Iterator[Clock]:
    """The clock of the service, for tests that put it forward."""
    yield world.clock
    world.clock.ahead = timedelta()


@pytest.fixture
async def house(world: World) -> House:
    """An organization of the test's own."""
    return await world.house()
