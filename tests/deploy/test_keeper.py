"""Parts that end are started again, and those that keep ending are given time."""

from __future__ import annotations

import pathlib
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from deploy.local.keeper import UP, Keeper
from deploy.local.part import Part
from deploy.local.process import Command


class Flag(Part):
    """Ready when its file is there; the file holds one letter per start."""

    patience = 1

    def __init__(self, home: pathlib.Path, name: str, script: str) -> None:
        self.name = name
        self.log = home / f"{name}.log"
        self.pid_file = home / f"{name}.pid"
        self.file = home / name
        self._script = script

    @property
    def address(self) -> str:
        return str(self.file)

    @property
    def starts(self) -> int:
        return len(self.file.read_text()) if self.file.exists() else 0

    def command(self) -> Command:
        words = (sys.executable, "-I", "-S", "-c", self._script, str(self.file))
        return Command(self.name, words, self.log)

    def ready(self) -> bool:
        return self.code is None and self.starts > 0


COUNTS = "import sys, time\nopen(sys.argv[1], 'a').write('x')\n"
LASTS = COUNTS + "time.sleep(60)\n"
CRASHES = COUNTS + "sys.exit(3)\n"
NEVER_READY = "import time\ntime.sleep(60)\n"


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def keeper(heard: list[str]) -> Iterator[Keeper]:
    keeper = Keeper(heard.append, lambda: None)
    yield keeper
    keeper.leave_all()
    keeper.close()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_was_killed_is_started_again_and_said(
    keeper: Keeper, heard: list[str], tmp_path: pathlib.Path
):
    part = Flag(tmp_path, "booking", LASTS)
    keeper.launch(part)
    until(part.ready)
    keeper.keep(part)
    assert part.process is not None
    first = part.process.pid

    part.process.kill()
    until(lambda: part.starts == 2 and keeper.state("booking") == UP)

    assert part.process.pid != first
    assert heard[0].startswith("booking ended (signal 9); it starts again now")
    assert heard[1].startswith("booking is back")
    part.stop()


def test_what_keeps_ending_is_given_more_and_more_time(
    keeper: Keeper, heard: list[str], tmp_path: pathlib.Path
):
    part = Flag(tmp_path, "booking", CRASHES)
    keeper.launch(part)
    keeper.keep(part)

    until(lambda: sum("ended" in line for line in heard) == 3)

    waits = [line.split("starts again ")[1].split(",")[0] for line in heard if "ended" in line]
    assert waits == ["now", "in 0.5 s", "in 1 s"]
    keeper.leave_all()
    part.stop()


def test_what_hangs_as_it_starts_is_started_again(
    keeper: Keeper, heard: list[str], tmp_path: pathlib.Path
):
    part = Flag(tmp_path, "booking", NEVER_READY)
    keeper.launch(part)
    keeper.keep(part)
    assert part.process is not None

    part.process.kill()
    until(lambda: any("did not come up in 1 s" in line for line in heard))

    keeper.leave_all()
    part.stop()


def test_what_is_left_alone_stays_down(keeper: Keeper, tmp_path: pathlib.Path):
    part = Flag(tmp_path, "booking", LASTS)
    keeper.launch(part)
    until(part.ready)
    keeper.keep(part)
    keeper.leave("booking")

    part.stop()
    keeper.keep(Flag(tmp_path, "other", LASTS))

    assert part.starts == 1


def test_a_part_outlives_the_thread_that_asked_for_it(keeper: Keeper, tmp_path: pathlib.Path):
    part = Flag(tmp_path, "booking", LASTS)

    asking = threading.Thread(target=lambda: keeper.launch(part))
    asking.start()
    asking.join()
    until(part.ready)

    assert part.code is None
    part.stop()


def test_what_cannot_be_launched_is_the_callers_trouble(keeper: Keeper, tmp_path: pathlib.Path):
    part = Flag(tmp_path / "file", "booking", LASTS)
    (tmp_path / "file").touch()

    with pytest.raises(OSError, match="file"):
        keeper.launch(part)
