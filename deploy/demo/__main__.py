"""`make demo`: plays the main job against the running mesh, or against one that it starts."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import os
import pathlib
import random
import sys
from collections.abc import Iterator

from rich.console import Console

from deploy.demo import trips
from deploy.demo.play import Stage, play
from deploy.demo.rest import Declined
from deploy.local import state
from deploy.local.mesh import Mesh
from deploy.local.settings import Settings
from deploy.local.trouble import Trouble

# Long enough to pay in, short enough to be seen lapsing.
HOLD_SECONDS = 60
DEFAULT_HOLD_SECONDS = 900


def main() -> None:
    given = _arguments()
    console = Console()
    try:
        found = _trips(given.trips, given.people)
        with _stage(console, given.speed) as stage:
            console.print(f"{len(found)} trips, played {stage.rate:g} times as fast as life")
            well = asyncio.run(play(stage, found, console))
    except (Trouble, Declined, OSError) as trouble:
        sys.exit(f"turnout: {trouble}")
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0 if well else 1)


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="make demo", description=__doc__)
    arguments.add_argument(
        "--trips", type=pathlib.Path, help="a folder of GPX, FIT, TCX, GeoJSON or CSV files"
    )
    arguments.add_argument("--speed", type=_rate, default=20.0, help="from 1 to 200 times life")
    arguments.add_argument("--people", type=int, default=60, help="how many travel at the most")
    return arguments.parse_args()


def _rate(text: str) -> float:
    rate = float(text)
    if not 1 <= rate <= 200:
        raise argparse.ArgumentTypeError("must be from 1 to 200")
    return rate


def _trips(folder: pathlib.Path | None, most: int) -> list[trips.Trip]:
    """The trips to play: a fair choice when there are more than asked for."""
    if folder is not None and not folder.is_dir():
        raise Trouble(f"TRIPS must name a folder; {folder} is none")
    found = trips.packaged() if folder is None else trips.load(folder)
    if not found:
        raise Trouble(f"no trip in {folder}: none that leads somewhere in 8 minutes or more")
    return found if len(found) <= most else random.Random(1).sample(found, most)


@contextlib.contextmanager
def _stage(console: Console, rate: float) -> Iterator[Stage]:
    settings = Settings.from_env(os.environ)
    if state.holder(settings.state) is not None:
        hold = float(os.environ.get("TURNOUT_HOLD_SECONDS") or DEFAULT_HOLD_SECONDS)
        yield Stage(settings.edge_url, settings.messages, rate, hold)
        return
    console.print("no mesh runs here; starting one for the play")
    env = {**settings.env, "TURNOUT_HOLD_SECONDS": str(HOLD_SECONDS)}
    with Mesh(dataclasses.replace(settings, env=env), console.print) as mesh:
        yield Stage(mesh.edge_url, mesh.messages, rate, HOLD_SECONDS)


if __name__ == "__main__":
    main()
