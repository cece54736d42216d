"""Real trips: read from GPX, FIT, TCX, GeoJSON and CSV, cut to size, and moved to a venue."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import json
import math
import pathlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import fitdecode

EARTH_RADIUS_METERS = 6_371_008.8
SEMICIRCLE = 180 / 2**31
# A trip that somebody makes to a gathering: long enough to be told, short enough to be watched.
SHORTEST_SECONDS = 8 * 60
LONGEST_SECONDS = 20 * 60
FEWEST_FIXES = 16
NEAREST_METERS = 400
# A way that ends where it began, or passes its end, is no way to a venue.
LEAST_STRAIGHTNESS = 0.35
LARGEST_GAP_SECONDS = 300
FASTEST_METERS_PER_SECOND = 70
# A position that is no better than this does not prove that somebody is at a place.
COARSEST_METERS = 100


@dataclass(frozen=True, slots=True)
class Fix:
    """A position. `time` in seconds, degrees of WGS84, metres, metres a second; None: not known."""

    time: float
    latitude: float
    longitude: float
    accuracy: float | None = None
    speed: float | None = None
    bearing: float | None = None


@dataclass(frozen=True)
class Trip:
    """A way from one place to another, in the order of its times."""

    source: str
    mode: str
    fixes: tuple[Fix, ...]

    @property
    def seconds(self) -> float:
        return self.fixes[-1].time - self.fixes[0].time


def distance(a: Fix, b: Fix) -> float:
    """Metres on the great circle (haversine)."""
    phi_a, phi_b = math.radians(a.latitude), math.radians(b.latitude)
    half_phi = (phi_b - phi_a) / 2
    half_lambda = math.radians(b.longitude - a.longitude) / 2
    h = math.sin(half_phi) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_METERS * math.asin(min(1.0, math.sqrt(h)))


def packaged() -> list[Trip]:
    """The rides and drives inside the packages of `demo.lock`, cut into trips."""
    folders = [_inside("sweat", "examples/data"), _inside("mappymatch", "resources/traces")]
    return cut(_once(track for folder in folders for track in read(folder)))


def _inside(package: str, folder: str) -> pathlib.Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the package {package} is not installed; `make demo` does that")
    return pathlib.Path(spec.submodule_search_locations[0]) / folder


def load(folder: pathlib.Path) -> list[Trip]:
    """Every trip in the files of a folder; what is no trip is left out."""
    return cut(_once(read(folder)))


def read(folder: pathlib.Path) -> Iterator[Trip]:
    """Every track in the files of a folder, as it was recorded."""
    for path in sorted(folder.rglob("*")):
        reader = READERS.get("".join(path.suffixes[-2:]).lower()) or READERS.get(
            path.suffix.lower()
        )
        if reader and path.is_file():
            yield from reader(path)


def _once(tracks: Iterable[Trip]) -> Iterator[Trip]:
    """Leaves out what was recorded once and saved in several formats."""
    seen: set[tuple[int, int, int]] = set()
    for track in tracks:
        if not track.fixes:
            continue
        first = track.fixes[0]
        key = (round(first.time / 10), round(first.latitude * 1e3), round(first.longitude * 1e3))
        if key not in seen:
            seen.add(key)
            yield track


def _fit(path: pathlib.Path) -> Iterator[Trip]:
    fixes: list[Fix] = []
    sport = ""
    with fitdecode.FitReader(str(path), error_handling=fitdecode.ErrorHandling.IGNORE) as frames:
        for frame in frames:
            if not isinstance(frame, fitdecode.FitDataMessage):
                continue
            if frame.name == "sport" and frame.has_field("sport"):
                sport = str(frame.get_value("sport"))
            if frame.name == "record":
                fixes.extend(_fit_fix(frame))
    yield Trip(path.name, sport or "unknown", tuple(fixes))


def _fit_fix(frame: fitdecode.FitDataMessage) -> Iterator[Fix]:
    latitude = frame.get_value("position_lat", fallback=None)
    longitude = frame.get_value("position_long", fallback=None)
    stamp = frame.get_value("timestamp", fallback=None)
    if latitude is not None and longitude is not None and isinstance(stamp, datetime):
        speed = frame.get_value("speed", fallback=None)
        yield Fix(
            stamp.timestamp(), latitude * SEMICIRCLE, longitude * SEMICIRCLE, speed=_float(speed)
        )


def _gpx(path: pathlib.Path) -> Iterator[Trip]:
    for track in _elements(path, "trk"):
        fixes = []
        for point in _inner(track, "trkpt"):
            stamp = next(_inner(point, "time"), None)
            if stamp is not None and stamp.text:
                where = float(point.attrib["lat"]), float(point.attrib["lon"])
                fixes.append(Fix(_seconds(stamp.text), *where))
        kind = next(_inner(track, "type"), None)
        mode = kind.text if kind is not None and kind.text else "unknown"
        yield Trip(path.name, mode, tuple(fixes))


def _tcx(path: pathlib.Path) -> Iterator[Trip]:
    for activity in _elements(path, "Activity"):
        fixes = []
        for point in _inner(activity, "Trackpoint"):
            texts = {_tag(part): part.text for part in point.iter()}
            if texts.get("LatitudeDegrees") and texts.get("Time"):
                latitude, longitude = texts["LatitudeDegrees"], texts["LongitudeDegrees"]
                when = _seconds(texts["Time"] or "")
                fixes.append(Fix(when, float(latitude or 0), float(longitude or 0)))
        yield Trip(path.name, activity.attrib.get("Sport", "unknown").lower(), tuple(fixes))


def _elements(path: pathlib.Path, tag: str) -> Iterator[ElementTree.Element]:
    yield from _inner(ElementTree.parse(path).getroot(), tag)


def _inner(element: ElementTree.Element, tag: str) -> Iterator[ElementTree.Element]:
    return (part for part in element.iter() if _tag(part) == tag)


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _geojson(path: pathlib.Path) -> Iterator[Trip]:
    """Line strings whose feature has `coordTimes` or `times`, as togeojson writes them."""
    content = json.loads(path.read_text())
    for feature in content.get("features", [content]):
        geometry, about = feature.get("geometry") or {}, feature.get("properties") or {}
        stamps = about.get("coordTimes") or about.get("times")
        stamps = stamps or (about.get("coordinateProperties") or {}).get("times")
        if geometry.get("type") == "LineString" and stamps:
            pairs = zip(geometry["coordinates"], stamps, strict=False)
            fixes = [Fix(_seconds(str(when)), at[1], at[0]) for at, when in pairs]
            yield Trip(path.name, str(about.get("type", "unknown")), tuple(fixes))


def _csv(path: pathlib.Path) -> Iterator[Trip]:
    """Columns by name: `t`/`time`, `lat`/`latitude`, `lon`/`longitude`; `trip_id`, `mode`,
    `accuracy`, `speed` and `bearing` if they are there. Without times: one fix a second."""
    tracks: dict[tuple[str, str], list[Fix]] = {}
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            latitude, longitude = _column(row, "lat", "latitude"), _column(row, "lon", "longitude")
            if latitude is None or longitude is None:
                continue
            stamp = _column(row, "t", "time", "timestamp")
            fix = Fix(
                _seconds(stamp) if stamp else float(number),
                float(latitude),
                float(longitude),
                _float(row.get("accuracy")),
                _float(row.get("speed")),
                _float(row.get("bearing")),
            )
            key = (row.get("trip_id") or path.name, row.get("mode") or "unknown")
            tracks.setdefault(key, []).append(fix)
    for (name, mode), fixes in tracks.items():
        yield Trip(name, mode, tuple(fixes))


def _column(row: dict[str, str], *names: str) -> str | None:
    return next((row[name] for name in names if row.get(name)), None)


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float | str) and value != "" else None


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        stamp = datetime.fromisoformat(text.strip())
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()


READERS: dict[str, Callable[[pathlib.Path], Iterator[Trip]]] = {
    ".fit": _fit,
    ".gpx": _gpx,
    ".tcx": _tcx,
    ".geojson": _geojson,
    ".json": _geojson,
    ".csv": _csv,
    ".csv.gz": _csv,
}


def cut(tracks: Iterable[Trip]) -> list[Trip]:
    """Ways to somewhere, each of 8 to 20 minutes, out of what was recorded.

    A short track is one trip. A long one gives several, which begin 4 minutes apart and
    so share some of the road, as people who come to one place do.
    """
    pieces = (_ending(piece) for track in tracks for piece in _pieces(_clean(track)))
    return [trip for trip in pieces if _leads_somewhere(trip)]


def _clean(track: Trip) -> Trip:
    """Drops what a receiver made up: steps back in time, and jumps no vehicle makes.

    Blurred positions stay, for they are what services get.
    """
    kept: list[Fix] = []
    for fix in track.fixes:
        if kept and not _follows(kept[-1], fix):
            continue
        kept.append(fix)
    return replace(track, fixes=tuple(kept))


def _follows(last: Fix, fix: Fix) -> bool:
    passed = fix.time - last.time
    return passed > 0 and distance(last, fix) / passed <= FASTEST_METERS_PER_SECOND


def _pieces(track: Trip) -> Iterator[Trip]:
    for run in _runs(track.fixes):
        seconds = run[-1].time - run[0].time
        if seconds <= LONGEST_SECONDS * 1.5:
            yield replace(track, fixes=run)
            continue
        begin, number = run[0].time, 0
        while begin + SHORTEST_SECONDS < run[-1].time:
            # Lengths take turns, so that people do not all travel for the same time.
            length = SHORTEST_SECONDS + 240 * (number % 4)
            piece = tuple(fix for fix in run if begin <= fix.time <= begin + length)
            yield Trip(f"{track.source}+{int(begin - run[0].time)}s", track.mode, piece)
            begin, number = begin + 240, number + 1


def _runs(fixes: tuple[Fix, ...]) -> Iterator[tuple[Fix, ...]]:
    """Splits where nothing was recorded for five minutes."""
    start = 0
    for index in range(1, len(fixes)):
        if fixes[index].time - fixes[index - 1].time > LARGEST_GAP_SECONDS:
            yield fixes[start:index]
            start = index
    if fixes:
        yield fixes[start:]


def _ending(trip: Trip) -> Trip:
    """Ends a trip where it was last known well, so that it has an end."""
    fixes = list(trip.fixes)
    while fixes and (fixes[-1].accuracy or 0) > COARSEST_METERS:
        fixes.pop()
    return replace(trip, fixes=tuple(fixes))


def _leads_somewhere(trip: Trip) -> bool:
    if len(trip.fixes) < FEWEST_FIXES or trip.seconds < SHORTEST_SECONDS * 0.9:
        return False
    straight = distance(trip.fixes[0], trip.fixes[-1])
    path = sum(distance(a, b) for a, b in zip(trip.fixes, trip.fixes[1:], strict=False))
    return straight >= NEAREST_METERS and straight >= LEAST_STRAIGHTNESS * path


def move(trip: Trip, to: tuple[float, float], end: float, rate: float) -> Trip:
    """The same way, ending at a place (latitude, longitude) at a time, played `rate` times
    as fast.

    East-west steps keep their length in metres. Speeds stay those of life.
    """
    last = trip.fixes[-1]
    shrink = math.cos(math.radians(last.latitude)) / math.cos(math.radians(to[0]))

    def moved(fix: Fix) -> Fix:
        return replace(
            fix,
            time=end - (last.time - fix.time) / rate,
            latitude=to[0] + fix.latitude - last.latitude,
            longitude=to[1] + (fix.longitude - last.longitude) * shrink,
        )

    return replace(trip, fixes=tuple(moved(fix) for fix in trip.fixes))
