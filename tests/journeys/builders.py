"""Requests of every method, made from the descriptors: whatever the contract gets is tried.

A method whose required fields nobody here knows to fill raises `Unfillable`, which fails its
test: an example or a resource for it belongs into this module, or into `worlds`.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from google.api import field_behavior_pb2, field_info_pb2, resource_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from services.kit import fields
from turnout.field.v1 import field_pb2

# A name for each type of resource, as its `google.api.resource` calls it.
Names = Mapping[str, str]
# The names of the fields that lead to one.
Path = tuple[str, ...]

# What the file of an event is that the tests have.
FILE = b"bring a towel"

CREATE, UPDATE, OTHER = "Create", "Update", ""
USER = "turnout.app/User"
# What one may leave out at times, but not in the least request.
NEEDED = ("request_id", "parent", "capacity", "venue", "access_token")


class Unfillable(AssertionError):
    """A required field that these builders have no value for."""


def request(method: MethodDescriptor, names: Names) -> Any:
    """The least that the method takes, about the resources of those names."""
    made: Any = message_factory.GetMessageClass(method.input_type)()
    _fill(made, names, kind_of(method))
    return made


def kind_of(method: MethodDescriptor) -> str:
    return next((kind for kind in (CREATE, UPDATE) if method.name.startswith(kind)), OTHER)


def _fill(message: Any, names: Names, kind: str) -> None:
    for field in message.DESCRIPTOR.fields:
        if is_needed(field, kind):
            _set(message, field, names, kind)
    for oneof in message.DESCRIPTOR.oneofs:
        # What opens a stream comes first.
        if len(oneof.fields) > 1 and message.WhichOneof(oneof.name) is None:
            _set(message, oneof.fields[0], names, kind)


def is_needed(field: FieldDescriptor, kind: str) -> bool:
    behavior = fields.behavior(field)
    if field_behavior_pb2.OUTPUT_ONLY in behavior:
        return False
    if field_behavior_pb2.IDENTIFIER in behavior:
        return kind == UPDATE
    wanted = field.name in NEEDED or is_email(field)
    return field_behavior_pb2.REQUIRED in behavior or wanted


def is_email(field: FieldDescriptor) -> bool:
    return bool(fields.rules(field).format == field_pb2.Rules.FORMAT_EMAIL)


def _set(message: Any, field: FieldDescriptor, names: Names, kind: str) -> None:
    if field.message_type is None:
        value = scalar(field, names)
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)
        return
    child = getattr(message, field.name)
    child = child.add() if field.is_repeated else child
    child.SetInParent()
    special = SPECIAL.get(field.message_type.full_name)
    if special is None:
        _fill(child, names, kind)
    else:
        special(child, field)


def scalar(field: FieldDescriptor, names: Names) -> Any:
    """A good value of a field that is no message."""
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    if field.type == FieldDescriptor.TYPE_BOOL:
        return True
    if field.type == FieldDescriptor.TYPE_BYTES:
        return b"bytes"
    if field.type != FieldDescriptor.TYPE_STRING:
        return max(1, int(fields.rules(field).min))
    return text(field, names)


def text(field: FieldDescriptor, names: Names) -> str:
    if info(field) == field_info_pb2.FieldInfo.UUID4:
        return str(uuid.uuid4())
    named = name_for(field, names)
    if named is not None:
        return named
    if is_email(field):
        return f"somebody-{secrets.token_hex(6)}@example.org"
    if field.name in EXAMPLES:
        return EXAMPLES[field.name](names)
    rules = fields.rules(field)
    if rules.pattern or rules.format or rules.min_length:
        raise Unfillable(f"nobody knows a value for {field.full_name}")
    return "Words"


def info(field: FieldDescriptor) -> int:
    return int(field.GetOptions().Extensions[field_info_pb2.field_info].format)


def reference(field: FieldDescriptor) -> tuple[str, str]:
    """The type that a field refers to, and the type whose parent it is; either may be empty."""
    if field.type != FieldDescriptor.TYPE_STRING:
        return "", ""
    if field_behavior_pb2.IDENTIFIER in fields.behavior(field):
        assert field.containing_type is not None
        own = field.containing_type.GetOptions().Extensions[resource_pb2.resource]
        return str(own.type), ""
    found = field.GetOptions().Extensions[resource_pb2.resource_reference]
    return str(found.type), str(found.child_type)


def name_for(field: FieldDescriptor, names: Names) -> str | None:
    """The resource that a field speaks of; None if it speaks of none."""
    kind, child = reference(field)
    if not kind and not child:
        return None
    if (kind or child) not in names:
        raise Unfillable(f"nobody made a {kind or child} for {field.full_name}")
    return names[kind] if kind else names[child].rsplit("/", 2)[0]


def _organization(names: Names) -> str:
    return names["turnout.app/Organization"].rpartition("/")[2]


EXAMPLES = {
    "address": lambda _: f"somebody-{secrets.token_hex(6)}@example.org",
    "proof": lambda _: "said so at the desk",
    "api_key": lambda _: "sk_test_0123456789",
    "challenge": lambda _: "nobody-had-this-one",
    "language_code": lambda _: "en",
    # Another one each time: an event has a code once.
    "code": lambda _: f"code-{secrets.token_hex(6)}",
    "digest": lambda _: hashlib.sha256(FILE).hexdigest(),
    "endpoint": _organization,
    "id": lambda _: "standard",
    "new_password": lambda _: "staple battery horse",
    "password": lambda _: "correct horse battery",
    "phone_number_id": lambda _: str(secrets.randbelow(10**15)),
    "payment_method": lambda _: "pm_card_visa",
    "provider": lambda _: "sandbox",
    "refresh_uri": lambda _: "https://shop.example.org/again",
    "return_uri": lambda _: "https://shop.example.org/done",
    "refresh_token": lambda _: "nobody-had-this-one",
    "token": lambda _: "nobody-had-this-one",
    "ticket_type": lambda _: "standard",
    # Nobody is there.
    "uri": lambda _: "http://127.0.0.1:9/hooks",
}


# --- types of Google's


def _date_time(value: Any, field: FieldDescriptor) -> None:
    when = datetime.now(UTC) + timedelta(days=2 if field.name.startswith("end") else 1)
    value.year, value.month, value.day, value.hours = when.year, when.month, when.day, when.hour
    value.time_zone.id = "Europe/Lisbon"


def _timestamp(value: Any, field: FieldDescriptor) -> None:
    later = timedelta(days=1) if field.name.startswith("end") else timedelta()
    value.FromDatetime(datetime.now(UTC) + later)


def _latlng(value: Any, _: FieldDescriptor) -> None:
    value.latitude, value.longitude = 38.7139, -9.1394


def _money(value: Any, _: FieldDescriptor) -> None:
    value.currency_code, value.units = "EUR", 12


def _body(value: Any, _: FieldDescriptor) -> None:
    value.content_type, value.data = "application/json", b"{}"


SPECIAL = {
    "google.protobuf.Timestamp": _timestamp,
    "google.type.DateTime": _date_time,
    "google.type.LatLng": _latlng,
    "google.type.Money": _money,
    "google.api.HttpBody": _body,
}


# --- what a request speaks of


def references(method: MethodDescriptor) -> list[Path]:
    """The fields of a request that name a resource, and that the server reads."""
    return list(_references(method.input_type, kind_of(method), ()))


def _references(kind: Descriptor, verb: str, above: Path) -> Iterator[Path]:
    for field in kind.fields:
        behavior = fields.behavior(field)
        # A resource that is created has no name yet.
        unread = field_behavior_pb2.IDENTIFIER in behavior and verb != UPDATE
        # And what never changes is not read where it would.
        unread |= field_behavior_pb2.IMMUTABLE in behavior and verb == UPDATE
        if field_behavior_pb2.OUTPUT_ONLY in behavior or field.is_repeated or unread:
            continue
        here = (*above, field.name)
        if field.message_type is not None:
            if field.message_type.full_name.startswith("turnout."):
                yield from _references(field.message_type, verb, here)
        elif any(reference(field)):
            yield here


def field_at(kind: Descriptor, path: Path) -> FieldDescriptor:
    *above, last = path
    for name in above:
        inner = kind.fields_by_name[name].message_type
        assert inner is not None
        kind = inner
    return kind.fields_by_name[last]


def holder(message: Any, path: Path) -> Any:
    """The message that has the last field of a path; what lies above is made where missing."""
    for name in path[:-1]:
        message = getattr(message, name)
        if hasattr(message, "add"):
            message = message[0] if message else message.add()
    return message


def put(message: Any, path: Path, value: Any) -> None:
    setattr(holder(message, path), path[-1], value)
