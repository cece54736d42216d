"""Location on the wire: messages to values and back. Pure."""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, TypeVar

from google.protobuf import timestamp_pb2

from services.kit import links
from services.kit.etags import etag
from services.kit.names import Name, parent
from services.kit.pages import BadPageToken
from services.kit.wire import duration, latlng, timestamp
from services.location import domain
from services.location.domain import (
    EVENTS,
    JOURNEYS,
    BadReport,
    Event,
    Journey,
    Mode,
    NoConsent,
    State,
)
from services.location.segments import SCALE, UNKNOWN, Point, Report
from turnout.event.v1 import event_pb2
from turnout.location.v1 import location_pb2

T = TypeVar("T", int, float)

STATES = {
    State.READY: location_pb2.Journey.STATE_READY,
    State.UNDER_WAY: location_pb2.Journey.STATE_UNDER_WAY,
    State.ARRIVED: location_pb2.Journey.STATE_ARRIVED,
    State.EXPIRED: location_pb2.Journey.STATE_EXPIRED,
    State.WITHDRAWN: location_pb2.Journey.STATE_WITHDRAWN,
}
MODES = {
    Mode.UNKNOWN: location_pb2.Journey.TRAVEL_MODE_UNSPECIFIED,
    Mode.WALK: location_pb2.Journey.TRAVEL_MODE_WALK,
    Mode.BICYCLE: location_pb2.Journey.TRAVEL_MODE_BICYCLE,
    Mode.CAR: location_pb2.Journey.TRAVEL_MODE_CAR,
    Mode.TRANSIT: location_pb2.Journey.TRAVEL_MODE_TRANSIT,
}
MODE_OF = {number: mode for mode, number in MODES.items()}

COLUMNS = "report.columns"
NORTH, EAST = 90 * SCALE, 180 * SCALE
MOST_SEQUENCE = 2**53
# 1900 and 8999: what lies beyond is no time that a device could mean.
FIRST_MS, LAST_MS = -2_208_988_800_000, 221_845_392_000_000

_TOKEN = struct.Struct(">Bq")
_TOKEN_VERSION = 1


# --- what is asked for


def consent(request: location_pb2.CreateJourneyRequest) -> tuple[Name, Mode, float]:
    """The event, how the person travels, and how fast it is played."""
    parent(request.parent)
    asked = request.journey
    event = EVENTS.parse(asked.event, "journey.event")
    if not asked.consent:
        raise NoConsent("journey.consent", "must be true: nobody is followed who did not agree")
    return event, MODE_OF.get(asked.travel_mode, Mode.UNKNOWN), max(1.0, asked.playback_rate)


def reported(frame: location_pb2.TrackRequest.Report) -> Report:
    """The positions of a report, in either of its forms."""
    if frame.positions and frame.HasField("columns"):
        raise BadReport("report.columns", "must be unset if positions is not empty")
    if frame.HasField("columns"):
        return _of_columns(frame.first_sequence, frame.columns)
    return _of_positions(frame.first_sequence, frame.positions, "report.positions")


def recorded(request: location_pb2.RecordPositionsRequest) -> Report:
    return _of_positions(request.first_sequence, request.positions, "positions")


def _of_positions(first: int, positions: Sequence[location_pb2.Position], field: str) -> Report:
    _check_numbers(first, len(positions), field)
    for index, position in enumerate(positions):
        if not position.HasField("capture_time"):
            raise BadReport(f"{field}[{index}].capture_time", "is required")
        if not position.HasField("location"):
            raise BadReport(f"{field}[{index}].location", "is required")
    places = [position.location for position in positions]
    return Report.of(
        first,
        [_micros(position.capture_time) for position in positions],
        [round(place.latitude * SCALE) for place in places],
        [round(place.longitude * SCALE) for place in places],
        array("f", [position.horizontal_accuracy_meters for position in positions]),
        array("f", [_known(position, "speed_meters_per_second") for position in positions]),
        array("f", [_known(position, "bearing_degrees") for position in positions]),
    )


