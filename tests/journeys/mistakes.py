"""Every mistake that one can make in a request, made from the descriptors of its fields."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from google.api import field_behavior_pb2
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from services.kit import fields
from tests.journeys import builders
from tests.journeys.builders import Names, Path

GHOST = "018f0000-0000-7000-8000-00000000dead"
DEEPEST = 6


@dataclass(frozen=True)
class Leaf:
    """A field that a client may fill, and how one gets there. A list is gone into at its first."""

    path: Path
    field: FieldDescriptor
    # As violations write it: `event.ticket_types[0].price`.
    written: str

    @property
    def required(self) -> bool:
        return field_behavior_pb2.REQUIRED in fields.behavior(self.field)


@dataclass(frozen=True)
class Mistake:
    """One value that must be refused, by the name of its field."""

    leaf: Leaf
    what: str
    value: Any

    def __str__(self) -> str:
        return f"{self.leaf.written}: {self.what}"

    def made_in(self, request: Any) -> Any:
        wrong = type(request)()
        wrong.CopyFrom(request)
        put(wrong, self.leaf, self.value)
        if self.value is None and hasattr(wrong, "update_mask"):
            # What is not sent is not changed, unless one asks for it.
            wrong.update_mask.paths.append("*")
        return wrong

    def is_named(self, violated: Iterable[str]) -> bool:
        """Whether the field is named, or what lies in it."""
        here = self.leaf.written
        return any(one == here or one.startswith((f"{here}.", f"{here}[")) for one in violated)


def put(message: Any, leaf: Leaf, value: Any) -> None:
    """Sets a field; a function changes what is there, or what is made there."""
    target, key = builders.holder(message, leaf.path), leaf.path[-1]
    if leaf.field.is_repeated:
        target.ClearField(key)
        if leaf.field.message_type is not None:
            value(getattr(target, key).add())
        elif value is not None:
            getattr(target, key).append(value)
    elif value is None:
        target.ClearField(key)
    elif leaf.field.message_type is not None:
        value(getattr(target, key))
    else:
        setattr(target, key, value)


def leaves(method: MethodDescriptor) -> list[Leaf]:
    return list(_leaves(method.input_type, builders.kind_of(method), (), ""))


def _leaves(kind: Descriptor, verb: str, above: Path, written: str) -> Iterator[Leaf]:
    for field in kind.fields:
        behavior = fields.behavior(field)
        unread = field_behavior_pb2.IDENTIFIER in behavior and verb != builders.UPDATE
        if field_behavior_pb2.OUTPUT_ONLY in behavior or unread or len(above) > DEEPEST:
            continue
        leaf = Leaf((*above, field.name), field, written + field.name)
        inner = field.message_type
        if inner is None or inner.full_name in fields.SPECIAL:
            yield leaf
        else:
            deeper = f"{leaf.written}[0]." if field.is_repeated else f"{leaf.written}."
            yield from _leaves(inner, verb, leaf.path, deeper)


def all_of(method: MethodDescriptor, names: Names) -> list[Mistake]:
    return [
        Mistake(leaf, what, value)
        for leaf in leaves(method)
        for what, value in _of(leaf, method, names)
    ]


def _of(leaf: Leaf, method: MethodDescriptor, names: Names) -> Iterator[tuple[str, Any]]:
    field = leaf.field
    if leaf.required and not _number(field):
        yield "missing", None
    if field.message_type is not None:
        yield from MESSAGES.get(field.message_type.full_name, {}).items()
    elif field.enum_type is not None:
        yield "no value of the enumeration", 99
    elif field.type == FieldDescriptor.TYPE_STRING:
        yield from _text(leaf, method, names)
    elif field.type == FieldDescriptor.TYPE_BYTES:
        yield "too long", b"x" * ((fields.rules(field).max_length or fields.SIZE) + 1)
    elif _number(field):
        yield from _numbers(field)


def _number(field: FieldDescriptor) -> bool:
    words = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES, FieldDescriptor.TYPE_BOOL)
    return field.message_type is None and field.enum_type is None and field.type not in words


def _numbers(field: FieldDescriptor) -> Iterator[tuple[str, Any]]:
    rules = fields.rules(field)
    floats = (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)
    if field.cpp_type in floats:
        yield from {"not a number": math.nan, "infinite": math.inf, "less": -math.inf}.items()
    if rules.HasField("min"):
        yield "too small", int(rules.min) - 1
    if rules.HasField("max"):
        yield "too large", int(rules.max) + 1
    if field.name == "page_size":
        yield "negative", -1


def _text(leaf: Leaf, method: MethodDescriptor, names: Names) -> Iterator[tuple[str, Any]]:
    field, rules = leaf.field, fields.rules(leaf.field)
    yield "too long", "x" * ((rules.max_length or fields.LENGTH) + 1)
    yield "a NUL", "a\0b"
    yield "a control character", "a\x07b"
    if leaf.required:
        yield "blank", "  "
    if rules.pattern or rules.format or builders.info(field):
        yield "of another form", "§ no such thing §"
    if leaf.path == ("page_token",):
        yield "garbage", "garbage"
        yield "forged", "eyJhIjoxfQ.AAAAAAAAAAAAAAAAAAAAAA"
    if field.name == "etag" and (len(leaf.path) == 1 or is_update(method)):
        yield "garbage", "garbage"
    name = builders.name_for(field, names)
    if name is not None:
        yield from _names(name, lists=method.name.startswith(("List", "Search")))


def is_update(method: MethodDescriptor) -> bool:
    return builders.kind_of(method) == builders.UPDATE


def _names(name: str, *, lists: bool) -> Iterator[tuple[str, Any]]:
    yield "garbage", "garbage"
    yield "of another kind", f"{'/'.join(name.split('/')[:2])}/things/{GHOST}/parts/{GHOST}"
    yield "capitals", name.upper()
    yield "capital digits", f"{name.rpartition('/')[0]}/{GHOST.upper()}"
    yield "an end too many", f"{name}/"
    yield "a beginning too many", f"/{name}"
    yield "no id", f"{name.rpartition('/')[0]}/"
    yield "no UUID", f"{name.rpartition('/')[0]}/1"
    yield "braces", f"{name.rpartition('/')[0]}/{{{GHOST}}}"
    yield "a way up", f"{name}/../{GHOST}"
    yield "a line end", f"{name}\n"
    if not lists:
        yield "any", f"{name.rpartition('/')[0]}/-"


# --- messages of Google's


def _with(**wrong: Any) -> Any:
    def change(value: Any) -> None:
        for key, part in wrong.items():
            setattr(value, key, part)

    return change


def _civil(**wrong: Any) -> Any:
    def change(value: Any) -> None:
        value.year, value.month, value.day, value.hours = 2030, 1, 15, 12
        value.time_zone.id = "Europe/Lisbon"
        _with(**wrong)(value)

    return change


def _unzoned(value: Any) -> None:
    _civil()(value)
    value.ClearField("time_zone")


def _zoned(zone: str) -> Any:
    def change(value: Any) -> None:
        _civil()(value)
        value.time_zone.id = zone

    return change


def _paths(*paths: str) -> Any:
    def change(value: Any) -> None:
        del value.paths[:]
        value.paths.extend(paths)

    return change


MESSAGES: dict[str, dict[str, Any]] = {
    "google.protobuf.Timestamp": {
        "far ahead": _with(seconds=10**15),
        "long ago": _with(seconds=-(10**15)),
        "negative nanos": _with(seconds=1, nanos=-1),
        "nanos of seconds": _with(seconds=1, nanos=10**9),
    },
    "google.protobuf.Duration": {
        "endless": _with(seconds=10**12),
        "of two signs": _with(seconds=1, nanos=-1),
    },
    "google.type.LatLng": {
        "beyond the pole": _with(latitude=90.001, longitude=0),
        "around the world": _with(latitude=0, longitude=-180.001),
        "nowhere": _with(latitude=math.nan, longitude=0),
        "endlessly far": _with(latitude=0, longitude=math.inf),
    },
    "google.type.Money": {
        "no currency": _with(currency_code="", units=5),
        "another currency": _with(currency_code="EURO", units=5),
        "small letters": _with(currency_code="eur", units=5),
        "less than a cent": _with(currency_code="EUR", nanos=1),
        "of two signs": _with(currency_code="EUR", units=5, nanos=-500_000_000),
        "negative": _with(currency_code="EUR", units=-5),
        "all there is": _with(currency_code="EUR", units=2**63 - 1),
    },
    "google.type.DateTime": {
        "without a zone": _unzoned,
        "a zone that is none": _zoned("Mars/Olympus"),
        "a zone by a way": _zoned("../../etc/passwd"),
        "no such day": _civil(month=2, day=30),
        "no such month": _civil(month=13),
        "no such hour": _civil(hours=25),
        "no such minute": _civil(minutes=-1),
        "no such nano": _civil(nanos=10**9),
        "no year": _civil(year=0),
        "a year far ahead": _civil(year=9999),
    },
    "google.protobuf.FieldMask": {
        "no such field": _paths("no_such_field"),
        "no such field inside": _paths("display_name.more"),
        "no path": _paths(""),
        "capitals": _paths("DisplayName"),
        "too many": _paths(*["display_name"] * (fields.PATHS + 1)),
    },
    "google.api.HttpBody": {},
}


# --- JSON of another type


def mistyped(
    method: MethodDescriptor, rule: Any, request: Any
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Bodies with one value of a wrong type, and the path of its field in the body."""
    kind, message = method.input_type, request
    if rule.body != "*":
        field = kind.fields_by_name[rule.body]
        assert field.message_type is not None
        kind, message = field.message_type, getattr(request, rule.body)
    said = json_format.MessageToDict(message)
    for path, wrong in _mistyped(kind, 0):
        yield path, merged(said, wrong)


