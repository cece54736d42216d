"""Ways: cleaned and simplified, as files, and as they were told."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import grpc
import pytest

from tests.serving import as_user, refused
from turnout.location.v1 import trajectory_pb2, trajectory_pb2_grpc

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
