"""Ways: cleaned and simplified, as files, and as they were told."""

from __future__ import annotations

import json
import uuid
import xml.etree.ElementTree as ET

import grpc
import pytest

from services.location.events.domain import EVENTS
from services.location.retention.domain import TIDY
from tests.location.test_retention import age, segments
from tests.serving import as_user, refused
from turnout.location.v1 import location_pb2, trajectory_pb2, trajectory_pb2_grpc

pytestmark = pytest.mark.server

GPX = "{http://www.topografix.com/GPX/1/1}"
Verdict = trajectory_pb2.Trajectory.Verdict


@pytest.fixture
def ways(world):
    return trajectory_pb2_grpc.TrajectoryServiceStub(world.served.channel)


def name(traveler):
    return f"{traveler.journey}/trajectory"


def points(body):
    return list(ET.fromstring(body).iter(f"{GPX}trkpt"))  # noqa: S314 - of our own making


async def whole(ways, traveler, metadata=None, **given):
    request = trajectory_pb2.ExportTrajectoryRequest(name=name(traveler), **given)
    call = ways.ExportTrajectory(request, metadata=metadata or traveler.metadata)
    pieces = [piece async for piece in call]
    return pieces[0].content_type, b"".join(piece.data for piece in pieces)


async def test_a_way_is_cleaned_and_simplified_and_says_what_was_thought_of_it(ways, ada):
    way = ada.way(3000, 2400, 31)
    leap = ada.at(90_000, seconds=-15.5)
    told = [*way[:15], leap, *way[15:], way[-1]]
    await ada.record(1, told)

    request = trajectory_pb2.GetTrajectoryRequest(name=name(ada))
    found = await ways.GetTrajectory(request, metadata=ada.metadata)

    assert [p.sequence for p in found.positions] == [1, 32]
    assert found.position_count == 33
    assert found.distance_meters == pytest.approx(600, rel=0.02)
    tallies = {Verdict.Name(one.verdict): one.count for one in found.tallies}
    assert tallies == {"VERDICT_GOOD": 31, "VERDICT_DUPLICATE": 1, "VERDICT_TELEPORT": 1}
    assert found.end_time == way[-1].capture_time


async def test_the_way_of_nobody_yet_is_empty(ways, ada):
    request = trajectory_pb2.GetTrajectoryRequest(name=name(ada))
    found = await ways.GetTrajectory(request, metadata=ada.metadata)

    assert (list(found.positions), found.position_count) == ([], 0)
    _, body = await whole(ways, ada)
    assert points(body) == []


async def test_a_way_is_a_gpx_file(ways, ada):
    await ada.record(1, ada.way(3000, 2400, 31))

    kind, body = await whole(ways, ada)

    assert kind == "application/gpx+xml"
    found = points(body)
    assert len(found) == 31
    assert float(found[0].attrib["lon"]) == pytest.approx(13.405)


async def test_a_way_is_a_geojson_file(ways, ada):
    await ada.record(1, [*ada.way(3000, 2400, 31), ada.at(90_000)])
    kinds = trajectory_pb2.ExportTrajectoryRequest.Format

    kind, body = await whole(ways, ada, format=kinds.FORMAT_GEOJSON)
    _, raw = await whole(ways, ada, format=kinds.FORMAT_GEOJSON, raw=True)

    feature = json.loads(body)
    assert kind == "application/geo+json"
    assert feature["geometry"]["type"] == "LineString"
    assert len(feature["geometry"]["coordinates"]) == 31
    assert len(feature["properties"]["coordTimes"]) == 31
    assert len(json.loads(raw)["geometry"]["coordinates"]) == 32


async def test_all_positions_are_streamed_as_they_were_told(ways, ada):
    for first in (1, 401, 801):
        await ada.record(first, ada.way(9000 - first, 8600 - first, 400))

    async def frames(token=""):
        request = trajectory_pb2.StreamTrajectoryRequest(name=name(ada), resume_token=token)
        return [frame async for frame in ways.StreamTrajectory(request, metadata=ada.metadata)]

    first, *others = await frames()
    rest = await frames(first.resume_token)

    numbers = [position.sequence for frame in (first, *others) for position in frame.positions]
    assert numbers == list(range(1, 1201))
    assert rest == others


async def test_organizers_see_a_way_while_the_consent_stands(ways, house, ada):
    await ada.record(1, ada.way(3000, 2400, 31))
    request = trajectory_pb2.GetTrajectoryRequest(name=name(ada))

    found = await ways.GetTrajectory(request, metadata=house.organizer)
    assert found.position_count == 31

    await ada.withdraw()
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "JOURNEY_OVER"):
        await ways.GetTrajectory(request, metadata=house.organizer)


