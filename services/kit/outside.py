"""Connects to addresses that strangers chose, without being led to where only we may go.

Every address that a name resolves to must be public, and the connection goes to one that was
looked at: a name that resolves to another one a moment later gains nothing (DNS rebinding).
`loopback` lets addresses of this machine be, for development and tests.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import httpcore

from services.kit.addresses import is_public, literal_address

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
