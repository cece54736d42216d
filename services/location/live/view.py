"""What one viewer is shown of those on the way to an event. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from services.kit import errors
from services.kit.names import Name
from services.location.journeys.domain import Journey, Precision, reach
from services.location.live import wire
from turnout.location.v1 import location_pb2, share_pb2

Frame = location_pb2.WatchArrivalsResponse
Traveler = location_pb2.WatchArrivalsResponse.Traveler
Watched = location_pb2.WatchArrivalsRequest | share_pb2.WatchSharedArrivalsRequest


class BadArea(errors.Invalid):
    """No part of the earth is like that."""


@dataclass(frozen=True, slots=True)
class View:
    """Who is shown, and how. All who have the same view share their frames."""

    # How far out the viewer stands; see `reach`.
    distance: int = 0
    # Only this one, who shared it with whoever asks.
    journey: Name | None = None
    coarse: bool = False
    # To people without accounts, nobody has a name.
    nameless: bool = False

    def shows(self, journey: Journey) -> bool:
        if self.journey is not None:
            return journey.name == self.journey
        return reach(journey.terms.viewers) >= self.distance

    def drawn(self, journey: Journey, traveler: Traveler, now: datetime) -> Traveler:
        """Somebody as the view shows them; `traveler` is how most views do."""
        if self.coarse and journey.terms.precision is not Precision.COARSE:
            terms = dataclasses.replace(journey.terms, precision=Precision.COARSE)
            traveler = wire.traveler(dataclasses.replace(journey, terms=terms), now)
        if self.nameless:
            bare = Traveler()
            bare.CopyFrom(traveler)
            bare.ClearField("traveler")
            return bare
        return traveler


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the earth, in degrees; across the antimeridian when west is more than east."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, traveler: Traveler) -> bool:
        if not traveler.HasField("position"):
            return False
        place = traveler.position.location
        latitude, longitude = float(place.latitude), float(place.longitude)
        if not self.south <= latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east


def area(request: Watched) -> Area | None:
    """The area of a request, if it has one."""
    low, high = request.south_west, request.north_east
    if request.HasField("south_west") != request.HasField("north_east"):
        missing = "north_east" if request.HasField("south_west") else "south_west"
        raise BadArea(missing, "is required with the other corner")
    if low.latitude > high.latitude:
        raise BadArea("north_east.latitude", "must not be less than south_west.latitude")
    if not request.HasField("south_west"):
        return None
    return Area(low.latitude, low.longitude, high.latitude, high.longitude)


@dataclass
class Window:
    """What of the frames lies in the area that one viewer looks at."""

    area: Area
    # Those that were last seen in it.
    inside: set[str] = field(default_factory=set)

    def cut(self, frame: Frame, *, resumed: bool = False) -> Frame:
        """The part of a frame that is in the area, and who left it.

        Who resumes may have seen anybody, so everybody else in the frame has left.
        """
        kept = list(self._cut(frame.travelers, resumed))
        return Frame(travelers=kept, resume_token=frame.resume_token)

    def _cut(self, travelers: Iterable[Traveler], resumed: bool) -> Iterable[Traveler]:
        for one in travelers:
            if self.area.holds(one):
                self.inside.add(one.journey)
                yield one
            elif one.journey in self.inside or resumed:
                self.inside.discard(one.journey)
                yield _gone(one)


def _gone(traveler: Traveler) -> Traveler:
    found = Traveler()
    found.CopyFrom(traveler)
    found.ClearField("position")
    found.outside = True
    return found
