"""`make bench`: what we reach beside what a bare server or a bare database reaches, in one run.

Ours and the baseline take turns, again and again. Only ratios mean something; the machine may be
busy with other things. Everything talks over 127.0.0.1, and Postgres and Redis sync to disk.
"""

from __future__ import annotations

import asyncio
import gc
import pathlib
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence

import uvloop

from tests.bench import (
    auth,
    booking,
    edge,
    eta,
    event,
    expiry,
    importing,
    location,
    messaging,
    overload,
    payment,
    report,
    search,
    sending,
    watching,
)
from tests.bench.load import Pace
from tests.bench.place import Place, opened

Part = Callable[[Place], Awaitable[list[report.Row]]]

PARTS: dict[str, Part] = {
    "booking": booking.run,
    "expiry": expiry.run,
    "location": location.run,
    "watching": watching.run,
    "auth": auth.run,
    "logins": auth.doors,
    "payment": payment.run,
    "messaging": messaging.run,
    "campaign": sending.campaigning,
    "fairness": sending.fairness,
    "import": importing.run,
    "eta": eta.run,
    "edge": edge.run,
    "overload": overload.run,
    "search": search.run,
    "event": event.run,
}
RESULT = pathlib.Path("build/bench.json")
LONGEST = 120.0  # seconds that one part may take
# What has many rows to make first, or a thousand streams to open for every measurement.
LONGER = {"event": 240.0, "watching": 240.0, "campaign": 240.0, "fairness": 240.0}
LONGEST_RUN = 900.0


async def measure(names: Sequence[str], pace: Pace) -> list[report.Row]:
    """Runs parts one after the other, each on servers of its own, and prints what they say."""
    found: list[report.Row] = []
    for name in names:
        began = time.monotonic()
        async with asyncio.timeout(LONGER.get(name, LONGEST)), opened(pace) as place:
            rows = await PARTS[name](place)
        print(f"{report.table(rows)}\n{name} took {time.monotonic() - began:.0f} s\n", flush=True)
        found += rows
    return found


async def _all(names: Sequence[str]) -> int:
    rows: list[report.Row] = []
    failed = []
    # What the collector finds in here would be laid to somebody's charge.
    gc.collect()
    gc.freeze()
    async with asyncio.timeout(LONGEST_RUN):
        for name in names:
            try:
                rows += await measure([name], Pace())
            except Exception:  # noqa: BLE001 - the other parts may still say something
                traceback.print_exc()
                failed.append(name)
    report.write(rows, RESULT)
    print(f"{len(rows)} rows are in {RESULT}")
    if failed:
        print(f"these failed: {', '.join(failed)}")
    return len(failed)


def main(words: Sequence[str]) -> int:
    names = [name for word in words for name in word.split(",")] or list(PARTS)
    unknown = set(names) - set(PARTS)
    if unknown:
        print(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        return 2
    return uvloop.run(_all(names))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
