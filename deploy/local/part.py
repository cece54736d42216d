"""A part of the mesh: how it is started, how one knows that it is up, how it is stopped."""

from __future__ import annotations

import abc
import pathlib
import signal
import time

from deploy.local import process
from deploy.local.process import Command, Process
from deploy.local.trouble import Trouble

POLL = 0.05


class Part(abc.ABC):
    """One server. `prepare` may take its time and is called once; the rest is quick.

    `patience` is how many seconds it may take to come up, `grace` how many to end in order, and
    `ending` the signal that asks it to. A part that is not `lasting` is up when it has ended well.
    """

    name: str
    log: pathlib.Path
    pid_file: pathlib.Path
    patience: float = 90
    grace: float = 5
    ending: signal.Signals = signal.SIGTERM
    lasting: bool = True
    process: Process | None = None

    @property
    @abc.abstractmethod
    def address(self) -> str:
        """Where clients find it."""

    @abc.abstractmethod
    def command(self) -> Command: ...

    @abc.abstractmethod
    def ready(self) -> bool:
        """Whether it answers now. Must not wait for long."""

    def prepare(self) -> None:
        """Makes what must be there before the first start."""

    def sweep(self) -> bool:
        """Ends the process that an earlier launcher left behind; says whether there was one."""
        return process.clear(self.pid_file, self.ending)

    def launch(self) -> None:
        """Starts the process and does not wait for it."""
        if self.process is not None:
            self.process.kill()
        self.sweep()
        self.process = Process(self.command(), self.pid_file)

    def wait(self) -> None:
        """Returns when it is ready. Raises Trouble if it ends or takes longer than its patience."""
        deadline = time.monotonic() + self.patience
        while not self.arrived(deadline):
            time.sleep(POLL)

    def arrived(self, deadline: float) -> bool:
        """Whether it is ready. Raises Trouble if it ended, or is late by the monotonic clock."""
        ended = self.code
        if self.ready():
            return True
        if ended is not None:
            raise Trouble(self.failure(ended))
        if time.monotonic() > deadline:
            raise Trouble(f"{self.name} did not come up in {self.patience:.0f} s{self._said()}")
        return False

    @property
    def code(self) -> int | None:
        """How its process ended; None while it runs or before it ever did."""
        return None if self.process is None else self.process.code

    def failure(self, code: int) -> str:
        """What to tell when it ended instead of coming up."""
        return f"{self.name} ended at once ({how(code)}){self._said()}"

    def ask(self) -> None:
        """Asks it to end and does not wait."""
        if self.process is not None:
            self.process.ask()

    def stop(self, grace: float | None = None) -> None:
        """Ends it for sure, in order if it does so in time."""
        if self.process is not None:
            self.process.stop(self.grace if grace is None else grace)
            self.process = None

    def _said(self) -> str:
        words = process.tail(self.log, 5)
        return f"; the end of {self.log}:\n{words}" if words else ""


class Successive(Part):
    """A part whose process another one can replace while it is called: for a while there are two.

    `hand_over` is how many seconds the older one may take to end what it has begun with.
    """

    hand_over: float = 30

    def __init__(self, pid_files: tuple[pathlib.Path, pathlib.Path]) -> None:
        # One for a process, and one for the process that comes after it.
        self._pid_files = pid_files
        self.pid_file = pid_files[0]

    @abc.abstractmethod
    def accepts(self) -> bool:
        """Whether its very own process takes connections, whoever else does so at its port."""

    @abc.abstractmethod
    def dismiss(self, older: Process) -> None:
        """Returns once the older process has ended what it had begun with, and itself."""

    @property
    def replaceable(self) -> bool:
        """Whether there is a process, and this machine lets another one take its place."""
        return self.process is not None and self.code is None

    def sweep(self) -> bool:
        cleared = [process.clear(file, self.ending) for file in self._pid_files]
        return any(cleared)

    def succeed(self) -> Process:
        """Starts another process beside its own, at the same port; gives the older one."""
        older = self.process
        assert older is not None, "started before"
        self._turn()
        process.clear(self.pid_file, self.ending)
        self.process = Process(self.command(), self.pid_file)
        return older

    def step_back(self, older: Process) -> None:
        """Ends the successor, which was no good, and goes on with the older process."""
        self.stop(grace=0)
        self._turn()
        self.process = older

    def _turn(self) -> None:
        one, other = self._pid_files
        self.pid_file = other if self.pid_file == one else one


def how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"


def start(part: Part) -> None:
    """Brings up one part by itself, or leaves nothing of it."""
    part.prepare()
    part.launch()
    try:
        part.wait()
    except BaseException:
        part.stop()
        raise
