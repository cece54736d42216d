"""Trajectories on the wire and as files. Pure."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from google.api import httpbody_pb2

from services.kit.names import Name
from services.kit.wire import duration, timestamp
from services.location.instants import instant
from services.location.live.wire import horizon, resume_token
from services.location.segments.columns import SUNKEN, Point
from services.location.segments.wire import position
from services.location.track.wire import MOST_SEQUENCE
from services.location.trajectories.domain import TRAJECTORIES, Trajectory, Verdict
from turnout.location.v1 import trajectory_pb2

Format = trajectory_pb2.ExportTrajectoryRequest.Format
GEOJSON = trajectory_pb2.ExportTrajectoryRequest.FORMAT_GEOJSON
VERDICTS: dict[Verdict, Any] = {
    verdict: trajectory_pb2.Trajectory.Verdict.Value(f"VERDICT_{verdict.name}")
    for verdict in Verdict
}
GPX_BEGIN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gpx version="1.1" creator="Turnout" xmlns="http://www.topografix.com/GPX/1/1">\n'
    "<trk><trkseg>\n"
)
GPX_END = "</trkseg></trk>\n</gpx>\n"
# Positions in one piece of a file.
PIECE = 1000


def trajectory(name: Name, found: Trajectory, shown: Sequence[Point]) -> trajectory_pb2.Trajectory:
    first, last = (found.points[0], found.points[-1]) if found.points else (None, None)
    return trajectory_pb2.Trajectory(
        name=TRAJECTORIES.format(name),
        positions=[position(point) for point in shown],
        position_count=sum(found.tallies.values()),
        distance_meters=found.meters,
        begin_time=timestamp(instant(first.micros)) if first else None,
        end_time=timestamp(instant(last.micros)) if last else None,
        gap_count=found.gaps,
        longest_gap=duration(found.longest_gap),
        tallies=[
            trajectory_pb2.Trajectory.Tally(verdict=VERDICTS[verdict], count=count)
            for verdict, count in sorted(found.tallies.items(), key=lambda item: VERDICTS[item[0]])
        ],
    )


def after(token: str) -> int:
    """The number of the last position that a reader has; 0 of one that has none."""
    return min(MOST_SEQUENCE, horizon(token))


def part(found: Sequence[Point]) -> trajectory_pb2.StreamTrajectoryResponse:
    return trajectory_pb2.StreamTrajectoryResponse(
        positions=[position(point) for point in found],
        resume_token=resume_token(found[-1].sequence),
    )


def disposition(name: Name, kind: Format) -> tuple[tuple[str, str], ...]:
    """The header that makes a browser save the file under a name (RFC 6266)."""
    word = "geojson" if kind == GEOJSON else "gpx"
    return (("content-disposition", f'attachment; filename="journey-{name.id}.{word}"'),)


async def file(way: Sequence[Point], kind: Format) -> AsyncIterator[httpbody_pb2.HttpBody]:
    """A file, piece by piece."""
    content_type = "application/geo+json" if kind == GEOJSON else "application/gpx+xml"
    pieces = _geojson(way) if kind == GEOJSON else _gpx(way)
    for piece in pieces:
        yield httpbody_pb2.HttpBody(content_type=content_type, data=piece.encode())


def _gpx(way: Sequence[Point]) -> Sequence[str]:
    parts = [way[begin : begin + PIECE] for begin in range(0, len(way), PIECE)]
    return [GPX_BEGIN, *("".join(_trkpt(point) for point in part) for part in parts), GPX_END]


def _trkpt(point: Point) -> str:
    at = f'lat="{point.latitude:.7f}" lon="{point.longitude:.7f}"'
    up = "" if point.altitude <= SUNKEN else f"<ele>{point.altitude:.1f}</ele>"
    return f"<trkpt {at}>{up}<time>{_time(point)}</time></trkpt>\n"


def _geojson(way: Sequence[Point]) -> Sequence[str]:
    """A line needs two positions; one is a point, and none is nowhere."""
    places = [_place(point) for point in way]
    geometry: dict[str, object] | None = None
    if len(places) > 1:
        geometry = {"type": "LineString", "coordinates": places}
    elif places:
        geometry = {"type": "Point", "coordinates": places[0]}
    times = [_time(point) for point in way]
    feature = {"type": "Feature", "geometry": geometry, "properties": {"coordTimes": times}}
    return [json.dumps(feature, separators=(",", ":"))]


def _place(point: Point) -> list[float]:
    """Longitude, latitude, and the altitude where the device knew it."""
    flat = [round(point.longitude, 7), round(point.latitude, 7)]
    return flat if point.altitude <= SUNKEN else [*flat, round(point.altitude, 1)]


def _time(point: Point) -> str:
    return instant(point.micros).isoformat(timespec="milliseconds").replace("+00:00", "Z")
