"""The edge: what a call costs through Envoy, over gRPC and over REST."""

from __future__ import annotations

import asyncio
import contextlib

import grpc

from services.booking.domain import EVENTS
from tests.bench import load, report
from tests.bench.booking import on_sale
from tests.bench.load import Sample, Side, hammer
from tests.bench.place import CONNECTIONS, Place, Server
from tests.edge import standin
from turnout.booking.v1 import booking_pb2

METHOD = "/turnout.booking.v1.BookingService/GetAvailability"
CALLERS = (1, 64)


async def run(place: Place) -> list[report.Row]:
    url, db = await place.database("booking")
    [event] = await on_sale(db, 1)
    name = f"{EVENTS.format(event)}/availability"
    direct = await place.service("booking", url)
    port = int(direct.address.rpartition(":")[2])
    edge = await place.stack.enter_async_context(standin.running(port))
    message = booking_pb2.GetAvailabilityRequest(name=name).SerializeToString()
    async with contextlib.AsyncExitStack() as stack:
        through = await connected(edge.host, stack)
        web = [await Browser.open(edge.host, stack) for _ in range(max(CALLERS))]
        await reached(through, message)
        sides = {}
        for callers in CALLERS:
            sides[f"direct {callers}"] = direct.side(METHOD, callers, lambda _: message)
            sides[f"envoy {callers}"] = through.side(METHOD, callers, lambda _: message)
            sides[f"rest {callers}"] = browsing(web, f"/api/v1/{name}", callers)
        return rows(await load.interleaved(sides, place.pace))


def rows(found: dict[str, list[Sample]]) -> list[report.Row]:
    said = []
    for callers in CALLERS:
        direct, envoy, rest = (found[f"{name} {callers}"] for name in ("direct", "envoy", "rest"))
        what = f"{callers} caller{'s' if callers > 1 else ''}"
        grpc_name, rest_name = f"edge: gRPC through Envoy, {what}", f"edge: REST, {what}"
        said += [
            report.row(grpc_name, "1/s", load.rates(envoy), "direct", load.rates(direct)),
            report.row(f"{grpc_name}, p50", "ms", load.p50s(envoy), "direct", load.p50s(direct)),
            report.row(rest_name, "1/s", load.rates(rest), "gRPC", load.rates(envoy)),
            report.row(f"{rest_name}, p50", "ms", load.p50s(rest), "gRPC", load.p50s(envoy)),
        ]
    return said


async def connected(host: str, stack: contextlib.AsyncExitStack) -> Server:
    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.aio.insecure_channel(host, options=options) for _ in range(CONNECTIONS)]
    for channel in channels:
        stack.push_async_callback(channel.close)
    return Server(host, (), channels)


async def reached(server: Server, message: bytes) -> None:
    """Waits until Envoy finds the service healthy."""
    call = server.unary(METHOD)[0]
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(grpc.aio.AioRpcError):
                await call(message)
                return
            await asyncio.sleep(0.1)


class Browser:
    """A connection that is kept; knows as much of HTTP as the edge answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, host: str, stack: contextlib.AsyncExitStack) -> Browser:
        name, _, port = host.rpartition(":")
        reader, writer = await asyncio.open_connection(name, int(port))
        stack.callback(writer.close)
        return cls(reader, writer)

    async def get(self, path: str) -> bytes:
        self._writer.write(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(head.decode())
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return await self._reader.readexactly(int(length))


def browsing(web: list[Browser], path: str, callers: int) -> Side:
    async def get(number: int) -> None:
        await web[number].get(path)

    async def run(seconds: float) -> Sample:
        return await hammer(get, callers, seconds)

    return Side(run)