def _of_columns(first: int, columns: location_pb2.Columns) -> Report:
    count = len(columns.time_offsets_ms)
    _check_numbers(first, count, f"{COLUMNS}.time_offsets_ms")
    base = _within(columns.base_time_ms, FIRST_MS, LAST_MS, f"{COLUMNS}.base_time_ms")
    # A slice becomes a list many times faster than an iterator does.
    report = Report.of(
        first,
        [(base + offset) * 1000 for offset in _offsets(columns, base)],
        _whole(columns.latitudes_e7, count, "latitudes_e7"),
        _whole(columns.longitudes_e7, count, "longitudes_e7"),
        _floats(columns.horizontal_accuracies_meters, 0.0, count, "horizontal_accuracies_meters"),
        _floats(columns.speeds_meters_per_second, UNKNOWN, count, "speeds_meters_per_second"),
        _floats(columns.bearings_degrees, UNKNOWN, count, "bearings_degrees"),
    )
    south, west, north, east = report.box
    if south < -NORTH or north > NORTH:
        raise _off_the_globe(report.latitudes, NORTH, "latitudes_e7")
    if west < -EAST or east > EAST:
        raise _off_the_globe(report.longitudes, EAST, "longitudes_e7")
    return report


def _check_numbers(first: int, count: int, field: str) -> None:
    number = "report.first_sequence" if field.startswith("report.") else "first_sequence"
    _within(first, 1, MOST_SEQUENCE, number)
    if not 1 <= count <= domain.MOST_POSITIONS:
        raise BadReport(field, f"must hold from 1 to {domain.MOST_POSITIONS} positions")


def _micros(time: timestamp_pb2.Timestamp) -> int:
    return time.seconds * 1_000_000 + time.nanos // 1000


def _known(
    position: location_pb2.Position, field: Literal["speed_meters_per_second", "bearing_degrees"]
) -> float:
    return getattr(position, field) if position.HasField(field) else UNKNOWN


def _offsets(columns: location_pb2.Columns, base: int) -> list[int]:
    found = columns.time_offsets_ms[:]
    if base + min(found) < FIRST_MS or base + max(found) > LAST_MS:
        raise BadReport(f"{COLUMNS}.time_offsets_ms", "must be times of the calendar")
    return found


def _within(value: T, least: T, most: T, field: str) -> T:
    if not least <= value <= most:
        raise BadReport(field, f"must be from {least} to {most}")
    return value


def _whole(column: Sequence[int], count: int, name: str) -> Sequence[int]:
    if len(column) != count:
        field = f"{COLUMNS}.{name}"
        raise BadReport(field, f"must be as long as time_offsets_ms, which has {count}")
    return column[:]


def _off_the_globe(column: Sequence[int], most: int, name: str) -> BadReport:
    index = next(i for i, value in enumerate(column) if not -most <= value <= most)
    return BadReport(f"{COLUMNS}.{name}[{index}]", f"must be from -{most} to {most}")


def _floats(column: Sequence[float], unset: float, count: int, name: str) -> array[float]:
    if not column:
        return array("f", [unset]) * count
    field, values = f"{COLUMNS}.{name}", column[:]
    if len(values) != count:
        raise BadReport(field, f"must be empty or as long as time_offsets_ms, which has {count}")
    least = 0.0 if unset == 0.0 else UNKNOWN
    # A sum is no number when one of its parts is none.
    if min(values) < least or not math.isfinite(sum(values)):
        index = next(n for n, value in enumerate(values) if not least <= value < math.inf)
        raise BadReport(f"{field}[{index}]", f"must be a number from {least:g} on")
    return array("f", values)


def in_frame(refusal: BadReport, frame: location_pb2.TrackRequest.Report) -> BadReport:
    """The same refusal, with the path that the position has in a frame of `Track`."""
    if frame.HasField("columns"):
        index = refusal.field[len("positions[") :].partition("]")[0]
        return BadReport(f"report.columns.time_offsets_ms[{index}]", refusal.problem)
    return BadReport(f"report.{refusal.field}", refusal.problem)


# --- what is answered


def journey(value: Journey, now: datetime) -> location_pb2.Journey:
    return location_pb2.Journey(
        name=JOURNEYS.format(value.name),
        event=EVENTS.format(value.event),
        traveler=value.traveler,
        travel_mode=MODES[value.mode],
        consent=value.state is not State.WITHDRAWN,
        state=STATES[value.state],
        arrival=arrival(value, now),
        position_count=value.position_count,
        kept_through=value.kept_through,
        create_time=timestamp(value.create_time),
        expire_time=timestamp(value.expire_time),
        arrive_time=timestamp(value.arrive_time),
        playback_rate=value.rate,
        etag=etag(value.version),
    )


