"""The state folder: who uses it, its secret, and what the running mesh says of itself."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import secrets
from collections.abc import Iterator
from typing import Any, TextIO

from deploy.local import folders
from deploy.local.trouble import Trouble

SHORTEST = 32


class Taken(Trouble):
    """Another launcher runs on this state folder."""


@contextlib.contextmanager
def held(state: pathlib.Path) -> Iterator[None]:
    """Keeps other launchers away from the folder; the kernel lets go when this process ends."""
    folders.keep(state)
    with _open(state / "lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = file.read().strip() or "unknown"
            raise Taken(
                f"a mesh already runs on {state} (pid {pid}); `make stop` stops it, "
                "TURNOUT_STATE names another folder"
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)


def holder(state: pathlib.Path) -> int | None:
    """The pid of the launcher that runs on the folder, if one does."""
    try:
        file = (state / "lock").open("r+")
    except OSError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = file.read().strip()
            return int(text) if text.isdigit() else None
    return None


def secret(state: pathlib.Path, name: str = "secret") -> str:
    """A secret of this folder; drawn when it is asked for the first time."""
    path = state / name
    if not path.exists():
        new = path.with_suffix(".new")
        write_private(new, secrets.token_hex(32))
        new.rename(path)
    found = path.read_text().strip()
    if len(found) < SHORTEST:
        raise Trouble(f"{path} is broken; without it, links and tokens given out so far are void")
    return found


def vault(state: pathlib.Path) -> str:
    """What secrets of organizations are sealed with: `id:secret,id:secret`, the newest first."""
    path = state / "vault"
    if not path.exists():
        add_to_vault(state)
    return ",".join(path.read_text().split())


def add_to_vault(state: pathlib.Path) -> str:
    """Draws another key, to seal with from the next start on; gives its id."""
    path, new = state / "vault", state / "vault.new"
    known = path.read_text().split() if path.exists() else []
    id = f"k{len(known) + 1}"
    write_private(new, "\n".join([f"{id}:{secrets.token_hex(32)}", *known]) + "\n")
    new.rename(path)
    return id


def write_private(path: pathlib.Path, text: str) -> None:
    """Writes a file that only we may read, from the first byte on."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text)


def tell(state: pathlib.Path, report: dict[str, Any]) -> None:
    """Leaves a report for `status`; it is never half written."""
    new = state / "mesh.json.new"
    new.write_text(json.dumps(report, indent=1))
    new.rename(state / "mesh.json")


def told(state: pathlib.Path) -> dict[str, Any]:
    try:
        report: dict[str, Any] = json.loads((state / "mesh.json").read_text())
        return report
    except (OSError, ValueError):
        return {}


def _open(path: pathlib.Path) -> TextIO:
    try:
        path.touch(mode=0o600)
        return path.open("r+")
    except OSError as error:
        raise Trouble(f"cannot use the state folder: {path}: {error.strerror}") from error
