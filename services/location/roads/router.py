"""Asks OSRM how long ways are: one by `/route`, many to one place by `/table`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from services.kit.patience import pause
from services.location.journeys.domain import Mode
from services.location.roads import metrics

MOST: Final = 99  # starts in one table; with the end that is what OSRM takes
SNAP: Final = 250  # metres from a position to the road; farther is another place
SECONDS: Final = 3.0  # for one answer
# After so many failures in a row nothing is asked for a while, longer from time to time.
FAILURES: Final = 3
SHORTEST, LONGEST = 5.0, 300.0

Place = tuple[float, float]  # latitude, longitude


# What is no answer of OSRM.
NONSENSE = (httpx.HTTPError, ValueError, LookupError, TypeError)


class RouterAway(Exception):
    """No answer, or one that says nothing about the way."""


@dataclass(frozen=True, slots=True)
class Route:
    """The way by road: metres, and seconds when nothing else is on it."""

    meters: float
    seconds: float


class Router:
    """One OSRM for each way of travelling; addresses are like `http://host:5000`."""

    def __init__(
        self, addresses: Mapping[Mode, str], http: httpx.AsyncClient, clock: Callable[[], float]
    ) -> None:
        self._addresses = addresses
        self._http = http
        self._clock = clock
        self._failures = 0
        self._rests_until = 0.0
        # Rest ends by the clock, so it is looked at when somebody asks.
        metrics.RESTS.set_function(lambda: float(self.rests()))

    def knows(self, mode: Mode) -> bool:
        """Whether there is anybody to ask."""
        return mode in self._addresses

    def rests(self) -> bool:
        """Whether it failed so often that it is left alone for now."""
        return self._clock() < self._rests_until

    async def routes(
        self, mode: Mode, starts: Sequence[Place], end: Place
    ) -> Sequence[Route | None]:
        """The way from each start; None where there is none. At most `MOST` starts.

        Raises RouterAway, and without asking while it rests.
        """
        if self.rests():
            raise RouterAway("left alone for a while")
        try:
            with metrics.SECONDS.time():
                found = await self._routes(mode, starts, end)
        except (RouterAway, *NONSENSE) as error:
            self._failures += 1
            self._count(mode, "failed")
            if self._failures >= FAILURES:
                self._rests_until = self._clock() + pause(
                    self._failures - FAILURES, SHORTEST, LONGEST
                )
            raise RouterAway(f"{type(error).__name__}: {error}") from error
        self._failures = 0
        self._count(mode, "answered")
        return found

    def _count(self, mode: Mode, outcome: str) -> None:
        metrics.QUESTIONS.labels(mode.value, outcome).inc()
        metrics.FAILURES.set(self._failures)

    async def _routes(
        self, mode: Mode, starts: Sequence[Place], end: Place
    ) -> Sequence[Route | None]:
        if len(starts) == 1:
            return [await self._route(mode, starts[0], end)]
        found = await self._table(mode, starts, end)
        if found is not None:
            return found
        # One that is nowhere near a road spoils the whole table.
        return [await self._route(mode, start, end) for start in starts]

    async def _route(self, mode: Mode, start: Place, end: Place) -> Route | None:
        options = {"overview": "false", "radiuses": f"{SNAP};{SNAP}", "generate_hints": "false"}
        body = await self._ask(mode, "route", [start, end], options)
        if body is None:
            return None
        first = body["routes"][0]
        return Route(float(first["distance"]), float(first["duration"]))

    async def _table(
        self, mode: Mode, starts: Sequence[Place], end: Place
    ) -> Sequence[Route | None] | None:
        count = len(starts)
        options = {
            "sources": ";".join(str(number) for number in range(count)),
            "destinations": str(count),
            "annotations": "duration,distance",
            "radiuses": ";".join([str(SNAP)] * (count + 1)),
            "generate_hints": "false",
        }
        body = await self._ask(mode, "table", [*starts, end], options)
        if body is None:
            return None
        return [
            None if seconds is None or meters is None else Route(float(meters), float(seconds))
            for (seconds,), (meters,) in zip(body["durations"], body["distances"], strict=True)
        ]

    async def _ask(
        self, mode: Mode, service: str, places: Sequence[Place], options: Mapping[str, str]
    ) -> Any | None:
        """The answer, or None when there is no way: OSRM says that with a status of 400."""
        # Longitude first.
        where = ";".join(f"{lon:.6f},{lat:.6f}" for lat, lon in places)
        url = f"{self._addresses[mode]}/{service}/v1/{PROFILES[mode]}/{where}"
        body = (await self._get(url, options)).json()
        code = body["code"]
        if code in NO_WAY:
            return None
        if code != "Ok":
            raise RouterAway(f"{code}: {body.get('message', '')}")
        return body

    async def _get(self, url: str, options: Mapping[str, str]) -> httpx.Response:
        try:
            return await self._http.get(url, params=options, timeout=SECONDS)
        except httpx.RemoteProtocolError:
            # It closes a connection after 512 requests and after some idle seconds.
            return await self._http.get(url, params=options, timeout=SECONDS)


PROFILES: Final[Mapping[Mode, str]] = {
    Mode.UNKNOWN: "driving",
    Mode.WALK: "foot",
    Mode.BICYCLE: "bicycle",
    Mode.CAR: "driving",
    # Buses go by road; who sits in a train is farther off than the road says.
    Mode.TRANSIT: "driving",
}
NO_WAY: Final = frozenset({"NoRoute", "NoTable", "NoSegment"})
