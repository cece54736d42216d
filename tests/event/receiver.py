"""Somebody's program that webhooks are posted to, on this machine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass
class Request:
    line: str
    headers: dict[str, str]
    body: str


@dataclass
class Receiver:
    """Answers what it is told to, 200 when it is told nothing more."""

    port: int = 0
    answers: list[bytes] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?of=us"

    def will_answer(self, status: int, body: str = "", *headers: str) -> None:
        lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(body)}", *headers, "", body]
        self.answers.append("\r\n".join(lines).encode())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *rest = head.strip().split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)
        }
        body = (await reader.readexactly(int(headers["content-length"]))).decode()
        self.requests.append(Request(line, headers, body))
        if not self.answers:
            self.will_answer(200, "thanks")
        writer.write(self.answers.pop(0))
        await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver._serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver
