"""How services call each other: through the mesh, within the deadline, and never in a transaction.

All of them are reached over one channel to Envoy, which finds a service by the name of its
method. Calls say who calls, belong to the trace of the call they are made in, and get what is
left of its time.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.resources
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import grpc
from google.protobuf import descriptor_pb2
from google.protobuf.message import Message

from services.kit import clock, log, telemetry
from services.kit.certificates import Certificates, Pems
from services.kit.db import in_transaction
from services.kit.identity import service_token
from services.kit.ids import new_id
from services.kit.peers import ENVOY

# How long a call may take that is not part of another one, in seconds.
PATIENCE = 30.0

# How often a look is taken whether there are other certificates, and how long calls may go on by
# a channel that was opened with older ones, in seconds.
LOOK, LEAVING = 1.0, 60.0

# One policy for everybody (AIP-194): only what can do no harm, only when nobody was there.
RETRY = {
    "maxAttempts": 4,
    "initialBackoff": "0.05s",
    "maxBackoff": "1s",
    "backoffMultiplier": 2,
    # A server that stops says CANCELLED of what it had not begun with.
    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
}
HARMLESS = (
    descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS,
    descriptor_pb2.MethodOptions.IDEMPOTENT,
)


class CallInTransaction(Exception):
    """A mistake of ours: a call to another service while a row may be locked."""


@functools.cache
def service_config() -> str:
    """The retry policy as gRPC reads it: reads, and writes that a `request_id` makes safe.

    Streams are not retried: who reads one knows where to go on.
    """
    methods = [
        {"service": service, "method": method.name}
        for service, method, takes in _methods()
        if not method.server_streaming
        and not method.client_streaming
        and (method.options.idempotency_level in HARMLESS or "request_id" in takes)
    ]
    return json.dumps({"methodConfig": [{"name": methods, "retryPolicy": RETRY}]})


def _methods() -> Iterator[tuple[str, Any, frozenset[str]]]:
    """Every method of the contract, with its service and the fields of its request."""
    image = importlib.resources.files("turnout").joinpath("turnout.binpb").read_bytes()
    files = descriptor_pb2.FileDescriptorSet.FromString(image).file
    fields = {
        f".{file.package}.{kind.name}": frozenset(field.name for field in kind.field)
        for file in files
        for kind in file.message_type
    }
    for file in files:
        for service in file.service:
            for method in service.method:
                yield f"{file.package}.{service.name}", method, fields[method.input_type]


def options() -> list[tuple[str, Any]]:
    return [
        ("grpc.service_config", service_config()),
        ("grpc.enable_retries", 1),
        ("grpc.keepalive_time_ms", 20_000),
        # As long as Envoy has for it: a busy machine is slow to answer, and not gone.
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.initial_reconnect_backoff_ms", 100),
        # How long, not how often: a busy machine takes its time to agree on keys.
        ("grpc.min_reconnect_backoff_ms", 5_000),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        ("grpc.max_receive_message_length", 4 * 2**20),
        ("grpc.max_metadata_size", 16 * 2**10),
    ]


@dataclass(frozen=True)
class Mesh:
    """The way to every other service, as the service `name`."""

    name: str
    channel: grpc.aio.Channel

    @classmethod
    def open(
        cls,
        address: str,
        name: str,
        mesh_key: bytes,
        now: Callable[[], datetime],
        certificates: Certificates | None = None,
    ) -> Mesh:
        """Connects when the first call is made. `address` is Envoy's, or one service's own.

        With certificates it is Envoy's, wherever that is; who else is there hears nothing.
        """
        calls = _Calls(name, None if certificates else mesh_key, now)
        interceptors = [_Unary(calls), _Download(calls), _Upload(calls), _Both(calls)]
        if certificates is None:
            return cls(name, grpc.aio.insecure_channel(address, options(), None, interceptors))

        def connect() -> grpc.aio.Channel:
            named = [*options(), ("grpc.ssl_target_name_override", ENVOY)]
            shown = certificates.channel_credentials()
            return grpc.aio.secure_channel(address, shown, named, None, interceptors)

        channel: Any = Renewing(certificates, connect)
        return cls(name, channel)

    async def close(self) -> None:
        await self.channel.close()


class Renewing:
    """A channel that is opened anew when there are other certificates; the older ends its calls.

    gRPC keeps those that a channel was opened with, so that it could not connect any more after
    they expired. Stubs may be made once and kept.
    """

    def __init__(self, certificates: Certificates, connect: Callable[[], grpc.aio.Channel]) -> None:
        self._certificates = certificates
        self._connect = connect
        self._shown: Pems | None = None
        self._channel: grpc.aio.Channel | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._next = 0.0

    def now(self) -> grpc.aio.Channel:
        """The one to make a call by."""
        if self._channel is None or time.monotonic() >= self._next:
            self._next = time.monotonic() + LOOK
            shown = self._certificates.now()
            if shown is not self._shown or self._channel is None:
                self._leave()
                self._shown, self._channel = shown, self._connect()
        return self._channel

    def _leave(self) -> None:
        if self._channel is not None:
            leaving = asyncio.get_running_loop().create_task(self._channel.close(LEAVING))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    def unary_unary(self, *words: Any, **more: Any) -> _Method:
        return _Method(self, "unary_unary", words, more)

    def unary_stream(self, *words: Any, **more: Any) -> _Method:
        return _Method(self, "unary_stream", words, more)

    def stream_unary(self, *words: Any, **more: Any) -> _Method:
        return _Method(self, "stream_unary", words, more)

    def stream_stream(self, *words: Any, **more: Any) -> _Method:
        return _Method(self, "stream_stream", words, more)

    async def close(self, grace: float | None = None) -> None:
        for task in self._leaving:
            task.cancel()
        if self._channel is not None:
            await self._channel.close(grace)


class _Method:
    """One method of a stub, by whatever channel is the newest."""

    def __init__(self, renewing: Renewing, kind: str, words: Any, more: Any) -> None:
        self._renewing, self._kind, self._words, self._more = renewing, kind, words, more
        self._channel: grpc.aio.Channel | None = None
        self._made: Any = None

    def __call__(self, *words: Any, **more: Any) -> Any:
        channel = self._renewing.now()
        if channel is not self._channel:
            self._channel = channel
            self._made = getattr(channel, self._kind)(*self._words, **self._more)
        return self._made(*words, **more)


class _Calls:
    """What every call carries."""

    def __init__(self, name: str, mesh_key: bytes | None, now: Callable[[], datetime]) -> None:
        # Without a key no token is shown: a certificate says who calls.
        self._name, self._key, self._now = name, mesh_key, now
        self._token, self._until = "", 0.0

    def details(
        self, details: grpc.aio.ClientCallDetails, *, streams: bool
    ) -> grpc.aio.ClientCallDetails:
        if in_transaction.get():
            raise CallInTransaction(f"{_text(details.method)} is called inside a transaction")
        metadata = grpc.aio.Metadata(*(details.metadata or ()))
        if self._key is not None and metadata.get("authorization") is None:
            metadata.add("authorization", f"Service {self._service_token()}")
        record = log.record.get()
        if record is not None:
            metadata.add(log.REQUEST_ID, record.request_id)
        metadata.add(telemetry.HEADER, telemetry.traceparent() or str(telemetry.begin()))
        return grpc.aio.ClientCallDetails(
            method=details.method,
            timeout=_timeout(details.timeout, streams),
            metadata=metadata,
            credentials=details.credentials,
            wait_for_ready=details.wait_for_ready,
        )

    def _service_token(self) -> str:
        now = self._now()
        if now.timestamp() >= self._until:
            assert self._key is not None, "who has certificates needs no token"
            self._token = service_token(self._key, self._name, now)
            self._until = now.timestamp() + 60
        return self._token


def _timeout(given: float | None, streams: bool) -> float | None:
    left = clock.left()
    if given is None:
        given = None if streams else PATIENCE
    return left if given is None else given if left is None else min(given, left)


def _identified(request: Any) -> Any:
    """Gives a write an id, so that it may be tried again."""
    if isinstance(request, Message) and "request_id" in request.DESCRIPTOR.fields_by_name:
        written: Any = request
        if not written.request_id:
            copy: Any = type(request)()
            copy.CopyFrom(request)
            copy.request_id = str(new_id())
            return copy
    return request


def _text(method: Any) -> str:
    return method.decode() if isinstance(method, bytes) else str(method)


class _Unary(grpc.aio.UnaryUnaryClientInterceptor):
    def __init__(self, calls: _Calls) -> None:
        self._calls = calls

    async def intercept_unary_unary(
        self, continuation: Any, client_call_details: Any, request: Any
    ) -> Any:
        details = self._calls.details(client_call_details, streams=False)
        return await continuation(details, _identified(request))


class _Download(grpc.aio.UnaryStreamClientInterceptor):
    def __init__(self, calls: _Calls) -> None:
        self._calls = calls

    async def intercept_unary_stream(
        self, continuation: Any, client_call_details: Any, request: Any
    ) -> Any:
        return await continuation(self._calls.details(client_call_details, streams=True), request)


class _Upload(grpc.aio.StreamUnaryClientInterceptor):
    def __init__(self, calls: _Calls) -> None:
        self._calls = calls

    async def intercept_stream_unary(
        self, continuation: Any, client_call_details: Any, request_iterator: Any
    ) -> Any:
        details = self._calls.details(client_call_details, streams=True)
        return await continuation(details, request_iterator)


class _Both(grpc.aio.StreamStreamClientInterceptor):
    def __init__(self, calls: _Calls) -> None:
        self._calls = calls

    async def intercept_stream_stream(
        self, continuation: Any, client_call_details: Any, request_iterator: Any
    ) -> Any:
        details = self._calls.details(client_call_details, streams=True)
        return await continuation(details, request_iterator)
