"""Distances on the earth, in metres and degrees. Pure; the array form takes numpy arrays alike."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

RADIUS = 6_371_008.8  # mean radius of the earth, metres
PER_DEGREE = RADIUS * math.pi / 180  # metres in one degree of latitude


def distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Metres along a great circle (haversine). Degrees in."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    across = math.sin((phi2 - phi1) / 2)
    along = math.sin(math.radians(lon2 - lon1) / 2)
    h = across * across + math.cos(phi1) * math.cos(phi2) * along * along
    return 2 * RADIUS * math.asin(min(1.0, math.sqrt(h)))


def distances(lats: Any, lons: Any, lat: float, lon: float) -> Any:
    """The same from many points to one. Arrays of degrees in, an array of metres out."""
    phi, phi0 = np.radians(lats), math.radians(lat)
    h = np.sin((phi - phi0) / 2) ** 2
    h = h + np.cos(phi) * math.cos(phi0) * np.sin(np.radians(lons - lon) / 2) ** 2
    return 2 * RADIUS * np.arcsin(np.sqrt(np.minimum(1.0, h)))


def may_touch(
    south: float, west: float, north: float, east: float, lat: float, lon: float, radius: float
) -> bool:
    """Whether a box of degrees may reach into a circle. Sometimes yes when it does not.

    Costs next to nothing, and spares the distances of nearly every report.
    """
    up = radius / PER_DEGREE * 1.01
    if south > lat + up or north < lat - up:
        return False
    # Around the poles and the antimeridian a box says too little; look closer there.
    if abs(lat) + up > 89:
        return True
    side = up / math.cos(math.radians(abs(lat) + up))
    if abs(lon) + side > 180:
        return True
    return not (west > lon + side or east < lon - side)
