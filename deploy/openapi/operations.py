"""Methods as operations: each way in which one can be called by HTTP is one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from google.api import field_behavior_pb2
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from deploy.envoy.methods import PACKAGE, RAW, Binding, bindings_of, hidden
from deploy.openapi.comments import Comments
from deploy.openapi.schemas import WELL_KNOWN, Schema, Schemas
from services.kit import fields
from turnout.access.v1 import access_pb2

UUIDS = {"type": "string", "maxLength": 63}
# Which of them, the body says more finely than a number could.
REFUSALS: dict[str, Schema] = {
    "4XX": {"$ref": "#/components/responses/Refused"},
    "5XX": {"$ref": "#/components/responses/Failed"},
}


class Operations:
    """The paths of a contract, and what its services are for."""

    def __init__(
        self,
        files: descriptor_pb2.FileDescriptorSet,
        pool: descriptor_pool.DescriptorPool,
        schemas: Schemas,
        comments: Comments,
    ) -> None:
        self._schemas = schemas
        self._comments = comments
        self._methods = list(_public(files, pool))

    def tags(self) -> list[Schema]:
        services = {method.containing_service.full_name for method in self._methods}
        return [
            {"name": _short(name), "description": self._comments.of(name)}
            for name in sorted(services)
        ]

    def paths(self) -> dict[str, Schema]:
        found: dict[str, Schema] = {}
        for method in self._methods:
            for number, binding in enumerate(bindings_of(method)):
                path, names = _template(binding)
                operation = self._operation(method, binding, names, number)
                found.setdefault(path, {})[binding.http.lower()] = operation
        return dict(sorted(found.items()))

    def _operation(
        self, method: MethodDescriptor, binding: Binding, names: Sequence[str], number: int
    ) -> Schema:
        summary, text = self._comments.parts(method.full_name)
        service = _short(method.containing_service.full_name)
        operation: Schema = {
            "operationId": f"{service}_{method.name}" + (f"_{number + 1}" if number else ""),
            "tags": [service],
            "summary": summary,
            "description": text,
            "parameters": [*map(_in_path, names), *self._query(method, binding)],
            "responses": self._responses(method),
            "security": list(_security(method)),
        }
        body = self._body(method, binding)
        if body:
            operation["requestBody"] = body
        return operation

    def _query(self, method: MethodDescriptor, binding: Binding) -> Iterator[Schema]:
        if binding.body == "*":
            return
        taken = {bound.field for bound in binding.bound} | {binding.body}
        yield from self._asked(method.input_type, "", taken)

    def _asked(self, message: Descriptor, prefix: str, taken: set[str]) -> Iterator[Schema]:
        for field in message.fields:
            name = f"{prefix}{field.name}"
            if name in taken or not _can_be_asked(field):
                continue
            kind = field.message_type
            if kind is not None and kind.full_name not in WELL_KNOWN:
                yield from self._asked(kind, f"{name}.", taken)
                continue
            schema = self._schemas.field(field)
            said = {"description": schema.pop("description")} if "description" in schema else {}
            needed = not prefix and field_behavior_pb2.REQUIRED in fields.behavior(field)
            yield {
                "name": _camel(name),
                "in": "query",
                **said,
                **({"required": True} if needed else {}),
                "schema": schema,
            }

    def _body(self, method: MethodDescriptor, binding: Binding) -> Schema:
        if not binding.body:
            return {}
        if binding.raw:
            return {"content": {"*/*": {"schema": {}}}}
        if binding.body == "*":
            # What stands in the path may not stand in the body again.
            bound = {_camel(one.field) for one in binding.bound}
            return _json(self._without(method.input_type, bound))
        field = method.input_type.fields_by_name[binding.body]
        return {**_json(self._schemas.field(field)), "required": True}

    def _without(self, message: Descriptor, bound: set[str]) -> Schema:
        wanted = {
            field.json_name: self._schemas.field(field)
            for field in message.fields
            if field.json_name not in bound
        }
        schema: Schema = {"type": "object", "properties": wanted}
        required = [
            field.json_name
            for field in message.fields
            if field_behavior_pb2.REQUIRED in fields.behavior(field)
            and field.json_name not in bound
        ]
        return {**schema, "required": required} if required else schema

    def _responses(self, method: MethodDescriptor) -> Schema:
        answer = method.output_type
        fine: Schema = {"description": "Done."}
        raw = answer.full_name == RAW
        if raw:
            fine["content"] = {"*/*": {"schema": {}}}
        elif method.server_streaming:
            each = {"schema": self._schemas.ref(answer)}
            fine["description"] = "One message after the other."
            fine["content"] = {"application/json": each, "text/event-stream": each}
        else:
            fine["content"] = {"application/json": {"schema": self._schemas.ref(answer)}}
        unchanged = {"304": {"description": "Not changed since."}} if raw else {}
        return {"200": fine, **unchanged, **REFUSALS}


def _public(
    files: descriptor_pb2.FileDescriptorSet, pool: descriptor_pool.DescriptorPool
) -> Iterator[MethodDescriptor]:
    """The methods that can be called from outside by HTTP."""
    found: Any = pool
    for file in files.file:
        if PACKAGE.fullmatch(file.package) is None:
            continue
        for service in file.service:
            for method in found.FindServiceByName(f"{file.package}.{service.name}").methods:
                if not hidden(_access(method)) and not method.client_streaming:
                    yield method


def _access(method: MethodDescriptor) -> access_pb2.Access:
    options: Any = method.GetOptions()
    found: access_pb2.Access = options.Extensions[access_pb2.access]
    return found


def _security(method: MethodDescriptor) -> Iterator[Mapping[str, list[str]]]:
    access = _access(method)
    if access_pb2.AUDIENCE_PUBLIC in access.audiences:
        yield {}
    if access.permission or access.platform or access_pb2.AUDIENCE_USER in access.audiences:
        yield {"user": []}
    if access_pb2.AUDIENCE_GUEST in access.audiences:
        yield {"guest": []}


def _template(binding: Binding) -> tuple[str, list[str]]:
    """The path as OpenAPI writes it, and the names of what stands in it."""
    names: list[str] = []
    parts: list[str] = []
    for number, segment in enumerate(binding.segments):
        if segment not in ("*", "**"):
            parts.append(segment)
            continue
        before = binding.segments[number - 1] if number else ""
        name = _name(binding, number + 1, before)
        while name in names:
            name += "Id"
        names.append(name)
        parts.append(f"{{{name}}}")
    verb = f":{binding.verb}" if binding.verb else ""
    return "/" + "/".join(parts) + verb, names


def _name(binding: Binding, place: int, before: str) -> str:
    """A field that is one segment gives its name; in a resource name the collection does."""
    for bound in binding.bound:
        if bound.first == bound.last == place:
            return _camel(bound.field.replace(".", "_"))
    return _singular(before)


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word.removesuffix("s") or "id"


def _in_path(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": dict(UUIDS)}


def _can_be_asked(field: FieldDescriptor) -> bool:
    """Whether a query can say it: repeated messages, maps and bytes it cannot."""
    kind = field.message_type
    if kind is None:
        return True
    if kind.full_name == RAW:
        return False
    return kind.full_name in WELL_KNOWN or not field.is_repeated


def _json(schema: Schema) -> Schema:
    return {"content": {"application/json": {"schema": schema}}}


def _camel(path: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), path)


def _short(service: str) -> str:
    return service.rpartition(".")[2]
