"""HTTP to those who carry messages, so that one knows whether they may have got something.

Addresses may be chosen by organizations, so connections are made by `kit.outside.Guard`. Nothing
is followed elsewhere, nothing long is read, nobody is waited for longer than `SECONDS`.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpcore

from services.kit.outside import Guard, NotPublic, Resolve, resolve
from services.messaging.channels.provider import refuse_in_transaction

# Less together than an errand has.
SECONDS, CONNECT_SECONDS = 20.0, 5.0
CONNECTIONS, KEPT, KEPT_SECONDS = 200, 50, 5.0
MOST = 64 * 1024


class NotSent(Exception):
    """Nobody was reached; nothing of it can have had an effect."""


class NoAnswer(Exception):
    """It was sent, as far as one knows, and nobody said what came of it."""


@dataclass(frozen=True)
class Answer:
    """`headers` by lower-case names; of the body no more than `MOST` bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def said(self) -> Any:
        """The body as JSON, if it is an object; an empty one otherwise."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def retry_after(self) -> float | None:
        """The seconds that were asked for, if they were."""
        text = self.headers.get("retry-after", "")
        return min(float(text), 86_400.0) if text.isascii() and text.isdigit() else None


class Web:
    def __init__(
        self, *, loopback: bool, resolve: Resolve = resolve, seconds: float = SECONDS
    ) -> None:
        self.loopback = loopback
        self._seconds = seconds
        self.guard = Guard(loopback=loopback, resolve=resolve)
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def send(
        self, method: str, uri: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """What was answered. Raises NotSent, NoAnswer."""
        refuse_in_transaction()
        try:
            async with asyncio.timeout(self._seconds):
                return await self._send(method, uri, headers, body)
        except TimeoutError:
            raise NoAnswer(f"no answer within {self._seconds:.0f} s") from None
        except NotPublic as error:
            raise NotSent(str(error)) from None
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
            raise NotSent(f"cannot be reached: {error}") from None
        except (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError, ValueError) as error:
            raise NotSent(f"cannot be asked: {error}") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise NoAnswer(str(error) or type(error).__name__) from None

    async def until_stopped(self) -> None:
        """Keeps connections for who asks again, and closes them when the process stops."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            if self._pool is not None:
                await self._pool.aclose()

    async def _send(self, method: str, uri: str, headers: Mapping[str, str], body: bytes) -> Answer:
        sent = {"content-length": str(len(body)), "accept": "application/json", **headers}
        pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
        part = {"connect": CONNECT_SECONDS, "pool": CONNECT_SECONDS}
        timeouts = {**part, "read": self._seconds, "write": self._seconds}
        async with self._connections().stream(
            method,
            uri,
            headers=[(b"host", _host(uri)), *pairs],
            content=body,
            extensions={"timeout": timeouts},
        ) as response:
            read = await _beginning(response)
        names = {name.decode("latin-1").lower(): value for name, value in response.headers}
        found = {name: value.decode("latin-1") for name, value in names.items()}
        return Answer(response.status, found, read)

    def _connections(self) -> httpcore.AsyncConnectionPool:
        if self._pool is None:
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=ssl.create_default_context(),
                max_connections=CONNECTIONS,
                max_keepalive_connections=KEPT,
                keepalive_expiry=KEPT_SECONDS,
                network_backend=self.guard,
            )
        return self._pool


def _host(uri: str) -> bytes:
    url = httpcore.URL(uri)
    standard = {b"http": 80, b"https": 443}.get(url.scheme)
    port = b"" if url.port in (None, standard) else b":%d" % (url.port or 0)
    return url.host + port


async def _beginning(response: httpcore.Response) -> bytes:
    found = b""
    async for piece in response.aiter_stream():
        found += piece
        if len(found) >= MOST:
            break
    return found[:MOST]
