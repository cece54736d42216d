"""Circles and polygons on the earth: how far a point is from their edge. Pure.

Polygons are looked at on a plane around their middle, where degrees of longitude are as long as
there; GeoJSON means straight lines of degrees, which are straight lines on it. Whether a point is
inside is told by counting crossings (W. R. Franklin, PNPOLY), so holes need no care of their own.
"""

from __future__ import annotations

import functools
import json
import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from services.location.geo import PER_DEGREE, distance

MOST_CORNERS = 1000
# Metres: how far across a polygon may be, and how wide it must be to be told from its edge.
WIDEST, NARROWEST = 200_000.0, 10.0
# Degrees; nearer to a pole there is no plane like that.
NORTHERNMOST = 85.0


class NoShape(ValueError):
    """Why something is no polygon."""


@dataclass(frozen=True, slots=True)
class Circle:
    """Degrees and metres."""

    latitude: float
    longitude: float
    radius: float

    @property
    def size(self) -> float:
        """Metres from the middle to the nearest edge, or so."""
        return self.radius

    @property
    def reach(self) -> tuple[float, float, float]:
        """A circle around it: its middle, and its radius in metres."""
        return self.latitude, self.longitude, self.radius

    def offset(self, latitude: float, longitude: float) -> float:
        """Metres from the edge; negative inside."""
        return distance(latitude, longitude, self.latitude, self.longitude) - self.radius


class Polygon:
    """One or several areas with corners, and holes where they have any. Never changed."""

    __slots__ = ("_along", "_edges", "_lat", "_lon", "_slope", "reach", "size", "text")

    def __init__(self, text: str, polygons: Any) -> None:
        # As GeoJSON.
        self.text = text
        first = polygons[0][0][0][0]
        flat = [point for rings in polygons for ring in rings for point in ring]
        lons = [_near(point[0], first) for point in flat]
        lats = [point[1] for point in flat]
        self._lat, self._lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
        # Metres in one degree of longitude.
        self._along = PER_DEGREE * math.cos(math.radians(self._lat))
        planes = [[self._plane(ring) for ring in rings] for rings in polygons]
        edges = [
            np.concatenate((ring[:-1], ring[1:]), axis=1) for rings in planes for ring in rings
        ]
        self._edges = np.concatenate(edges).T
        x1, y1, x2, y2 = self._edges
        rise = y2 - y1
        self._slope = (x2 - x1) / np.where(rise == 0, 1.0, rise)
        area = sum(_area(rings[0]) - sum(map(_area, rings[1:])) for rings in planes)
        around = float(np.hypot(x2 - x1, rise).sum())
        # Of a circle the radius, of a strip its width.
        self.size = 2 * float(area) / around if around else 0.0
        self.reach = (self._lat, _whole(self._lon), float(np.hypot(x1, y1).max()))

    def offset(self, latitude: float, longitude: float) -> float:
        """Metres from the edge; negative inside."""
        x = (_near(longitude, self._lon) - self._lon) * self._along
        y = (latitude - self._lat) * PER_DEGREE
        x1, y1, _, y2 = self._edges
        crossed = ((y1 > y) != (y2 > y)) & (x < x1 + self._slope * (y - y1))
        away = _to_edges(x, y, self._edges)
        return -away if np.count_nonzero(crossed) % 2 else away

    def _plane(self, ring: Any) -> Any:
        return np.array(
            [
                (
                    (_near(point[0], self._lon) - self._lon) * self._along,
                    (point[1] - self._lat) * PER_DEGREE,
                )
                for point in ring
            ]
        )


Shape: TypeAlias = Circle | Polygon


@functools.lru_cache(maxsize=200)
def polygon(text: str) -> Polygon:
    """What a GeoJSON geometry shows; raises NoShape, which says what is wrong with it."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise NoShape("must be JSON") from None
    kind = said.get("type") if isinstance(said, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise NoShape("must be a geometry of the type Polygon or MultiPolygon")
    given = said.get("coordinates")
    polygons = [given] if kind == "Polygon" else given
    polygons = [_rings(rings) for rings in _listed(polygons)]
    if sum(len(ring) for rings in polygons for ring in rings) > MOST_CORNERS:
        raise NoShape(f"must have at most {MOST_CORNERS} corners")
    plain = {"type": kind, "coordinates": polygons[0] if kind == "Polygon" else polygons}
    found = Polygon(json.dumps(plain, separators=(",", ":")), polygons)
    if found.reach[2] > WIDEST / 2:
        raise NoShape(f"must be at most {WIDEST / 1000:g} km across")
    if found.size < NARROWEST:
        raise NoShape(f"must be at least {NARROWEST:g} m wide")
    return found


def _rings(rings: Any) -> list[list[list[float]]]:
    found = []
    for ring in _listed(rings):
        points = [_position(point) for point in _listed(ring)]
        if len(points) < 4 or points[0] != points[-1]:
            raise NoShape("must have rings of four positions or more, the last as the first")
        found.append(points)
    return found


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise NoShape("must have coordinates as RFC 7946 says")
    return value


def _position(value: Any) -> list[float]:
    numbers = _listed(value)[:2]
    good = len(numbers) == 2 and all(
        isinstance(number, int | float) and not isinstance(number, bool) for number in numbers
    )
    # What is not a number is not within them either.
    if not good or not (abs(numbers[0]) <= 180 and abs(numbers[1]) <= NORTHERNMOST):
        raise NoShape(f"must have longitudes up to 180 and latitudes up to {NORTHERNMOST:g}")
    return [float(number) for number in numbers]


def _area(ring: Any) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return abs(float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))) / 2


def _to_edges(x: float, y: float, edges: Any) -> float:
    x1, y1, x2, y2 = edges
    along_x, along_y = x2 - x1, y2 - y1
    length = along_x * along_x + along_y * along_y
    share = ((x - x1) * along_x + (y - y1) * along_y) / np.where(length == 0, 1.0, length)
    share = np.clip(share, 0.0, 1.0)
    return float(np.hypot(x1 + share * along_x - x, y1 + share * along_y - y).min())


def _near(longitude: float, other: float) -> float:
    """The same longitude, on the same side of the antimeridian as another."""
    return other + (longitude - other + 180.0) % 360.0 - 180.0


def _whole(longitude: float) -> float:
    return _near(longitude, 0.0)
