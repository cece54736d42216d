"""The estimator alone: how many positions it follows in a second on one core."""

from __future__ import annotations

import itertools
import math
import time

from services.location.eta import Estimator
from services.location.geo import distance
from tests.bench import load, report
from tests.bench.load import Sample, Side
from tests.bench.place import Place

WANTED = 50_000
JOURNEYS = 1000
VENUE = (52.52, 13.405)
CHUNK = 1000


async def run(place: Place) -> list[report.Row]:
    sides = {"ours": Side(following), "distance": Side(measuring)}
    found = await load.interleaved(sides, place.pace)
    name = "eta: a position followed and the arrival estimated"
    ours, bare = load.rates(found["ours"]), load.rates(found["distance"])
    return [
        report.against(name, "1/s", ours, WANTED, at_least=True),
        report.row(name, "1/s", ours, "one distance", bare),
    ]


async def following(seconds: float) -> Sample:
    """Shows walkers to estimators in turn, a step of ten seconds each, and asks for each."""
    known = [Estimator(*VENUE, "walk") for _ in range(JOURNEYS)]
    steps = itertools.count()
    begun = time.process_time()
    count = 0
    while time.process_time() - begun < seconds:
        at, shift = float(next(steps)) * 10.0, 0.1 * math.exp(-0.001 * count / JOURNEYS)
        for one in known:
            one.update(at, VENUE[0] - shift, VENUE[1], 5.0)
            one.estimate(at)
        count += JOURNEYS
    return _sample(time.process_time() - begun, count)


async def measuring(seconds: float) -> Sample:
    """The least that anybody has to do: the distance that is left."""
    begun = time.process_time()
    count = 0
    while time.process_time() - begun < seconds:
        for _ in range(CHUNK):
            distance(VENUE[0] - 0.1, VENUE[1], *VENUE)
        count += CHUNK
    return _sample(time.process_time() - begun, count)


def _sample(seconds: float, count: int) -> Sample:
    return Sample(seconds, [seconds / count] * count)
