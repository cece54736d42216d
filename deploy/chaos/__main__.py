"""`make chaos`: the main job on a mesh of its own, whose parts are killed and whose line is bad."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import pathlib
import secrets
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import replace

from deploy.chaos import checks, job, report, rows
from deploy.chaos.checks import Violation
from deploy.chaos.harm import Villain
from deploy.chaos.proxy import HERE, Proxy
from deploy.chaos.record import Record
from deploy.local import folders, stores
from deploy.local.mesh import Mesh
from deploy.local.settings import MOST_HOSTS, Settings
from deploy.local.trouble import Trouble

ENV = {
    "TURNOUT_HOLD_SECONDS": str(job.HOLD_SECONDS),
    # Nobody guesses passwords here.
    "TURNOUT_BCRYPT_COST": "4",
}
# Gatherings that go on side by side.
SIDES = 2
# How long everybody may take to come to the end of their part, and the mesh to come to rest.
LAST_SECONDS, REST_SECONDS = 180.0, 180.0
# No gathering begins so shortly before the end of the harm, in seconds.
SHORTEST = 30.0


def main() -> None:
    given = _arguments()
    home = pathlib.Path(tempfile.mkdtemp(prefix="turnout-chaos-"))
    try:
        well = asyncio.run(_chaos(home / "mesh", given.minutes * 60, given.seed, given.hosts))
    except (Trouble, OSError) as trouble:
        sys.exit(f"turnout: {trouble}; what there is lies in {home}")
    except KeyboardInterrupt:
        _forget(home)
        sys.exit(130)
    if well:
        _forget(home)
    else:
        print(f"\nlogs and databases lie in {home}")
    sys.exit(0 if well else 1)


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    arguments.add_argument("--minutes", type=_minutes, default=3.0, help="from 0.5 to 600")
    arguments.add_argument(
        "--seed", type=int, default=secrets.randbelow(10_000), help="the same does the same harm"
    )
    arguments.add_argument(
        "--hosts",
        type=int,
        choices=range(1, MOST_HOSTS + 1),
        default=1,
        help="with one of everything each; all but the first one freeze now and then",
    )
    return arguments.parse_args()


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 0.5 <= minutes <= 600:
        raise argparse.ArgumentTypeError("must be from 0.5 to 600")
    return minutes


def _forget(home: pathlib.Path) -> None:
    for store in ("postgres", "redis"):
        folders.forget(home / "mesh" / store)
    shutil.rmtree(home, ignore_errors=True)


async def _chaos(state: pathlib.Path, seconds: float, seed: int, hosts: int) -> bool:
    """Does it all, prints the report, and says whether all is well."""
    settings = dataclasses.replace(Settings.temporary(state, ENV), hosts=hosts)
    print(f"seed {seed}; a mesh of its own in {state}", flush=True)
    async with (
        Proxy(HERE, settings.ports["edge"]) as line,
        Proxy(stores.postgres_of(settings).address) as sql,
        Proxy(stores.redis_of(settings).address) as redis,
        Mesh(_around(settings, postgres=sql, redis=redis), _say) as mesh,
    ):
        record = Record()
        lines = {"edge": line, "postgres": sql, "redis": redis}
        villain = Villain(mesh, lines, record, hosts)
        place = job.stage(line.address, mesh.messages, record, seed)
        async with place.rest.client, place.channel:
            gatherings = await _both(place, villain, seconds, seed)
        _say("the harm is over; waiting until all has come to rest")
        books = await asyncio.to_thread(rows.settled, settings, REST_SECONDS)
    found = [Violation("every part comes back", what) for what in villain.gone]
    found += checks.violations(books, record)
    found += [Violation("all comes to rest", f"{n} {what}") for what, n in _left(books)]
    run = report.Run(seed, seconds, gatherings, villain.kills, villain.lines)
    print("\n".join(report.lines(run, record, found)), flush=True)
    return not found


def _around(settings: Settings, **proxies: Proxy) -> Settings:
    """Lets services reach what they keep things in by proxies."""
    return replace(settings, detours={name: proxy.address for name, proxy in proxies.items()})


async def _both(place: job.Stage, villain: Villain, seconds: float, seed: int) -> int:
    """Has the job played while harm is done. Says how many gatherings there were.

    Who has not come to the end some time after the harm is left where they are.
    """
    counted = Counter[str]()

    async def play() -> None:
        counted["held"] += await job.gatherings(place, seconds - SHORTEST)

    async def all_play() -> None:
        try:
            async with asyncio.timeout(seconds + LAST_SECONDS), asyncio.TaskGroup() as sides:
                for _ in range(SIDES):
                    sides.create_task(play())
        except TimeoutError:
            place.record.unfinished.append(f"somebody: still at it {LAST_SECONDS:g} s later")

    async with asyncio.TaskGroup() as group:
        group.create_task(villain.rage(seed, seconds))
        group.create_task(all_play())
    return counted["held"]


def _left(books: rows.Books) -> list[tuple[str, int]]:
    return sorted(rows.restless(books).items())


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
