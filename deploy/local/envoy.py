"""Envoy as a part of the mesh. What it does with a request is said in `deploy.envoy`."""

from __future__ import annotations

import http.client
import json
import os
import urllib.parse
import zlib
from collections.abc import Sequence
from typing import Any

from deploy import envoy
from deploy.local import process, state
from deploy.local.part import Successive
from deploy.local.process import Command, Process
from deploy.local.settings import SERVICES, Settings, leave_no_trace, loopback, replica
from deploy.local.trouble import Trouble
from services.kit.peers import ENVOY


class Envoy(Successive):
    """The edge and the mesh listener of one host, in one process."""

    def __init__(self, settings: Settings, number: int = 1) -> None:
        self.name = replica("envoy", number)
        self.log = settings.log(self.name)
        super().__init__((settings.pid_file(self.name), settings.pid_file(f"{self.name}.next")))
        self._settings = settings
        self._number = number
        self._file = settings.state / self.name / "envoy.json"
        self._access_log = settings.log(replica("access", number))
        # By this they find each other, of all Envoys of a machine.
        self._place = zlib.crc32(str(self._file).encode()) & 0xFFFFFF
        # How many came before the one that runs, each handing over to the next.
        self._before = 0
        self._rules = envoy.Settings(
            edge=(settings.bound("edge", number), settings.ports["edge"]),
            mesh=(loopback(number), settings.ports["mesh"]),
            admin=(loopback(number), settings.ports["admin"]),
            services={name: _replicas(settings, name) for name in SERVICES},
            access_log=self._access_log,
            mesh_tls=envoy.Mesh(settings.tls / ENVOY, settings.trust_domain),
            **_told(settings),
        )

    @property
    def address(self) -> str:
        return self._settings.address("edge", self._number)

    def prepare(self) -> None:
        process.make_room(self._access_log)
        self._file.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            files = envoy.files(self._rules, self._file.parent)
        except envoy.BadContract as error:
            raise Trouble(f"Envoy cannot serve this contract: {error}") from error
        for path, text in files.items():
            state.write_private(path, text)

    def command(self) -> Command:
        place = self._place if _shares_memory() else None
        options = envoy.options(self._rules, place, self._before)
        words = (str(envoy.binary()), "-c", str(self._file), *options)
        return Command(self.name, words, self.log, env={"PATH": os.defpath})

    def launch(self) -> None:
        self._before = 0
        super().launch()

    @property
    def replaceable(self) -> bool:
        return super().replaceable and _shares_memory()

    def succeed(self) -> Process:
        self._before += 1
        return super().succeed()

    def step_back(self, older: Process) -> None:
        super().step_back(older)
        self._before -= 1

    def accepts(self) -> bool:
        said = self._ask("GET", "/server_info", port="admin")
        if said is None:
            return False
        info = json.loads(said[1])
        epoch = info["command_line_options"].get("restart_epoch", 0)
        return bool(info["state"] == "LIVE" and epoch == self._before)

    def dismiss(self, older: Process) -> None:
        # The new one tells it to.
        older.leave(self.hand_over)

    def ready(self) -> bool:
        return self._answers("/healthz")

    def whole(self) -> bool:
        """Whether Envoy finds every service healthy, each process of it."""
        return self._answers("/health/ready") and not self._missed()

    def _missed(self) -> bool:
        """Whether a process cannot be called while another one of its service can."""
        if all(len(hosts) == 1 for hosts in self._rules.services.values()):
            return False
        healthy = self._stats("healthy")
        return healthy is None or healthy != self._stats("total")

    def _stats(self, name: str) -> bytes | None:
        """How many processes of each service there are, or are healthy."""
        which = f"^cluster\\.({'|'.join(SERVICES)})\\.membership_{name}$"
        said = self._ask("GET", f"/stats?filter={urllib.parse.quote(which)}", port="admin")
        return None if said is None else said[1].replace(f"_{name}:".encode(), b":")

    def drain(self) -> None:
        """Takes no new connections from now on and asks clients to leave; does not wait."""
        self._ask("POST", "/drain_listeners?graceful&skip_exit", port="admin")

    def _answers(self, path: str) -> bool:
        said = self._ask("GET", path, port="edge")
        return said is not None and said[0] == http.client.OK

    def _ask(self, method: str, path: str, port: str) -> tuple[int, bytes] | None:
        mine = self._number == 1 and port == "edge"
        where = self._settings.near if mine else loopback(self._number)
        connection = http.client.HTTPConnection(where, self._settings.ports[port], timeout=1)
        try:
            connection.connect()
            leave_no_trace(connection.sock)
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def _shares_memory() -> bool:
    """Whether processes may share memory here, by which Envoys hand over; not all containers."""
    return os.access("/dev/shm", os.W_OK)  # noqa: S108 - it is where Linux has it


def _replicas(settings: Settings, service: str) -> Sequence[envoy.Address]:
    numbers = range(1, settings.count(service) + 1)
    return [(loopback(number), settings.ports[service]) for number in numbers]


def _told(settings: Settings) -> dict[str, Any]:
    """What the environment says to Envoy."""
    try:
        return {"under_way": envoy.limited(settings.env), **envoy.traced(settings.env)}
    except envoy.BadContract as error:
        raise Trouble(str(error)) from error
