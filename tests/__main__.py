"""Runs all tests; what fails beside others is told, and tried once more without them.

On a machine that is busy with something else, a wait may run out. Exits as pytest does.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

TOGETHER = ("-n", "3", "--dist", "loadgroup")
ALONE = ("--last-failed", "--last-failed-no-failures", "none")


def run(*options: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", "-q", *options], check=False).returncode


def main() -> int:
    found = run(*TOGETHER)
    # Another code where trying again would hide something: see `pytest_sessionfinish`.
    if found != pytest.ExitCode.TESTS_FAILED:
        return found
    print("once more, alone, what failed beside others:", flush=True)
    return run(*ALONE)


if __name__ == "__main__":
    sys.exit(main())
