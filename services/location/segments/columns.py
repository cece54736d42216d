"""Reports as columns: what a device tells in one go, and how it lies on disk. Pure."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SCALE = 10_000_000  # units in one degree; 1 cm
UNKNOWN = -1.0  # a speed or a bearing that the device does not know

_VERSION = 1
_CODES = "qiifff"


class Unreadable(Exception):
    """Bytes on disk that no version of `pack` wrote."""


@dataclass(frozen=True, slots=True)
class Point:
    """One position of a report."""

    sequence: int
    micros: int
    latitude: float
    longitude: float
    accuracy: float
    speed: float
    bearing: float


@dataclass(slots=True)
class Report:
    """Positions with consecutive numbers. All columns are equally long, and not empty.

    Never changed; not frozen, because a frozen one takes longer to make than to fill.
    """

    first: int
    times: array[int]  # microseconds since 1970, by the clock of the device
    latitudes: array[int]  # 1e-7 degrees
    longitudes: array[int]
    accuracies: array[float]  # metres; 0 if not known
    speeds: array[float]  # metres per second; UNKNOWN if not known
    bearings: array[float]  # degrees; UNKNOWN if not known
    # The earliest and the latest time, in microseconds since 1970.
    span: tuple[int, int]
    # South, west, north and east of all positions, in 1e-7 degrees.
    box: tuple[int, int, int, int]

    @classmethod
    def of(
        cls,
        first: int,
        times: Sequence[int],
        latitudes: Sequence[int],
        longitudes: Sequence[int],
        accuracies: array[float],
        speeds: array[float],
        bearings: array[float],
    ) -> Report:
        """A report of these columns; see the fields."""
        span = min(times), max(times)
        box = min(latitudes), min(longitudes), max(latitudes), max(longitudes)
        return cls(
            first,
            array("q", times),
            array("i", latitudes),
            array("i", longitudes),
            accuracies,
            speeds,
            bearings,
            span,
            box,
        )

    def __len__(self) -> int:
        return len(self.times)

    @property
    def last(self) -> int:
        """The number of the last position."""
        return self.first + len(self.times) - 1

    def point(self, index: int) -> Point:
        """One of the positions, by its index from 0 on."""
        return Point(
            self.first + index,
            self.times[index],
            self.latitudes[index] / SCALE,
            self.longitudes[index] / SCALE,
            self.accuracies[index],
            self.speeds[index],
            self.bearings[index],
        )

    def part(self, begin: int, end: int) -> Report:
        """The positions from index `begin` up to and without `end`."""
        if begin == 0 and end == len(self):
            return self
        columns = (column[begin:end] for column in self._columns())
        return Report.of(self.first + begin, *columns)

    def _columns(self) -> tuple[array[Any], ...]:
        return (
            self.times,
            self.latitudes,
            self.longitudes,
            self.accuracies,
            self.speeds,
            self.bearings,
        )


def points(report: Report) -> list[Point]:
    """The positions one by one, in the order of their numbers."""
    return [report.point(index) for index in range(len(report))]


def known(value: float) -> float | None:
    """A speed or a bearing, if the device knew it."""
    return None if value < 0 else value


def pack(report: Report) -> bytes:
    """A version, and the columns one after the other, little-endian."""
    columns = report._columns()  # noqa: SLF001 - of this module
    return bytes((_VERSION,)) + b"".join(_little(column).tobytes() for column in columns)


def unpack(first: int, count: int, body: bytes) -> Report:
    """What `pack` was given; raises Unreadable."""
    sizes = [count * array(code).itemsize for code in _CODES]
    if not body or body[0] != _VERSION or len(body) != 1 + sum(sizes):
        raise Unreadable(f"a segment of {count} positions from {first} on is {len(body)} bytes")
    columns, begin = [], 1
    for code, size in zip(_CODES, sizes, strict=True):
        columns.append(_little(array(code, body[begin : begin + size])))
        begin += size
    return Report.of(first, *columns)


def _little(column: array[Any]) -> array[Any]:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column
