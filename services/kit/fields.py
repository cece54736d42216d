"""What one value of a field may be: the rules of the contract as functions of a value.

They come from `google.api.field_info`, `resource_reference` and `turnout.field.v1.rules`, and
from what makes sense for every field of a type. Knows values, not messages: see `validate`.
"""

from __future__ import annotations

import functools
import ipaddress
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from google.api import field_behavior_pb2, field_info_pb2, resource_pb2
from google.protobuf.descriptor import FieldDescriptor

from services.kit import image, money, wire
from turnout.field.v1 import field_pb2

# What is wrong with one value: where inside it (empty: all of it), and what.
Test = Callable[[Any], wire.Flaw | None]

ME = "users/me"
ANYWHERE = "organizations/-"
USER, ORGANIZATION = "users/{user}", "organizations/{organization}"

# Bounds of fields that state none.
LENGTH, SIZE, ITEMS, PATHS = 1024, 65536, 1000, 100

# Times that still leave room for sums and for the zones of the earth.
EARLIEST, LATEST = -2_208_988_800, 221_845_391_999
EARLIEST_YEAR, LATEST_YEAR = 1900, 8999
LONGEST_SECONDS = 100 * 366 * 86400

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# What is named by a word and not by a UUID (AIP-122, resource id segments).
WORDS = frozenset({"account", "channel", "kind"})
WORD = "[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
# All but tab and line ends: no person types them, no database takes the first, and no
# encoding has the last.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_UUID = re.compile(UUID, re.IGNORECASE)
_EMAIL = re.compile(
    r"(?=[^@]{1,64}@)[^\s@.,:;<>()\[\]\\\"]+(\.[^\s@.,:;<>()\[\]\\\"]+)*"
    r"@([^\W_]([\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]"
)
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_PATH = re.compile(r"\*|[a-z][a-z0-9_]*(\.[a-z0-9_*`-]+)*")


def has_controls(text: str) -> bool:
    """Whether there are characters in a text that no person types."""
    return not text.isprintable() and _CONTROL.search(text) is not None


def test_of(field: FieldDescriptor) -> Test:
    """The test of one value of a field that is no message."""
    if field.type == FieldDescriptor.TYPE_STRING:
        return _text(field)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _size(rules(field).max_length or SIZE)
    if field.enum_type is not None:
        return _member(frozenset(field.enum_type.values_by_number))
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _fine
    return _number(field)


def _fine(_value: Any) -> None:
    return None


def _size(most: int) -> Test:
    return lambda value: None if len(value) <= most else ("", f"must have at most {most} bytes")


def _member(numbers: frozenset[int]) -> Test:
    return lambda value: None if value in numbers else ("", "is not a value of its enumeration")


def _number(field: FieldDescriptor) -> Test:
    bounds = rules(field)
    least = bounds.min if bounds.HasField("min") else -math.inf
    most = bounds.max if bounds.HasField("max") else math.inf
    whole = field.cpp_type not in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)

    def test(value: Any) -> wire.Flaw | None:
        if not whole and not math.isfinite(value):
            return "", "must be a finite number"
        if least <= value <= most:
            return None
        return "", _bounds(least, most)

    return test


def _bounds(least: float, most: float) -> str:
    if most == math.inf:
        return f"must be at least {least:.15g}"
    if least == -math.inf:
        return f"must be at most {most:.15g}"
    return f"must be from {least:.15g} to {most:.15g}"


def _text(field: FieldDescriptor) -> Test:
    bounds = rules(field)
    shape = _shape(field)
    if shape is not None:
        return shape
    tests = [_formed(bounds.format)] if bounds.format in FORMATS else []
    if bounds.pattern:
        tests.append(_matching(bounds.pattern))
    required = field_behavior_pb2.REQUIRED in behavior(field)
    return _bounded(bounds.min_length, bounds.max_length or LENGTH, tests, blank=not required)


