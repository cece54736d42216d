"""Whether somebody stays where they are: the end of a trip that leads beside the circle. Pure.

Who parks around the corner, or whose receiver sees the venue from beside it, is there all the
same. So who came a good way, and then stays in one place near the venue for some minutes, has
arrived when they came to that place.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.location.geo import distance

# Metres around one place within which receivers tremble, and of accuracy that says where it is.
ROOM, CLEAR = 30.0, 60.0
# Metres of accuracy of who does not say.
USUAL = 30.0
# Seconds of travel in one place, metres from the circle, metres that somebody came nearer before.
STAYED, NEARBY, CAME = 300.0, 200.0, 300.0


@dataclass(slots=True)
class Stay:
    """Where somebody has been since when, in microseconds since 1970; 0 before anybody knows."""

    latitude: float = 0.0
    longitude: float = 0.0
    since: int = 0

    def seconds(self, latitude: float, longitude: float, accuracy: float, time: int) -> float:
        """For how long somebody is in one place by now; 0 after every move."""
        if accuracy > CLEAR:
            return 0.0
        room = max(ROOM, accuracy)
        if self.since and distance(self.latitude, self.longitude, latitude, longitude) <= room:
            return (time - self.since) / 1e6
        self.latitude, self.longitude, self.since = latitude, longitude, time
        return 0.0


def ended(stayed: float, left: float, first: float, accuracy: float, radius: float) -> bool:
    """Whether a trip is clearly over: after so many seconds of travel in one place, so many metres
    from the venue, where it began so many from it."""
    near = left + (accuracy or USUAL) <= radius + NEARBY
    return near and stayed >= STAYED and first - left >= CAME
