"""The rules of telling where somebody is. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from services.kit import errors
from services.location.geo import distance
from services.location.journeys.domain import Journey, State

RADIUS = 5_000  # metres, where nobody says


class NoPosition(errors.NotFound):
    message = "nobody knows where {journey} is, or it is not shared now"
    journey: str


@dataclass(frozen=True, slots=True)
class Near:
    """Somebody under way, and how far from a point in metres."""

    journey: Journey
    distance: float

    @property
    def key(self) -> tuple[float, uuid.UUID]:
        return self.distance, self.journey.name.id


def nearest(
    found: Iterable[Journey], latitude: float, longitude: float, radius: float
) -> list[Near]:
    """Those of whom one sees that they are within a radius, the nearest first."""
    near = [
        Near(one, distance(one.newest.latitude, one.newest.longitude, latitude, longitude))
        for one in found
        if one.newest is not None and one.state is State.UNDER_WAY
    ]
    return sorted((one for one in near if one.distance <= radius), key=lambda one: one.key)
