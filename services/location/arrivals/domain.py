"""The rules of telling where somebody is. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from services.kit import errors
from services.location.journeys.domain import Journey

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
