"""How positions lie on disk: one body per segment, whose first byte says how to read it.

A report in columns lies there as it came, which costs nothing. Old ones are merged and made
small: what differs little from one position to the next is stored as differences, byte by byte
of the same weight, and compressed.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np

from services.location.segments import columns
from services.location.segments.columns import (
    CODES,
    SMALL,
    SMALL_WIDE,
    UNKNOWN,
    WIDE_CODES,
    WIRE,
    Columns,
    Report,
    Unreadable,
    is_wide,
)
from services.location.segments.columns import (
    told as filled,
)
from turnout.location.v1 import location_pb2

_PREFIX = bytes((WIRE,))
_TYPES = ("<i8", "<i4", "<i4", "<f4", "<f4", "<f4", "<f4", "<i1", "<u1")
# How many of the columns, from the first on, are numbers whose differences are small.
_COUNTED = 3


def of_wire(told: location_pb2.Columns) -> bytes:
    """The body of columns that came packed, without what no version of the contract knows."""
    told.DiscardUnknownFields()
    return _PREFIX + told.SerializeToString()


class Wire:
    """The columns of a report as they came."""

    __slots__ = ("_told",)

    def __init__(self, told: location_pb2.Columns) -> None:
        self._told = told

    def columns(self) -> Columns:
        return _of_wire(self._told)

    def since(self, time: int, begin: int) -> int:
        told = self._told
        least = -(-time // 1000) - told.base_time_ms
        offsets = told.time_offsets_ms
        count = len(offsets)
        # Most often it is this one.
        if begin < count and offsets[begin] >= least:
            return begin
        rest = offsets[begin:]
        return next((begin + n for n, offset in enumerate(rest) if offset >= least), count)

    def fix(self, index: int) -> tuple[int, int, int, float]:
        told = self._told
        time = (told.base_time_ms + told.time_offsets_ms[index]) * 1000
        accuracies = told.horizontal_accuracies_meters
        accuracy = accuracies[index] if accuracies else 0.0
        return time, told.latitudes_e7[index], told.longitudes_e7[index], accuracy


def body(report: Report) -> bytes:
    """The report as it is to lie on disk."""
    return columns.pack(report) if report.body is None else report.body


def read(first: int, count: int, body: bytes) -> Report:
    """The report in a body, whatever its version; raises Unreadable."""
    version = body[0] if body else 0
    if version == WIRE:
        found = _of_wire(location_pb2.Columns.FromString(body[1:]))
    elif version in (SMALL, SMALL_WIDE):
        found = _inflated(count, body)
    else:
        return columns.unpack(first, count, body)
    if len(found[0]) != count:
        raise Unreadable(f"a segment of {count} positions from {first} on holds {len(found[0])}")
    return Report.of(first, *found)


def merged(reports: Sequence[Report]) -> Report:
    """Reports that follow each other, as one."""
    whole: Any = [array(code) for code in WIDE_CODES]
    for report in reports:
        for column, part in zip(whole, report.columns, strict=True):
            column.extend(part)
    return Report.of(reports[0].first, *whole)


def small(report: Report) -> bytes:
    """The body of a report that is rarely read."""
    parts = []
    version, codes = (SMALL_WIDE, WIDE_CODES) if is_wide(report.columns) else (SMALL, CODES)
    kinds = _TYPES[: len(codes)]
    for number, (column, kind) in enumerate(zip(report.columns, kinds, strict=False)):
        values = np.asarray(column).astype(kind, copy=False)
        if number < _COUNTED:
            values = np.diff(values, prepend=values.dtype.type(0))
        parts.append(values.view(np.uint8).reshape(len(values), -1).T.tobytes())
    return bytes((version,)) + zlib.compress(b"".join(parts), 6)


def _inflated(count: int, body: bytes) -> Columns:
    try:
        whole = zlib.decompress(body[1:])
    except zlib.error as error:
        raise Unreadable(str(error)) from None
    codes = WIDE_CODES if body[0] == SMALL_WIDE else CODES
    kinds = _TYPES[: len(codes)]
    if len(whole) != count * sum(np.dtype(kind).itemsize for kind in kinds):
        raise Unreadable(f"a segment of {count} positions is {len(whole)} bytes")
    found: Any = []
    begin = 0
    for number, (code, kind) in enumerate(zip(codes, kinds, strict=True)):
        size = np.dtype(kind).itemsize
        part = np.frombuffer(whole, np.uint8, count * size, begin).reshape(size, count)
        values = np.ascontiguousarray(part.T).view(kind).reshape(count)
        if number < _COUNTED:
            values = np.cumsum(values, dtype=values.dtype)
        found.append(array(code, values.astype(np.dtype(kind).newbyteorder("=")).tobytes()))
        begin += count * size
    if codes is CODES:
        found += filled(count, (), (), ())
    columns: Columns = tuple(found)
    return columns


def _of_wire(told: location_pb2.Columns) -> Columns:
    base, count = told.base_time_ms, len(told.time_offsets_ms)
    return (
        [(base + offset) * 1000 for offset in told.time_offsets_ms[:]],
        told.latitudes_e7[:],
        told.longitudes_e7[:],
        told.horizontal_accuracies_meters[:] or [0.0] * count,
        told.speeds_meters_per_second[:] or [UNKNOWN] * count,
        told.bearings_degrees[:] or [UNKNOWN] * count,
        *filled(count, told.altitudes_meters[:], told.battery_percents[:], told.sources[:]),
    )