def _bounded(least: int, most: int, tests: list[Test], *, blank: bool) -> Test:
    control = _CONTROL.search

    def test(value: str) -> wire.Flaw | None:
        if len(value) > most:
            return "", f"must have at most {most} characters"
        if len(value) < least:
            return "", f"must have at least {least} characters"
        # Most text is printable, and asking that first is ten times as fast.
        if not value.isprintable() and control(value):
            return "", "must not have control characters"
        if not blank and value.isspace():
            return "", "must not be blank"
        for one in tests:
            flaw = one(value)
            if flaw is not None:
                return flaw
        return None

    return test


def _matching(pattern: str) -> Test:
    fits = re.compile(pattern, re.ASCII).fullmatch
    return lambda value: None if fits(value) else ("", f"must match {pattern}")


def _formed(form: int) -> Test:
    fits, what = FORMATS[form]
    return lambda value: None if fits(value) else ("", f"must be {what}")


FORMATS: dict[int, tuple[Callable[[str], object], str]] = {
    field_pb2.Rules.FORMAT_EMAIL: (_EMAIL.fullmatch, "an e-mail address"),
    field_pb2.Rules.FORMAT_PHONE: (
        _PHONE.fullmatch,
        "a phone number in E.164, such as +491701234567",
    ),
    field_pb2.Rules.FORMAT_TIME_ZONE: (
        wire.zone,
        "a time zone of the IANA database, such as Europe/Berlin",
    ),
    field_pb2.Rules.FORMAT_LANGUAGE: (_LANGUAGE.fullmatch, "a language tag, such as pt-BR"),
    field_pb2.Rules.FORMAT_CURRENCY: (
        money.CURRENCIES.__contains__,
        "a currency of ISO 4217, such as EUR",
    ),
}


# --- text that Google's annotations speak of


def _shape(field: FieldDescriptor) -> Test | None:
    """The test that says all there is to say about a field that holds an id or a name."""
    options, owner = field.GetOptions(), field.containing_type
    assert owner is not None
    form = options.Extensions[field_info_pb2.field_info].format
    if form in SHAPES:
        return SHAPES[form]
    if options.HasExtension(resource_pb2.resource_reference):
        reference = options.Extensions[resource_pb2.resource_reference]
        lists = owner.name.startswith(("List", "Search"))
        return _named(reference.type, reference.child_type, wild=lists)
    if field_behavior_pb2.IDENTIFIER in behavior(field):
        own = owner.GetOptions().Extensions[resource_pb2.resource]
        return _named(own.type, "", wild=False) if own.type else None
    return None


def _uuid_test(value: str) -> wire.Flaw | None:
    return None if _UUID.fullmatch(value) else ("", "must be a UUID")


def _address_test(parse: Callable[[str], object], what: str) -> Test:
    def test(value: str) -> wire.Flaw | None:
        try:
            parse(value)
        except ValueError:
            return "", f"must be an {what}"
        return None

    return test


SHAPES: dict[int, Test] = {
    field_info_pb2.FieldInfo.UUID4: _uuid_test,
    field_info_pb2.FieldInfo.IPV4: _address_test(ipaddress.IPv4Address, "IPv4 address"),
    field_info_pb2.FieldInfo.IPV6: _address_test(ipaddress.IPv6Address, "IPv6 address"),
    field_info_pb2.FieldInfo.IPV4_OR_IPV6: _address_test(ipaddress.ip_address, "IP address"),
}


def _id(variable: str) -> str:
    return WORD if variable in WORDS else UUID


def _named(kind: str, child: str, *, wild: bool) -> Test:
    if child and child != "*":
        known = _parents(child)
    elif "*" in (kind, child):
        known = [pattern for each in _resources().values() for pattern in each]
    else:
        known = list(patterns(kind))
    choices = [re.sub(r"\{(\w+)\}", lambda found: _id(found[1]), pattern) for pattern in known]
    if USER in known:
        choices.append(ME)
    if wild and ORGANIZATION in known:
        choices.append(ANYWHERE)
    fits = re.compile("|".join(choices)).fullmatch
    shapes = " or ".join(sorted(set(known))[:3])
    problem = f"must look like {shapes}, with UUIDs in lower case"
    return lambda value: None if fits(value) else ("", problem)


