"""What was on the way to events, hour by hour."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest

from services.location.events.domain import EVENTS
from services.location.hours.domain import COUNT
from tests.serving import refused
from turnout.location.v1 import hour_pb2, hour_pb2_grpc

pytestmark = pytest.mark.server


@pytest.fixture
def stub(world):
    return hour_pb2_grpc.HourServiceStub(world.served.channel)


@pytest.fixture
async def finance(world, house):
    return await world.member("FINANCE", house.organization)


async def hours(stub, house, metadata, **given):
    request = hour_pb2.ListHoursRequest(parent=house.parent, **given)
    return list((await stub.ListHours(request, metadata=metadata)).hours)


async def test_who_is_on_the_way_is_counted_once_and_goes_on_being_counted(
    stub, world, house, event, finance
):
    ada, eve = await house.traveler(event), await house.traveler(event)
    await ada.record(1, ada.way(3000, 2400, 31))
    await eve.record(1, eve.way(3000, 2400, 31))
    await world.served.do_all(COUNT, house.organization)
    await world.served.do_all(COUNT, house.organization)
    await ada.record(32, [ada.at(2380, seconds=1), ada.at(2360, seconds=2)])
    await world.served.do_all(COUNT, house.organization)

    found = await hours(stub, house, finance)

    assert {one.event for one in found} == {EVENTS.format(event.name)}
    assert sum(one.position_count for one in found) == 64
    assert sum(one.distance_meters for one in found) == pytest.approx(1240, rel=0.02)
    traveled = sum(one.travel_duration.ToTimedelta().total_seconds() for one in found)
    assert traveled == pytest.approx(62, abs=0.5)
    assert all(one.mean_speed_meters_per_second < 25 for one in found)
    (again,) = await world.served.due(COUNT, house.organization)
    assert again.due_time > world.clock.now()


async def test_positions_by_a_wrong_clock_count_for_nothing(stub, world, house, finance, ada):
    told = ada.way(3000, 2900, 5)
    told[2].capture_time.FromDatetime(world.clock.now() - timedelta(minutes=110))
    await ada.record(1, told)
    await world.served.do_all(COUNT, house.organization)

    found = await hours(stub, house, finance)

    assert sum(one.position_count for one in found) == 4


async def test_arrivals_are_punctual_or_late(stub, world, house, finance):
    early = await house.event()
    late = await house.event(start_time=world.clock.now() - timedelta(minutes=30))
    for event in (early, late):
        traveler = await house.traveler(event)
        await traveler.record(1, traveler.way(600, 0, 13))
    for _ in range(2):
        await world.served.do_all(COUNT, house.organization)

    by_event = {one.event: one for one in await hours(stub, house, finance) if one.arrival_count}

    assert by_event[EVENTS.format(early.name)].punctual_count == 1
    assert by_event[EVENTS.format(late.name)].punctual_count == 0
    lateness = by_event[EVENTS.format(late.name)].mean_lateness.ToTimedelta()
    assert timedelta(minutes=29) < lateness < timedelta(minutes=31)
    assert by_event[EVENTS.format(early.name)].mean_lateness.ToTimedelta() < timedelta(0)
    only = await hours(stub, house, finance, event=EVENTS.format(late.name))
    assert {one.event for one in only} == {EVENTS.format(late.name)}


async def test_hours_come_in_pages(stub, world, house, finance):
    names = set()
    for _ in range(3):
        event = await house.event()
        traveler = await house.traveler(event)
        await traveler.record(1, traveler.way(3000, 2900, 3))
        names.add(EVENTS.format(event.name))
    await world.served.do_all(COUNT, house.organization)

    seen: list[hour_pb2.Hour] = []
    token = ""
    while not seen or token:
        request = hour_pb2.ListHoursRequest(parent=house.parent, page_size=1, page_token=token)
        answer = await stub.ListHours(request, metadata=finance)
        assert len(answer.hours) == 1
        seen += answer.hours
        token = answer.next_page_token

    assert {one.event for one in seen} == names
    assert sum(one.position_count for one in seen) == 9


async def test_only_who_may_see_figures_sees_hours(stub, world, house):
    staff = await world.member("STAFF", house.organization)

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await hours(stub, house, staff)
