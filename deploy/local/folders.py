"""Folders for sockets: their paths are short enough, and nobody else can reach them."""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import stat
import tempfile

from deploy.local.trouble import Trouble

# What fits into sockaddr_un, without the closing zero.
LONGEST = 107
LASTING = pathlib.Path("/var/tmp")  # noqa: S108 - the folders in it are private


def for_socket(home: pathlib.Path, socket: str) -> pathlib.Path:
    """Where `socket` goes: into `home`, or if the path is too long, a private temporary folder."""
    if _fits(home / socket):
        return home
    short = private(pathlib.Path(tempfile.gettempdir()), home, owner=os.geteuid())
    if not _fits(short / socket):
        raise Trouble(f"{short / socket} is too long for a socket; name a shorter TMPDIR")
    return short


def shared(home: pathlib.Path, owner: int) -> pathlib.Path:
    """A folder of `owner` in the place of things that outlive a restart, for one `home`."""
    base = LASTING if LASTING.is_dir() else pathlib.Path(tempfile.gettempdir())
    return private(base, home, owner)


def forget(home: pathlib.Path) -> None:
    """Removes what was put elsewhere for one `home`."""
    for base in (LASTING, pathlib.Path(tempfile.gettempdir())):
        for folder in base.glob(f"turnout-*-{_mark(home)}"):
            shutil.rmtree(folder, ignore_errors=True)


def private(base: pathlib.Path, home: pathlib.Path, owner: int) -> pathlib.Path:
    """A folder that only `owner` may enter, in a place where others may put things too."""
    folder = base / f"turnout-{owner}-{_mark(home)}"
    if not folder.exists():
        folder.mkdir(mode=0o700)
        os.chown(folder, owner, -1)
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) & 0o077 == 0
    if not private or found.st_uid != owner:
        raise Trouble(f"{folder} is not a private folder of user {owner}; remove it")
    return folder


def keep(folder: pathlib.Path) -> pathlib.Path:
    """Makes a folder, and keeps everybody else out: its sockets ask for no password."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise Trouble(f"cannot keep state in {folder}: {error.strerror}") from error
    return folder


def _mark(home: pathlib.Path) -> str:
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:10]


def _fits(path: pathlib.Path) -> bool:
    return len(os.fsencode(path)) <= LONGEST
