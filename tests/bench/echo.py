"""The baseline: a bare `grpc.aio` server that reads a message and answers.

    python -m tests.bench.echo LOOP PORT MESSAGE [DATABASE]

LOOP is `asyncio`, the loop that a bare server has and that goals are about, or `uvloop`.
`/bench/Unary` gives MESSAGE back, and `/bench/Commit` after one row of it is committed.
`/bench/Stream` acknowledges every frame of `Track`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import pkgutil
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import psycopg_pool
import uvloop
from google.protobuf import descriptor_pool, message_factory

from turnout.location.v1 import location_pb2

KEEP = "insert into kept (body) values (%s)"
POOL = 8
Pool = psycopg_pool.AsyncConnectionPool[Any]


def handlers(kind: Any, pool: Pool | None) -> grpc.GenericRpcHandler:
    async def unary(request: Any, _context: Any) -> Any:
        return request

    async def commit(request: Any, _context: Any) -> Any:
        assert pool is not None
        async with pool.connection() as connection:
            await connection.execute(KEEP, [request.SerializeToString()])
        return request

    async def stream(frames: AsyncIterator[Any], _context: Any) -> AsyncIterator[Any]:
        async for frame in frames:
            report = frame.report
            last = report.first_sequence + len(report.columns.time_offsets_ms) - 1
            pulse = location_pb2.TrackResponse.Pulse()
            yield location_pb2.TrackResponse(pulse=pulse, kept_through=max(0, last))

    single: dict[str, Any] = {
        "request_deserializer": kind.FromString,
        "response_serializer": kind.SerializeToString,
    }
    both: dict[str, Any] = {
        "request_deserializer": location_pb2.TrackRequest.FromString,
        "response_serializer": location_pb2.TrackResponse.SerializeToString,
    }
    methods: dict[str, Any] = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary, **single),
        "Commit": grpc.unary_unary_rpc_method_handler(commit, **single),
        "Stream": grpc.stream_stream_rpc_method_handler(stream, **both),
    }
    return grpc.method_handlers_generic_handler("bench", methods)


def message(name: str) -> Any:
    """The class of a message of the contract, such as `turnout.booking.v1.Booking`."""
    package = importlib.import_module(name.rpartition(".")[0])
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.endswith("_pb2"):
            importlib.import_module(f"{package.__name__}.{module.name}")
    return message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))


async def serve(port: str, kind: Any, database: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        pool = None
        if database:
            kept = {"autocommit": True, "prepare_threshold": 1}
            pool = Pool(database, min_size=POOL, max_size=POOL, kwargs=kept, open=False)
            await stack.enter_async_context(pool)
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        server.add_generic_rpc_handlers((handlers(kind, pool),))
        server.add_insecure_port(f"127.0.0.1:{port}")
        await server.start()
        sys.stdout.write("serving\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    run: Any = {"asyncio": asyncio.run, "uvloop": uvloop.run}[sys.argv[1]]
    run(serve(sys.argv[2], message(sys.argv[3]), "".join(sys.argv[4:])))
