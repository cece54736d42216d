"""Calls any method in both ways, by gRPC and by REST, and reads both answers alike."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import grpc
import httpx
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.rpc import code_pb2, error_details_pb2
from grpc_status import rpc_status

from tests.contract import contract
from turnout.access.v1 import access_pb2

if TYPE_CHECKING:
    from tests.journeys.conftest import Edge

# The edge knows nothing of what is for services alone.
METHODS = [method for method in contract.methods() if not contract.is_for_services(method)]
IDS = [method.full_name.removeprefix("turnout.") for method in METHODS]
SECONDS = 30
# What this client of gRPC makes of an answer that comes while it still sends: no answer.
UNSENT = "Internal error from Core"
MOST_TRIES = 50


@dataclass(frozen=True)
class Answer:
    """What became of a call: a code by name, and what was said; OK with what was given."""

    code: str
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    # The path of each field that is wrong.
    fields: tuple[str, ...] = ()
    message: str = ""
    # The first message that was given, as JSON.
    given: str = ""
    http: int = 0

    @property
    def verdict(self) -> tuple[str, str, str, str]:
        """All that a caller can learn from it."""
        return self.code, self.reason, json.dumps(self.metadata, sort_keys=True), self.given


def path_of(method: MethodDescriptor) -> str:
    service = method.containing_service
    return f"/{service.full_name}/{method.name}"


def rules(method: MethodDescriptor) -> list[Any]:
    return contract.http(method)


def is_public(method: MethodDescriptor) -> bool:
    return access_pb2.AUDIENCE_PUBLIC in contract.access(method).audiences


def tells_many(method: MethodDescriptor) -> bool:
    """Whether it answers with whatever there is for the caller, which may be nothing."""
    return method.name.startswith(("List", "Search")) or method.name == "GetOrganizationCalendar"


def has_json(method: MethodDescriptor) -> bool:
    return bool(rules(method)) and not method.client_streaming


# --- gRPC


async def by_grpc(
    channel: grpc.aio.Channel, method: MethodDescriptor, request: Any, authorization: str = ""
) -> Answer:
    """A request may be bytes, which are sent as they are."""
    metadata = [("authorization", authorization)] if authorization else []
    return await with_metadata(channel, method, request, metadata)


async def with_metadata(
    channel: grpc.aio.Channel, method: MethodDescriptor, request: Any, metadata: Any
) -> Answer:
    for _ in range(MOST_TRIES):
        try:
            given = await _first(channel, method, request, metadata)
        except grpc.aio.AioRpcError as error:
            if error.details() != UNSENT:
                return refused(error)
        else:
            return Answer("OK", given=_json(given) if given is not None else "")
    raise AssertionError(f"{method.full_name} could never be sent")


def _bytes(request: Any) -> bytes:
    return request if isinstance(request, bytes) else bytes(request.SerializeToString())


async def _first(
    channel: grpc.aio.Channel, method: MethodDescriptor, request: Any, metadata: Any
) -> Any:
    uploads, streams = method.client_streaming, method.server_streaming
    shape = f"{'stream' if uploads else 'unary'}_{'stream' if streams else 'unary'}"
    kind = message_factory.GetMessageClass(method.output_type)
    stub = getattr(channel, shape)(path_of(method), _bytes, kind.FromString)
    sent: Any = _frames(request) if uploads else request
    call = stub(sent, metadata=metadata, timeout=SECONDS)
    if not streams:
        return await call
    try:
        async for given in call:
            return given
        return None
    finally:
        call.cancel()


async def _frames(request: Any) -> AsyncIterator[Any]:
    for one in request if isinstance(request, list) else [request]:
        yield one


def refused(error: grpc.aio.AioRpcError) -> Answer:
    name = error.code().name
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    details = list(status.details) if status is not None else []
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for packed in details:
        packed.Unpack(info) or packed.Unpack(bad)
    return Answer(
        name,
        info.reason,
        dict(info.metadata),
        tuple(violation.field for violation in bad.field_violations),
        error.details() or "",
    )


def _json(message: Any) -> str:
    return json.dumps(json_format.MessageToDict(message), sort_keys=True)


# --- REST


class NotInJson(Exception):
    """A request that JSON has no way to say."""


@dataclass
class Written:
    """A request as a browser sends it."""

    verb: str
    path: str
    query: list[Any]
    body: Any = None
    accept: str = "application/json"

    @property
    def content(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body).encode()


def written(method: MethodDescriptor, request: Any, rule: Any = None) -> Written:
    """The request by an HTTP rule of its method, the first if none is given.

    Raises NotInJson.
    """
    rule = rule or rules(method)[0]
    verb, template = contract.verb_and_path(rule)
    rest = type(request)()
    rest.CopyFrom(request)
    path = _path(template, rest)
    body: Any = None
    if rule.body == "*":
        body = _dict(rest)
    elif rule.body:
        inner = getattr(rest, rule.body)
        raw = inner.DESCRIPTOR.full_name == "google.api.HttpBody"
        body = _raw(inner) if raw else _dict(inner)
        rest.ClearField(rule.body)
    query = [] if rule.body == "*" else _query(_dict(rest))
    accept = "text/event-stream" if method.server_streaming else "application/json"
    return Written(verb, path, query, body, accept)


def _path(template: str, rest: Any) -> str:
    def value(variable: re.Match[str]) -> str:
        target, (*above, last) = rest, variable[1].split(".")
        for name in above:
            target = getattr(target, name)
        said = getattr(target, last)
        target.ClearField(last)
        return quote(said.encode("utf-8", "surrogatepass"), safe="/")

    return re.sub(r"\{([a-z0-9_.]+)=?[^{}]*\}", value, template)


def _raw(body: Any) -> Any:
    return json.loads(body.data or b"null")


def _dict(message: Any) -> Any:
    try:
        return json_format.MessageToDict(message)
    except (ValueError, OverflowError, json_format.Error) as error:
        raise NotInJson(str(error)) from None


def _query(rest: Any, above: str = "") -> list[Any]:
    """What is inside a message has the names of both, with a dot in between."""
    found: list[Any] = []
    for name, values in rest.items():
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, dict):
                found += _query(value, f"{above}{name}.")
            else:
                text = value if isinstance(value, str) else json.dumps(value)
                found.append((above + name, text))
    return found


async def by_rest(
    edge: Edge, method: MethodDescriptor, request: Any, authorization: str = ""
) -> Answer:
    return await send(edge, written(method, request), authorization)


async def send(edge: Edge, what: Written, authorization: str = "", **more: Any) -> Answer:
    headers = {"authorization": authorization} if authorization else {}
    headers |= {"content-type": "application/json", "accept": what.accept} | more.pop("headers", {})
    content = more.pop("content", what.content)
    request = edge.client.build_request(
        what.verb, what.path, params=what.query, content=content, headers=headers, **more
    )
    return await answered(edge.client, request)


async def answered(client: httpx.AsyncClient, request: httpx.Request) -> Answer:
    async with asyncio.timeout(SECONDS):
        response = await client.send(request, stream=True)
        try:
            if response.is_error:
                return declined(response.status_code, await response.aread())
            # Of a stream the first frame says it all.
            streamed = "event-stream" in response.headers.get("content-type", "")
            if streamed:
                async for line in response.aiter_lines():
                    if line.startswith("data:"):
                        return Answer("OK", given=_sorted(line[5:]), http=response.status_code)
            body = await response.aread()
            kind = response.headers.get("content-type", "application/json")
            if kind.startswith("text/"):
                return Answer("OK", given=body.decode(), http=response.status_code)
        finally:
            await response.aclose()
    return Answer("OK", given=_sorted(body, kind), http=response.status_code)


def _sorted(body: bytes | str, kind: str = "json") -> str:
    """What was given, written one way; of a document, what it is."""
    if "json" not in kind:
        return f"{kind}: {len(body)} bytes"
    return json.dumps(json.loads(body or "{}"), sort_keys=True)


def declined(status: int, body: bytes) -> Answer:
    """An error of the edge is JSON, whatever it is about."""
    said = json.loads(body)
    details = said.get("details", [])
    info: Any = next((d for d in details if d["@type"].endswith("ErrorInfo")), {})
    bad: Any = next((d for d in details if d["@type"].endswith("BadRequest")), {})
    return Answer(
        code_pb2.Code.Name(said["code"]),
        info.get("reason", ""),
        info.get("metadata", {}),
        tuple(violation["field"] for violation in bad.get("fieldViolations", [])),
        said.get("message", ""),
        http=status,
    )


async def both(
    edge: Edge, method: MethodDescriptor, request: Any, authorization: str = ""
) -> list[Answer]:
    """The answers of a method that can be asked in both ways, or the one of the other."""
    asked = [by_grpc(edge.channel, method, request, authorization)]
    if has_json(method):
        asked.append(by_rest(edge, method, request, authorization))
    return list(await asyncio.gather(*asked))
