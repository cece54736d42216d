"""Stripe as others play it: processes of their own, where `.ci/run` installed them.

None is right about everything, so each is asked only for what it is right about.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
from collections.abc import AsyncIterator

import pytest

from deploy.local.settings import LOOPBACK, free_ports, listens
from tests.contract import contract

HOME = contract.ROOT / "build" / "peers"
# What npm writes when it is done.
NPM = HOME / "node_modules" / ".package-lock.json"
SECONDS = 60

# It would listen everywhere, and load and write a pickle in the folder of temporary files.
LOCALSTRIPE = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.store.dump_to_disk = lambda: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""
STATEFUL_MOCK = """
const { createExpressApp } = require("stripe-stateful-mock");
createExpressApp().listen(Number(process.argv[1]), "127.0.0.1");
"""
# It names no host to listen on.
EMULATE = """
const { Server } = require("net");
const listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  if (typeof port === "object") return listen.call(this, { ...port, host: "127.0.0.1" }, ...rest);
  return listen.call(this, port, "127.0.0.1", ...rest.filter((one) => typeof one === "function"));
};
import("emulate").then(({ createEmulator }) =>
  createEmulator({ service: "stripe", port: Number(process.argv[1]) }));
"""


@contextlib.asynccontextmanager
async def localstripe() -> AsyncIterator[str]:
    _need(HOME / "bin" / "localstripe")
    async with _running(HOME / "bin" / "python", "-c", LOCALSTRIPE) as url:
        yield url


@contextlib.asynccontextmanager
async def stateful_mock() -> AsyncIterator[str]:
    _need(HOME / "node_modules" / "stripe-stateful-mock", NPM)
    async with _running("node", "-e", STATEFUL_MOCK) as url:
        yield url


@contextlib.asynccontextmanager
async def emulate() -> AsyncIterator[str]:
    _need(HOME / "node_modules" / "emulate", NPM)
    async with _running("node", "-e", EMULATE) as url:
        yield url


def _need(installed: pathlib.Path, *more: pathlib.Path) -> None:
    if not all(file.exists() for file in (installed, *more)):
        pytest.skip(f"{installed.name} is not installed; .ci/run installs it where it can")


@contextlib.asynccontextmanager
async def _running(program: str | pathlib.Path, *words: str) -> AsyncIterator[str]:
    """The address of a peer, while it runs."""
    [port] = free_ports(1)
    process = await asyncio.create_subprocess_exec(
        program,
        *words,
        str(port),
        cwd=HOME,
        env={**os.environ, "LOG_LEVEL": "silent"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(SECONDS):
            while not listens(LOOPBACK, port):
                assert process.returncode is None, f"{program} does not start"
                await asyncio.sleep(0.05)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
