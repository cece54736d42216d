"""The whole mesh: what it consists of, in which order it comes up, and how it goes down."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

import psutil

from deploy.local import orders, state
from deploy.local.authority import Authority
from deploy.local.envoy import Envoy
from deploy.local.job import Migration
from deploy.local.keeper import Keeper
from deploy.local.part import POLL, Part, Successive, how
from deploy.local.service import Service
from deploy.local.settings import (
    LOOPBACK,
    SERVICES,
    Settings,
    doubled,
    loopback,
    replica,
    taken,
    variable,
)
from deploy.local.stores import stores
from deploy.local.trouble import Trouble

# How long Envoy may take to see that every service is healthy.
PATIENCE = 60.0
NAP = 0.1


class Interrupted(Exception):
    """Somebody asked the mesh to stop while it was coming up."""


class Mesh:
    """Postgres, Redis, six services and Envoy on one state folder.

    A context manager, also an asynchronous one. `say` gets a line for everything a user wants to
    hear. What ends is started again until `stop`. Two meshes on one folder are refused.

        with Mesh(Settings.temporary(folder)) as mesh:
            httpx.get(f"{mesh.edge_url}/api/v1/events")
            mesh.kill("booking")
    """

    def __init__(self, settings: Settings, say: Callable[[str], None] = lambda _: None) -> None:
        self.settings = settings
        self._listener = say
        self._telling = threading.Lock()
        # Not an Event: a signal handler may set it while the same thread waits for it.
        self._interrupted = False
        self._held = contextlib.ExitStack()
        self._keeper: Keeper | None = None
        self._authority = Authority(settings.tls, settings.trust_domain)
        self._stages: list[list[Part]] = []

    # --- what one does with it

    def start(self) -> None:
        """Brings everything up and waits until it is healthy.

        Raises Trouble, with the cause, or Interrupted; either way nothing is left running.
        """
        begun = time.monotonic()
        try:
            self._held.enter_context(state.held(self.settings.state))
            orders.forget(self.settings.state)
            self._stages = _stages(self.settings)
            self._sweep()
            _check_all_ports(self.settings)
            self._authority.renew()
            self._keeper = Keeper(self._say, self._tell, self._authority.renew)
            for stage in self._stages:
                self._bring_up(self._keeper, stage)
            self._until_whole()
        except BaseException:
            self.stop()
            raise
        self._say(f"healthy after {time.monotonic() - begun:.1f} s")

    def stop(self) -> None:
        """Drains and ends everything, the last started first. Safe to call twice."""
        if self._keeper is not None:
            self._keeper.leave_all()
            self._tell()
            self._drain()
            for stage in reversed(self._stages):
                # Envoy last: through it the services say good-bye to their clients.
                _stop([part for part in stage if not isinstance(part, Envoy)])
                _stop([part for part in stage if isinstance(part, Envoy)])
            self._keeper.close()
            self._keeper = None
        self._held.close()

    def interrupt(self) -> None:
        """From a signal handler: gives up coming up; the second time, ends everything at once."""
        if self._interrupted:
            for part in self.parts:
                if part.process is not None:
                    part.process.signal(signal.SIGKILL)
        self._interrupted = True

    def run(self, started: Callable[[], None]) -> None:
        """Starts, stays until `interrupt`, and stops."""
        with self:
            started()
            while not self._interrupted:
                orders.obey(self.settings.state, self._renew)
                time.sleep(NAP)
            self._say("stopping")

    def kill(self, name: str) -> None:
        """Ends a part as a crash would. It is started again."""
        process = self.part(name).process
        if process is not None:
            os.kill(process.pid, signal.SIGKILL)
            while process.code is None:
                time.sleep(POLL)

    @contextlib.contextmanager
    def frozen(self, host: int) -> Iterator[None]:
        """Has all processes of a host but the first stand still as long as the block lasts.

        Their connections stay, and nobody answers on them.
        """
        named = {replica(name, host) for name in (*SERVICES, "envoy")}
        found = [p.process for p in self.parts if p.name in named and p.process is not None]
        try:
            for process in found:
                process.signal(signal.SIGSTOP)
            yield
        finally:
            for process in found:
                process.signal(signal.SIGCONT)

    def restart(self, name: str) -> None:
        """Starts a part anew, and returns once the new process is up and the old one has gone.

        Of a service and of Envoy the new one takes calls before the old one stops doing so, and
        the old one ends the calls that it has: nobody finds it away. Raises Trouble when the new
        one does not come up; then the old one stays.
        """
        part, keeper = self.part(name), self._keeper
        assert keeper is not None, "started before"
        keeper.leave(name)
        try:
            if isinstance(part, Successive) and part.replaceable:
                _hand_over(part, keeper)
            else:
                part.stop()
                keeper.launch(part)
            part.wait()
        finally:
            keeper.keep(part)
            self._tell()

    def _renew(self, name: str) -> None:
        """One after the other, if there are several processes of a service."""
        for one in self._replicas(name):
            self.restart(one)
            self.wait(one)
            self._say(f"{one} was started anew")

    def _replicas(self, name: str) -> list[str]:
        found = [part for part in self.parts if isinstance(part, Service)]
        envoys = [part.name for part in self.parts if isinstance(part, Envoy)]
        if name == envoys[0]:
            return envoys
        return [part.name for part in found if part.service == name] or [name]

    def wait(self, *names: str, seconds: float = 60) -> None:
        """Waits until these parts, or all of them, answer; and until Envoy knows."""
        parts = [self.part(name) for name in names] if names else self.parts
        deadline = time.monotonic() + seconds
        while not (all(_up(part) for part in parts) and self._whole()):
            if time.monotonic() > deadline:
                raise Trouble(f"not healthy within {seconds:g} s")
            time.sleep(POLL)

    # --- what it consists of

    @property
    def parts(self) -> list[Part]:
        return [part for stage in self._stages for part in stage if part.lasting]

    def part(self, name: str) -> Part:
        found = [part for part in self.parts if part.name == name]
        if not found:
            raise Trouble(f"there is no part called {name!r}")
        return found[0]

    def address(self, name: str) -> str:
        """`host:port` of a service, of `edge`, `mesh` or `admin`; a path for postgres and redis."""
        return (
            self.settings.address(name) if name in self.settings.ports else self.part(name).address
        )

    @property
    def edge_url(self) -> str:
        return self.settings.edge_url

    @property
    def messages(self) -> pathlib.Path:
        return self.settings.messages

    def _whole(self) -> bool:
        """Whether Envoy finds all healthy, on each host."""
        return all(part.whole() for part in self.parts if isinstance(part, Envoy))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.stop)

    # --- how it comes up and goes down

    def _say(self, line: str) -> None:
        # A terminal that has gone is no reason to leave the mesh in disorder.
        with contextlib.suppress(OSError):
            self._listener(line)

    def _sweep(self) -> None:
        """Ends what a launcher that was killed left behind: it holds ports and files."""
        left = [part.name for part in reversed(self.parts) if part.sweep()]
        if left:
            self._say(f"ended what an earlier mesh left running: {', '.join(left)}")

    def _bring_up(self, keeper: Keeper, stage: Sequence[Part]) -> None:
        """Starts the parts of a stage side by side and waits for all of them."""
        begun = time.monotonic()
        for part in stage:
            part.prepare()
            keeper.launch(part)
        self._tell()
        coming = list(stage)
        while coming:
            self._go_on()
            for part in [part for part in coming if part.arrived(begun + part.patience)]:
                coming.remove(part)
                self._say(f"  {part.name:<11} {time.monotonic() - begun:5.1f} s  {part.address}")
                if part.lasting:
                    keeper.keep(part)
            time.sleep(POLL)
        self._tell()

    def _until_whole(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._whole():
            self._go_on()
            if time.monotonic() > deadline:
                raise Trouble(
                    f"Envoy finds a service unhealthy after {PATIENCE:g} s; "
                    f"http://{self.address('admin')}/clusters says which"
                )
            time.sleep(POLL)

    def _go_on(self) -> None:
        if self._interrupted:
            raise Interrupted

    def _drain(self) -> None:
        """Clients are sent away first; streams that go on end when their service does."""
        for part in self.parts:
            if isinstance(part, Envoy) and part.process is not None:
                part.drain()

    def _tell(self) -> None:
        """Writes down for `make status` what there is."""
        keeper = self._keeper
        parts = [
            {
                "name": part.name,
                "address": part.address,
                "state": keeper.state(part.name) if keeper else "stopping",
                "pid_file": str(part.pid_file),
            }
            for part in self.parts
        ]
        # A disk that is full must not keep the mesh from stopping.
        with self._telling, contextlib.suppress(OSError):
            state.tell(self.settings.state, {"edge": self.edge_url, "parts": parts})


def _stages(settings: Settings) -> list[list[Part]]:
    """What can come up side by side, in the order of what needs what."""
    kept = stores(settings)
    serving = [
        Service(name, settings, kept.secret, kept.redis_url, number)
        for name in SERVICES
        for number in range(1, settings.count(name) + 1)
    ]
    envoys = [Envoy(settings, number) for number in range(1, settings.hosts + 1)]
    return [
        list(kept.parts),
        [Migration(settings, kept, SERVICES)],
        [*serving, *envoys],
    ]


def _up(part: Part) -> bool:
    return part.code is None and part.ready()


def _hand_over(part: Successive, keeper: Keeper) -> None:
    """Lets another process take the place of the one that runs, which then ends in order."""
    older = keeper.succeed(part)
    deadline = time.monotonic() + part.patience
    while not part.accepts():
        code = part.code
        if code is not None or time.monotonic() > deadline:
            part.step_back(older)
            said = "did not come up in time" if code is None else f"ended at once ({how(code)})"
            raise Trouble(f"another {part.name} {said}; its log is {part.log}")
        time.sleep(POLL)
    part.dismiss(older)


def _stop(parts: Sequence[Part]) -> None:
    """Asks all of them first, so that they end side by side."""
    for part in reversed(parts):
        part.ask()
    for part in reversed(parts):
        part.stop()


def _check_all_ports(settings: Settings) -> None:
    check_ports(settings.ports, settings.host)
    for number in range(2, max(settings.count(name) for name in SERVICES) + 1):
        check_ports(settings.ports, loopback(number), loopback(number))


def check_ports(ports: Mapping[str, int], host: str, others: str = LOOPBACK) -> None:
    """Raises Trouble when somebody has a port. The edge is at `host`, all else at `others`."""
    for one, other in doubled(ports):
        raise Trouble(f"{variable(one)} and {variable(other)} are both {ports[one]}")
    for name, port in ports.items():
        if taken(host if name == "edge" else others, port):
            raise Trouble(
                f"port {port} is taken{_by(port)}, {name} needs it; "
                f"{variable(name)} names another one"
            )


def _by(port: int) -> str:
    """Who has it, as far as we may know."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr[1:2] == (port,) and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
            if connection.laddr[1:2] == (port,) and connection.status != psutil.CONN_LISTEN:
                return " by an outgoing connection, which leaves it within a minute"
    return ""
