"""A real Postgres and a real Redis for the tests, from the same wheels that `make run` uses."""

from __future__ import annotations

import asyncio
import itertools
import pathlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import namedtuple_row

from deploy.local.postgres import Postgres
from deploy.local.redis import Redis
from services.kit import migrate
from services.kit.db import Database

KIT = pathlib.Path(__file__).parent / "kit" / "migrations"


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of the administrator of an empty server."""
    with tempfile.TemporaryDirectory(prefix="turnout-", ignore_cleanup_errors=True) as home:
        server = Postgres(pathlib.Path(home), fsync=False)
        url = server.start()
        try:
            yield url
        finally:
            server.stop()


@contextmanager
def redis() -> Iterator[str]:
    """The URL of an empty server."""
    with tempfile.TemporaryDirectory(prefix="turnout-", ignore_cleanup_errors=True) as home:
        server = Redis(pathlib.Path(home), fsync=False)
        url = server.start()
        try:
            yield url
        finally:
            server.stop()


class Databases:
    """Migrated databases, seen by the service's own role. `kit` is a service of the tests.

    `await databases("booking")` is the same one for the whole session; tests tell their rows
    apart by organization. `async with databases.lent("booking") as db` is an empty one that
    nobody else uses, for what looks at all rows; so it is with outbox, inbox and due work.
    """

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._kept: dict[str, Database] = {}
        self._urls: dict[str, migrate.Urls] = {}
        self._owners: dict[str, psycopg.AsyncConnection[Any]] = {}
        self._opened: list[Database] = []
        self._free: dict[str, list[migrate.Urls]] = {}
        self._number = itertools.count(1)
        self._lock = asyncio.Lock()

    async def __call__(self, service: str) -> Database:
        async with self._lock:
            if service not in self._kept:
                urls = await self._clone(service)
                self._kept[service] = await Database.open(urls.service, service)
        return self._kept[service]

    @asynccontextmanager
    async def lent(
        self, service: str, *, name: str | None = None, size: int = 10
    ) -> AsyncIterator[Database]:
        """A database without rows, until the end of the block. `name` is what it calls itself."""
        free = self._free.setdefault(service, [])
        urls = free.pop() if free else await self.urls(service)
        await self._empty(urls)
        db = await Database.open(urls.service, name or service, size)
        try:
            yield db
        finally:
            await db.close()
            free.append(urls)

    async def _empty(self, urls: migrate.Urls) -> None:
        owner = await self._connected(database_of(urls.service))
        cursor = await owner.execute(
            "select string_agg(format('%I', tablename), ', ') as names from pg_tables"
            " where schemaname = 'public' and tablename <> 'alembic_version'"
        )
        tables = (await cursor.fetchall())[0].names
        await owner.execute(f"truncate {tables} restart identity cascade")

    async def fresh(self, service: str, *, size: int = 10) -> Database:
        """A new database, which stays until the end of the session; `lent` is quicker."""
        db = await Database.open((await self.urls(service)).service, service, size)
        self._opened.append(db)
        return db

    async def urls(self, service: str) -> migrate.Urls:
        """How the two roles of a service reach a fresh database, for a process of its own."""
        async with self._lock:
            return await self._clone(service)

    async def owner(self, database: Database | str) -> psycopg.AsyncConnection[Any]:
        """A superuser in that database, to whom no policy applies; rows are named tuples."""
        db = await self(database) if isinstance(database, str) else database
        return await self._connected(database_of(str(db.pool.conninfo)))

    async def _connected(self, name: str) -> psycopg.AsyncConnection[Any]:
        if name not in self._owners:
            self._owners[name] = await psycopg.AsyncConnection.connect(
                migrate.url(self._admin_url, database=name, user="postgres"),
                autocommit=True,
                row_factory=namedtuple_row,
            )
        return self._owners[name]

    async def close(self) -> None:
        for owner in self._owners.values():
            await owner.close()
        for db in (*self._kept.values(), *self._opened):
            await db.close()

    async def _clone(self, service: str) -> migrate.Urls:
        """A copy of the migrated database, which takes a tenth of the time of migrating."""
        if service not in self._urls:
            self._urls[service] = await asyncio.to_thread(self._migrate, service)
        name = f"turnout_{service}_{next(self._number)}"
        owner, role = f"turnout_{service}_owner", f"turnout_{service}"
        create = sql.SQL("create database {} template {} owner {}").format(
            sql.Identifier(name), sql.Identifier(role), sql.Identifier(owner)
        )
        async with await psycopg.AsyncConnection.connect(self._admin_url, autocommit=True) as admin:
            await admin.execute(create)
        return migrate.Urls(
            owner=migrate.url(self._admin_url, database=name, user=owner),
            service=migrate.url(self._admin_url, database=name, user=role),
        )

    def _migrate(self, service: str) -> migrate.Urls:
        urls = migrate.create_databases(self._admin_url, [service])[service]
        migrate.upgrade(urls.owner, service, folder=KIT if service == "kit" else None)
        return urls


def database_of(url: str) -> str:
    return str(conninfo_to_dict(url)["dbname"])


@asynccontextmanager
async def databases(admin_url: str) -> AsyncIterator[Databases]:
    found = Databases(admin_url)
    try:
        yield found
    finally:
        await found.close()
