"""Files on the wire: rows to pieces of CSV or Parquet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from google.api import httpbody_pb2

from services.event.exports import parquet
from services.event.exports.domain import Cell, Format, Row, Table
from services.kit import sheets
from turnout.event.v1 import export_pb2

FORMATS = {
    export_pb2.EXPORT_FORMAT_UNSPECIFIED: Format.CSV,
    export_pb2.EXPORT_FORMAT_CSV: Format.CSV,
    export_pb2.EXPORT_FORMAT_PARQUET: Format.PARQUET,
}


def format(request: Any) -> Format:
    return FORMATS[request.format]


def disposition(table: Table, kind: Format) -> tuple[tuple[str, str], ...]:
    """The header that makes a browser save the file under a name (RFC 6266)."""
    return (("content-disposition", f'attachment; filename="{table.name}.{kind.value}"'),)


async def file(
    table: Table, kind: Format, batches: AsyncIterator[Sequence[Row]]
) -> AsyncIterator[httpbody_pb2.HttpBody]:
    """A file, piece by piece; the first one comes even if there are no rows."""
    if kind is Format.PARQUET:
        async for piece in parquet.written(table, batches):
            yield httpbody_pb2.HttpBody(content_type=parquet.CONTENT_TYPE, data=piece)
        return
    yield _lines([[name for name, _ in table.columns]])
    async for rows in batches:
        if rows:
            yield _lines([[_written(cell) for cell in row] for row in rows])


def _lines(rows: list[list[str | int]]) -> httpbody_pb2.HttpBody:
    return httpbody_pb2.HttpBody(content_type=sheets.CONTENT_TYPE, data=sheets.lines(rows))


def _written(cell: Cell) -> str | int:
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return "" if cell is None else cell
