"""Positions that wait until they are acknowledged: in memory, and on disk if there is a file.

What was put on a shelf with a file outlives the app. The file also knows the number of the first
position that waits, so a new process neither tells one twice under two numbers nor leaves one out.
"""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence

_TABLES = """
create table if not exists tracked (journey text, base integer, left_out integer);
create table if not exists positions (id integer primary key autoincrement, body blob not null);
"""
_REMOVE = """
delete from positions where id = (select id from positions order by id limit 1 offset ?)
"""
_FORGET = """
delete from positions where id <= (select id from positions order by id desc limit 1 offset ?)
"""


class WrongFile(Exception):
    """The file holds the positions of another journey."""


class Shelf:
    """Positions in the order in which they came, as bytes.

    `base` is what the journey had on disk before the first of them, so the first that waits has
    the number `base + gone + 1`. None until the service said it.
    """

    def __init__(self, file: pathlib.Path | None = None) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._turn = asyncio.Lock()
        self._waiting: deque[bytes] = deque()
        self._new: list[bytes] = []
        self._gone = 0  # how many were acknowledged, of all that ever came
        self.base: int | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def gone(self) -> int:
        """How many were acknowledged."""
        return self._gone

    async def open(self, journey: str) -> None:
        """Reads what an earlier process left; raises WrongFile if it is about another journey."""
        if self._file is not None:
            await asyncio.to_thread(self._read, journey)

    async def close(self) -> None:
        async with self._turn:
            if self._connection is not None:
                await asyncio.to_thread(self._leave, len(self._waiting))

    async def put(self, body: bytes) -> None:
        """Returns when it is on disk. All that come while one write is under way share the next."""
        self._new.append(body)
        async with self._turn:
            new, self._new = self._new, []
            if new and self._connection is not None:
                await asyncio.to_thread(self._write, new, len(self._waiting))
            self._waiting.extend(new)

    def part(self, begin: int, end: int) -> list[bytes]:
        """Some of those that wait, by their places in the line."""
        return [self._waiting[index] for index in range(begin, min(end, len(self._waiting)))]

    async def begin(self, base: int) -> None:
        """Learns the number before the first position, before any is told under a number."""
        async with self._turn:
            self.base = base
            if self._connection is not None:
                await asyncio.to_thread(self._keep_base)

    def acknowledge(self, count: int) -> None:
        """Forgets the first ones. The file forgets them with the next write."""
        for _ in range(min(count, len(self._waiting))):
            self._waiting.popleft()
            self._gone += 1

    async def leave_out(self, index: int) -> None:
        """Forgets one that the service will not have; those after it get other numbers."""
        async with self._turn:
            kept = len(self._waiting)
            del self._waiting[index]
            if self._connection is not None:
                await asyncio.to_thread(self._remove, index, kept)

    # --- on disk; in a thread

    def _read(self, journey: str) -> None:
        assert self._file is not None
        connection = sqlite3.connect(self._file, check_same_thread=False, isolation_level=None)
        connection.executescript("pragma journal_mode = wal; pragma synchronous = full;" + _TABLES)
        connection.execute(
            "insert into tracked select ?, null, 0 where not exists (select 1 from tracked)",
            [journey],
        )
        row = connection.execute("select journey, base, left_out from tracked").fetchone()
        found, self.base, left_out = row
        if found != journey:
            connection.close()
            raise WrongFile(f"{self._file} is about {found}")
        rows = connection.execute("select id, body from positions order by id").fetchall()
        self._waiting.extend(body for _, body in rows)
        self._gone = self._last(connection) - len(rows) - left_out
        self._connection = connection

    @staticmethod
    def _last(connection: sqlite3.Connection) -> int:
        """How many positions ever came, with those that were left out."""
        row = connection.execute("select seq from sqlite_sequence where name = 'positions'")
        return int((row.fetchone() or (0,))[0])

    def _write(self, new: Sequence[bytes], kept: int) -> None:
        with _transaction(self._open) as connection:
            _forget(connection, kept)
            connection.executemany("insert into positions (body) values (?)", [(b,) for b in new])

    def _keep_base(self) -> None:
        self._open.execute("update tracked set base = ?", [self.base])

    def _remove(self, index: int, kept: int) -> None:
        with _transaction(self._open) as connection:
            _forget(connection, kept)
            connection.execute(_REMOVE, [index])
            connection.execute("update tracked set left_out = left_out + 1")

    def _leave(self, kept: int) -> None:
        with _transaction(self._open) as connection:
            _forget(connection, kept)
        connection.close()
        self._connection = None

    @property
    def _open(self) -> sqlite3.Connection:
        assert self._connection is not None
        return self._connection


def _forget(connection: sqlite3.Connection, kept: int) -> None:
    """Leaves the newest ones."""
    connection.execute(_FORGET, [kept])


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("begin immediate")
    try:
        yield connection
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
