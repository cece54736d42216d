"""Messages as JSON Schema, by the JSON mapping of Protocol Buffers (protobuf.dev, ProtoJSON)."""

from __future__ import annotations

from typing import Any

from google.api import field_behavior_pb2
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from deploy.openapi.comments import Comments
from services.kit import fields
from turnout.field.v1 import field_pb2

Schema = dict[str, Any]

F = FieldDescriptor
INT32: Schema = {"type": "integer", "format": "int32"}
UINT32: Schema = {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**32 - 1}
# JavaScript has no such numbers.
INT64: Schema = {"type": "string", "format": "int64"}
UINT64: Schema = {"type": "string", "format": "uint64"}
SCALARS: dict[int, Schema] = {
    F.TYPE_BOOL: {"type": "boolean"},
    F.TYPE_STRING: {"type": "string"},
    F.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    F.TYPE_DOUBLE: {"type": "number", "format": "double"},
    F.TYPE_FLOAT: {"type": "number", "format": "float"},
    F.TYPE_INT32: INT32,
    F.TYPE_SINT32: INT32,
    F.TYPE_SFIXED32: INT32,
    F.TYPE_UINT32: UINT32,
    F.TYPE_FIXED32: UINT32,
    F.TYPE_INT64: INT64,
    F.TYPE_SINT64: INT64,
    F.TYPE_SFIXED64: INT64,
    F.TYPE_UINT64: UINT64,
    F.TYPE_FIXED64: UINT64,
}
WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},
    "google.protobuf.FieldMask": {
        "type": "string",
        "description": "Paths of fields, with commas between them.",
    },
    "google.protobuf.Empty": {"type": "object"},
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.Value": {},
    "google.protobuf.ListValue": {"type": "array", "items": {}},
    "google.protobuf.Any": {
        "type": "object",
        "properties": {"@type": {"type": "string"}},
        "required": ["@type"],
    },
    "google.protobuf.BoolValue": {"type": "boolean"},
    "google.protobuf.StringValue": {"type": "string"},
    "google.protobuf.DoubleValue": {"type": "number", "format": "double"},
    "google.protobuf.Int32Value": {"type": "integer", "format": "int32"},
    "google.protobuf.Int64Value": {"type": "string", "format": "int64"},
}
FORMATS = {
    field_pb2.Rules.FORMAT_EMAIL: "email",
    field_pb2.Rules.FORMAT_PHONE: "phone",
    field_pb2.Rules.FORMAT_TIME_ZONE: "time-zone",
    field_pb2.Rules.FORMAT_LANGUAGE: "language",
    field_pb2.Rules.FORMAT_CURRENCY: "currency",
}
STATUS = "google.rpc.Status"


class Schemas:
    """The schemas of the messages that were asked for, and of those within them."""

    def __init__(self, pool: descriptor_pool.DescriptorPool, comments: Comments) -> None:
        self._comments = comments
        self._found: dict[str, Schema] = {}
        any_status: Any = pool
        self.ref(any_status.FindMessageTypeByName(STATUS))

    def components(self) -> dict[str, Schema]:
        return dict(sorted(self._found.items()))

    def ref(self, message: Descriptor) -> Schema:
        """A reference to the schema of a message, or the schema of one that everybody knows."""
        known = WELL_KNOWN.get(message.full_name)
        if known is not None:
            return dict(known)
        if message.full_name not in self._found:
            # First its place: it may hold itself.
            self._found[message.full_name] = {}
            self._found[message.full_name] = self._message(message)
        return {"$ref": f"#/components/schemas/{message.full_name}"}

    def field(self, field: FieldDescriptor) -> Schema:
        """The schema of a field, with what the contract says of it."""
        schema = self._value(field)
        text = self._comments.of(field.full_name)
        if text:
            schema = {**schema, "description": text}
        behavior = fields.behavior(field)
        if field_behavior_pb2.OUTPUT_ONLY in behavior:
            schema["readOnly"] = True
        if field_behavior_pb2.INPUT_ONLY in behavior:
            schema["writeOnly"] = True
        return schema

    def _message(self, message: Descriptor) -> Schema:
        schema: Schema = {
            "type": "object",
            "properties": {field.json_name: self.field(field) for field in message.fields},
        }
        text = self._comments.of(message.full_name)
        if text:
            schema["description"] = text
        required = [
            field.json_name
            for field in message.fields
            if field_behavior_pb2.REQUIRED in fields.behavior(field)
        ]
        if required:
            schema["required"] = required
        return schema

    def _value(self, field: FieldDescriptor) -> Schema:
        kind = field.message_type
        if kind is not None and kind.GetOptions().map_entry:
            values = self._single(kind.fields_by_name["value"])
            return {"type": "object", "additionalProperties": values}
        if field.is_repeated:
            schema: Schema = {"type": "array", "items": self._single(field)}
            most = fields.rules(field).max_items
            return {**schema, "maxItems": most} if most else schema
        return self._single(field)

    def _single(self, field: FieldDescriptor) -> Schema:
        if field.message_type is not None:
            return self.ref(field.message_type)
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        return {**SCALARS[field.type], **_bounds(field)}

    def _enum(self, enum: EnumDescriptor) -> Schema:
        if enum.full_name not in self._found:
            lines = [
                f"- `{value.name}`: {self._comments.of(f'{enum.full_name}.{value.name}')}"
                for value in enum.values
            ]
            text = self._comments.of(enum.full_name)
            self._found[enum.full_name] = {
                "type": "string",
                "enum": [value.name for value in enum.values],
                "description": "\n".join([text, "", *lines]).strip(),
            }
        return {"$ref": f"#/components/schemas/{enum.full_name}"}


def _bounds(field: FieldDescriptor) -> Schema:
    rules, found = fields.rules(field), Schema()
    for rule, word in (("max_length", "maxLength"), ("min_length", "minLength")):
        if getattr(rules, rule) and field.type == F.TYPE_STRING:
            found[word] = getattr(rules, rule)
    if rules.pattern:
        found["pattern"] = f"^(?:{rules.pattern})$"
    for rule, word in (("min", "minimum"), ("max", "maximum")):
        if rules.HasField(rule) and SCALARS[field.type]["type"] != "string":
            found[word] = getattr(rules, rule)
    if rules.format in FORMATS:
        found["format"] = FORMATS[rules.format]
    elif fields.is_uuid(field):
        found["format"] = "uuid"
    return found
