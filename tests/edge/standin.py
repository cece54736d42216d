"""One gRPC server that stands in for all six services, and a real Envoy in front of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pathlib
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from google.api import httpbody_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from deploy import envoy
from tests.contract import contract
from turnout.access.v1 import access_pb2

NAMES = ("auth", "event", "booking", "payment", "messaging", "location")
JWKS = "/turnout.auth.v1.AuthService/GetJwks"
# What this edge proves itself with.
PROOF = "ed9e"

Context = grpc.aio.ServicerContext[Any, Any]
# A coroutine function of a request and a context, or an async generator function.
Behaviour = Callable[[Any, Context], Any]


@dataclass(frozen=True)
class Call:
    """What reached a service."""

    method: str
    request: Message | None
    metadata: dict[str, str | bytes]


class Keys:
    """A signing key as auth has one, and tokens made with it."""

    def __init__(self, kid: str = "k1") -> None:
        self.kid = kid
        self._private = ec.generate_private_key(ec.SECP256R1())

    def jwks(self) -> bytes:
        key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._private.public_key()))
        return json.dumps(
            {"keys": [{**key, "kid": self.kid, "use": "sig", "alg": "ES256"}]}
        ).encode()

    def token(self, **claims: Any) -> str:
        now = int(time.time())
        standard = {
            "iss": "https://turnout.app",
            "aud": "turnout",
            "sub": "users/018f0000-0000-7000-8000-000000000001",
            "iat": now,
            "exp": now + 900,
        }
        headers = {"kid": self.kid, "typ": "at+jwt"}
        return jwt.encode({**standard, **claims}, self._private, algorithm="ES256", headers=headers)


@dataclass
class Services(grpc.GenericRpcHandler):
    """Answers every method of the contract as a test says, and keeps what it was asked."""

    keys: Keys
    calls: list[Call] = field(default_factory=list)
    _behaviours: dict[str, Behaviour] = field(default_factory=dict)

    def on(self, method: str, behaviour: Behaviour) -> None:
        self._behaviours[method] = behaviour

    def forget(self) -> None:
        self.calls.clear()
        self._behaviours.clear()

    @property
    def last(self) -> Call:
        return self.calls[-1]

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        name: str = details.method
        service, _, short = name.lstrip("/").partition("/")
        try:
            found = descriptor_pool.Default().FindServiceByName(service)
        except KeyError:
            return None
        method = found.methods_by_name.get(short)
        if method is None:
            return None
        kinds = {
            (False, False): (grpc.unary_unary_rpc_method_handler, self._unary),
            (False, True): (grpc.unary_stream_rpc_method_handler, self._stream),
            (True, True): (grpc.stream_stream_rpc_method_handler, self._stream),
        }
        make, run = kinds[(method.client_streaming, method.server_streaming)]
        request = message_factory.GetMessageClass(method.input_type)
        handler: grpc.RpcMethodHandler[Any, Any] = make(
            run(name),
            request_deserializer=request.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
        return handler

    def _unary(self, name: str) -> Behaviour:
        async def answer(request: Message, context: Context) -> Message:
            self._note(name, request, context)
            if name == JWKS and name not in self._behaviours:
                keys: Message = httpbody_pb2.HttpBody(
                    content_type="application/json", data=self.keys.jwks()
                )
                return keys
            found = await self._behaviour(name)(request, context)
            assert isinstance(found, Message)
            return found

        return answer

    def _stream(self, name: str) -> Behaviour:
        async def answer(request: Any, context: Context) -> AsyncIterator[Message]:
            self._note(name, request if isinstance(request, Message) else None, context)
            async for message in self._behaviour(name)(request, context):
                yield message

        return answer

    def _behaviour(self, name: str) -> Behaviour:
        async def unexpected(_: Any, context: Context) -> None:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "no test expects this")

        return self._behaviours.get(name, unexpected)

    def _note(self, name: str, request: Message | None, context: Context) -> None:
        metadata = dict(context.invocation_metadata() or ())
        if name != JWKS:
            self.calls.append(Call(name, request, metadata))


def free_ports(count: int) -> list[int]:
    """Ports that nobody has just now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextlib.asynccontextmanager
