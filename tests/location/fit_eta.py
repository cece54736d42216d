"""Makes the coefficients of `services/location/eta.py` from a folder of real trips.

    python -m tests.location.fit_eta FOLDER

The trips are CSV files as the evaluation harness reads them (trip_id, mode, t, lat, lon,
accuracy, …; gzip). They are not part of the project. Prints the source of `COEFFICIENTS`, and what
they reach when whole destinations are held out, which is the honest figure.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import pathlib
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.location import eta

MODES = tuple(mode for mode in eta.USUAL if mode)
SAME = {"ebike": "bike", "scooter": "bike"}
FOLDS = 8
PULL = 0.3  # towards zero; keeps the terms of rare modes small


@dataclass(frozen=True)
class Trip:
    mode: str
    place: tuple[str, float, float]
    fixes: list[tuple[float, float, float, float | None]]


def trips(folder: pathlib.Path) -> list[Trip]:
    return [trip for path in sorted(folder.glob("*.csv.gz")) for trip in _read(path)]


def _read(path: pathlib.Path) -> list[Trip]:
    with gzip.open(path, "rt") as file:
        groups = itertools.groupby(csv.DictReader(file), key=lambda row: row["trip_id"])
        return [_trip(path.name, list(rows)) for _, rows in groups]


def _trip(source: str, rows: list[dict[str, str]]) -> Trip:
    mode = rows[0]["mode"].rstrip("?")
    fixes = [
        (float(r["t"]), float(r["lat"]), float(r["lon"]), float(r["accuracy"] or "nan"))
        for r in rows
    ]
    cleaned = [(t, lat, lon, None if acc != acc else acc) for t, lat, lon, acc in fixes]
    last = cleaned[-1]
    return Trip(SAME.get(mode, mode), (source, round(last[1], 1), round(last[2], 1)), cleaned)


def moments(trip: Trip, mode: str | None) -> tuple[Any, Any, Any]:
    """Features, log of the seconds left, and log of the seconds gone; every 30 seconds."""
    begin, (end, lat, lon, _) = trip.fixes[0][0], trip.fixes[-1]
    estimator = eta.Estimator(lat, lon, mode)
    given, left, gone = [], [], []
    fixes = iter(trip.fixes)
    waiting = next(fixes)
    for now in np.arange(begin + 120, end - 60, 30):
        while waiting[0] <= now:
            estimator.update(*waiting)
            waiting = next(fixes)
        way = estimator.way
        if way.begin != way.begin:
            continue  # nothing but fixes of many kilometres yet; nobody can tell
        given.append(estimator.features(way.time))
        left.append(np.log(end - way.time))
        gone.append(np.log(max(60.0, now - begin)))
    return np.array(given), np.array(left), np.array(gone)


@dataclass(frozen=True)
class Sample:
    x: Any
    y: Any
    gone: Any
    weight: Any
    place: Any


def sample(all_trips: list[Trip], hidden: bool) -> Sample:
    parts = []
    places: dict[Any, int] = {}
    for trip in all_trips:
        given, left, gone = moments(trip, None if hidden else trip.mode)
        if len(given):
            own = np.ones((len(given), 1)) if hidden else _own(trip.mode, given)
            place = np.full(len(given), places.setdefault(trip.place, len(places)))
            weight = np.full(len(given), 1 / len(given))
            parts.append((np.hstack([given, own]), left, gone, weight, place))
    return Sample(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _own(mode: str, given: Any) -> Any:
    """The columns of one mode: a base, and deviations of two slopes."""
    mark = np.array([[float(mode == other) for other in MODES]])
    parts = (np.ones(len(given)), given[:, 0] - 8.0, given[:, 2] - 1.5)
    return np.hstack([part[:, None] * mark for part in parts])


def quantile(x: Any, y: Any, weight: Any, q: float = 0.5, pull: float = PULL) -> Any:
    """The line below which a share `q` of the weight lies (reweighted least squares)."""
    ridge = np.diag(np.full(x.shape[1], pull))
    share = weight.copy()
    for _ in range(80):
        best = np.linalg.solve((x * share[:, None]).T @ x + ridge, (x * share[:, None]).T @ y)
        off = y - x @ best
        share = weight * 2 * np.where(off > 0, q, 1 - q) / np.maximum(np.abs(off), 0.03)
    return best


def held_out(found: Sample) -> Any:
    """What is predicted for each place by a fit that never saw it."""
    fold = np.random.default_rng(0).integers(0, FOLDS, found.place.max() + 1)[found.place]
    answer = np.zeros_like(found.y)
    for k in range(FOLDS):
        rest = fold != k
        best = quantile(found.x[rest], found.y[rest], found.weight[rest])
        answer[~rest] = found.x[~rest] @ best
    return answer


def lines(found: Sample, answer: Any) -> list[tuple[float, float]]:
    """Where the 10 % and the 90 % of the truth lie around the answer."""
    x = np.stack([np.ones_like(found.gone), found.gone], 1)
    return [_pair(quantile(x, found.y - answer, found.weight, q=q, pull=1e-3)) for q in (0.1, 0.9)]


def _pair(best: Any) -> tuple[float, float]:
    return round(float(best[0]), 3), round(float(best[1]), 3)


def error(found: Sample, answer: Any) -> float:
    off = np.abs(np.exp(answer - found.y) - 1)
    order = np.argsort(off)
    return float(np.interp(0.5, np.cumsum(found.weight[order]) / found.weight.sum(), off[order]))


def source(found: Sample, hidden: bool) -> str:
    best = [round(float(value), 3) for value in quantile(found.x, found.y, found.weight)]
    low, high = lines(found, held_out(found))
    shared, own = best[: -1 if hidden else -21], best[-1 if hidden else -21 :]
    modes = (
        {None: (own[0], 0.0, 0.0)}
        if hidden
        else {m: (own[i], own[i + 7], own[i + 14]) for i, m in enumerate(MODES)}
    )
    return f"    Fit(shared={tuple(shared)}, modes={modes}, low={low}, high={high}),"


def main() -> None:
    found = [sample(trips(pathlib.Path(sys.argv[1])), hidden) for hidden in (True, False)]
    for one, hidden in zip(found, (True, False), strict=True):
        print(source(one, hidden))
    for one, word in zip(found, ("unknown", "known"), strict=True):
        print(f"# mode {word}, whole destinations held out: {error(one, held_out(one)):.1%}")


if __name__ == "__main__":
    main()
