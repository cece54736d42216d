"""Who is expected when, and where they are, for clients that ask instead of watching."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import grpc
import pytest

from services.location.events.actions import announce
from services.location.events.domain import EVENTS
from services.location.geo import distance
from tests.location.world import DEGREE, VENUE
from tests.serving import as_user, refused
from turnout.location.v1 import arrival_pb2, location_pb2

pytestmark = pytest.mark.server

MISSING = grpc.StatusCode.NOT_FOUND
Journey = location_pb2.Journey


async def etas(house, event, who=None, size=0):
    """All of them, page by page."""
    found, token = [], ""
    while True:
        request = arrival_pb2.ListEtasRequest(
            parent=EVENTS.format(event.name), page_size=size, page_token=token
        )
        page = await house.world.arrivals.ListEtas(request, metadata=who or house.organizer)
        found += page.etas
        token = page.next_page_token
        if not token:
            return found


async def near(house, event, meters, who=None, **given):
    request = arrival_pb2.ListNearbyRequest(
        parent=EVENTS.format(event.name),
        near={"latitude": VENUE[0] - meters / DEGREE, "longitude": VENUE[1]},
        **given,
    )
    return await house.world.arrivals.ListNearby(request, metadata=who or house.organizer)


async def latest(traveler, who=None):
    request = arrival_pb2.GetLatestRequest(name=f"{traveler.journey}/latest")
    return await traveler.house.world.arrivals.GetLatest(request, metadata=who or traveler.metadata)


async def eta(traveler, who=None):
    request = arrival_pb2.GetEtaRequest(name=f"{traveler.journey}/eta")
    return await traveler.house.world.arrivals.GetEta(request, metadata=who or traveler.metadata)


async def test_the_soonest_expected_come_first_and_last_who_nobody_knows_of(house, event):
    ready = await house.traveler(event)
    far, close, there = [await house.traveler(event) for _ in range(3)]
    await far.record(1, far.way(4000, 3900, 60))
    await close.record(1, close.way(1500, 1400, 60))
    await there.record(1, there.way(300, 50, 60))
    gone = await house.traveler(event)
    await gone.withdraw()

    found = await etas(house, event)

    expected = [one.journey for one in (there, close, far, ready)]
    assert [one.name for one in found] == [f"{name}/eta" for name in expected]
    assert found[0].state == Journey.STATE_ARRIVED
    assert found[1].arrival.p50_time.seconds <= found[2].arrival.p50_time.seconds
    assert not found[3].HasField("arrival")
    assert await etas(house, event, size=1) == found


async def test_who_has_a_seat_sees_those_who_let_participants(house, event, ada):
    open_ = await house.traveler(event, viewers=Journey.VIEWERS_PARTICIPANTS)
    for one in (ada, open_):
        await one.record(1, one.way(3000, 2900, 60))
    other = await house.traveler(event)

    found = await etas(house, event, other.metadata)

    mine, theirs = f"{other.journey}/eta", f"{open_.journey}/eta"
    assert {one.name for one in found} == {mine, theirs}
    assert (await eta(open_, other.metadata)).arrival == (await eta(open_)).arrival
    with refused(MISSING, "JOURNEY_NOT_FOUND"):
        await eta(ada, other.metadata)
    with refused(MISSING, "JOURNEY_NOT_FOUND"):
        await latest(ada, other.metadata)
    for who in (as_user(), house.guest()[1]):
        with refused(MISSING, "EVENT_NOT_FOUND"):
            await etas(house, event, who)
        with refused(MISSING, "EVENT_NOT_FOUND"):
            await near(house, event, 3000, who)
        with refused(MISSING, "JOURNEY_NOT_FOUND"):
            await eta(open_, who)


async def test_the_latest_position_is_told_while_it_is_shared(world, house, event, ada):
    with refused(MISSING, "NO_POSITION"):
        await latest(ada)
    await ada.record(1, ada.way(3000, 2900, 60))

    mine, theirs = await latest(ada), await latest(ada, house.organizer)
    await world.stub.PauseJourney(
        location_pb2.PauseJourneyRequest(name=ada.journey), metadata=ada.metadata
    )

    assert mine == theirs
    assert mine.position.sequence == 60
    with refused(MISSING, "NO_POSITION"):
        await latest(ada, house.organizer)
    assert (await latest(ada)) == mine


async def test_the_nearest_come_first_and_those_out_of_reach_not_at_all(house, event):
    a, b, c = [await house.traveler(event) for _ in range(3)]
    for one, meters in ((a, 2000), (b, 3000), (c, 9000)):
        await one.record(1, [one.at(meters)])

    found = (await near(house, event, 3100)).latest
    wide = (await near(house, event, 3100, radius_meters=10_000)).latest

    assert [one.name for one in found] == [f"{one.journey}/latest" for one in (b, a)]
    assert found[0].distance_meters == pytest.approx(100, rel=0.01)
    assert found[0].traveler == b.name
    assert [one.name for one in wide] == [f"{one.journey}/latest" for one in (b, a, c)]
    first = await near(house, event, 3100, radius_meters=10_000, page_size=2)
    rest = await near(
        house,
        event,
        3100,
        radius_meters=10_000,
        page_size=2,
        page_token=first.next_page_token,
    )
    assert [*first.latest, *rest.latest] == list(wide)
    assert not rest.next_page_token


async def test_who_is_seen_coarsely_is_as_near_as_it_looks(house, event):
    ada = await house.traveler(event, precision=Journey.PRECISION_COARSE)
    await ada.record(1, [ada.at(3210)])

    (found,) = (await near(house, event, 3210)).latest

    assert found.distance_meters > 50
    assert found.position.horizontal_accuracy_meters >= 1000
    # As far as from where it is shown, and for whom it is from where it is.
    there = found.position.location
    here = VENUE[0] - 3210 / DEGREE, VENUE[1]
    shown = distance(*here, there.latitude, there.longitude)
    assert found.distance_meters == pytest.approx(shown, abs=0.1)
    (mine,) = (await near(house, event, 3210, ada.metadata)).latest
    assert mine.distance_meters == pytest.approx(0, abs=0.1)


async def test_who_does_not_share_now_is_near_nothing(world, house, event, clock):
    paused, sharing = await house.traveler(event), await house.traveler(event)
    for one in (paused, sharing):
        await one.record(1, [one.at(2000)])
    await world.stub.PauseJourney(
        location_pb2.PauseJourneyRequest(name=paused.journey), metadata=paused.metadata
    )

    assert [one.traveler for one in (await near(house, event, 2000)).latest] == [sharing.name]
    clock.ahead = timedelta(hours=5)
    assert (await near(house, event, 2000)).latest == []


async def test_who_shares_from_later_on_is_near_nothing_before(world, house, event, clock):
    """The event starts in an hour, and may be moved after the sharing began."""
    ada = await house.traveler(event, lead_time={"seconds": 3600})
    clock.ahead = timedelta(minutes=1)
    await ada.record(1, [ada.at(2000)])
    assert len((await near(house, event, 2000)).latest) == 1

    later = dataclasses.replace(event, start_time=event.start_time + timedelta(minutes=30))
    await house.act(announce, later, world.clock.now())

    assert (await near(house, event, 2000)).latest == []
    clock.ahead = timedelta(minutes=40)
    assert len((await near(house, event, 2000)).latest) == 1
