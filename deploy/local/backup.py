"""Everything that the mesh keeps, in one file, and back from it into an empty place.

    python -m deploy.local.backup save [FILE]
    python -m deploy.local.backup restore FILE

In it are the six databases, the keys that what lies in them was made with, and media. Not in it
is Redis: it carries and keeps nothing, and an empty one is told the facts of the last seven days
again. The file opens everything, and so it is for its owner alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import conninfo

from deploy.local import postgres, state
from deploy.local.__main__ import plainly, say
from deploy.local.settings import SERVICES, Settings
from deploy.local.stores import postgres_of, stores
from deploy.local.trouble import Trouble
from services.kit import migrate

FORMAT = 1
MANIFEST = "manifest.json"
# What a state folder has beside the databases that cannot be made again.
KEYS = ("secret", "vault", "bootstrap")


def main(words: Sequence[str]) -> None:
    settings = Settings.from_env(os.environ)
    match words:
        case ["save"]:
            moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
            say(f"saved {save(settings, pathlib.Path(f'turnout-{moment}.tar'))}")
        case ["save", file]:
            say(f"saved {save(settings, pathlib.Path(file))}")
        case ["restore", file]:
            restore(settings, pathlib.Path(file))
            say(f"restored into {settings.state}; `make run` starts it")
        case _:
            raise Trouble("usage: make backup [TO=FILE], or make restore FROM=FILE")


# --- saving


def save(
    settings: Settings, file: pathlib.Path, services: Sequence[str] = SERVICES
) -> pathlib.Path:
    """Writes everything to a file, while the mesh runs or not."""
    if file.exists():
        raise Trouble(f"{file} is there already")
    with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".backup-") as home:
        folder = pathlib.Path(home)
        with _reached(settings) as admin:
            _dump(admin, services, folder / "databases")
        _copy_keys(settings, folder)
        _copy_media(settings, folder / "media")
        names = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
        manifest = {"format": FORMAT, "services": list(services)}
        digests = {name: _digest(folder / name) for name in names}
        (folder / MANIFEST).write_text(json.dumps({**manifest, "files": digests}, indent=1))
        whole = folder / "whole.tar"
        whole.touch(mode=0o600)
        with tarfile.open(whole, "w") as tar:
            for name in (MANIFEST, *names):
                tar.add(folder / name, name)
        whole.rename(file)
    return file


@contextlib.contextmanager
def _reached(settings: Settings) -> Iterator[str]:
    """The administrator's URL of a server that runs, if only for the time of the block."""
    with contextlib.ExitStack() as after:
        if state.holder(settings.state) is None:
            after.enter_context(state.held(settings.state))
            if settings.database_url is None:
                server = postgres_of(settings)
                server.start()
                after.callback(server.stop)
        yield stores(settings).admin_url


def _dump(admin: str, services: Sequence[str], folder: pathlib.Path) -> None:
    """Dumps all databases as they were at one moment, but for the milliseconds in between.

    What one service knew of another and the other lost is told again: facts are kept for a week.
    """
    folder.mkdir()
    with contextlib.ExitStack() as after:
        moments = {}
        for name in services:
            url = migrate.url(admin, database=f"turnout_{name}", user=_user(admin))
            try:
                connection = after.enter_context(psycopg.connect(url))
            except psycopg.OperationalError as error:
                raise Trouble(f"there is no database of {name} to save: {error}") from error
            connection.execute("set transaction isolation level repeatable read")
            [moment] = connection.execute("select pg_export_snapshot()").fetchone() or [""]
            moments[name] = (url, moment)
        for name, (url, moment) in moments.items():
            file = folder / f"{name}.dump"
            words = ("--format=custom", f"--snapshot={moment}", f"--file={file}")
            _run("pg_dump", url, *words)


def _copy_keys(settings: Settings, folder: pathlib.Path) -> None:
    """What the environment says is saved as well: nothing can be read without it."""
    keys = {
        "secret": settings.secret or state.secret(settings.state),
        "vault": settings.env.get("TURNOUT_VAULT_KEYS") or state.vault(settings.state),
        "bootstrap": settings.env.get("TURNOUT_BOOTSTRAP_SECRET")
        or state.secret(settings.state, "bootstrap"),
    }
    for name, value in keys.items():
        lines = value.split(",") if name == "vault" else [value]
        state.write_private(folder / name, "\n".join(lines) + "\n")


