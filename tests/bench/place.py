"""Where the benchmarks happen: real servers with fsync, and each service a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc

from deploy.local.postgres import Postgres
from deploy.local.redis import Redis
from deploy.local.settings import ROOT, free_ports
from services.kit.db import Database
from tests import serving
from tests.bench.load import Pace, Sample, Side, hammer
from tests.bench.served import KEYS
from tests.servers import Databases, databases
from tests.serving import Metadata

CONNECTIONS = 8
# A few callers make all the calls, and they make more than are answered at once.
NO_LIMITS = (
    "TURNOUT_CALLS_PER_ADDRESS",
    "TURNOUT_CALLS_PER_USER",
    "TURNOUT_CALLS_PER_ORGANIZATION",
    "TURNOUT_SHED_AFTER_MS",
)
PATIENCE = 120.0  # seconds that a process may take to come up

# Serialises nothing: messages are bytes already.
Caller = Callable[..., Any]


@dataclass(frozen=True)
class Server:
    """One process or several that answer at one address, and connections to them."""

    address: str
    pids: Sequence[int]
    channels: Sequence[grpc.aio.Channel]

    def unary(self, method: str) -> Sequence[Caller]:
        """The method on each connection; takes and gives bytes."""
        return [channel.unary_unary(method) for channel in self.channels]

    def side(
        self,
        method: str,
        callers: int,
        message: Callable[[int], bytes],
        metadata: Sequence[Metadata] = ((),),
        *,
        hear: Callable[[int, bytes], None] | None = None,
    ) -> Side:
        """So many callers of a unary method; each sends what `message` gives for its number."""
        calls = self.unary(method)

        async def ask(number: int) -> None:
            call = calls[number % len(calls)]
            answer = await call(message(number), metadata=metadata[number % len(metadata)])
            if hear is not None:
                hear(number, answer)

        async def run(seconds: float) -> Sample:
            return await hammer(ask, callers, seconds)

        return Side(run, self.pids)


@dataclass
class Place:
    """Postgres and Redis, and what was started beside them."""

    pace: Pace
    home: pathlib.Path
    redis_url: str
    admin_url: str
    databases: Databases
    stack: contextlib.AsyncExitStack
    started: int = field(default=0)

    async def database(self, service: str) -> tuple[str, Database]:
        """A fresh database of a service: its URL, and a way to put something into it."""
        url = (await self.databases.urls(service)).service
        db = await Database.open(url, service)
        self.stack.push_async_callback(db.close)
        return url, db

    async def plain(self, *statements: str) -> str:
        """The URL of a database of no service, with what the statements made in it."""
        db = await self.databases.fresh("kit")
        owner = await self.databases.owner(db)
        for statement in statements:
            await owner.execute(statement)
        return str(db.pool.conninfo)

    async def keeper(self) -> str:
        """The URL of a database with nothing but the table that the echo commits to."""
        table = "create table kept (id bigint generated always as identity primary key, body bytea)"
        return await self.plain(table, "grant all on kept to public")

    async def service(self, name: str, url: str, *, processes: int = 1, **more: str) -> Server:
        """`serve` of a service, as in production, in so many processes on one port."""
        port = free_ports(1)[0]
        env = await self._env(url, port) | more
        env["TURNOUT_REUSE_PORT"] = str(int(processes > 1))
        words = ("tests.bench.served", name, "serve")
        return await self._server(port, [await self._start(words, env) for _ in range(processes)])

    async def worker(self, name: str, url: str) -> None:
        """`work` of a service, as in production, in a process of its own."""
        env = await self._env(url, free_ports(1)[0])
        await self._start(("tests.bench.served", name, "work"), env, until="")

    async def _env(self, url: str, port: int) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONTZPATH": "",
            "TURNOUT_DATABASE_URL": url,
            "TURNOUT_REDIS_URL": self.redis_url,
            "TURNOUT_LISTEN": f"127.0.0.1:{port}",
            "TURNOUT_MESH": "127.0.0.1:9",
            "TURNOUT_SECRET": serving.SECRET.decode(),
            **dict.fromkeys(NO_LIMITS, "0"),
            KEYS: (await serving.jwks()).decode(),
        }

    async def echo(self, message: str, database: str = "", loop: str = "asyncio") -> Server:
        """The baseline, for one kind of message, on the event loop of that name."""
        port = free_ports(1)[0]
        words = ("tests.bench.echo", loop, str(port), message, *([database] if database else []))
        return await self._server(port, [await self._start(words, dict(os.environ))])

    async def broadcast(self) -> Server:
        """The baseline of those who watch."""
        port = free_ports(1)[0]
        words = ("tests.bench.broadcast", str(port))
        return await self._server(port, [await self._start(words, dict(os.environ))])

    async def _server(self, port: int, pids: Sequence[int]) -> Server:
        address = f"127.0.0.1:{port}"
        channels = []
        for _ in range(CONNECTIONS):
            options = [("grpc.use_local_subchannel_pool", 1)]
            channel = grpc.aio.insecure_channel(address, options=options)
            self.stack.push_async_callback(channel.close)
            await asyncio.wait_for(channel.channel_ready(), PATIENCE)
            channels.append(channel)
        return Server(address, pids, channels)

    async def _start(
        self, words: Sequence[str], env: dict[str, str], until: str = "serving"
    ) -> int:
        """Starts a Python module and waits until it says that it is serving."""
        self.started += 1
        log = self.home / f"{self.started}.log"
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *words, stdout=out, stderr=out, env=env, cwd=ROOT
            )
        self.stack.push_async_callback(_ended, process)
        async with asyncio.timeout(PATIENCE):
            # A file has no event to wait for.
            while until not in log.read_text(errors="replace"):
                if process.returncode is not None:
                    raise RuntimeError(f"{' '.join(words)} ended:\n{log.read_text()}")
                await asyncio.sleep(0.05)
        return process.pid


async def _ended(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    await process.wait()


@contextlib.asynccontextmanager
async def opened(pace: Pace) -> AsyncIterator[Place]:
    """Starts the servers; everything ends with the block."""
    async with contextlib.AsyncExitStack() as stack:
        home = pathlib.Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="turnout-bench-", ignore_cleanup_errors=True)
            )
        )
        postgres, redis = Postgres(home / "postgres"), Redis(home / "redis")
        # Here and not in a thread: each ends with the thread that started it.
        admin_url = postgres.start()
        stack.callback(postgres.stop)
        redis_url = redis.start()
        stack.callback(redis.stop)
        found = await stack.enter_async_context(databases(admin_url))
        yield Place(pace, home, redis_url, admin_url, found, stack)
