"""Those who carry messages, on this machine: they answer as they are told to."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

REASONS = {200: "OK", 201: "Created"}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    # By lower-case names.
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, said: Any, status: int = 200, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(said).encode(), named)


# Hangs up without an answer; never answers.
HANG_UP, SILENCE = Reply(-1), Reply(-2)


@dataclass
class Peer:
    """A server of HTTP that keeps what it was asked."""

    port: int = 0
    reply: Callable[[Request], Reply] = lambda _: Reply()
    requests: list[Request] = field(default_factory=list)

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._answer(reader, writer):
                    pass
        finally:
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        asked = Request(method, path, headers, body)
        self.requests.append(asked)
        reply = self.reply(asked)
        if reply == SILENCE:
            await asyncio.sleep(3600)
        if reply == HANG_UP:
            return False
        said = b"" if method == "HEAD" else reply.body
        more = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        reason = REASONS.get(reply.status, "Whatever")
        start = f"HTTP/1.1 {reply.status} {reason}\r\ncontent-length: {len(reply.body)}\r\n{more}"
        writer.write(start.encode() + b"\r\n" + said)
        await writer.drain()
        return True


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[Peer]:
    peer = Peer()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(peer.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # What was cut off is closed at the next turn of the loop.
        await asyncio.sleep(0)
