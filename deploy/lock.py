"""Pins every dependency of `pyproject.toml`, with hashes and no word about where it came from."""

from __future__ import annotations

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
UV = "uv==0.13.8"
TOOLS = ROOT / "build" / "uv"

EVERYTHING = ["pyproject.toml", "--extra=dev", "--universal"]
LOCKS = {
    "requirements.lock": EVERYTHING,
    "binaries.lock": ["--group=binaries", "--no-deps"],
    "demo.lock": ["--group=demo", "--no-deps"],
}
# Wheels only, for the oldest Python we run on: a fresh machine has no compiler.
OPTIONS = ["--generate-hashes", "--no-header", "--only-binary=:all:", "--python-version=3.11"]


def main() -> None:
    """Versions that are pinned already stay as they are where they still fit."""
    if not TOOLS.exists():
        _run(sys.executable, "-m", "pip", "install", "-q", f"--target={TOOLS}", UV)
    for lock, what in LOCKS.items():
        _run(str(TOOLS / "bin" / "uv"), "pip", "compile", *what, *OPTIONS, "-q", f"-o{lock}")


def _run(*words: str) -> None:
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(f"cannot make the locks: {pathlib.Path(words[0]).name} failed")


if __name__ == "__main__":
    main()
