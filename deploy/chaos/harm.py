"""What is done to the mesh and to the line: drawn from a seed, then carried out."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from deploy.chaos.proxy import Proxy
from deploy.chaos.record import Record
from deploy.local.settings import SERVICES, replica
from deploy.local.trouble import Trouble

PARTS = (*SERVICES, "postgres", "redis", "envoy")
# What every host has, beside the first one.
DOUBLED = (*SERVICES, "envoy")
# What can be done harm to between them, and by how many seconds at most each piece on it comes
# later: players wait for an answer once, services for many in a row.
LINES = {"edge": 0.6, "postgres": 0.06, "redis": 0.3}
BACK = 90.0  # seconds that a part may take to be back


@dataclass(frozen=True)
class Kill:
    """Ends a part with -9. The next harm may come before it is back."""

    part: str
    waits: bool


@dataclass(frozen=True)
class Delay:
    """Everything on a line comes so many seconds later, for a while."""

    line: str
    by: float
    seconds: float


@dataclass(frozen=True)
class Cut:
    """Nothing passes on a line for a while."""

    line: str
    seconds: float


@dataclass(frozen=True)
class Reset:
    """All connections on a line end at once."""

    line: str


@dataclass(frozen=True)
class Freeze:
    """All that runs on a host stands still for a while. Its connections stay, and its locks."""

    host: int
    seconds: float


Harm = Kill | Delay | Cut | Reset | Freeze


def plan(seed: int, hosts: int = 1) -> Iterator[tuple[float, Harm]]:
    """Pauses in seconds, and what comes after each. The same seed gives the same.

    Each part is killed once before any is killed again; something is done to one of the lines
    after every second kill or so, and to a host, if there are several, after every fifth.
    """
    chance = random.Random(seed)
    parts = [*PARTS, *(replica(name, n) for n in range(2, hosts + 1) for name in DOUBLED)]
    while True:
        for part in chance.sample(parts, len(parts)):
            yield chance.uniform(0.2, 2.5), Kill(part, waits=chance.random() < 0.7)
            if hosts > 1 and chance.random() < 0.2:
                host, seconds = chance.randint(2, hosts), round(chance.uniform(1, 15), 1)
                yield chance.uniform(0.2, 1.5), Freeze(host, seconds)
            if chance.random() < 0.5:
                yield chance.uniform(0.2, 1.5), _bad_line(chance)


def _bad_line(chance: random.Random) -> Harm:
    line, longest = chance.choice(list(LINES.items()))
    match chance.choice(("delay", "cut", "reset")):
        case "delay":
            by, seconds = chance.uniform(longest / 12, longest), chance.uniform(1, 4)
            return Delay(line, round(by, 3), round(seconds, 1))
        case "cut":
            return Cut(line, round(chance.uniform(0.5, 4), 1))
        case _:
            return Reset(line)


class Victim(Protocol):
    """As much of a mesh as is needed to hurt it."""

    def kill(self, name: str) -> None: ...

    def wait(self, *names: str, seconds: float) -> None:
        """Raises Trouble when they do not answer in time."""

    def frozen(self, host: int) -> AbstractContextManager[None]:
        """Has a host stand still as long as the block lasts."""


@dataclass
class Villain:
    """Carries out what was planned, and writes it down."""

    mesh: Victim
    # By the names in `LINES`.
    proxies: Mapping[str, Proxy]
    record: Record
    hosts: int = 1
    kills: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    # What did not come back.
    gone: list[str] = field(default_factory=list)

    async def rage(self, seed: int, seconds: float) -> None:
        """Does harm for so long, then mends the lines and waits until every part is back."""
        end = self.record.now() + seconds
        try:
            for pause, harm in plan(seed, self.hosts):
                if self.record.now() + pause >= end:
                    break
                await asyncio.sleep(pause)
                await self._do(harm)
        finally:
            for proxy in self.proxies.values():
                proxy.mend()
        await self._back()

    async def _do(self, harm: Harm) -> None:
        self.record.hurt(f"--- {harm}")
        if isinstance(harm, Kill):
            self.kills[harm.part] += 1
            await asyncio.to_thread(self.mesh.kill, harm.part)
            if harm.waits:
                await self._back(harm.part)
            return
        if isinstance(harm, Freeze):
            self.lines[f"host {harm.host} freeze"] += 1
            with self.mesh.frozen(harm.host):
                await asyncio.sleep(harm.seconds)
            return
        self.lines[f"{harm.line} {type(harm).__name__.lower()}"] += 1
        proxy = self.proxies[harm.line]
        match harm:
            case Delay(_, by, seconds):
                proxy.delay = by
                await asyncio.sleep(seconds)
            case Cut(_, seconds):
                proxy.cut()
                await asyncio.sleep(seconds)
            case Reset():
                proxy.reset()
        proxy.mend()

    async def _back(self, *parts: str) -> None:
        try:
            await asyncio.to_thread(self.mesh.wait, *parts, seconds=BACK)
        except Trouble as trouble:
            self.gone.append(f"{' '.join(parts) or 'the mesh'}: {trouble}")
