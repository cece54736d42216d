"""One of the six services as a process of its own, told everything through its environment."""

from __future__ import annotations

import functools
import json
import pathlib
import subprocess
import sys
import urllib.parse
from collections.abc import Mapping

import grpc
import psutil
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2

from deploy.local import process, state
from deploy.local.calls import as_operator
from deploy.local.part import Successive
from deploy.local.process import Command, Process
from deploy.local.settings import ROOT, Settings, listens, loopback, replica
from deploy.local.trouble import Trouble

SERVING = health_pb2.HealthCheckResponse.SERVING
# DejaVu Sans, which knows most letters of Europe and beyond, out of a pinned wheel.
FONT = str(
    pathlib.Path(sys.prefix, "binaries/matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf").absolute()
)


class Service(Successive):
    """Serves and works in one process: `python -m services.<name> run`."""

    patience = 180
    grace = 15

    def __init__(
        self, service: str, settings: Settings, secret: str, redis_url: str, number: int = 1
    ) -> None:
        self.service = service
        self.name = replica(service, number)
        self.log = settings.log(self.name)
        super().__init__((settings.pid_file(self.name), settings.pid_file(f"{self.name}.next")))
        self._settings = settings
        self._secret = secret
        detour = settings.detours.get("redis")
        self._redis_url = f"redis://{detour}/0" if detour else redis_url
        self._number = number

    @property
    def address(self) -> str:
        return self._settings.address(self.service, self._number)

    def command(self) -> Command:
        return Command(
            self.name,
            tuple(self._settings.program(self.service)),
            log=self.log,
            env=self._environment(),
            folder=ROOT,
        )

    def has_done(self, verb: str) -> str:
        """Has a process beside its own do what operators may want; gives what that says."""
        done = subprocess.run(
            process.python(f"services.{self.service}", verb),
            env=dict(self._environment()),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Trouble(f"{self.name} cannot {verb}: {done.stderr.strip()[-500:]}")
        return done.stdout.strip()

    def accepts(self) -> bool:
        port = self._settings.ports[self.service]
        try:
            found = psutil.Process(self._pid).net_connections("tcp")
        except psutil.Error:
            return False
        return any(one.status == psutil.CONN_LISTEN and one.laddr[1] == port for one in found)

    def dismiss(self, older: Process) -> None:
        older.stop(self.hand_over)

    @property
    def _pid(self) -> int:
        assert self.process is not None, "started before"
        return self.process.pid

    def ready(self) -> bool:
        """Whether its gRPC service says SERVING, which is more than that the process lives."""
        # A channel to a port where nobody listens would wait before it tries again.
        port = self._settings.ports[self.service]
        return listens(loopback(self._number), port) and self._serves()

    def _serves(self) -> bool:
        asked = health_pb2.HealthCheckRequest(service=served(f"turnout.{self.service}.v1"))
        with as_operator(self._settings, self.service, self._number) as channel:
            check = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
                response_deserializer=health_pb2.HealthCheckResponse.FromString,
            )
            try:
                return bool(check(asked, timeout=0.5).status == SERVING)
            except grpc.RpcError:
                return False

    def _environment(self) -> Mapping[str, str]:
        settings = self._settings
        own = {
            "TURNOUT_DATABASE_URL": self._database_url,
            "TURNOUT_REDIS_URL": self._redis_url,
            "TURNOUT_LISTEN": self.address,
            # For as long as it takes to replace a process by another one.
            "TURNOUT_REUSE_PORT": "yes",
            "TURNOUT_MESH": settings.address("mesh", settings.envoy_of(self._number)),
            "TURNOUT_METRICS": settings.address(f"{self.service}_metrics", self._number),
            "TURNOUT_TLS_DIR": str(settings.tls / self.service),
            "TURNOUT_TRUST_DOMAIN": settings.trust_domain,
            "TURNOUT_SECRET": self._secret,
            "TURNOUT_VAULT_KEYS": settings.env.get("TURNOUT_VAULT_KEYS")
            or state.vault(settings.state),
            "TURNOUT_EDGE_URL": settings.edge_url,
            "TURNOUT_MESSAGES_LOG": settings.env.get("TURNOUT_MESSAGES_LOG")
            or str(settings.messages),
            "TURNOUT_MEDIA_FOLDER": settings.env.get("TURNOUT_MEDIA_FOLDER")
            or str(settings.state / "media"),
            "TURNOUT_PDF_FONT": settings.env.get("TURNOUT_PDF_FONT") or FONT,
        }
        more = self._of_auth() if self.service == "auth" else {}
        return python_environment(settings.env) | own | more

    @property
    def _database_url(self) -> str:
        url = database_urls(self._settings)[self.service]
        detour = self._settings.detours.get("postgres")
        return rerouted(url, detour) if detour else url

    def _of_auth(self) -> dict[str, str]:
        return {
            # Envoy sends who asks what the mesh offers to auth.
            "TURNOUT_REFLECT": "all",
            "TURNOUT_BOOTSTRAP_SECRET": self._settings.env.get("TURNOUT_BOOTSTRAP_SECRET")
            or state.secret(self._settings.state, "bootstrap"),
        }


def python_environment(env: Mapping[str, str]) -> dict[str, str]:
    # An empty PYTHONTZPATH makes zoneinfo read the pinned tzdata: the system's may be years old.
    return {**env, "PYTHONTZPATH": "", "PYTHONUNBUFFERED": "1"}


def database_urls(settings: Settings) -> dict[str, str]:
    """How each service reaches its database, as the migration wrote it down."""
    urls: dict[str, str] = json.loads((settings.state / "databases.json").read_text())
    return urls


def rerouted(url: str, address: str) -> str:
    """The same database by the same role, at another address: `host:port`."""
    parts = urllib.parse.urlsplit(url)
    host, _, port = address.rpartition(":")
    query = dict(urllib.parse.parse_qsl(parts.query)) | {"host": host, "port": port}
    # What is behind a proxy here is a socket, and has no TLS.
    told = urllib.parse.urlencode(query | {"sslmode": "disable"}, quote_via=urllib.parse.quote)
    return f"postgresql://{parts.path}?{told}"


@functools.cache
def served(package: str) -> str:
    """The first gRPC service of a package, under which its health is known."""
    image = descriptor_pb2.FileDescriptorSet.FromString(
        (ROOT / "gen" / "turnout" / "turnout.binpb").read_bytes()
    )
    of_package = (file for file in image.file if file.package == package)
    names = sorted(service.name for file in of_package for service in file.service)
    return f"{package}.{names[0]}" if names else ""
