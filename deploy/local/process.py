"""One child process: started in a group of its own, known by a pid file, stopped for sure."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import psutil

from deploy.local import child

BIGGEST_LOG = 16_000_000
CHILD = pathlib.Path(child.__file__)


@dataclass(frozen=True)
class Command:
    """What to run and how it wants to be treated.

    `ending` asks it to end in order; the same signal is sent when the launcher itself dies.
    `user` is the uid it runs as, None for ours.
    """

    name: str
    words: tuple[str, ...]
    log: pathlib.Path
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: pathlib.Path | None = None
    ending: signal.Signals = signal.SIGTERM
    user: int | None = None


class Process:
    """A running command.

    It must be started in a thread that lives as long as the process should: Linux takes the end
    of that thread for the death of the parent.
    """

    def __init__(self, command: Command, pid_file: pathlib.Path) -> None:
        """Starts the command. Whoever calls has made sure with `clear` that no other one runs."""
        self.command = command
        self.started = time.time()
        self._pid_file = pid_file
        make_room(command.log)
        with command.log.open("ab") as log:
            self._popen = subprocess.Popen(
                wrapped(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(command.env),
                cwd=command.folder,
                start_new_session=True,
            )
        pid_file.parent.mkdir(parents=True, exist_ok=True)
        pid_file.write_text(f"{self.pid} {_birth(self.pid)}\n")

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._popen.poll()

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the whole group; nothing happens if it is gone."""
        _signal_group(self.pid, number)

    def ask(self) -> None:
        """Asks it to end. Only the leader of the group: Postgres tells its own children."""
        if self.code is None:
            self._popen.send_signal(self.command.ending)

    def stop(self, grace: float) -> None:
        """Asks it to end, waits up to `grace` seconds, then kills what is left of the group."""
        self.ask()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(grace)
        self.kill()

    def leave(self, grace: float) -> None:
        """Lets it end by itself for up to `grace` seconds, then kills what is left of the group."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(grace)
        self.kill()

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self._popen.wait()
        self._pid_file.unlink(missing_ok=True)


def wrapped(command: Command) -> list[str]:
    """The words that start a command through `child.py`."""
    user = -1 if command.user is None else command.user
    script = [sys.executable, "-I", "-S", str(CHILD)]
    return [*script, str(os.getpid()), str(int(command.ending)), str(user), *command.words]


def clear(pid_file: pathlib.Path, ending: signal.Signals, grace: float = 5) -> bool:
    """Ends the process that an earlier launcher left behind, if there is one, and says so.

    A pid that now belongs to somebody else is left alone: the file holds the birth time too.
    """
    left = recorded(pid_file)
    if left is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            left.send_signal(ending)
        with contextlib.suppress(psutil.TimeoutExpired):
            left.wait(grace)
        _signal_group(left.pid, signal.SIGKILL)
    pid_file.unlink(missing_ok=True)
    return left is not None


def recorded(pid_file: pathlib.Path) -> psutil.Process | None:
    """The process a pid file speaks of, if that very process still runs."""
    try:
        pid, birth = pid_file.read_text().split()
        process = psutil.Process(int(pid))
        same = _birth(process.pid) == birth
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None


def tail(log: pathlib.Path, lines: int) -> str:
    """The last lines of a log, without reading all of it."""
    with contextlib.suppress(OSError), log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 8192))
        return "\n".join(file.read().decode(errors="replace").strip().splitlines()[-lines:])
    return ""


def python(module: str, *words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *words)


def resident(root: psutil.Process, *, alone: bool = False) -> int:
    """Bytes of memory a process and its children hold; of shared pages it has its share."""
    return sum(_proportional(process) for process in ([root] if alone else _family(root)))


def _family(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _proportional(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, AttributeError):
        with contextlib.suppress(psutil.Error):
            return int(process.memory_info().rss)
        return 0


def _birth(pid: int) -> str:
    """When a process began, in ticks since boot: unlike a date it never moves with the clock."""
    try:
        # The name in parentheses may hold anything, so the fields are counted from its end.
        after_name = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
        return after_name.split()[19]
    except (OSError, IndexError):
        return "gone"


def make_room(log: pathlib.Path) -> None:
    """Sets a big log aside, in place of the one that was set aside before."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > BIGGEST_LOG:
            log.rename(log.with_name(f"{log.name}.1"))


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
