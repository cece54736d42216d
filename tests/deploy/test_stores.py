"""The embedded Postgres and Redis: what they acknowledged is there after every kind of end."""

from __future__ import annotations

import os
import pathlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import redis

from deploy.local import folders
from deploy.local.postgres import Postgres
from deploy.local.redis import Redis
from deploy.local.trouble import Trouble

pytestmark = pytest.mark.server


@contextmanager
def postgres(home: pathlib.Path) -> Iterator[Postgres]:
    server = Postgres(home, fsync=False)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def a_redis(home: pathlib.Path) -> Iterator[Redis]:
    server = Redis(home)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def note(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists notes (text text)")
        connection.execute("insert into notes values (%s)", [text])


def notes(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [text for (text,) in connection.execute("select text from notes").fetchall()]


def crash(server: Postgres | Redis) -> None:
    """Ends it as a crash would, without a word to its children."""
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGKILL)
    while server.code is None:
        pass


def test_rows_outlive_a_stop_and_a_crash(tmp_path: pathlib.Path):
    with postgres(tmp_path) as server:
        note(server.url, "before the stop")
    with postgres(tmp_path) as server:
        note(server.url, "before the crash")
        crash(server)

    with postgres(tmp_path) as server:
        assert notes(server.url) == ["before the stop", "before the crash"]


def test_a_postgres_whose_pid_went_to_another_program_starts(tmp_path: pathlib.Path):
    with postgres(tmp_path) as server:
        note(server.url, "kept")
        file = tmp_path / "data" / "postmaster.pid"
        lines = file.read_text().splitlines()
        crash(server)
    # This very test, for one: it lives and is no Postgres.
    file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")

    with postgres(tmp_path) as server:
        assert notes(server.url) == ["kept"]


def test_a_postgres_that_no_pid_file_knows_is_ended_before_another_starts(tmp_path: pathlib.Path):
    orphan = Postgres(tmp_path, fsync=False)
    note(orphan.start(), "kept")
    orphan.pid_file.unlink()

    with postgres(tmp_path) as server:
        assert orphan.code == 0
        assert notes(server.url) == ["kept"]


def test_half_a_database_is_made_anew(tmp_path: pathlib.Path):
    (tmp_path / "data.new" / "base").mkdir(parents=True)

    with postgres(tmp_path) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("select lower('É')").fetchone() == ("é",)


def test_the_data_of_another_version_is_refused(tmp_path: pathlib.Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("16\n")

    with pytest.raises(Trouble, match="made by PostgreSQL 16, this is 18"):
        Postgres(tmp_path).start()


def test_a_server_that_cannot_come_up_says_why(tmp_path: pathlib.Path):
    with postgres(tmp_path) as server:
        note(server.url, "kept")
    (tmp_path / "data" / "postgresql.conf").write_text("shared_buffers = lots\n")

    with pytest.raises(Trouble, match=r"postgres ended at once \(code 1\)[^$]*shared_buffers"):
        Postgres(tmp_path).start()


def test_a_deep_folder_is_no_hindrance(tmp_path: pathlib.Path):
    deep = tmp_path / ("d" * 100)
    try:
        with postgres(deep) as server, a_redis(deep) as other:
            note(server.url, "kept")
            assert notes(server.url) == ["kept"]
            assert redis.Redis.from_url(other.url).ping()
    finally:
        folders.forget(deep)


def test_nobody_else_can_enter_where_no_password_is_asked(tmp_path: pathlib.Path):
    with postgres(tmp_path / "pg") as server:
        assert pathlib.Path(server.address).parent.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a choice of users")
def test_root_runs_it_as_somebody_else_in_a_folder_of_roots_own(tmp_path: pathlib.Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with postgres(closed / "pg") as server:
        assert server.process is not None
        assert pathlib.Path(f"/proc/{server.process.pid}").stat().st_uid != 0
        note(server.url, "kept")
        assert notes(server.url) == ["kept"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a choice of users")
def test_root_finds_a_place_when_no_right_may_be_passed_on(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("deploy.local.postgres.reaches", lambda *_: False)
    try:
        with postgres(tmp_path / "pg") as server:
            assert not server.address.startswith(str(tmp_path))
            note(server.url, "kept")
        with postgres(tmp_path / "pg") as server:
            assert notes(server.url) == ["kept"]
    finally:
        folders.forget(tmp_path / "pg")


def test_an_acknowledged_entry_outlives_a_crash(tmp_path: pathlib.Path):
    with a_redis(tmp_path) as server:
        for n in range(100):
            redis.Redis.from_url(server.url).xadd("facts", {"n": n})
        crash(server)

    with a_redis(tmp_path) as server:
        assert redis.Redis.from_url(server.url).xlen("facts") == 100


def test_redis_listens_on_no_port(tmp_path: pathlib.Path):
    with a_redis(tmp_path) as server:
        assert redis.Redis.from_url(server.url).config_get("port") == {"port": "0"}
