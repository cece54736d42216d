"""Child processes: they end with us, and nobody else ends by mistake."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time

import psutil
import pytest

from deploy.local import process
from deploy.local.process import Command, Process


def command(
    tmp_path: pathlib.Path, *words: str, ending: signal.Signals = signal.SIGTERM
) -> Command:
    return Command("sleeper", words or ("/bin/sleep", "60"), tmp_path / "log", ending=ending)


def until_gone(pid: int) -> bool:
    """Whether a process ends; a zombie nobody waits for has ended too."""
    for _ in range(500):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_it_ends_in_order_and_leaves_no_pid_file(tmp_path: pathlib.Path):
    running = Process(command(tmp_path), tmp_path / "pid")
    assert process.recorded(tmp_path / "pid") is not None

    running.stop(grace=5)

    assert running.code == -signal.SIGTERM
    assert not (tmp_path / "pid").exists()


def test_what_will_not_end_is_killed_with_its_children(tmp_path: pathlib.Path):
    stubborn = "trap '' TERM; /bin/sleep 60 & echo $!; while :; do /bin/sleep 1; done"
    running = Process(command(tmp_path, "/bin/sh", "-c", stubborn), tmp_path / "pid")
    while not (said := (tmp_path / "log").read_text()):
        time.sleep(0.01)

    running.stop(grace=0.2)

    assert running.code == -signal.SIGKILL
    assert until_gone(int(said))


def test_it_ends_when_its_launcher_is_killed(tmp_path: pathlib.Path):
    launcher = (
        "import pathlib, sys, time\n"
        "from deploy.local.process import Command, Process\n"
        "home = pathlib.Path(sys.argv[1])\n"
        "Process(Command('s', ('/bin/sleep', '60'), home / 'log'), home / 'pid')\n"
        "print('started', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", launcher, str(tmp_path)], stdout=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        left = process.recorded(tmp_path / "pid")
        assert left is not None

        running.kill()

    assert until_gone(left.pid)


def test_what_an_earlier_launcher_left_is_ended(tmp_path: pathlib.Path):
    running = Process(command(tmp_path), tmp_path / "pid")

    assert process.clear(tmp_path / "pid", signal.SIGTERM)

    assert running.code is not None
    assert not process.clear(tmp_path / "pid", signal.SIGTERM)


@pytest.mark.parametrize("text", ["", "not a pid", "1", "-5 3", "999999999 3"])
def test_a_broken_pid_file_ends_nothing(tmp_path: pathlib.Path, text: str):
    (tmp_path / "pid").write_text(text)

    assert not process.clear(tmp_path / "pid", signal.SIGTERM)


def test_a_pid_that_belongs_to_somebody_else_by_now_is_left_alone(tmp_path: pathlib.Path):
    (tmp_path / "pid").write_text(f"{os.getpid()} 12345\n")

    assert not process.clear(tmp_path / "pid", signal.SIGKILL)


def test_a_command_that_is_missing_is_named_in_the_log(tmp_path: pathlib.Path):
    running = Process(command(tmp_path, "/no/such/program"), tmp_path / "pid")
    while running.code is None:
        time.sleep(0.01)

    assert "cannot run /no/such/program: No such file" in process.tail(tmp_path / "log", 1)


def test_a_big_log_is_set_aside(tmp_path: pathlib.Path):
    (tmp_path / "log").write_bytes(b"x" * (process.BIGGEST_LOG + 1))

    Process(command(tmp_path), tmp_path / "pid").kill()

    assert (tmp_path / "log").stat().st_size == 0
    assert (tmp_path / "log.1").exists()


def test_the_end_of_a_log_is_whole_lines(tmp_path: pathlib.Path):
    (tmp_path / "log").write_text("\n".join(f"line {n}" for n in range(10_000)) + "\n")

    assert process.tail(tmp_path / "log", 2) == "line 9998\nline 9999"
    assert process.tail(tmp_path / "none", 2) == ""
