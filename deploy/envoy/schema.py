"""The contract as Lua: what `envoy/lua` checks JSON requests against."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from deploy.envoy.methods import RAW, Binding, Method

SCALARS = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_FLOAT: "float",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_SINT32: "int32",
    FieldDescriptor.TYPE_SFIXED32: "int32",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_FIXED32: "uint32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_SINT64: "int64",
    FieldDescriptor.TYPE_SFIXED64: "int64",
    FieldDescriptor.TYPE_UINT64: "uint64",
    FieldDescriptor.TYPE_FIXED64: "uint64",
}
# Messages whose JSON is not an object of their fields.
WELL_KNOWN = {
    "google.protobuf.Timestamp": "timestamp",
    "google.protobuf.Duration": "duration",
    "google.protobuf.FieldMask": "field_mask",
    "google.protobuf.Struct": "struct",
    "google.protobuf.ListValue": "list_value",
    "google.protobuf.Value": "value",
    "google.protobuf.Any": "struct",
    "google.protobuf.BoolValue": "bool",
    "google.protobuf.StringValue": "string",
    "google.protobuf.BytesValue": "bytes",
    "google.protobuf.DoubleValue": "double",
    "google.protobuf.FloatValue": "float",
    "google.protobuf.Int32Value": "int32",
    "google.protobuf.Int64Value": "int64",
    "google.protobuf.UInt32Value": "uint32",
    "google.protobuf.UInt64Value": "uint64",
    RAW: "value",
}


def lua(methods: Sequence[Method]) -> str:
    """Lua that declares every binding that is open to the outside, and all it refers to."""
    open_methods = [method for method in methods if not method.hidden and method.bindings]
    messages, enums = _reached([method.request for method in open_methods])
    # A sender of webhooks adds parameters of its own to the address that it was given.
    lenient = {(b.http, b.template) for m in open_methods for b in m.bindings if b.lenient}
    lines = [
        *(_enum(enum) for enum in enums),
        *(_message(message) for message in messages),
        *(
            _binding(method, binding, (binding.http, binding.template) in lenient)
            for method in open_methods
            for binding in method.bindings
        ),
    ]
    return "\n".join(lines) + "\n"


def _reached(roots: Sequence[Descriptor]) -> tuple[list[Descriptor], list[EnumDescriptor]]:
    messages: dict[str, Descriptor] = {}
    enums: dict[str, EnumDescriptor] = {}
    waiting = list(roots)
    while waiting:
        message = waiting.pop()
        if message.full_name in messages:
            continue
        messages[message.full_name] = message
        for field in map(_single, message.fields):
            if field.enum_type is not None:
                enums[field.enum_type.full_name] = field.enum_type
            elif field.message_type is not None and field.message_type.full_name not in WELL_KNOWN:
                waiting.append(field.message_type)
    return [messages[name] for name in sorted(messages)], [enums[name] for name in sorted(enums)]


def _entry(field: FieldDescriptor) -> Descriptor | None:
    """Of a map, the message of one entry."""
    kind = field.message_type
    return kind if kind is not None and kind.GetOptions().map_entry else None


def _single(field: FieldDescriptor) -> FieldDescriptor:
    """The field that says what one value is: of a map, that of its values."""
    entry = _entry(field)
    return field if entry is None else entry.fields_by_name["value"]


def _enum(enum: EnumDescriptor) -> str:
    names = _list(_quote(value.name) for value in enum.values)
    numbers = _list(str(value.number) for value in enum.values)
    return f"enum({_quote(enum.full_name)}, {names}, {numbers})"


def _message(message: Descriptor) -> str:
    fields = ",\n  ".join(_field(field) for field in message.fields)
    return f"message({_quote(message.full_name)}, {{\n  {fields}\n}})"


def _field(field: FieldDescriptor) -> str:
    kind, type_name = _kind(_single(field))
    entry = _entry(field)
    shape = "map" if entry is not None else "list" if field.is_repeated else "one"
    oneof = field.containing_oneof
    # A field that is only `optional` has a oneof to itself.
    alternative = oneof is not None and len(oneof.fields) > 1
    key = "" if entry is None else SCALARS[entry.fields_by_name["key"].type]
    return _list(
        [
            _quote(field.name),
            _quote(field.json_name),
            _quote(kind),
            _quote(type_name),
            _quote(shape),
            _quote(oneof.name) if oneof is not None and alternative else "false",
            _quote(key),
        ]
    )


def _kind(field: FieldDescriptor) -> tuple[str, str]:
    if field.enum_type is not None:
        return "enum", field.enum_type.full_name
    if field.message_type is not None:
        name = field.message_type.full_name
        return WELL_KNOWN.get(name, "message"), name
    return SCALARS[field.type], ""


def _binding(method: Method, binding: Binding, lenient: bool) -> str:
    bound = _list(
        _list([_quote(one.field), str(one.first), str(one.last)]) for one in binding.bound
    )
    taken = sorted({one.field.split(".")[0] for one in binding.bound} | {binding.body})
    rules = {
        "request": _quote(method.request.full_name),
        "body": _quote(binding.body),
        "raw": str(binding.raw or method.uploads).lower(),
        "lenient": str(lenient).lower(),
        "bound": bound,
        "taken": "{" + ", ".join(f"[{_quote(name)}] = true" for name in taken) + "}",
    }
    table = "{ " + ", ".join(f"{key} = {value}" for key, value in rules.items()) + " }"
    segments = _list(map(_quote, binding.segments))
    return f"binding({_quote(binding.http)}, {segments}, {_quote(binding.verb)}, {table})"


def _list(values: Iterator[str] | Sequence[str]) -> str:
    return "{" + ", ".join(values) + "}"


def _quote(text: str) -> str:
    return json.dumps(text)