def _copy_media(settings: Settings, folder: pathlib.Path) -> None:
    if settings.env.get("TURNOUT_MEDIA_BUCKET"):
        say("media lie in a bucket, which is not saved here")
        return
    if (media := _media(settings)).exists():
        shutil.copytree(media, folder)


# --- restoring


def restore(settings: Settings, file: pathlib.Path) -> None:
    """Brings everything back, where nothing is. What is broken is found before that."""
    with state.held(settings.state), tempfile.TemporaryDirectory(prefix="turnout-") as home:
        folder = pathlib.Path(home)
        manifest = _unpacked(file, folder)
        if (settings.state / "secret").exists():
            raise Trouble(f"{settings.state} is in use; `make clean` forgets it")
        _check_keys(settings, folder)
        with contextlib.ExitStack() as after:
            if settings.database_url is None:
                server = postgres_of(settings)
                server.start()
                after.callback(server.stop)
                admin = server.url
            else:
                admin = settings.database_url
            _load(admin, manifest["services"], folder / "databases")
        if (folder / "media").exists():
            shutil.copytree(folder / "media", _media(settings), dirs_exist_ok=True)
        for name in KEYS:
            state.write_private(settings.state / name, (folder / name).read_text())


def _unpacked(file: pathlib.Path, folder: pathlib.Path) -> Mapping[str, Any]:
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data")
        manifest: Mapping[str, Any] = json.loads((folder / MANIFEST).read_text())
        broken = [n for n, digest in manifest["files"].items() if _digest(folder / n) != digest]
    except (OSError, tarfile.TarError, ValueError, KeyError) as error:
        raise Trouble(f"{file} is no backup that can be read: {error}") from error
    if manifest["format"] != FORMAT:
        raise Trouble(f"{file} is of format {manifest['format']}, and this reads {FORMAT}")
    if broken:
        raise Trouble(f"{file} is broken: {', '.join(broken)}")
    return manifest


def _check_keys(settings: Settings, folder: pathlib.Path) -> None:
    """Other keys than what was saved would leave it unreadable."""
    secret = (folder / "secret").read_text().rstrip("\n")
    if settings.secret not in (None, secret):
        raise Trouble("TURNOUT_SECRET is not what it was when this was saved")
    keys, given = (folder / "vault").read_text().split(), settings.env.get("TURNOUT_VAULT_KEYS")
    if given and not set(keys) <= set(given.split(",")):
        raise Trouble("TURNOUT_VAULT_KEYS lacks a key that it had when this was saved")


def _load(admin: str, services: Sequence[str], folder: pathlib.Path) -> None:
    with psycopg.connect(admin) as connection:
        rows = connection.execute(
            "select datname from pg_database where datname = any(%s)",
            [[f"turnout_{name}" for name in services]],
        ).fetchall()
    if rows:
        raise Trouble(f"the server has databases already: {', '.join(row[0] for row in rows)}")
    migrate.create_databases(admin, services)
    for name in services:
        url = migrate.url(admin, database=f"turnout_{name}", user=_user(admin))
        _run("pg_restore", url, "--exit-on-error", str(folder / f"{name}.dump"))


# --- both


def _run(program: str, url: str, *words: str) -> None:
    """Runs a tool of Postgres; the password does not stand among its words."""
    parts = conninfo.conninfo_to_dict(url)
    password = parts.pop("password", None)
    address = conninfo.make_conninfo(**{key: str(value) for key, value in parts.items()})
    env = {"PATH": os.defpath, "LC_ALL": "C", **({"PGPASSWORD": str(password)} if password else {})}
    done = subprocess.run(
        [str(postgres.installed() / program), f"--dbname={address}", *words],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Trouble(f"{program}: {' '.join(done.stderr.split())}")


def _user(admin: str) -> str:
    return str(conninfo.conninfo_to_dict(admin).get("user") or "postgres")


def _media(settings: Settings) -> pathlib.Path:
    named = settings.env.get("TURNOUT_MEDIA_FOLDER")
    return pathlib.Path(named) if named else settings.state / "media"


def _digest(file: pathlib.Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


if __name__ == "__main__":
    plainly(lambda: main(sys.argv[1:]))