def _parents(child: str) -> list[str]:
    """The names of what resources of a type hang on."""
    return [pattern.rpartition("/")[0].rpartition("/")[0] for pattern in patterns(child)]


def patterns(kind: str) -> tuple[str, ...]:
    """The names that a resource type may have, as `google.api.resource` gives them."""
    found = _resources().get(kind)
    if not found:
        raise LookupError(f"{kind} is no resource of the contract")
    return found


@functools.cache
def _resources() -> dict[str, tuple[str, ...]]:
    """Every resource of the contract. A service refers to those of others without their code."""
    found: dict[str, tuple[str, ...]] = {}
    for file in image.files():
        for kind in _messages(file.message_type):
            resource = kind.options.Extensions[resource_pb2.resource]
            if resource.type:
                found[resource.type] = tuple(resource.pattern)
    return found


def _messages(kinds: Iterable[Any]) -> Iterable[Any]:
    for kind in kinds:
        yield kind
        yield from _messages(kind.nested_type)


# --- types of Google's that have a meaning of their own


def _timestamp(value: Any) -> wire.Flaw | None:
    if EARLIEST <= value.seconds <= LATEST and 0 <= value.nanos < wire.NANOS:
        return None
    return "", f"must be a time from {EARLIEST_YEAR} to {LATEST_YEAR}"


def _duration(value: Any) -> wire.Flaw | None:
    if abs(value.nanos) >= wire.NANOS or value.seconds * value.nanos < 0:
        return "nanos", "must be less than a second, with the sign of seconds"
    return None if abs(value.seconds) <= LONGEST_SECONDS else ("", "must be at most 100 years")


def _latlng(value: Any) -> wire.Flaw | None:
    # Not a number is in no range.
    if not -90 <= value.latitude <= 90:
        return "latitude", "must be from -90 to 90"
    return None if -180 <= value.longitude <= 180 else ("longitude", "must be from -180 to 180")


def _date_time(value: Any) -> wire.Flaw | None:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        return "year", f"must be from {EARLIEST_YEAR} to {LATEST_YEAR}"
    return wire.civil_flaw(value)


def _field_mask(value: Any) -> wire.Flaw | None:
    if len(value.paths) > PATHS:
        return "", f"must have at most {PATHS} paths"
    for path in value.paths:
        if len(path) > LENGTH or not _PATH.fullmatch(path):
            return "", "must hold paths of fields, in snake_case"
    return None


SPECIAL: dict[str, Test] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
    "google.protobuf.FieldMask": _field_mask,
    "google.type.LatLng": _latlng,
    "google.type.Money": wire.money_flaw,
    "google.type.DateTime": _date_time,
    # Raw bytes from outside, signed; gRPC limits their size.
    "google.api.HttpBody": _fine,
    "google.protobuf.Any": _fine,
}


def may_be_me(field: FieldDescriptor) -> bool:
    """Whether the field names a user, so that `users/me` may stand there."""
    if field.is_repeated or field.type != FieldDescriptor.TYPE_STRING:
        return False
    reference = field.GetOptions().Extensions[resource_pb2.resource_reference]
    if reference.child_type not in ("", "*"):
        return USER in _parents(reference.child_type)
    return USER in _resources().get(reference.type, ())


def behavior(field: FieldDescriptor) -> frozenset[int]:
    return frozenset(field.GetOptions().Extensions[field_behavior_pb2.field_behavior])


def is_uuid(field: FieldDescriptor) -> bool:
    info: Any = field.GetOptions().Extensions[field_info_pb2.field_info]
    return bool(info.format == field_info_pb2.FieldInfo.UUID4)


def rules(field: FieldDescriptor) -> Any:
    extension: Any = field_pb2.rules
    return field.GetOptions().Extensions[extension]
