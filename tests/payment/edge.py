"""The part of the public edge that webhooks come in through: HTTP in, `ReceiveWebhook` out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import grpc
from google.api import httpbody_pb2

from turnout.payment.v1 import payment_pb2

STATUS = {grpc.StatusCode.OK: 200, grpc.StatusCode.UNAUTHENTICATED: 401}


class Edge:
    """Listens on a free port. Tests may cut the line, or listen in."""

    def __init__(self) -> None:
        self.stub: Any = None
        self.url = ""
        self.down = False
        # The path, the signature and the body of every webhook that came through.
        self.seen: list[tuple[str, str, bytes]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            path = head[0].split(" ")[1]
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            status = await self.forward(path, headers, body)
            writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def forward(self, path: str, headers: dict[str, str], body: bytes) -> int:
        if self.down:
            return 503
        signature = headers.get("turnout-signature", "")
        self.seen.append((path, signature, body))
        return STATUS.get(await self.receive(path, signature, body), 500)

    async def receive(self, path: str, signature: str, body: bytes) -> grpc.StatusCode:
        """Delivers a webhook as Envoy would; says what the service answered."""
        *_, provider, endpoint = path.split("/")
        request = payment_pb2.ReceiveWebhookRequest(
            provider=provider,
            endpoint=endpoint,
            body=httpbody_pb2.HttpBody(content_type="application/json", data=body),
        )
        try:
            metadata = (("turnout-signature", signature),)
            await self.stub.ReceiveWebhook(request, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            return error.code()
        return grpc.StatusCode.OK


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[Edge]:
    edge = Edge()
    server = await asyncio.start_server(edge.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    edge.url = f"http://127.0.0.1:{port}"
    async with server:
        yield edge
