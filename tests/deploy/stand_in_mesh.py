"""A launcher whose services do nothing, as a program: to be killed, asked to stop, and looked at.

    python -m tests.deploy.stand_in_mesh STATE

It says what `make run` says. Ports come from the environment.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import sys
from collections.abc import Sequence

from deploy.local import __main__ as launcher
from deploy.local.service import served
from deploy.local.settings import Settings


def stand_in(service: str) -> Sequence[str]:
    return (sys.executable, "-m", "tests.deploy.stand_in", served(f"turnout.{service}.v1"))


def main(home: pathlib.Path) -> None:
    told = Settings.from_env({**os.environ, "TURNOUT_STATE": str(home)})
    launcher.run(dataclasses.replace(told, program=stand_in, fsync=False))


if __name__ == "__main__":
    launcher.plainly(lambda: main(pathlib.Path(sys.argv[1])))
