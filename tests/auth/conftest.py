from __future__ import annotations

import pytest

from tests.auth.world import serving


@pytest.fixture(scope="session")
async def world(database, owner):
    db = await database("auth")
    async with serving(db, await owner(db)) as found:
        yield found


@pytest.fixture
async def ada(world):
    return await world.person("Ada")


@pytest.fixture
async def bob(world):
    return await world.person("Bob")


@pytest.fixture
async def club(world, ada):
    """An organization that Ada owns."""
    return await world.organization(ada)
