"""Makes `services/location/eta.json`, the coefficients of the estimator, from real trips.

    python -m tests.location.fit_eta FOLDER [--check]

The trips are CSV files as the evaluation harness reads them (trip_id, mode, t, lat, lon,
accuracy, …; gzip). They are not part of the project. Prints what the regression reaches, before
smoothing, when whole destinations are held out, and when whole sources are (other cities, other
devices), which are the honest figures; `--check` only prints. Takes some minutes.

Each trip is seen several times: as it was, from a later start, and through bad devices (fixes
lost, late, astray, a pin off the place), so that the figures do not rest on how it was recorded.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import math
import pathlib
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from services.location import eta, regression
from services.location.geo import PER_DEGREE

MODES = tuple(mode for mode in eta.USUAL if mode)
SAME = {"ebike": "bike", "scooter": "bike"}
FOLDS = 5
STRIDE = 3  # of the moments, every so many-th is fitted to
# Towards zero; of the constant, the slopes, what is different for a mode, and the products.
PULL = (0.02, 4.0, 20.0, 40.0, 20.0)
NEAR = 0.03  # log; errors below are squared, errors above count as they are
ROUNDS = 12
# Of the truth; smoothing the arrival adds what is between this and 10 %.
LOW, HIGH = 0.095, 0.905

Fix = tuple[float, float, float, float | None]


@dataclass(frozen=True)
class Trip:
    name: str
    mode: str
    source: str
    fixes: list[Fix]


@dataclass(frozen=True)
class Seen:
    """A trip as somebody sees it: fixes by the time they are told at, and where to."""

    told: list[tuple[float, Fix]]
    latitude: float
    longitude: float
    warm: float  # seconds before the first estimate


@dataclass(frozen=True)
class Sample:
    """Moments: features, log of the seconds left, log of the seconds gone, how little the newest
    position says, number of the trip."""

    x: Any
    y: Any
    gone: Any
    blur: Any
    trip: Any
    weight: Any

    def take(self, which: Any) -> Sample:
        return Sample(*(column[which] for column in vars(self).values()))


def trips(folder: pathlib.Path) -> list[Trip]:
    return [trip for path in sorted(folder.glob("*.csv.gz")) for trip in _read(path)]


def _read(path: pathlib.Path) -> list[Trip]:
    with gzip.open(path, "rt") as file:
        groups = itertools.groupby(csv.DictReader(file), key=lambda row: row["trip_id"])
        return [_trip(path.name, name, list(rows)) for name, rows in groups]


def _trip(source: str, name: str, rows: list[dict[str, str]]) -> Trip:
    mode = rows[0]["mode"].rstrip("?")
    fixes = [
        (float(r["t"]), float(r["lat"]), float(r["lon"]), float(r["accuracy"]) or None)
        if r["accuracy"]
        else (float(r["t"]), float(r["lat"]), float(r["lon"]), None)
        for r in rows
    ]
    return Trip(name, SAME.get(mode, mode), source, fixes)


# --- the same trip, seen differently


def plain(trip: Trip) -> Seen:
    return Seen([(fix[0], fix) for fix in trip.fixes], *trip.fixes[-1][1:3], 120.0)


def cut(trip: Trip) -> Seen:
    """From a later start, as of somebody who agrees to be seen on the way."""
    begin, end = trip.fixes[0][0], trip.fixes[-1][0]
    start = begin + random.Random(f"cut {trip.name}").uniform(0.15, 0.7) * (end - begin)
    told = [(fix[0], fix) for fix in trip.fixes if fix[0] >= start]
    return Seen(told, *trip.fixes[-1][1:3], 30.0)


def blurred(trip: Trip, *, lost: float = 0.0, late: float = 0.0, pin: float = 0.0) -> Seen:
    """With 30 m of error; and fixes lost, told late, and a pin off the place."""
    chance = random.Random(f"blurred {trip.name}")
    along = PER_DEGREE * math.cos(math.radians(trip.fixes[-1][1]))
    told = []
    for index, (time, lat, lon, accuracy) in enumerate(trip.fixes):
        if index and chance.random() < lost:
            continue
        off = (chance.gauss(0, 30) / PER_DEGREE, chance.gauss(0, 30) / along)
        fix = (time, lat + off[0], lon + off[1], math.hypot(accuracy or 5.0, 30.0))
        told.append((time + late * chance.random(), fix))
    lat = trip.fixes[-1][1] + chance.gauss(0, pin) / PER_DEGREE
    lon = trip.fixes[-1][2] + chance.gauss(0, pin) / along
    return Seen(sorted(told), lat, lon, 120.0)


def bad(trip: Trip) -> Seen:
    return blurred(trip, lost=0.5, late=30.0, pin=75.0)


# How much each counts.
VIEWS: tuple[tuple[Callable[[Trip], Seen], float], ...] = (
    (plain, 1.0),
    (cut, 0.5),
    (bad, 0.3),
    (blurred, 0.2),
)


def sample(all_trips: list[Trip], view: Callable[[Trip], Seen], hidden: bool) -> Sample:
    rows = [
        (number, *moment)
        for number, trip in enumerate(all_trips)
        for moment in moments(trip, view(trip), None if hidden else trip.mode)
    ]
    trip = np.array([row[0] for row in rows])
    return Sample(
        x=np.array([row[1] for row in rows]),
        y=np.array([row[2] for row in rows]),
        gone=np.array([row[3] for row in rows]),
        blur=np.array([row[4] for row in rows]),
        trip=trip,
        weight=1.0 / np.bincount(trip)[trip],
    )


def moments(
    trip: Trip, seen: Seen, mode: str | None
) -> Iterator[tuple[tuple[float, ...], float, float, float]]:
    """Features, log of the seconds left, log of the seconds gone, and how little the newest
    position says; every 30 seconds."""
    if not seen.told:
        return
    begin, end = seen.told[0][0], trip.fixes[-1][0]
    estimator = eta.Estimator(seen.latitude, seen.longitude, mode)
    waiting = 0
    for now in np.arange(begin + seen.warm, end - 60, 30):
        while waiting < len(seen.told) and seen.told[waiting][0] <= now:
            estimator.update(*seen.told[waiting][1])
            waiting += 1
        way = estimator.way
        if way.begin == way.begin and way.time < end:
            gone = math.log(max(60.0, now - way.begin))
            yield estimator.features(), math.log(end - way.time), gone, estimator.blur()


# --- the regression


@dataclass(frozen=True)
class Fit:
    """What makes columns of features, and what was fitted to them."""

    center: Any
    deviation: Any
    modes: tuple[str, ...]
    best: Any

    def predict(self, x: Any, modes: Any) -> Any:
        room = regression.ROOM
        found = columns(self.normal(x), modes, self.modes) @ self.best
        return x[:, 0] - x[:, 1] + np.clip(found, -room, room)

    def normal(self, x: Any) -> Any:
        far = regression.FAR_OUT
        return np.clip((x - self.center) / self.deviation, -far, far)

    def source(self) -> dict[str, Any]:
        """As `regression.Regression` reads it; the rows of the modes have the shared in them."""
        size = len(self.center) + 1
        shared, own = self.best[:size], self.best[size : size + size * len(self.modes)]
        rows = own.reshape(len(self.modes), size) + shared
        linear = dict(zip(self.modes, rows, strict=True)) if self.modes else {"": shared}
        return {
            "version": regression.VERSION,
            "center": rounded(self.center),
            "deviation": rounded(self.deviation),
            "linear": {mode: rounded(row) for mode, row in linear.items()},
            "square": rounded(self.best[size + size * len(self.modes) :]),
        }


def rounded(values: Any) -> list[float]:
    return [round(float(value), 4) for value in values]


def columns(z: Any, modes: Any, known: tuple[str, ...]) -> Any:
    """One, the features; both again for each mode; all products."""
    first = np.hstack([np.ones((len(z), 1)), z])
    own = [first * (modes == mode)[:, None] for mode in known]
    i, j = np.triu_indices(z.shape[1])
    return np.hstack([first, *own, z[:, i] * z[:, j]])


def fit(found: Sample, modes: Any, known: tuple[str, ...]) -> Fit:
    begun = Fit(found.x.mean(0), found.x.std(0) + 1e-9, known, None)
    z = begun.normal(found.x)
    y = found.y - found.x[:, 0] + found.x[:, 1]
    one, slope, base, own, product = PULL
    n = z.shape[1]
    pull = [[one], [slope] * n, ([base] + [own] * n) * len(known), [product] * (n * (n + 1) // 2)]
    ridge = np.concatenate([np.array(part, float) for part in pull])
    return Fit(
        begun.center,
        begun.deviation,
        known,
        quantile(columns(z, modes, known), y, found.weight, 0.5, ridge),
    )


def quantile(x: Any, y: Any, weight: Any, q: float, ridge: Any) -> Any:
    """The line below which a share `q` of the weight lies (reweighted least squares)."""
    share = weight
    for _ in range(ROUNDS):
        pulled = x * share[:, None]
        best = np.linalg.solve(pulled.T @ x + np.diag(ridge), pulled.T @ y)
        off = y - x @ best
        share = weight * 2 * np.where(off > 0, q, 1 - q) / np.maximum(np.abs(off), NEAR)
    return best


def training(samples: list[Sample]) -> Sample:
    parts = [
        replace(one, weight=one.weight * share * STRIDE).take(slice(index % STRIDE, None, STRIDE))
        for index, (one, (_, share)) in enumerate(zip(samples, VIEWS, strict=True))
    ]
    pairs = zip(*(vars(part).values() for part in parts), strict=True)
    return Sample(*(np.concatenate(column) for column in pairs))


# --- how good it is


def by_destination(all_trips: list[Trip]) -> Any:
    """Folds of whole destinations: a tenth of a degree is never in two of them."""
    places: dict[Any, int] = {}
    keys = [(t.source, round(t.fixes[-1][1], 1), round(t.fixes[-1][2], 1)) for t in all_trips]
    numbers = np.array([places.setdefault(key, len(places)) for key in keys])
    return np.random.default_rng(0).integers(0, FOLDS, len(places))[numbers]


def by_source(all_trips: list[Trip]) -> Any:
    return np.unique([trip.source for trip in all_trips], return_inverse=True)[1]


def held_out(all_samples: list[Sample], fold: Any, modes: Any, known: tuple[str, ...]) -> list[Any]:
    """What is predicted for the trips of each fold by a fit that never saw one of them, in each
    view."""
    train = training(all_samples)
    answers = [np.zeros_like(test.y) for test in all_samples]
    for k in range(fold.max() + 1):
        rest = train.take(fold[train.trip] != k)
        best = fit(rest, modes[rest.trip], known)
        for test, answer in zip(all_samples, answers, strict=True):
            own = fold[test.trip] == k
            answer[own] = best.predict(test.x[own], modes[test.trip[own]])
    return answers


def score(found: Sample, answer: Any) -> str:
    left = np.exp(found.y)
    off = np.abs(np.exp(answer) - left)
    mean = np.average(off, weights=found.weight)
    half, most = middle(off / left, found.weight, 0.5), middle(off, found.weight, 0.9)
    return f"median error {half:.1%}, MAE {mean:.0f} s, p90 {most:.0f} s"


def middle(values: Any, weight: Any, q: float) -> float:
    order = np.argsort(values)
    return float(np.interp(q, np.cumsum(weight[order]) / weight.sum(), values[order]))


def lines(all_samples: list[Sample], answers: list[Any]) -> list[list[float]]:
    """Where 10 % and 90 % of the truth lie around the answers."""
    made = [
        np.stack([np.ones_like(one.gone), one.gone, np.minimum(1.0, one.x[:, 4]), one.blur], axis=1)
        for one in all_samples
    ]
    x, weight = np.concatenate(made), np.concatenate([one.weight for one in all_samples])
    off = np.concatenate([one.y - a for one, a in zip(all_samples, answers, strict=True)])
    return [rounded(quantile(x, off, weight, q, np.full(4, 1e-3))) for q in (LOW, HIGH)]


def main() -> None:
    all_trips = trips(pathlib.Path(sys.argv[1]))
    modes = np.array([trip.mode for trip in all_trips])
    made = {}
    for name, known in (("given", MODES), ("hidden", ())):
        all_samples = [sample(all_trips, view, name == "hidden") for view, _ in VIEWS]
        best = fit(training(all_samples), modes[training(all_samples).trip], known)
        first = all_samples[0]
        seen = best.predict(first.x, modes[first.trip])
        print(f"mode {name}, trips that it was fitted to: {score(first, seen)}", flush=True)
        unseen = held_out(all_samples, by_destination(all_trips), modes, known)
        print(f"mode {name}, whole destinations held out: {score(first, unseen[0])}", flush=True)
        low, high = lines(all_samples, unseen)
        made[name] = best.source() | {"low": low, "high": high}
        if "--check" in sys.argv:
            other = held_out(all_samples, by_source(all_trips), modes, known)
            print(f"mode {name}, whole sources held out: {score(first, other[0])}", flush=True)
    if "--check" not in sys.argv:
        path = pathlib.Path(regression.__file__).with_name("eta.json")
        path.write_text(
            json.dumps(made, separators=(",", ":")).replace('"linear"', '\n"linear"') + "\n"
        )


if __name__ == "__main__":
    main()
