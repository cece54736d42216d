"""The launcher as its user meets it: real Postgres, Redis and Envoy, services that do nothing."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import httpx
import psutil
import pytest

from deploy.local import settings, state, status
from deploy.local.mesh import Mesh
from deploy.local.settings import SERVICES, Settings
from deploy.local.trouble import Trouble
from tests.deploy.stand_in_mesh import stand_in

pytestmark = [pytest.mark.server, pytest.mark.mesh]


class Launcher:
    """A launcher in a process of its own, on free ports."""

    def __init__(self, home: pathlib.Path, env: Mapping[str, str] | None = None) -> None:
        free = settings.free_ports(len(settings.PORTS))
        ports = {
            settings.variable(name): str(p) for name, p in zip(settings.PORTS, free, strict=True)
        }
        self.home = home
        self.env = {**os.environ, **ports, "TURNOUT_STATE": str(home), **(env or {})}
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "tests.deploy.stand_in_mesh", str(home)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.env,
            start_new_session=True,
        )
        self.lines: list[str] = []

    def until(self, words: str) -> str:
        """Reads on to the line that holds these words."""
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.lines.append(line)
            if words in line:
                return line
        raise AssertionError(f"never said {words!r} but:\n{''.join(self.lines)}")

    def rest(self) -> str:
        assert self.popen.stdout is not None
        return self.popen.stdout.read()

    def verb(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "deploy.local", *words],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def processes(self) -> list[psutil.Process]:
        """Everything it started."""
        return psutil.Process(self.popen.pid).children(recursive=True)


@contextmanager
def launcher(home: pathlib.Path, env: Mapping[str, str] | None = None) -> Iterator[Launcher]:
    running = Launcher(home, env)
    try:
        yield running
    finally:
        running.popen.terminate()
        running.popen.communicate()


def until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 90
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_hosts_have_one_of_everything_and_a_service_is_started_anew_on_each(tmp_path: pathlib.Path):
    with launcher(tmp_path, {"TURNOUT_REPLICAS": "2", "TURNOUT_REPLICAS_LOCATION": "3"}) as running:
        running.until("Ctrl-C stops it")
        port = running.env["TURNOUT_EDGE_PORT"]
        before = pids(running)
        assert {name for name in before if "." in name} == {
            *(f"{name}.2" for name in (*SERVICES, "envoy")),
            "location.3",
        }
        for host in ("127.0.0.1", "127.0.0.2"):
            assert httpx.get(f"http://{host}:{port}/health/ready").status_code == httpx.codes.OK

        assert running.verb("restart", "location").returncode == 0

        after = pids(running)
    assert {name for name in before if before[name] != after[name]} == {
        "location",
        "location.2",
        "location.3",
    }


def pids(running: Launcher) -> dict[str, str]:
    """The process of each part, as `make status` shows it."""
    rows = running.verb("status").stdout.splitlines()[1:-1]
    return {row.split()[0]: row.split()[2] for row in rows}


def test_ctrl_c_drains_and_leaves_no_process(tmp_path: pathlib.Path):
    with launcher(tmp_path) as running:
        running.until("Ctrl-C stops it")
        started = running.processes()

        running.popen.send_signal(signal.SIGINT)

        assert running.rest() == "stopping\nstopped\n"
        assert running.popen.wait() == 0
    assert {process.name() for process in started if not gone(process)} == set()


def test_a_launcher_that_is_killed_leaves_nothing_in_the_way_of_the_next(tmp_path: pathlib.Path):
    with launcher(tmp_path) as first:
        first.until("Ctrl-C stops it")
        started = first.processes()
        secret = state.secret(tmp_path)

        first.popen.kill()

        assert until(lambda: all(gone(process) for process in started))
    with launcher(tmp_path) as second:
        second.until("Ctrl-C stops it")
        assert state.secret(tmp_path) == secret

        # And from another terminal:
        shown = second.verb("status")
        renewed = second.verb("restart", "booking")
        signed = second.verb("rotate", "signing")
        sealed = second.verb("rotate")
        stopped = second.verb("stop")

        names = [line.split()[0] for line in shown.stdout.splitlines()]
        assert names == ["part", "launcher", "postgres", "redis", *SERVICES, "envoy", "all"]
        assert renewed.stdout == "booking was started anew\n"
        assert stopped.stdout == "stopped\n"
        assert second.popen.wait() == 0
    assert "key signs" in signed.stdout, signed.stderr
    assert sealed.returncode != 0
    assert second.verb("restart").stderr == f"turnout: no mesh runs on {tmp_path}\n"
    assert second.verb("rotate", "signing").stderr == f"turnout: no mesh runs on {tmp_path}\n"
    assert second.verb("rotate", "teeth").stderr.startswith("turnout: KEY must be")
    again = second.verb("status")
    assert again.returncode == 1
    assert again.stderr == f"turnout: no mesh runs on {tmp_path}\n"
    assert second.verb("stop").stdout == "no mesh runs here\n"


def test_ctrl_c_while_it_comes_up_stops_what_is_up(tmp_path: pathlib.Path):
    with launcher(tmp_path) as running:
        running.until("postgres")
        started = running.processes()

        running.popen.send_signal(signal.SIGINT)

        assert running.popen.wait() == 0
    assert all(gone(process) for process in started)


def test_a_second_launcher_on_one_folder_is_told_of_the_first(tmp_path: pathlib.Path):
    with launcher(tmp_path) as first:
        first.until("postgres")

        with launcher(tmp_path) as second:
            said = second.rest()

        assert second.popen.returncode == 1
        assert f"a mesh already runs on {tmp_path} (pid {first.popen.pid})" in said


def test_a_taken_port_ends_the_start_and_is_named(tmp_path: pathlib.Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with launcher(tmp_path, {"TURNOUT_ADMIN_PORT": str(port)}) as running:
            said = running.rest()

    assert running.popen.returncode == 1
    assert f"turnout: port {port} is taken by" in said
    assert "TURNOUT_ADMIN_PORT names another one" in said


def test_a_postgres_that_does_not_answer_is_the_cause(tmp_path: pathlib.Path):
    nowhere = f"postgresql://postgres@127.0.0.1:{settings.free_ports(1)[0]}/postgres"

    with launcher(tmp_path, {"TURNOUT_DATABASE_URL": nowhere}) as running:
        said = running.rest()

    assert running.popen.returncode == 1
    assert "turnout: cannot make the databases: connection failed" in said


def test_a_redis_that_does_not_answer_is_the_cause(tmp_path: pathlib.Path):
    nowhere = f"redis://127.0.0.1:{settings.free_ports(1)[0]}"

    with launcher(tmp_path, {"TURNOUT_REDIS_URL": nowhere}) as running:
        said = running.rest()

    assert running.popen.returncode == 1
    assert "turnout: cannot reach Redis: Error 111" in said


def test_servers_of_ones_own_are_used(tmp_path: pathlib.Path, postgres: str, redis_url: str):
    own = {"TURNOUT_DATABASE_URL": postgres, "TURNOUT_REDIS_URL": redis_url}

    with launcher(tmp_path, own) as running:
        running.until("Ctrl-C stops it")
        names = {process.name() for process in running.processes()}

    assert not names & {"postgres", "redis-server"}
    assert "envoy" in names


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> Iterator[Mesh]:
    told = Settings.temporary(tmp_path_factory.mktemp("mesh"), program=stand_in)
    with Mesh(told, said.append) as mesh:
        yield mesh


def test_it_says_of_each_part_that_it_is_up(mesh: Mesh, said: list[str]):
    named = {line.split()[0] for line in said if line.startswith("  ")}

    assert named == {"postgres", "redis", "migrate", *SERVICES, "envoy"}
    assert any(line.startswith("healthy after") for line in said)
    assert httpx.get(f"{mesh.edge_url}/health/ready").status_code == httpx.codes.OK


@pytest.mark.parametrize("name", ["postgres", "redis", "envoy", *SERVICES])
def test_a_part_that_is_killed_comes_back(mesh: Mesh, said: list[str], name: str):
    before = len(said)

    mesh.kill(name)
    mesh.wait()

    assert until(lambda: any(line.startswith(f"{name} is back") for line in said[before:]))
    assert any(line.startswith(f"{name} ended (signal 9)") for line in said[before:])


def test_a_part_can_be_restarted_in_order(mesh: Mesh, said: list[str]):
    before = len(said)
    first = mesh.part("booking").process

    mesh.restart("booking")
    mesh.wait()

    assert mesh.part("booking").process is not first
    assert first is not None
    assert first.code is not None
    assert said[before:] == []


def test_a_service_stays_when_another_process_cannot_take_its_place(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch
):
    part = mesh.part("booking")
    first = part.process
    broken = dataclasses.replace(part.command(), words=("/bin/false",))
    monkeypatch.setattr(part, "command", lambda: broken)

    with pytest.raises(Trouble, match=r"another booking ended at once \(code 1\)"):
        mesh.restart("booking")

    assert part.process is first
    assert part.code is None
    mesh.wait()


def test_the_state_of_every_part_can_be_asked(mesh: Mesh):
    rows = status.rows(mesh.settings)

    assert {row.state for row in rows} == {"up"}
    assert all(row.pid and row.resident > 0 for row in rows)
    assert "127.0.0.1" in mesh.address("booking")
    with pytest.raises(Trouble, match="there is no part called 'bookings'"):
        mesh.address("bookings")


def test_two_meshes_do_not_share_a_folder(mesh: Mesh):
    with pytest.raises(state.Taken):
        Mesh(mesh.settings).start()

    assert httpx.get(f"{mesh.edge_url}/health/ready").status_code == httpx.codes.OK
