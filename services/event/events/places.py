"""Places where people meet: their rooms, and how their seats are arranged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

RADIUS = 100  # metres, unless the organizer says
RADII = range(10, 5001)
MOST_SEATS = 20_000  # that have a name

# Where in what was checked something is wrong, and what.
Flaw = tuple[str, str]


@dataclass(frozen=True)
class Room:
    id: str
    display_name: str
    # How many people it holds. 0: not known.
    capacity: int


@dataclass(frozen=True)
class Seat:
    id: str
    accessible: bool = False
    # The next seat is not beside it.
    gap: bool = False


@dataclass(frozen=True)
class Row:
    id: str
    # From the left to the right.
    seats: tuple[Seat, ...]


@dataclass(frozen=True)
class Section:
    """What is sold as one: rows of seats, or places to stand."""

    id: str
    display_name: str
    room: str
    # From the front to the back.
    rows: tuple[Row, ...]
    standing: int

    @property
    def seats(self) -> int:
        return sum(len(row.seats) for row in self.rows)

    @property
    def places(self) -> int:
        return self.standing + self.seats


@dataclass(frozen=True)
class Venue:
    display_name: str
    address: str
    city: str
    # Degrees, WGS84.
    latitude: float
    longitude: float
    # How near one must come to have arrived, in metres.
    arrival_radius: int
    # As it was written; empty: that of the event.
    time_zone: str = ""
    rooms: tuple[Room, ...] = ()
    # The layout. Lists of events are read without it.
    sections: tuple[Section, ...] = ()


def flaws(venue: Venue, zone: str) -> Iterator[Flaw]:
    """What is wrong with the place of an event whose clock is that of `zone`."""
    if not -90 <= venue.latitude <= 90:
        yield "location.latitude", "must be from -90 to 90"
    if not -180 <= venue.longitude <= 180:
        yield "location.longitude", "must be from -180 to 180"
    if venue.arrival_radius not in RADII:
        yield "arrival_radius_meters", f"must be from {RADII.start} to {RADII.stop - 1}"
    if venue.time_zone not in ("", zone):
        yield "time_zone", f"must be that of the times of the event, {zone}"
    yield from twice("rooms", (room.id for room in venue.rooms))
    yield from _layout_flaws(venue)


def twice(at: str, ids: Iterable[str]) -> Iterator[Flaw]:
    """Ids of a list that were there before."""
    seen: set[str] = set()
    for index, id in enumerate(ids):
        if id in seen:
            yield f"{at}[{index}].id", f"is used twice: {id}"
        seen.add(id)


def _layout_flaws(venue: Venue) -> Iterator[Flaw]:
    if sum(section.seats for section in venue.sections) > MOST_SEATS:
        yield "layout", f"must have at most {MOST_SEATS} seats"
        return
    yield from twice("layout.sections", (section.id for section in venue.sections))
    rooms = {room.id for room in venue.rooms}
    for index, section in enumerate(venue.sections):
        at = f"layout.sections[{index}]"
        if section.room and section.room not in rooms:
            yield f"{at}.room", f"must be a room of the venue, and {section.room} is none"
        yield from _section_flaws(section, at)


def _section_flaws(section: Section, at: str) -> Iterator[Flaw]:
    if section.rows and section.standing:
        yield f"{at}.standing", "must be 0 where there are rows"
    if not section.places:
        yield f"{at}.rows", "must have seats, or the section places to stand"
    yield from twice(f"{at}.rows", (row.id for row in section.rows))
    for index, row in enumerate(section.rows):
        here = f"{at}.rows[{index}].seats"
        if not row.seats:
            yield here, "must have at least one"
        yield from twice(here, (seat.id for seat in row.seats))
