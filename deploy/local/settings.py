"""What the mesh on this machine is told, by the environment or by a test."""

from __future__ import annotations

import errno
import os
import pathlib
import random
import socket
import struct
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from deploy.local.trouble import Trouble
from services.kit.peers import DOMAIN

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ("auth", "event", "booking", "payment", "messaging", "location")
# Below 32768, where Linux begins to take ports for outgoing connections: one of those keeps a
# server off its port for a minute after it has ended.
PORTS = {
    "edge": 8080,
    "mesh": 8081,
    "admin": 8082,
    "auth": 9051,
    "event": 9052,
    "booking": 9053,
    "payment": 9054,
    "messaging": 9055,
    "location": 9056,
    # What Prometheus fetches of each of them.
    **{f"{name}_metrics": 9061 + number for number, name in enumerate(SERVICES)},
}
LOOPBACK = "127.0.0.1"
# Hosts that mean every address of this machine, and one that reaches it.
ANY = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 - only if the user asks for it
# For tests, for the same reason.
FREE = range(20_000, 32_000)
# The embedded Postgres has connections for that many of everything.
MOST_HOSTS, MOST_REPLICAS = 4, 8


def program(service: str) -> Sequence[str]:
    """Serves and works in one process."""
    return (sys.executable, "-m", f"services.{service}", "run")


@dataclass(frozen=True)
class Settings:
    """Where the mesh lives and listens, what it runs, and what its services are told.

    `database_url` and `redis_url` name real servers; None means embedded ones. `fsync=False` makes
    the embedded ones faster and is for tests.

    With several `hosts` there are as many of each service, and of Envoy, as if on machines of
    their own: each host is an address of the loopback device, with the same ports. `replicas` says
    of a service how many there are, if not one on each host.
    """

    state: pathlib.Path
    ports: Mapping[str, int]
    host: str = LOOPBACK
    database_url: str | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    public_url: str | None = None
    # What the names in certificates begin with.
    trust_domain: str = "turnout"
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    fsync: bool = True
    program: Callable[[str], Sequence[str]] = program
    hosts: int = 1
    replicas: Mapping[str, int] = field(default_factory=dict)
    # `host:port` of a proxy by which services reach our own `postgres` and `redis`.
    detours: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        return cls(
            state=pathlib.Path(env.get("TURNOUT_STATE") or ROOT / ".turnout").absolute(),
            ports={name: _port(env, variable(name), port) for name, port in PORTS.items()},
            host=env.get("TURNOUT_EDGE_HOST") or LOOPBACK,
            database_url=env.get("TURNOUT_DATABASE_URL") or None,
            redis_url=env.get("TURNOUT_REDIS_URL") or None,
            secret=_secret(env),
            public_url=env.get("TURNOUT_EDGE_URL") or None,
            trust_domain=_domain(env),
            env=dict(env),
            hosts=_count(env, "TURNOUT_REPLICAS", MOST_HOSTS) or 1,
            replicas={
                name: count
                for name in SERVICES
                if (count := _count(env, f"TURNOUT_REPLICAS_{name.upper()}", MOST_REPLICAS))
            },
        )

    @classmethod
    def temporary(
        cls,
        state: pathlib.Path,
        env: Mapping[str, str] | None = None,
        program: Callable[[str], Sequence[str]] = program,
    ) -> Settings:
        """Free ports and no fsync: a mesh beside any other, to be thrown away."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("TURNOUT_")}
        return cls(
            state=state.absolute(),
            ports=dict(zip(PORTS, free_ports(len(PORTS)), strict=True)),
            env={**inherited, **(env or {})},
            fsync=False,
            program=program,
        )

    @property
    def edge_url(self) -> str:
        host = f"[{self.near}]" if ":" in self.near else self.near
        return (self.public_url or f"http://{host}:{self.ports['edge']}").rstrip("/")

    @property
    def near(self) -> str:
        """The host under which this machine reaches the edge."""
        return ANY.get(self.host, self.host)

    @property
    def logs(self) -> pathlib.Path:
        return self.state / "logs"

    @property
    def tls(self) -> pathlib.Path:
        """What everybody proves with who they are, a folder each (`deploy.local.authority`)."""
        return self.state / "tls"

    @property
    def messages(self) -> pathlib.Path:
        """What the console provider of messaging sends: one line of JSON per message."""
        return self.state / "messages.jsonl"

    def address(self, name: str, number: int = 1) -> str:
        return f"{self.bound(name, number)}:{self.ports[name]}"

    def bound(self, name: str, number: int = 1) -> str:
        """The host at which the replica of that number listens."""
        return self.host if name == "edge" and number == 1 else loopback(number)

    def count(self, service: str) -> int:
        """How many processes there are of a service."""
        return self.replicas.get(service, self.hosts)

    def envoy_of(self, number: int) -> int:
        """The number of the Envoy by which the replica of that number calls others."""
        return (number - 1) % self.hosts + 1

    def log(self, name: str) -> pathlib.Path:
        return self.logs / f"{name}.log"

    def pid_file(self, name: str) -> pathlib.Path:
        return self.state / "run" / f"{name}.pid"


def loopback(number: int) -> str:
    """The address of a host, which all of Linux' loopback devices have."""
    return f"127.0.0.{number}"


def replica(name: str, number: int) -> str:
    """What the replica of that number is called: `booking`, `booking.2` and so on."""
    return name if number == 1 else f"{name}.{number}"


def variable(name: str) -> str:
    return f"TURNOUT_{name.upper()}_PORT"


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    candidates = random.sample(FREE, 50 * count)
    found = [port for port in candidates if not taken(LOOPBACK, port)][:count]
    if len(found) < count:
        raise Trouble("no free ports")
    return found


def taken(host: str, port: int) -> bool:
    """Whether somebody listens there. SO_REUSEADDR overlooks what a closed connection leaves."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except PermissionError as error:
            raise Trouble(f"may not listen on port {port}: choose one above 1023") from error
        except socket.gaierror as error:
            raise Trouble(f"TURNOUT_EDGE_HOST names no address of this machine: {host}") from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise Trouble(
                    f"TURNOUT_EDGE_HOST names no address of this machine: {host}"
                ) from error
            return True
    return False


def listens(host: str, port: int) -> bool:
    """Whether a server accepts connections there."""
    with socket.socket() as probe:
        leave_no_trace(probe)
        return probe.connect_ex((host, port)) == 0


def leave_no_trace(connection: socket.socket) -> None:
    """Closes without a handshake, so that polling does not fill the table of old connections."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise Trouble(f"{name} must be a port from 1 to 65535, not {text!r}")
    return int(text)


def _count(env: Mapping[str, str], name: str, most: int) -> int | None:
    text = env.get(name) or ""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= most:
        raise Trouble(f"{name} must be a number from 1 to {most}, not {text!r}")
    return int(text)


def _secret(env: Mapping[str, str]) -> str | None:
    secret = env.get("TURNOUT_SECRET") or None
    if secret is not None and len(secret.encode()) < 32:
        raise Trouble("TURNOUT_SECRET must be at least 32 bytes long")
    return secret


def _domain(env: Mapping[str, str]) -> str:
    domain = env.get("TURNOUT_TRUST_DOMAIN") or "turnout"
    if not DOMAIN.fullmatch(domain):
        raise Trouble(f"TURNOUT_TRUST_DOMAIN must be the name of a domain, not {domain!r}")
    return domain


def doubled(ports: Mapping[str, int]) -> Iterable[tuple[str, str]]:
    """Pairs of parts that were given one port."""
    names = list(ports)
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            if ports[one] == ports[other]:
                yield one, other