async def serving(services: Services, port: int, *, healthy: bool = True) -> AsyncIterator[None]:
    """The server of all six, which says of itself that it is healthy or that it is not."""
    contract.files()
    server = grpc.aio.server(
        options=[
            ("grpc.so_reuseport", 0),
            ("grpc.http2.min_recv_ping_interval_without_data_ms", 5000),
            ("grpc.keepalive_permit_without_calls", 1),
        ]
    )
    server.add_generic_rpc_handlers((services,))
    said = health_pb2.HealthCheckResponse
    state = health.aio.HealthServicer()
    for service in contract.services():
        await state.set(service.full_name, said.SERVING if healthy else said.NOT_SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(state, server)
    names = [service.full_name for service in contract.services()]
    reflection.enable_server_reflection(names, server)
    assert server.add_insecure_port(f"127.0.0.1:{port}") == port
    await server.start()
    try:
        yield
    finally:
        await server.stop(None)


@dataclass(frozen=True)
class Edge:
    """A running Envoy."""

    host: str
    mesh: str
    admin: str
    folder: pathlib.Path

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def log(self) -> list[dict[str, Any]]:
        """The access log so far, oldest first."""
        text = (self.folder / "access.log").read_text()
        return [json.loads(line) for line in text.splitlines()]

    async def logged(self, request_id: str) -> dict[str, Any]:
        """The line of one request; lines are written a moment later."""
        for _ in range(100):
            for line in self.log():
                if line["request_id"] == request_id:
                    return line
            await asyncio.sleep(0.05)
        raise AssertionError(f"{request_id} is not in the access log")


@contextlib.asynccontextmanager
async def running(*service_ports: int, **changes: Any) -> AsyncIterator[Edge]:
    """An Envoy before the services at one port, or at several; `changes` are of its settings."""
    edge, mesh, admin = free_ports(3)
    with tempfile.TemporaryDirectory(prefix="turnout-edge-") as home:
        folder = pathlib.Path(home)
        settings = envoy.Settings(
            edge=("127.0.0.1", edge),
            mesh=("127.0.0.1", mesh),
            admin=("127.0.0.1", admin),
            services={name: [("127.0.0.1", p) for p in service_ports] for name in NAMES},
            access_log=folder / "access.log",
            proof=PROOF,
            **changes,
        )
        config = folder / "envoy.json"
        for path, text in envoy.files(settings, folder).items():
            path.write_text(text)
        with (folder / "envoy.log").open("wb") as log:
            command = [str(envoy.binary()), "-c", str(config), *envoy.options(settings)]
            process = await asyncio.create_subprocess_exec(
                *command, stdout=log, stderr=asyncio.subprocess.STDOUT
            )
        found = Edge(f"127.0.0.1:{edge}", f"127.0.0.1:{mesh}", f"http://127.0.0.1:{admin}", folder)
        try:
            await _answering(f"{found.admin}/ready", process, folder)
            yield found
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def _answering(url: str, process: asyncio.subprocess.Process, folder: pathlib.Path) -> None:
    async with httpx.AsyncClient() as client:
        while process.returncode is None:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(url)).is_success:
                    return
            await asyncio.sleep(0.05)
    raise AssertionError((folder / "envoy.log").read_text())


async def ready(http: httpx.AsyncClient) -> None:
    """Waits until every service can be called."""
    for _ in range(600):
        if (await http.get("/health/ready")).is_success:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the services are not healthy to Envoy")


def details(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    """The status that came with an error."""
    found = dict(error.trailing_metadata())["grpc-status-details-bin"]
    assert isinstance(found, bytes)
    return status_pb2.Status.FromString(found)


def client(edge: Edge) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=edge.url, timeout=20)


def hiding(name: str, target: pathlib.Path) -> pathlib.Path:
    """Writes the contract with one method for the mesh alone."""
    files = descriptor_pb2.FileDescriptorSet.FromString(envoy.Settings.descriptors.read_bytes())
    for file in files.file:
        for service in file.service:
            for method in service.method:
                if method.name == name:
                    options: Any = method.options
                    access = access_pb2.Access(audiences=[access_pb2.AUDIENCE_MESH])
                    options.Extensions[access_pb2.access].CopyFrom(access)
    target.write_bytes(files.SerializeToString())
    return target
