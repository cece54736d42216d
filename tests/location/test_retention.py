"""How long positions are kept, and in which form."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest

from services.location.retention import actions
from services.location.retention.domain import TIDY
from tests.location.test_positions import stored
from tests.serving import invalid, refused
from turnout.location.v1 import retention_pb2, retention_pb2_grpc

pytestmark = pytest.mark.server


@pytest.fixture
def retentions(world):
    return retention_pb2_grpc.RetentionServiceStub(world.served.channel)


async def change(retentions, house, metadata, **given):
    etag = given.pop("etag", "")
    retention = retention_pb2.Retention(name=f"{house.parent}/retention", etag=etag, **given)
    request = retention_pb2.UpdateRetentionRequest(retention=retention)
    return await retentions.UpdateRetention(request, metadata=metadata)


async def segments(world, traveler):
    rows = await world.owner.execute(
        "select count, get_byte(columns, 0) as version, length(columns) as size from segments"
        " where journey = %s order by first_sequence",
        [traveler.id],
    )
    return await rows.fetchall()


async def age(world, traveler, days):
    """Makes positions as old as if they had been kept so many days ago."""
    await world.owner.execute(
        "update segments set day = day - %s where journey = %s", [days, traveler.id]
    )


async def test_what_nobody_changed_is_the_usual(retentions, house):
    request = retention_pb2.GetRetentionRequest(name=f"{house.parent}/retention")

    found = await retentions.GetRetention(request, metadata=house.organizer)

    assert (found.compress_after_days, found.delete_after_days) == (7, 90)


async def test_owners_change_how_long_positions_are_kept(retentions, world, house):
    owner = await world.member("OWNER", house.organization)

    changed = await change(retentions, house, owner, delete_after_days=30)
    request = retention_pb2.GetRetentionRequest(name=f"{house.parent}/retention")

    assert (changed.compress_after_days, changed.delete_after_days) == (7, 30)
    assert await retentions.GetRetention(request, metadata=owner) == changed
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await change(retentions, house, owner, delete_after_days=20, etag='"0"')
    with invalid("retention.compress_after_days"):
        await change(retentions, house, owner, compress_after_days=31)
    with invalid("retention.delete_after_days"):
        await change(retentions, house, owner, delete_after_days=91)
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await change(retentions, house, house.organizer, delete_after_days=20)


async def test_old_positions_are_merged_and_made_small_and_stay_as_they_were(world, house, ada):
    for first in range(1, 201, 10):
        await ada.record(first, ada.way(3000, 2400, 10))
    before, loose = await ada.positions(), await segments(world, ada)
    await age(world, ada, 8)

    assert await world.served.do_all(TIDY, house.organization) == 1

    (merged,) = await segments(world, ada)
    assert (merged.count, merged.version) == (200, 3)
    assert merged.size < sum(one.size for one in loose) / 2
    assert await ada.positions() == before
    assert await stored(ada) == list(range(1, 201))
    assert await world.served.due(TIDY, house.organization)


async def test_what_is_young_stays_as_it_came(world, house, ada):
    await ada.record(1, ada.way(3000, 2400, 10))
    await age(world, ada, 6)

    await world.served.do_all(TIDY, house.organization)

    (one,) = await segments(world, ada)
    assert one.version != 3


async def test_what_is_too_old_is_deleted(retentions, world, house, ada):
    owner = await world.member("OWNER", house.organization)
    await ada.record(1, ada.way(3000, 2400, 10))
    await age(world, ada, 31)
    await change(retentions, house, owner, delete_after_days=30)

    await world.served.do_all(TIDY, house.organization)

    assert await stored(ada) == []


async def test_a_worker_has_partitions_made_and_dropped(world, clock, house, ada):
    await ada.record(1, ada.way(3000, 2400, 10))
    days = "select tablename as day from pg_tables where schemaname = 'days' order by 1"

    async def names():
        return [row.day for row in await (await world.owner.execute(days)).fetchall()]

    # As if the days before had gone by.
    old = clock.now() - timedelta(days=200)
    await world.owner.execute(
        f"create table days.segments_{old:%Y%m%d} partition of segments"
        f" for values from ('{old:%Y-%m-%d}') to ('{old + timedelta(days=1):%Y-%m-%d}')"
    )
    assert f"segments_{old:%Y%m%d}" in await names()

    with world.served.at_work(None):
        assert await actions.turn_days(world.db, clock.now() + timedelta(days=3)) == 1

    last = clock.now() + timedelta(days=17)
    found = await names()
    assert f"segments_{last:%Y%m%d}" in found
    assert f"segments_{old:%Y%m%d}" not in found
    assert await stored(ada) == list(range(1, 11))