def arrival(value: Journey, now: datetime) -> location_pb2.Arrival | None:
    """When somebody is expected; None when nobody can tell, or may."""
    arrived = value.state is State.ARRIVED
    if not arrived and not value.lasts(now):
        return None
    found = domain.aged(value, now)
    if found is None or value.newest is None or found.p50_time is None:
        return None
    method = (
        location_pb2.Arrival.METHOD_ARRIVED if arrived else location_pb2.Arrival.METHOD_VELOCITY
    )
    return location_pb2.Arrival(
        p50_time=timestamp(found.p50_time),
        p90_time=timestamp(found.p90_time),
        lateness=duration(domain.lateness(value, found.p50_time)),
        distance_meters=found.distance,
        method=method,
        position_time=timestamp(domain.instant(value.newest.micros)),
    )


def position(point: Point) -> location_pb2.Position:
    return location_pb2.Position(
        location=latlng(point.latitude, point.longitude),
        capture_time=timestamp(domain.instant(point.micros)),
        horizontal_accuracy_meters=point.accuracy,
        speed_meters_per_second=domain.known(point.speed),
        bearing_degrees=domain.known(point.bearing),
        sequence=point.sequence,
    )


def traveler(value: Journey, now: datetime) -> location_pb2.WatchArrivalsResponse.Traveler:
    """One person on the way, as the organizers see them: a place only while the consent stands."""
    seen = value.state is State.UNDER_WAY and value.lasts(now)
    return location_pb2.WatchArrivalsResponse.Traveler(
        journey=JOURNEYS.format(value.name),
        traveler=value.traveler,
        state=STATES[value.state],
        position=position(value.newest) if seen and value.newest else None,
        arrival=arrival(value, now),
    )


def watched(
    travelers: Iterable[location_pb2.WatchArrivalsResponse.Traveler], horizon: int
) -> location_pb2.WatchArrivalsResponse:
    return location_pb2.WatchArrivalsResponse(
        travelers=travelers, resume_token=resume_token(horizon)
    )


def resume_token(horizon: int) -> str:
    return links.encode(_TOKEN.pack(_TOKEN_VERSION, horizon))


def horizon(token: str) -> int:
    """How far a viewer has seen; 0 for one that has seen nothing."""
    if not token:
        return 0
    body = links.decode(token)
    if body is None or len(body) != _TOKEN.size or body[0] != _TOKEN_VERSION:
        raise BadPageToken("resume_token", "must be a resume_token as it was sent")
    return max(0, int(_TOKEN.unpack(body)[1]))


# --- facts


def started(value: Journey) -> location_pb2.JourneyStarted:
    return location_pb2.JourneyStarted(
        journey=JOURNEYS.format(value.name),
        event=EVENTS.format(value.event),
        traveler=value.traveler,
    )


def arrived(value: Journey) -> location_pb2.JourneyArrived:
    if value.arrive_time is None:
        raise ValueError(f"{JOURNEYS.format(value.name)} has not arrived")
    return location_pb2.JourneyArrived(
        journey=JOURNEYS.format(value.name),
        event=EVENTS.format(value.event),
        traveler=value.traveler,
        arrive_time=timestamp(value.arrive_time),
        lateness=duration(domain.lateness(value, value.arrive_time)),
        expected_time=timestamp(value.forecast.p50_time if value.forecast else None),
        estimate_time=timestamp(value.forecast.made_time if value.forecast else None),
    )


def ended(value: Journey) -> location_pb2.JourneyEnded:
    return location_pb2.JourneyEnded(
        journey=JOURNEYS.format(value.name),
        event=EVENTS.format(value.event),
        traveler=value.traveler,
        state=STATES[value.state],
    )


def announced(said: event_pb2.Announcement) -> Event:
    """Where and when people meet."""
    venue = said.venue
    return Event(
        name=EVENTS.parse(said.event, "event"),
        latitude=venue.location.latitude,
        longitude=venue.location.longitude,
        radius=venue.arrival_radius_meters or domain.RADIUS,
        start_time=_instant(said.start_time),
        end_time=_instant(said.end_time),
    )


def _instant(time: timestamp_pb2.Timestamp) -> datetime:
    return domain.instant(_micros(time))
