"""Parquet as a stream: rows go in, pieces of the file come out, and little is kept in between.

The writer is blocking code in a thread of its own: it takes batches of rows from the event loop
one at a time, and gives it what it wrote, which it waits for.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import arro3.core
import arro3.io

from services.event.exports.domain import Kind, Row, Table

CONTENT_TYPE = "application/vnd.apache.parquet"
# Rows that are compressed together, and the most that is handed out at once, in bytes.
GROUP = 20_000
PIECE = 1 << 18
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
TYPES = {
    Kind.TEXT: arro3.core.DataType.utf8(),
    Kind.NUMBER: arro3.core.DataType.int64(),
    Kind.TIME: arro3.core.DataType.timestamp("us", tz="UTC"),
}


async def written(table: Table, batches: AsyncIterator[Sequence[Row]]) -> AsyncIterator[bytes]:
    """The file, piece by piece. Batches are read no faster than its reader takes it."""
    loop = asyncio.get_running_loop()
    out: asyncio.Queue[bytes] = asyncio.Queue(maxsize=2)
    stopped = False

    def ask(coroutine: Any) -> Any:
        if stopped:
            coroutine.close()
            raise EOFError("nobody reads the file any more")
        future: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, loop)
        return future.result()

    def write() -> None:
        try:
            _write(table, lambda: ask(_next(batches)), lambda piece: ask(out.put(piece)))
        finally:
            # Nothing is the end of the file.
            ask(out.put(b""))

    with ThreadPoolExecutor(1, thread_name_prefix="parquet") as pool:
        # Whose rows it may see, the thread is told by the context of the call.
        writing = loop.run_in_executor(pool, contextvars.copy_context().run, write)
        try:
            while piece := await out.get():
                yield piece
            await writing
        finally:
            stopped = True
            await _let_go(writing, out)


def _write(table: Table, take: Callable[[], Any], give: Callable[[bytes], Any]) -> None:
    sink, schema = Sink(give), _schema(table)
    batches = _batches(table, schema, iter(take, None))
    stream = arro3.core.RecordBatchReader.from_batches(schema, batches)
    file: Any = sink
    arro3.io.write_parquet(stream, file, compression="zstd(3)", max_row_group_size=GROUP)
    sink.drain()


async def _next(batches: AsyncIterator[Sequence[Row]]) -> Sequence[Row] | None:
    return await anext(batches, None)


async def _let_go(writing: asyncio.Future[None], out: asyncio.Queue[bytes]) -> None:
    """Waits for the thread to notice that it is not needed any more."""
    while not writing.done():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await out.get()
    if not writing.cancelled():
        writing.exception()


class Sink(io.RawIOBase):
    """A file that hands on what is written to it, in pieces."""

    def __init__(self, give: Callable[[bytes], Any]) -> None:
        super().__init__()
        self._give = give
        self._kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._kept += data
        if len(self._kept) >= PIECE:
            self.drain()
        return len(data)

    def drain(self) -> None:
        while self._kept:
            self._give(bytes(self._kept[:PIECE]))
            del self._kept[:PIECE]


def _schema(table: Table) -> arro3.core.Schema:
    return arro3.core.Schema([arro3.core.Field(name, TYPES[kind]) for name, kind in table.columns])


def _batches(
    table: Table, schema: arro3.core.Schema, batches: Iterator[Sequence[Row]]
) -> Iterator[arro3.core.RecordBatch]:
    for rows in batches:
        if rows:
            columns = zip(*rows, strict=True)
            arrays = [
                _array(cells, kind) for cells, (_, kind) in zip(columns, table.columns, strict=True)
            ]
            yield arro3.core.RecordBatch.from_arrays(arrays, schema=schema)


def _array(cells: Sequence[Any], kind: Kind) -> arro3.core.Array:
    if kind is not Kind.TIME:
        return arro3.core.Array(list(cells), type=TYPES[kind])
    micros = [None if cell is None else (cell - EPOCH) // MICROSECOND for cell in cells]
    return arro3.core.Array(micros, type=TYPES[Kind.NUMBER]).cast(TYPES[kind])
