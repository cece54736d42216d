"""Posts to addresses that strangers chose, without being led to where only we may go.

Every address that a name resolves to must be public, and the connection goes to one that was
looked at: a name that resolves to another one a moment later gains nothing (DNS rebinding).
Redirects are not followed, proxies of the environment are not used, and of the answer little is
read. `loopback` lets addresses of this machine be, for development and tests.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import httpcore

from services.event.webhooks.domain import Outcome, is_public, literal_address
from services.kit.db import in_transaction

SECONDS = 15.0
CONNECT_SECONDS = 5.0
SHOWN = 1000
CONNECTIONS = 50

Resolve = Callable[[str, int], Awaitable[list[str]]]


class NotPublic(Exception):
    """A name that resolves to an address that is not one of the internet at large."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Guard(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only."""

    def __init__(self, *, loopback: bool, resolve: Resolve) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._loopback = loopback
        self._resolve = resolve

    async def addresses(self, host: str, port: int) -> list[str]:
        """All addresses of a name, each of them public. Raises NotPublic, and OSError."""
        found = await self._resolve(host, port)
        for text in found:
            literal = literal_address(text)
            if literal is None or not is_public(literal, loopback=self._loopback):
                raise NotPublic(f"{host} is {text}, which is not a public address")
        return found

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - so httpcore calls it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            found = await self.addresses(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} does not resolve: {error}") from error
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in found:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - so httpcore calls it
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise NotPublic(f"{path} is a file of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Poster:
    """Posts, and says what came of it."""

    def __init__(self, *, loopback: bool, resolve: Resolve = resolve) -> None:
        self.guard = Guard(loopback=loopback, resolve=resolve)
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def post(self, uri: str, headers: Mapping[str, str], body: str) -> Outcome:
        """The answer, or why there is none. Never longer than `SECONDS`."""
        if in_transaction.get():
            raise RuntimeError("a transaction is open; nobody outside is spoken to meanwhile")
        try:
            async with asyncio.timeout(SECONDS):
                return await self._post(uri, headers, body)
        except TimeoutError:
            return Outcome(0, problem=f"no answer within {SECONDS:.0f} s")
        except NotPublic as error:
            return Outcome(0, problem=str(error))
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            return Outcome(0, problem=str(error) or type(error).__name__)
        except (httpcore.UnsupportedProtocol, ssl.SSLError, OSError, ValueError) as error:
            return Outcome(0, problem=str(error) or type(error).__name__)

    async def _post(self, uri: str, headers: Mapping[str, str], body: str) -> Outcome:
        data = body.encode()
        sent = {**headers, "content-length": str(len(data)), "connection": "close"}
        timeouts = {"connect": CONNECT_SECONDS, "read": SECONDS, "write": SECONDS, "pool": SECONDS}
        async with self._connections().stream(
            "POST",
            uri,
            headers=[(name.encode(), value.encode()) for name, value in sent.items()]
            + [(b"host", _host(uri))],
            content=data,
            extensions={"timeout": timeouts},
        ) as response:
            begin = await _beginning(response)
        problem = "" if 200 <= response.status < 300 else f"HTTP status {response.status}"
        return Outcome(response.status, begin, problem)

    def _connections(self) -> httpcore.AsyncConnectionPool:
        if self._pool is None:
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=ssl.create_default_context(),
                max_connections=CONNECTIONS,
                max_keepalive_connections=0,
                network_backend=self.guard,
            )
        return self._pool


def _host(uri: str) -> bytes:
    url = httpcore.URL(uri)
    standard = {b"http": 80, b"https": 443}.get(url.scheme)
    port = b"" if url.port in (None, standard) else b":%d" % (url.port or 0)
    return url.host + port


async def _beginning(response: httpcore.Response) -> str:
    """The first bytes of an answer as text; the rest is not read."""
    found = b""
    async for piece in response.aiter_stream():
        found += piece
        if len(found) >= SHOWN:
            break
    # Postgres has no text with a zero in it.
    return found[:SHOWN].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
