"""Reports as columns: what a device tells in one go, and how it lies on disk. Pure."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

SCALE = 10_000_000  # units in one degree; 1 cm
UNKNOWN = -1.0  # a speed, a bearing or a battery that the device does not know
SUNKEN = -1000.0  # an altitude that the device does not know
UNSAID = 0  # a source that the device does not say

# The versions of a body: its first byte. The wide ones also have altitudes, batteries and sources,
# where any is known.
PLAIN, WIRE, SMALL, WIDE, SMALL_WIDE = 1, 2, 3, 4, 5
CODES = "qiifff"
WIDE_CODES = CODES + "fbB"


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
    altitude: float = SUNKEN
    # Of 100.
    battery: int = round(UNKNOWN)
    # As the contract numbers it.
    source: int = UNSAID


# Times, latitudes, longitudes, accuracies, speeds, bearings, altitudes, batteries and sources, as
# `Report` has them.
Columns = tuple[
    Sequence[int],
    Sequence[int],
    Sequence[int],
    Sequence[float],
    Sequence[float],
    Sequence[float],
    Sequence[float],
    Sequence[int],
    Sequence[int],
]


class Packed(Protocol):
    """Columns that lie packed."""

    def columns(self) -> Columns:
        """All of them."""

    def since(self, time: int, begin: int) -> int:
        """As `Report.since`."""

    def fix(self, index: int) -> tuple[int, int, int, float]:
        """As `Report.fix`."""


class Report:
    """Positions with consecutive numbers. All columns are equally long, and not empty.

    Never changed. One that lies packed already is only unpacked when somebody asks for its
    columns, which most never do.
    """

    __slots__ = ("_columns", "_read", "body", "box", "count", "first", "span")

    def __init__(
        self,
        first: int,
        count: int,
        span: tuple[int, int],
        box: tuple[int, int, int, int],
        *,
        body: bytes | None = None,
        read: Packed | None = None,
        columns: Columns | None = None,
    ) -> None:
        self.first = first
        self.count = count
        # The earliest and the latest time, in microseconds since 1970.
        self.span = span
        # South, west, north and east of all positions, in 1e-7 degrees.
        self.box = box
        # As it lies on disk, if somebody knows.
        self.body = body
        self._read = read
        self._columns = columns

    @classmethod
    def of(
        cls,
        first: int,
        times: Sequence[int],
        latitudes: Sequence[int],
        longitudes: Sequence[int],
        accuracies: Sequence[float],
        speeds: Sequence[float],
        bearings: Sequence[float],
        altitudes: Sequence[float] = (),
        batteries: Sequence[int] = (),
        sources: Sequence[int] = (),
    ) -> Report:
        """A report of these columns. The last three may be empty: nothing is known of them."""
        span = min(times), max(times)
        box = min(latitudes), min(longitudes), max(latitudes), max(longitudes)
        columns = (
            times,
            latitudes,
            longitudes,
            accuracies,
            speeds,
            bearings,
            *told(len(times), altitudes, batteries, sources),
        )
        return cls(first, len(times), span, box, columns=columns)

    @property
    def columns(self) -> Columns:
        if self._columns is None:
            if self._read is None:
                raise Unreadable("a report without columns")
            self._columns = self._read.columns()
        return self._columns

    def since(self, time: int, begin: int) -> int:
        """The index of the first position from index `begin` on that was captured at `time`, in
        microseconds since 1970, or later; `count` if there is none."""
        if self._columns is None and self._read is not None:
            return self._read.since(time, begin)
        times = self.times
        return next((n for n in range(begin, self.count) if times[n] >= time), self.count)

    def fix(self, index: int) -> tuple[int, int, int, float]:
        """Time, latitude, longitude and accuracy of one position, as in the columns."""
        if self._columns is None and self._read is not None:
            return self._read.fix(index)
        times, latitudes, longitudes, accuracies, *_ = self.columns
        return times[index], latitudes[index], longitudes[index], accuracies[index]

    @property
    def times(self) -> Sequence[int]:
        """Microseconds since 1970, by the clock of the device."""
        return self.columns[0]

    @property
    def latitudes(self) -> Sequence[int]:
        """In 1e-7 degrees."""
        return self.columns[1]

    @property
    def longitudes(self) -> Sequence[int]:
        """In 1e-7 degrees."""
        return self.columns[2]

    @property
    def accuracies(self) -> Sequence[float]:
        """Metres; 0 if not known."""
        return self.columns[3]

    @property
    def speeds(self) -> Sequence[float]:
        """Metres per second; UNKNOWN if not known."""
        return self.columns[4]

    @property
    def bearings(self) -> Sequence[float]:
        """Degrees; UNKNOWN if not known."""
        return self.columns[5]

    @property
    def altitudes(self) -> Sequence[float]:
        """Metres; SUNKEN if not known."""
        return self.columns[6]

    @property
    def batteries(self) -> Sequence[int]:
        """Of 100; UNKNOWN if not known."""
        return self.columns[7]

    @property
    def sources(self) -> Sequence[int]:
        """As the contract numbers them; UNSAID if not known."""
        return self.columns[8]

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Report):
            return NotImplemented
        pairs = zip(self.columns, other.columns, strict=True)
        return self.first == other.first and all(list(mine) == list(its) for mine, its in pairs)

    def __len__(self) -> int:
        return self.count

    @property
    def last(self) -> int:
        """The number of the last position."""
        return self.first + self.count - 1

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
            self.altitudes[index],
            self.batteries[index],
            self.sources[index],
        )

    def part(self, begin: int, end: int) -> Report:
        """The positions from index `begin` up to and without `end`."""
        if begin == 0 and end == len(self):
            return self
        columns: Any = (column[begin:end] for column in self.columns)
        return Report.of(self.first + begin, *columns)


def shifted(report: Report, micros: int) -> Report:
    """The same positions so much later."""
    if not micros:
        return report
    times, *others = report.columns
    later: Any = ([time + micros for time in times], *others)
    return Report.of(report.first, *later)


def points(report: Report) -> list[Point]:
    """The positions one by one, in the order of their numbers."""
    return [report.point(index) for index in range(len(report))]


def known(value: float) -> float | None:
    """A speed, a bearing or a battery, if the device knew it."""
    return None if value < 0 else value


def told(
    count: int, altitudes: Sequence[float], batteries: Sequence[int], sources: Sequence[int]
) -> tuple[Sequence[float], Sequence[int], Sequence[int]]:
    """Columns that may be empty, filled up."""
    return (
        altitudes or (SUNKEN,) * count,
        batteries or (round(UNKNOWN),) * count,
        sources or (UNSAID,) * count,
    )


def is_wide(columns: Columns) -> bool:
    """Whether any altitude, battery or source is known."""
    *_, altitudes, batteries, sources = columns
    return max(altitudes) > SUNKEN or max(batteries) >= 0 or max(sources) > UNSAID


def pack(report: Report) -> bytes:
    """A version, and the columns one after the other, little-endian."""
    version, codes = (WIDE, WIDE_CODES) if is_wide(report.columns) else (PLAIN, CODES)
    columns = (array(code, column) for code, column in zip(codes, report.columns, strict=False))
    return bytes((version,)) + b"".join(_little(column).tobytes() for column in columns)


def unpack(first: int, count: int, body: bytes) -> Report:
    """What `pack` was given; raises Unreadable."""
    codes = WIDE_CODES if body[:1] == bytes((WIDE,)) else CODES
    sizes = [count * array(code).itemsize for code in codes]
    if not body or body[0] not in (PLAIN, WIDE) or len(body) != 1 + sum(sizes):
        raise Unreadable(f"a segment of {count} positions from {first} on is {len(body)} bytes")
    columns: Any = []
    begin = 1
    for code, size in zip(codes, sizes, strict=True):
        columns.append(_little(array(code, body[begin : begin + size])))
        begin += size
    return Report.of(first, *columns)


def _little(column: array[Any]) -> array[Any]:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column
