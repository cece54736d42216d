"""Reports on the wire: messages to columns. Pure."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

from google.protobuf import timestamp_pb2

from services.kit import errors, validate
from services.location.segments import packing
from services.location.segments.columns import SCALE, SUNKEN, UNKNOWN, Report
from services.location.track import domain
from services.location.track.domain import BadReport
from turnout.location.v1 import location_pb2

T = TypeVar("T", int, float)
COLUMNS = "report.columns"
NORTH, EAST = 90 * SCALE, 180 * SCALE
MOST_SEQUENCE = 2**53
SOURCES = frozenset(location_pb2.PositionSource.values())
# 1900 and 8999: what lies beyond is no time that a device could mean.
FIRST_MS, LAST_MS = -2_208_988_800_000, 221_845_392_000_000


def reported(frame: location_pb2.TrackRequest) -> Report:
    """The positions of a report, in either of its forms."""
    told = frame.report
    report = _quickly(told)
    if report is not None:
        return report
    # The rules of the contract come first, as they do in every other request.
    if _trusted(frame) and (found := validate.check(frame)):
        raise errors.InvalidFields(tuple(found))
    if told.positions and told.HasField("columns"):
        raise BadReport("report.columns", "must be unset if positions is not empty")
    if told.HasField("columns"):
        return _of_columns(told.first_sequence, told.columns)
    return _of_positions(told.first_sequence, told.positions, "report.positions")


def _trusted(frame: Any) -> bool:
    """Whether it is a report in columns, which are read and judged in one go."""
    return frame.WhichOneof("frame") == "report" and bool(frame.report.HasField("columns"))


validate.trust(location_pb2.TrackRequest, _trusted)


def _quickly(told: location_pb2.TrackRequest.Report) -> Report | None:
    """A report in columns with which nothing is wrong: this is on the way of every one of them.
    None of any other, for `reported` to say what it is."""
    first, columns = told.first_sequence, told.columns
    # A slice becomes a list many times faster than an iterator does.
    offsets = columns.time_offsets_ms[:]
    latitudes, longitudes = columns.latitudes_e7[:], columns.longitudes_e7[:]
    count = len(offsets)
    whole = 0 < count <= domain.MOST_POSITIONS and count == len(latitudes) == len(longitudes)
    if not whole or not 0 < first <= MOST_SEQUENCE or told.positions:
        return None
    base = columns.base_time_ms
    begin, end = base + min(offsets), base + max(offsets)
    south, west, north, east = min(latitudes), min(longitudes), max(latitudes), max(longitudes)
    if base < FIRST_MS or base > LAST_MS or begin < FIRST_MS or end > LAST_MS:
        return None
    if south < -NORTH or north > NORTH or west < -EAST or east > EAST:
        return None
    if not (
        _fits(columns.horizontal_accuracies_meters[:], 0.0, count)
        and _fits(columns.speeds_meters_per_second[:], UNKNOWN, count)
        and _fits(columns.bearings_degrees[:], UNKNOWN, count)
        and _fits(columns.altitudes_meters[:], SUNKEN, count)
    ):
        return None
    if columns.battery_percents or columns.sources:
        batteries, sources = columns.battery_percents[:], columns.sources[:]
        if not _fits(batteries, UNKNOWN, count) or not _fits(sources, 0, count):
            return None
        if max(batteries, default=0) > 100 or not SOURCES.issuperset(sources):
            return None
    span, box = (begin * 1000, end * 1000), (south, west, north, east)
    body, read = packing.of_wire(columns), packing.Wire(columns)
    return Report(first, count, span, box, body=body, read=read)


def _fits(values: Sequence[float], least: float, count: int) -> bool:
    """Whether a column may be what it is; most devices leave some out."""
    # A sum is finite only when all of its parts are.
    return not values or (
        len(values) == count and min(values) >= least and math.isfinite(sum(values))
    )


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
        *_more(positions),
    )


def _more(positions: Sequence[location_pb2.Position]) -> Sequence[Sequence[Any]]:
    """Altitudes, batteries and sources; nothing where no position has any."""
    if not any(
        p.HasField("altitude_meters") or p.HasField("battery_percent") or p.source
        for p in positions
    ):
        return ()
    return (
        array(
            "f", [p.altitude_meters if p.HasField("altitude_meters") else SUNKEN for p in positions]
        ),
        [p.battery_percent if p.HasField("battery_percent") else round(UNKNOWN) for p in positions],
        [p.source for p in positions],
    )


def _of_columns(first: int, columns: location_pb2.Columns) -> Report:
    # A slice becomes a list many times faster than an iterator does.
    offsets = columns.time_offsets_ms[:]
    count = len(offsets)
    _check_numbers(first, count, f"{COLUMNS}.time_offsets_ms")
    base = _within(columns.base_time_ms, FIRST_MS, LAST_MS, f"{COLUMNS}.base_time_ms")
    begin, end = base + min(offsets), base + max(offsets)
    if begin < FIRST_MS or end > LAST_MS:
        raise BadReport(f"{COLUMNS}.time_offsets_ms", "must be times of the calendar")
    latitudes = _whole(columns.latitudes_e7, count, "latitudes_e7")
    longitudes = _whole(columns.longitudes_e7, count, "longitudes_e7")
    box = min(latitudes), min(longitudes), max(latitudes), max(longitudes)
    if box[0] < -NORTH or box[2] > NORTH:
        raise _off_the_globe(latitudes, NORTH, "latitudes_e7")
    if box[1] < -EAST or box[3] > EAST:
        raise _off_the_globe(longitudes, EAST, "longitudes_e7")
    _check_floats(columns.horizontal_accuracies_meters, 0.0, count, "horizontal_accuracies_meters")
    _check_floats(columns.speeds_meters_per_second, UNKNOWN, count, "speeds_meters_per_second")
    _check_floats(columns.bearings_degrees, UNKNOWN, count, "bearings_degrees")
    _check_floats(columns.altitudes_meters, SUNKEN, count, "altitudes_meters")
    if columns.battery_percents:
        _check_batteries(_whole(columns.battery_percents, count, "battery_percents"))
    if columns.sources:
        # That there are such sources was checked with the other rules of the contract.
        _whole(columns.sources, count, "sources")
    body, read = packing.of_wire(columns), packing.Wire(columns)
    return Report(first, count, (begin * 1000, end * 1000), box, body=body, read=read)


def _check_batteries(column: Sequence[int]) -> None:
    least = round(UNKNOWN)
    if min(column) < least or max(column) > 100:
        index = next(n for n, value in enumerate(column) if not least <= value <= 100)
        raise BadReport(f"{COLUMNS}.battery_percents[{index}]", f"must be from {least} to 100")


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


def _check_floats(column: Sequence[float], least: float, count: int, name: str) -> None:
    if not column:
        return
    field, values = f"{COLUMNS}.{name}", column[:]
    if len(values) != count:
        raise BadReport(field, f"must be empty or as long as time_offsets_ms, which has {count}")
    # That they are numbers at all was checked with the other rules of the contract.
    if min(values) < least:
        index = next(n for n, value in enumerate(values) if value < least)
        raise BadReport(f"{field}[{index}]", f"must be a number from {least:g} on")


def in_frame(refusal: BadReport, frame: location_pb2.TrackRequest.Report) -> BadReport:
    """The same refusal, with the path that the position has in a frame of `Track`."""
    if frame.HasField("columns"):
        index = refusal.field[len("positions[") :].partition("]")[0]
        return BadReport(f"report.columns.time_offsets_ms[{index}]", refusal.problem)
    return BadReport(f"report.{refusal.field}", refusal.problem)
