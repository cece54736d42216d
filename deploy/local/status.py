"""A table of the running mesh, for another terminal."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psutil

from deploy.local import process, state
from deploy.local.settings import Settings

HEADINGS = ("part", "state", "pid", "MB", "uptime", "address")


@dataclass(frozen=True)
class Row:
    name: str
    state: str
    pid: int | None
    resident: int
    uptime: float | None
    address: str

    @property
    def cells(self) -> tuple[str, ...]:
        return (
            self.name,
            self.state,
            str(self.pid or ""),
            megabytes(self.resident) if self.pid else "",
            "" if self.uptime is None else clock(self.uptime),
            self.address,
        )


def rows(settings: Settings) -> list[Row]:
    """The launcher and its parts; nothing when no launcher runs on the state folder."""
    pid = state.holder(settings.state)
    if pid is None:
        return []
    own = _row("launcher", "up", psutil.Process(pid), str(settings.state), alone=True)
    return [own, *(_of_part(part) for part in state.told(settings.state).get("parts", []))]


def table(found: Sequence[Row]) -> str:
    """The rows under headings, and what they hold together."""
    total = ("all", "", "", megabytes(sum(row.resident for row in found)), "", "")
    return "\n".join(_aligned([HEADINGS, *(row.cells for row in found), total]))


def clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def megabytes(amount: int) -> str:
    return f"{amount / 1e6:.0f}"


def _of_part(part: dict[str, str]) -> Row:
    running = process.recorded(pathlib.Path(part["pid_file"]))
    said = part["state"] if running else "down" if part["state"] == "up" else part["state"]
    return _row(part["name"], said, running, part["address"])


def _row(
    name: str, said: str, running: psutil.Process | None, address: str, *, alone: bool = False
) -> Row:
    if running is None:
        return Row(name, said, None, 0, None, address)
    uptime = time.time() - running.create_time()
    return Row(name, said, running.pid, process.resident(running, alone=alone), uptime, address)


def _aligned(lines: Iterable[Sequence[str]]) -> list[str]:
    lines = list(lines)
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    right = {"pid", "MB", "uptime"}
    return [
        "  ".join(
            cell.rjust(width) if heading in right else cell.ljust(width)
            for cell, width, heading in zip(line, widths, HEADINGS, strict=True)
        ).rstrip()
        for line in lines
    ]
