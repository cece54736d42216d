"""A TCP proxy that can be a bad line: it delays, it goes silent, it resets connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from types import TracebackType
from typing import Self

HERE = "127.0.0.1"
PIECE = 65_536  # bytes


class Proxy:
    """Listens on a port of its own and passes everything on to one address.

    async with Proxy(HERE, 8080) as line: ...

    A host that begins with a slash is a Unix socket.
    """

    def __init__(self, host: str, port: int = 0) -> None:
        self._to = host, port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._passable = asyncio.Event()
        self._passable.set()
        # Seconds by which each piece comes later.
        self.delay = 0.0
        self.resets = 0

    @property
    def address(self) -> str:
        assert self._server is not None, "started before"
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    def cut(self) -> None:
        """Nothing passes any more, in neither direction; nobody is told."""
        self._passable.clear()

    def mend(self) -> None:
        """What was held back goes on its way, and nothing is delayed any more."""
        self.delay = 0.0
        self._passable.set()

    def reset(self) -> int:
        """Ends all connections as if the other side had gone, and says how many."""
        writers, self._writers = self._writers, set()
        for writer in writers:
            _abort(writer)
        self.resets += len(writers) // 2
        return len(writers) // 2

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HERE, 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None, "started before"
        self._server.close()
        self.mend()
        self.reset()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await self._link(reader, writer)
        _abort(writer)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await self._reach()
        ends = {writer, back}
        self._writers |= ends
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass(reader, back))
                group.create_task(self._pass(there, writer))
        except* OSError:
            # Either side has gone; the other one learns it as well.
            pass
        finally:
            self._writers -= ends
            _abort(back)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self._to
        if host.startswith("/"):
            return await asyncio.open_unix_connection(host)
        return await asyncio.open_connection(host, port)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(PIECE):
            await self._hinder()
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    async def _hinder(self) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)
        await self._passable.wait()


def _abort(writer: asyncio.StreamWriter) -> None:
    """Closes with a reset instead of a good-bye."""
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
