"""Lists as Postgres takes them in binary, made in one go.

psycopg asks for each value of a list anew what it is, and a batch of orders is a thousand values.
The columns of a statement say it once: so each list is packed by a function for its very type.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

NULL = b"\xff\xff\xff\xff"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

_head = struct.Struct("!iiIii").pack
_size = struct.Struct("!i").pack
_int4 = struct.Struct("!ii").pack
_int8 = struct.Struct("!iq").pack


class Packed(bytes):
    """An array as it goes over the wire. Each type of array has a class of its own."""

    __slots__ = ()


def _uuid(value: uuid.UUID) -> bytes:
    return b"\0\0\0\x10" + value.int.to_bytes(16)


def _text(value: str) -> bytes:
    data = value.encode()
    return _size(len(data)) + data


def _bytes(value: bytes) -> bytes:
    return _size(len(value)) + value


def _bool(value: bool) -> bytes:
    return b"\0\0\0\1\1" if value else b"\0\0\0\1\0"


def _time(value: datetime) -> bytes:
    span = value - _EPOCH
    return _int8(8, (span.days * 86400 + span.seconds) * 1_000_000 + span.microseconds)


# By the types of columns: the class of a value, the types of Postgres (of one, and of an array of
# them), and what packs one.
_KINDS: dict[type[Any], tuple[type, str, Callable[[Any], bytes]]] = {
    sa.Uuid: (uuid.UUID, "uuid", _uuid),
    sa.Text: (str, "text", _text),
    sa.LargeBinary: (bytes, "bytea", _bytes),
    sa.Boolean: (bool, "bool", _bool),
    sa.BigInteger: (int, "int8", lambda value: _int8(8, value)),
    sa.Integer: (int, "int4", lambda value: _int4(4, value)),
    sa.TIMESTAMP: (datetime, "timestamptz", _time),
}


def packer(item: sa.types.TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """What packs lists of values of a type; None for a type that psycopg has to see to.

    A list with anything unexpected in it is left as it is, for psycopg to judge.
    """
    found = next((_KINDS[kind] for kind in type(item).__mro__ if kind in _KINDS), None)
    if found is None or (found[0] is datetime and not getattr(item, "timezone", False)):
        return None
    kind, name, one = found
    info = psycopg.adapters.types[name]
    packed = _packed_as(info.array_oid)

    def pack(values: Any) -> Any:
        if type(values) is not list or not values:
            return values
        return _pack(values, kind, info.oid, one, packed)

    return pack


def _pack(
    values: Sequence[Any],
    kind: type,
    oid: int,
    one: Callable[[Any], bytes],
    packed: Callable[[bytes], Packed],
) -> Any:
    parts = [b""]
    nulls = 0
    last, part = None, NULL
    for value in values:
        # Many columns say the same in each row.
        if value is not last:
            if value is None:
                part, nulls = NULL, 1
            elif type(value) is kind:
                try:
                    part = one(value)
                except (TypeError, ValueError, struct.error):
                    return values
            else:
                return values
            last = value
        elif value is None:
            nulls = 1
        parts.append(part)
    parts[0] = _head(1, nulls, oid, len(values), 1)
    return packed(b"".join(parts))


class _Dumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Any) -> Buffer | None:
        return bytes(obj)


def _packed_as(array: int) -> Callable[[bytes], Packed]:
    """A class of packed arrays of one type, which psycopg knows."""
    if array not in _CLASSES:
        packed = type("Packed", (Packed,), {"__slots__": ()})
        dumper = type("PackedDumper", (_Dumper,), {"oid": array})
        psycopg.adapters.register_dumper(packed, dumper)
        _CLASSES[array] = packed
    return _CLASSES[array]


_CLASSES: dict[int, type[Packed]] = {}