async def test_strangers_see_no_way(ways, world, ada):
    stranger = await world.house()
    request = trajectory_pb2.GetTrajectoryRequest(name=name(ada))
    with refused(grpc.StatusCode.NOT_FOUND, "JOURNEY_NOT_FOUND"):
        await ways.GetTrajectory(request, metadata=as_user())
    with pytest.raises(grpc.aio.AioRpcError):
        await ways.GetTrajectory(request, metadata=stranger.organizer)


# --- altitude, battery, source


FUSED = location_pb2.POSITION_SOURCE_FUSED


async def test_what_a_device_knows_beside_the_place_comes_back(world, house, ada):
    some = ada.way(3000, 2500, 4)
    some[1].altitude_meters = 34.5
    some[2].battery_percent = 0
    some[3].source = FUSED

    await ada.record(1, some)
    found = await ada.positions()
    await age(world, ada, 8)
    await world.served.do_all(TIDY, house.organization)

    assert [p.HasField("altitude_meters") for p in found] == [False, True, False, False]
    assert found[1].altitude_meters == 34.5
    assert [p.HasField("battery_percent") for p in found] == [False, False, True, False]
    assert found[2].battery_percent == 0
    assert [p.source for p in found] == [0, 0, 0, FUSED]
    assert [one.version for one in await segments(world, ada)] == [5]
    assert await ada.positions() == found


async def test_altitudes_are_in_the_files(ways, ada):
    some = ada.way(3000, 2900, 3)
    for meters, position in enumerate(some[:2]):
        position.altitude_meters = 30 + meters
    await ada.record(1, some)

    _, gpx = await whole(ways, ada, raw=True)
    _, line = await whole(
        ways, ada, raw=True, format=trajectory_pb2.ExportTrajectoryRequest.FORMAT_GEOJSON
    )

    assert [point.findtext(f"{GPX}ele") for point in points(gpx)] == ["30.0", "31.0", None]
    places = json.loads(line)["geometry"]["coordinates"]
    assert [place[2:] for place in places] == [[30.0], [31.0], []]


async def test_who_is_seen_coarsely_is_seen_without_altitude(house, event):
    bob = await house.traveler(event, precision=location_pb2.Journey.PRECISION_COARSE)
    await bob.record(1, [bob.at(3000, altitude_meters=34, battery_percent=50, source=FUSED)])

    (seen,) = await bob.positions(house.organizer)

    assert not seen.HasField("altitude_meters")
    assert not seen.HasField("battery_percent")
    assert seen.source == 0


# --- of an event


async def test_the_ways_to_an_event_are_listed(ways, world, house, event):
    people = [await house.traveler(event) for _ in range(3)]
    for one in people[:2]:
        await one.record(1, one.way(3000, 2400, 31))
    hidden = await house.traveler(event, viewers=location_pb2.Journey.VIEWERS_ORGANIZERS)
    await hidden.record(1, hidden.way(3000, 2400, 31))
    arrived = await house.traveler(event)
    await arrived.record(1, arrived.way(300, 0, 31))
    paused = await house.traveler(event)
    await paused.record(1, paused.way(3000, 2400, 31))
    request = location_pb2.PauseJourneyRequest(name=paused.journey)
    await world.stub.PauseJourney(request, metadata=paused.metadata)
    asked = trajectory_pb2.ListTrajectoriesRequest(parent=EVENTS.format(event.name))

    found = (await ways.ListTrajectories(asked, metadata=house.organizer)).trajectories
    staff = await world.member("STAFF", house.organization)
    to_staff = (await ways.ListTrajectories(asked, metadata=staff)).trajectories
    asked.page_size = 1
    first = await ways.ListTrajectories(asked, metadata=house.organizer)
    asked.page_token = first.next_page_token
    second = await ways.ListTrajectories(asked, metadata=house.organizer)

    assert [one.name for one in found] == [name(one) for one in (*people[:2], hidden)]
    assert found[0].distance_meters == pytest.approx(600, rel=0.02)
    assert [one.name for one in to_staff] == [name(one) for one in people[:2]]
    assert [*first.trajectories, *second.trajectories] == list(found[:2])


async def test_the_ways_to_an_event_are_for_who_may_see_them(ways, world, house, event):
    asked = trajectory_pb2.ListTrajectoriesRequest(parent=EVENTS.format(event.name))

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await ways.ListTrajectories(asked, metadata=(await world.house()).organizer)
    asked.parent = f"{house.parent}/events/{uuid.uuid4()}"
    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
        await ways.ListTrajectories(asked, metadata=house.organizer)
