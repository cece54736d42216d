"""Messages of any kind, filled by chance, so that whatever the contract gets is tried."""

from __future__ import annotations

import random
import struct
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

DEEPEST = 4
TEXTS = [
    "",
    "a",
    "Straße",
    "日本",
    "😀",
    'a "b" \\c',
    "line\nline",
    "\u2028</script>",
    "%2F a+b&c=d",
]
# Masks name fields, and those are not by chance.
MASK = ["display_name", "venue.city"]


def filled(kind: Descriptor, chance: random.Random, depth: int = 0) -> Message:
    message: Message = message_factory.GetMessageClass(kind)()
    if depth < DEEPEST:
        for field in kind.fields:
            if chance.random() < 0.7:
                _fill(message, field, chance, depth)
    return message


def _fill(message: Any, field: FieldDescriptor, chance: random.Random, depth: int) -> None:
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        _fill_map(message, field, kind, chance)
    elif field.is_repeated:
        values = [_value(field, chance, depth) for _ in range(chance.randrange(3))]
        getattr(message, field.name).extend(values)
    elif kind is not None:
        getattr(message, field.name).CopyFrom(_value(field, chance, depth))
    else:
        setattr(message, field.name, _value(field, chance, depth))


def _fill_map(
    message: Any, field: FieldDescriptor, kind: Descriptor, chance: random.Random
) -> None:
    value = kind.fields_by_name["value"]
    if value.message_type is None:
        key = _value(kind.fields_by_name["key"], chance, DEEPEST)
        getattr(message, field.name)[key] = _value(value, chance, DEEPEST)


def _value(field: FieldDescriptor, chance: random.Random, depth: int) -> Any:
    if field.message_type is not None:
        return _message(field.message_type, chance, depth)
    if field.enum_type is not None:
        return chance.choice([value.number for value in field.enum_type.values])
    if field.type == FieldDescriptor.TYPE_BYTES:
        return chance.randbytes(5)
    return SCALARS[field.cpp_type](chance)


def _message(kind: Descriptor, chance: random.Random, depth: int) -> Any:
    made: Any = message_factory.GetMessageClass(kind)()
    if kind.full_name in ("google.protobuf.Timestamp", "google.protobuf.Duration"):
        made.seconds = chance.randrange(4_000_000_000)
        made.nanos = chance.choice([0, 1, 999_999_999, 500_000_000])
        return made
    if kind.full_name == "google.protobuf.FieldMask":
        made.paths.extend(MASK)
        return made
    return filled(kind, chance, depth + 1)


def _float(chance: random.Random) -> float:
    return float(struct.unpack("f", struct.pack("f", chance.uniform(-1e6, 1e6)))[0])


SCALARS = {
    FieldDescriptor.CPPTYPE_STRING: lambda chance: chance.choice(TEXTS),
    FieldDescriptor.CPPTYPE_BOOL: lambda chance: chance.random() < 0.5,
    FieldDescriptor.CPPTYPE_INT32: lambda chance: chance.choice([0, 1, -1, 2**31 - 1, -(2**31)]),
    FieldDescriptor.CPPTYPE_UINT32: lambda chance: chance.choice([0, 1, 2**32 - 1]),
    FieldDescriptor.CPPTYPE_INT64: lambda chance: chance.choice([0, 1, 2**53 + 1, -(2**63)]),
    FieldDescriptor.CPPTYPE_UINT64: lambda chance: chance.choice([0, 1, 2**64 - 1]),
    FieldDescriptor.CPPTYPE_DOUBLE: lambda chance: chance.choice([0.1, 1e300, -1e-300, 47.5]),
    FieldDescriptor.CPPTYPE_FLOAT: _float,
}
