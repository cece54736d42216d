"""Envoy as a part of the mesh. What it does with a request is said in `deploy.envoy`."""

from __future__ import annotations

import http.client
import os

from deploy import envoy
from deploy.local import process, state
from deploy.local.part import Part
from deploy.local.process import Command
from deploy.local.settings import LOOPBACK, SERVICES, Settings, leave_no_trace
from deploy.local.trouble import Trouble
from services.kit.origin import PURPOSE
from services.kit.secrets import derive


class Envoy(Part):
    """The edge and the mesh listener in one process."""

    name = "envoy"

    def __init__(self, settings: Settings, secret: str) -> None:
        self.log = settings.log(self.name)
        self.pid_file = settings.pid_file(self.name)
        self._settings = settings
        self._file = settings.state / "envoy.json"
        self._rules = envoy.Settings(
            edge=(settings.host, settings.ports["edge"]),
            mesh=(LOOPBACK, settings.ports["mesh"]),
            admin=(LOOPBACK, settings.ports["admin"]),
            services={name: [(LOOPBACK, settings.ports[name])] for name in SERVICES},
            access_log=settings.log("access"),
            proof=derive(secret.encode(), PURPOSE).hex(),
        )

    @property
    def address(self) -> str:
        return self._settings.address("edge")

    def prepare(self) -> None:
        process.make_room(self._settings.log("access"))
        try:
            state.write_private(self._file, envoy.render(self._rules))
        except envoy.BadContract as error:
            raise Trouble(f"Envoy cannot serve this contract: {error}") from error

    def command(self) -> Command:
        words = (str(envoy.binary()), "-c", str(self._file), *envoy.options(self._rules))
        return Command(self.name, words, self.log, env={"PATH": os.defpath})

    def ready(self) -> bool:
        return self._answers("/healthz")

    def whole(self) -> bool:
        """Whether Envoy finds every service healthy."""
        return self._answers("/health/ready")

    def drain(self) -> None:
        """Takes no new connections from now on and asks clients to leave; does not wait."""
        self._ask("POST", "/drain_listeners?graceful&skip_exit", port="admin")

    def _answers(self, path: str) -> bool:
        return self._ask("GET", path, port="edge") == http.client.OK

    def _ask(self, method: str, path: str, port: str) -> int | None:
        where = self._settings.near if port == "edge" else LOOPBACK
        connection = http.client.HTTPConnection(where, self._settings.ports[port], timeout=1)
        try:
            connection.connect()
            leave_no_trace(connection.sock)
            connection.request(method, path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
