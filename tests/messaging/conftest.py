from __future__ import annotations

import pytest

from tests.messaging.world import opened


@pytest.fixture(scope="session")
async def world(database, owner, tmp_path_factory):
    db = await database("messaging")
    log = tmp_path_factory.mktemp("messaging") / "messages.jsonl"
    async with opened(db, await owner(db), log) as found:
        yield found


@pytest.fixture
async def club(world):
    return await world.club()
