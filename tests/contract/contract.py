"""The contract as data: every file, service, method and message of `protos/turnout`."""

from __future__ import annotations

import importlib
import pathlib
from collections.abc import Iterator
from typing import Any

from google.api import annotations_pb2, http_pb2, resource_pb2
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import (
    Descriptor,
    EnumValueDescriptor,
    FieldDescriptor,
    FileDescriptor,
    MethodDescriptor,
    ServiceDescriptor,
)

from turnout.access.v1 import access_pb2

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTOS = ROOT / "protos"
# What the mesh shares; the rest of `turnout.*` is one package per service.
SHARED = {"access", "bus", "field", "ops"}


def files() -> list[FileDescriptor]:
    names = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    for name in names:
        importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
    pool = descriptor_pool.Default()
    return [pool.FindFileByName(name) for name in names]


def services() -> list[ServiceDescriptor]:
    """Those that one service has; `operations` has what all of them have."""
    found = [service for file in files() for service in file.services_by_name.values()]
    return [service for service in found if service_of(service.file) not in SHARED]


def operations() -> list[MethodDescriptor]:
    """What operators ask of any service at its own port, past the edge."""
    found = [file for file in files() if service_of(file) == "ops"]
    services = [service for file in found for service in file.services_by_name.values()]
    return [method for service in services for method in service.methods]


def methods() -> list[MethodDescriptor]:
    return [method for service in services() for method in service.methods]


def messages() -> Iterator[Descriptor]:
    def nested(message: Descriptor) -> Iterator[Descriptor]:
        yield message
        for inner in message.nested_types:
            yield from nested(inner)

    for file in files():
        for message in file.message_types_by_name.values():
            yield from nested(message)


def access(method: MethodDescriptor) -> access_pb2.Access:
    options: Any = method.GetOptions()
    found: access_pb2.Access = options.Extensions[access_pb2.access]
    return found


def is_for_services(method: MethodDescriptor) -> bool:
    """Whether nobody but another service of the mesh may ever call it."""
    found = access(method)
    only = list(found.audiences) == [access_pb2.AUDIENCE_MESH]
    return only and not (found.permission or found.platform)


def permissions(role: EnumValueDescriptor) -> set[int]:
    options: Any = role.GetOptions()
    return set(options.Extensions[access_pb2.grant].permissions)


def http(method: MethodDescriptor) -> list[http_pb2.HttpRule]:
    options = method.GetOptions()
    if not options.HasExtension(annotations_pb2.http):
        return []
    rule = options.Extensions[annotations_pb2.http]
    return [rule, *rule.additional_bindings]


def verb_and_path(rule: http_pb2.HttpRule) -> tuple[str, str]:
    verb = rule.WhichOneof("pattern")
    return verb.upper(), getattr(rule, verb)


def resource(message: Descriptor) -> resource_pb2.ResourceDescriptor:
    return message.GetOptions().Extensions[resource_pb2.resource]


def is_resource(message: Descriptor) -> bool:
    return bool(message.GetOptions().HasExtension(resource_pb2.resource))


def service_of(file: FileDescriptor) -> str:
    return str(file.package.split(".")[1])


def repeated(field: FieldDescriptor) -> bool:
    return bool(field.is_repeated)
