"""The methods of the contract, as far as a proxy must know them: read from the descriptors."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor, MethodDescriptor

from deploy.envoy.settings import BadContract
from services.kit.priorities import CRITICAL, priority_of
from turnout.access.v1 import access_pb2
from turnout.field.v1 import field_pb2

PACKAGE = re.compile(r"turnout\.([a-z]+)\.v1")
# What every service has for operators, at its own port only.
APART = "ops"
RAW = "google.api.HttpBody"
# The methods of the house that read and change nothing.
READS = re.compile(r"(Get|List)[A-Z]")
SAFE = (
    descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS,
    descriptor_pb2.MethodOptions.IDEMPOTENT,
)


@dataclass(frozen=True)
class Bound:
    """A field of the request that the path gives: its path, and which segments it takes."""

    field: str
    first: int
    last: int


@dataclass(frozen=True)
class Binding:
    """One HTTP method and path that a method answers to.

    `segments` are those of the path, `*` for any one and `**` for all that is left; `verb` is
    what follows the colon. `body` is as in `google.api.HttpRule`. `raw` says that the body is
    taken as bytes, and `large` that it may be a file: members send those, and by PUT whoever was
    given an address to send one to. `most` is how many bytes a raw body may have, if the contract
    says it.
    """

    http: str
    template: str
    segments: tuple[str, ...]
    verb: str
    bound: tuple[Bound, ...]
    body: str
    raw: bool
    large: bool = False
    most: int = 0
    # Whether parameters that are unknown are let be: who sends bytes of a kind of their own sends
    # parameters of their own, by whatever HTTP method.
    lenient: bool = False


@dataclass(frozen=True)
class Method:
    """One rpc. `path` is its path in gRPC, `cluster` the service that answers it."""

    service: str
    path: str
    cluster: str
    request: Descriptor
    streams: bool
    uploads: bool
    repeatable: bool
    hidden: bool
    # Whether it goes on when so much is under way that other calls are sent away.
    first: bool
    bindings: tuple[Binding, ...]


def read(path: pathlib.Path) -> tuple[Method, ...]:
    """Every method of every service of the contract, in the order of their paths."""
    files = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    methods = [method for file in files.file for method in _of_file(file, pool)]
    return tuple(sorted(methods, key=lambda method: method.path))


def _of_file(
    file: descriptor_pb2.FileDescriptorProto, pool: descriptor_pool.DescriptorPool
) -> Iterator[Method]:
    package = PACKAGE.fullmatch(file.package)
    if package is None or package[1] == APART:
        return
    for service in file.service:
        for method in service.method:
            name = f"{file.package}.{service.name}"
            yield _method(name, package[1], method, pool)


def _method(
    service: str,
    cluster: str,
    method: descriptor_pb2.MethodDescriptorProto,
    pool: descriptor_pool.DescriptorPool,
) -> Method:
    options: Any = method.options
    path = f"/{service}/{method.name}"
    if not options.HasExtension(access_pb2.access):
        raise BadContract(f"{path} does not say who may call it: option turnout.access.v1.access")
    request = pool.FindMessageTypeByName(method.input_type.lstrip("."))
    return Method(
        service=service,
        path=path,
        cluster=cluster,
        request=request,
        streams=method.client_streaming or method.server_streaming,
        uploads=method.client_streaming,
        repeatable=bool(READS.match(method.name)) or options.idempotency_level in SAFE,
        hidden=hidden(options.Extensions[access_pb2.access]),
        first=priority_of(method.name, options, request) == CRITICAL,
        bindings=_bindings(path, request, options),
    )


def bindings_of(method: MethodDescriptor) -> tuple[Binding, ...]:
    """Every HTTP method and path that a method answers to."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    return _bindings(path, method.input_type, method.GetOptions())


def _bindings(path: str, request: Descriptor, options: Any) -> tuple[Binding, ...]:
    found = [_binding(path, one, request, options) for one in _rules(options)]
    lenient = any(one.raw for one in found)
    return tuple(replace(one, lenient=lenient) for one in found)


def _rules(options: Any) -> list[http_pb2.HttpRule]:
    if not options.HasExtension(annotations_pb2.http):
        return []
    rule = options.Extensions[annotations_pb2.http]
    return [rule, *rule.additional_bindings]


def hidden(access: access_pb2.Access) -> bool:
    """Whether nobody outside the mesh may ever be let in."""
    return not (access.permission or access.platform) and set(access.audiences) <= {
        access_pb2.AUDIENCE_MESH
    }


def _binding(path: str, rule: http_pb2.HttpRule, request: Descriptor, options: Any) -> Binding:
    pattern = rule.WhichOneof("pattern")
    if pattern is None or pattern == "custom":
        raise BadContract(f"{path} has an HTTP rule without one of get, put, post, delete, patch")
    template: str = getattr(rule, pattern)
    segments, verb, bound = _parsed(path, template)
    return Binding(
        http=pattern.upper(),
        template=template,
        segments=segments,
        verb=verb,
        bound=bound,
        body=rule.body,
        raw=_raw(rule.body, request),
        large=_raw(rule.body, request)
        and (pattern == "put" or not options.Extensions[access_pb2.access].audiences),
        most=_most(rule.body, request) if _raw(rule.body, request) else 0,
    )


def _most(body: str, request: Descriptor) -> int:
    field = request.fields_by_name.get(body)
    if field is None:
        return 0
    options: Any = field.GetOptions()
    return int(options.Extensions[field_pb2.rules].max_length)


def _raw(body: str, request: Descriptor) -> bool:
    if body == "*":
        return request.full_name == RAW
    field = request.fields_by_name.get(body)
    kind = None if field is None else field.message_type
    return kind is not None and kind.full_name == RAW


_TOKEN = re.compile(r"/|\{([a-z0-9_.]+)(?:=([^{}]+))?\}|:([^/{}]+)$|([^/{}:]+)")


def _parsed(path: str, template: str) -> tuple[tuple[str, ...], str, tuple[Bound, ...]]:
    """Takes a path template apart (the grammar stands in google/api/http.proto)."""
    segments: list[str] = []
    bound: list[Bound] = []
    verb = ""
    at = 0
    for token in _TOKEN.finditer(template):
        if token.start() != at:
            break
        at = token.end()
        field, pattern, custom, literal = token.groups()
        if field is not None:
            parts = (pattern or "*").split("/")
            last = len(segments) + len(parts)
            bound.append(Bound(field, len(segments) + 1, 10**6 if parts[-1] == "**" else last))
            segments.extend(parts)
        elif custom is not None:
            verb = custom
        elif literal is not None:
            segments.append(literal)
    if at != len(template) or not template.startswith("/") or "**" in segments[:-1]:
        raise BadContract(f"{path} has an HTTP path that is not understood: {template}")
    return tuple(segments), verb, tuple(bound)
