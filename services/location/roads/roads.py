"""Ways by road, asked for behind the back of whoever reports: batched, and kept by cell.

A report finds the way of its cell in memory or finds nothing; what is missing is asked for at
the next tick, all that go to one event at once, and serves the reports after that one. Without
a router nothing is ever found, and the estimate goes without.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.kit.log import logger
from services.kit.patience import heed
from services.location.events.domain import Event
from services.location.geo import distance
from services.location.journeys.domain import LASTING, Journey, Mode
from services.location.roads import metrics
from services.location.roads.router import MOST, Place, Route, Router, RouterAway
from services.location.segments.columns import Point

TICK: Final = 2.0  # seconds between two looks at what is wanted
LASTS: Final = 6 * 3600.0  # seconds that a way is believed; roads change slowly
ROOM: Final = 50_000  # cells that are kept …
WAITING: Final = 5_000  # … and that wait to be asked for
NEAR: Final = 300.0  # metres to the place within which the straight line will do
# Degrees of latitude of a cell, by the metres that are left.
STEPS: Final = ((2_000.0, 0.001), (10_000.0, 0.004))
FAR_STEP: Final = 0.015


@dataclass(frozen=True, slots=True)
class Cell:
    """Positions from which the way to a place is about as long."""

    end: Place
    mode: Mode
    step: float
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Known:
    """What a router said, when (monotonic), and from where that is."""

    route: Route | None
    time: float
    start: Place


class Roads:
    """The ways that are known, and those that somebody wants to know."""

    def __init__(self, router: Router | None, clock: Callable[[], float]) -> None:
        self._router = router
        self._clock = clock
        self._known: OrderedDict[Cell, Known] = OrderedDict()
        # Where somebody is in each cell: a position lies on a road, the middle may not.
        self._wanted: dict[Cell, Place] = {}

    def find(self, journey: Journey, event: Event) -> Route | None:
        """The way from about where somebody is, if it is known. Never waits."""
        cell = self._cell(journey, event)
        known = None if cell is None else self._fresh(cell)
        if known is None or known.route is None or journey.newest is None:
            return None
        metrics.AGE.observe(self._clock() - known.time)
        # Whoever stands elsewhere in the cell has as much farther to go.
        lat, lon = _place(journey.newest)
        there = distance(*known.start, event.latitude, event.longitude)
        here = distance(lat, lon, event.latitude, event.longitude)
        share = here / there if there > 0 else 1.0
        return Route(known.route.meters * share, known.route.seconds * share)

    def want(self, journey: Journey, event: Event) -> None:
        """Has the way from where somebody is asked for at the next tick, unless it is known."""
        cell = self._cell(journey, event)
        if cell is None or journey.newest is None or len(self._wanted) >= WAITING:
            return
        if self._fresh(cell) is None:
            self._wanted[cell] = _place(journey.newest)
            metrics.WANTED.set(len(self._wanted))

    async def run(self) -> None:
        """Asks for what is wanted, until it is cancelled."""
        while True:
            await asyncio.sleep(TICK)
            heed()
            await self.tick()

    async def tick(self) -> None:
        """Asks once for all that is wanted, in as few questions as there are places to go to."""
        if self._router is None or self._router.rests():
            return
        wanted, self._wanted = self._wanted, {}
        metrics.WANTED.set(0)
        groups: dict[tuple[Place, Mode], list[Cell]] = {}
        for cell in wanted:
            groups.setdefault((cell.end, cell.mode), []).append(cell)
        for (end, mode), cells in groups.items():
            for at in range(0, len(cells), MOST):
                part = cells[at : at + MOST]
                try:
                    found = await self._router.routes(mode, [wanted[cell] for cell in part], end)
                except RouterAway as error:
                    # Whoever still wants it says so with the next report.
                    logger.warning("no way by road", error=str(error))
                    return
                for cell, route in zip(part, found, strict=True):
                    self._keep(cell, Known(route, self._clock(), wanted[cell]))

    def _fresh(self, cell: Cell) -> Known | None:
        known = self._known.get(cell)
        return None if known is None or self._clock() - known.time > LASTS else known

    def _keep(self, cell: Cell, known: Known) -> None:
        self._known[cell] = known
        self._known.move_to_end(cell)
        if len(self._known) > ROOM:
            self._known.popitem(last=False)
        metrics.KNOWN.set(len(self._known))

    def _cell(self, journey: Journey, event: Event) -> Cell | None:
        """Where somebody is; None who is there, is nowhere, or travels by what nobody routes."""
        point, expected = journey.newest, journey.expected
        if self._router is None or point is None or expected is None:
            return None
        left = expected.distance
        if journey.state not in LASTING or not left > NEAR or not self._router.knows(journey.mode):
            return None
        step = next((step for most, step in STEPS if left <= most), FAR_STEP)
        lat, lon = _place(point)
        # As wide as it is high.
        wide = step / max(0.1, math.cos(math.radians(event.latitude)))
        end = (event.latitude, event.longitude)
        return Cell(end, journey.mode, step, round(lat / step), round(lon / wide))


def _place(point: Point) -> Place:
    return point.latitude, point.longitude
