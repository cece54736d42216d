"""Posts to addresses that strangers chose, without being led to where only we may go.

Every address that a name resolves to must be public, and the connection goes to one that was
looked at: a name that resolves to another one a moment later gains nothing (DNS rebinding).
Redirects are not followed, proxies of the environment are not used, and of the answer little is
read. `loopback` lets addresses of this machine be, for development and tests.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping

import httpcore

from services.event.webhooks.domain import Outcome
from services.kit.db import in_transaction
from services.kit.outside import Guard, NotPublic, Resolve, resolve

SECONDS = 15.0
CONNECT_SECONDS = 5.0
SHOWN = 1000
CONNECTIONS = 50


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