def _mistyped(kind: Descriptor, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in kind.fields:
        for value in _values(field):
            yield field.name, {field.json_name: value}
        inner = field.message_type
        deeper = inner is not None and inner.full_name not in JSON_OF_ITS_OWN
        if deeper and inner is not None and depth < DEEPEST:
            for path, wrong in _mistyped(inner, depth + 1):
                if field.is_repeated:
                    yield f"{field.name}[0].{path}", {field.json_name: [wrong]}
                else:
                    yield f"{field.name}.{path}", {field.json_name: wrong}


def _values(field: FieldDescriptor) -> list[Any]:
    if field.is_repeated:
        return [{}, [None]]
    if field.message_type is not None:
        return JSON_OF_ITS_OWN.get(field.message_type.full_name, ["text", []])
    if field.enum_type is not None:
        return ["NO_SUCH_VALUE", 1.5]
    if field.type == FieldDescriptor.TYPE_BOOL:
        return ["yes", 1]
    if field.type == FieldDescriptor.TYPE_STRING:
        return [5, {}]
    if field.type == FieldDescriptor.TYPE_BYTES:
        return [5, "§"]
    return ["many", True]


JSON_OF_ITS_OWN: dict[str, list[Any]] = {
    "google.protobuf.Timestamp": [
        "2030-05-01T18:00:00",
        "2030-02-30T18:00:00Z",
        "",
        1_900_000_000,
    ],
    "google.protobuf.Duration": ["an hour", 5],
    "google.protobuf.FieldMask": [5, {}],
}


def merged(said: dict[str, Any], wrong: dict[str, Any]) -> dict[str, Any]:
    """What was said, with what is wrong in its place."""
    both = dict(said)
    for key, value in wrong.items():
        before = both.get(key)
        deeper = isinstance(before, dict) and isinstance(value, dict) and value
        both[key] = merged(before, value) if deeper and isinstance(before, dict) else value
    return both
