"""Journeys of which nothing is kept: seen and expected as others are, and no trail is left."""

from __future__ import annotations

import grpc
import pytest

from services.location.events import actions
from services.location.events.domain import EVENTS
from services.location.journeys import store
from tests.location.test_arrivals import etas, latest
from tests.location.test_positions import stored
from turnout.location.v1 import (
    geofence_pb2,
    geofence_pb2_grpc,
    location_pb2,
    trajectory_pb2,
    trajectory_pb2_grpc,
)

pytestmark = pytest.mark.server

Journey = location_pb2.Journey


@pytest.fixture
async def eve(house, event):
    """Somebody who wants nothing to be kept."""
    return await house.traveler(event, live_only=True)


async def traces(world, traveler):
    """What the row of a journey knows of a place."""
    row = await world.owner.execute(
        "select latitude, longitude, sequence, way, presences, position_count from journeys"
        " where id = %s",
        [traveler.id],
    )
    return tuple(await row.fetchone())


async def test_who_wants_nothing_kept_is_seen_and_leaves_no_trail(world, house, event, eve):
    answer = await eve.record(1, eve.way(3000, 2000, 60))

    assert answer.kept_through == 60
    assert answer.arrival.HasField("p50_time")
    assert await stored(eve) == []
    assert await eve.positions() == []
    assert (await latest(eve, house.organizer)).position.sequence == 60
    (one,) = await etas(house, event)
    assert one.arrival.distance_meters == pytest.approx(2000, rel=0.01)
    found = await eve.read()
    assert (found.live_only, found.position_count, found.kept_through) == (True, 0, 60)


async def test_positions_are_taken_once_without_a_trail(eve):
    way = eve.way(3000, 2000, 10)
    await eve.record(1, way[:6])
    again = await eve.record(1, way[:6])
    rest = await eve.record(4, way[3:])

    assert (again.kept_through, rest.kept_through) == (6, 10)
    assert await stored(eve) == []


async def test_a_process_that_knows_nothing_goes_on_without_a_trail(house, event, eve):
    await eve.record(1, eve.way(3000, 2500, 30))
    # Whoever takes the next report has to read the journey anew.
    await house.act(store.stir, event.name)

    answer = await eve.record(31, [eve.at(2490 - n, seconds=n + 1) for n in range(30)])

    assert answer.kept_through == 60
    assert answer.arrival.distance_meters == pytest.approx(2461, rel=0.01)
    assert await stored(eve) == []


async def test_who_arrives_is_there_and_nowhere_before(world, house, eve):
    way = eve.way(600, 0, 13)

    answer = await eve.record(1, way)

    found = await eve.read()
    assert found.state == Journey.STATE_ARRIVED
    assert found.arrive_time == way[10].capture_time
    assert answer.arrival.method == location_pb2.Arrival.METHOD_ARRIVED
    assert not answer.arrival.HasField("position_time")
    (arrived,) = await world.facts(house.organization, "JourneyArrived")
    assert arrived.arrive_time == found.arrive_time
    assert await traces(world, eve) == (None, None, None, None, None, 0)


async def test_nothing_is_left_when_the_event_ends(world, house, clock, event, eve):
    await eve.record(1, eve.way(3000, 2900, 5))
    assert (await traces(world, eve))[0] is not None

    await house.act(actions.cancel, event.name, clock.now())
    await house.act(actions.expire, house.organization, event.name.id, clock.now())

    assert (await eve.read()).state == Journey.STATE_EXPIRED
    assert await traces(world, eve) == (None, None, None, None, None, 0)


async def test_nothing_is_left_of_who_takes_the_consent_back(world, eve):
    await eve.record(1, eve.way(3000, 2900, 5))

    withdrawn = await eve.withdraw()

    assert withdrawn.receipt
    assert await traces(world, eve) == (None, None, None, None, None, 0)


async def test_no_way_and_no_geofence_is_known_of(world, house, event, eve):
    channel = world.served.channel
    here = geofence_pb2.Geofence(event=EVENTS.format(event.name), display_name="All around")
    here.circle.center.latitude, here.circle.center.longitude = event.latitude, event.longitude
    here.circle.radius_meters = 10_000
    request = geofence_pb2.CreateGeofenceRequest(parent=house.parent, geofence=here)
    fences = geofence_pb2_grpc.GeofenceServiceStub(channel)
    await fences.CreateGeofence(request, metadata=house.organizer)
    way = [eve.at(3000 - n, seconds=n) for n in range(30)]

    await eve.record(1, way)

    told = geofence_pb2.ListJourneyTransitionsRequest(parent=eve.journey)
    assert not (await fences.ListJourneyTransitions(told, metadata=eve.metadata)).transitions
    ways = trajectory_pb2_grpc.TrajectoryServiceStub(channel)
    one = trajectory_pb2.GetTrajectoryRequest(name=f"{eve.journey}/trajectory")
    assert (await ways.GetTrajectory(one, metadata=eve.metadata)).position_count == 0
    some = trajectory_pb2.ListTrajectoriesRequest(parent=EVENTS.format(event.name))
    assert not (await ways.ListTrajectories(some, metadata=house.organizer)).trajectories


async def test_a_stream_says_what_was_used(eve):
    call = eve.stub.Track(metadata=eve.metadata)
    await call.write(location_pb2.TrackRequest(open={"name": eve.journey}))
    report = location_pb2.TrackRequest.Report(first_sequence=1, positions=eve.way(3000, 2900, 20))
    await call.write(location_pb2.TrackRequest(report=report))
    frame = await call.read()
    while frame.kept_through < 20:
        frame = await call.read()
        assert frame is not grpc.aio.EOF
    await call.done_writing()

    assert await stored(eve) == []
