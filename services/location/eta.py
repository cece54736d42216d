"""When somebody will be there: a streaming estimate out of positions. Pure.

Fed fix by fix, in constant memory. It knows the straight distance left and how much of it was
made good, the way made so far, how straight and how fast it went in the last minutes, and how
much of the time was spent standing; each speed is shrunk towards what is usual for the mode of
travel, because a red light is no long journey. The logarithm of the time left is the logarithm
of distance over speed, and a correction that is quadratic in these features. The coefficients
lie beside this file (`eta.json`), made by `tests/location/fit_eta.py`; the time of arrival is
smoothed so that it does not jump about.

It knows no timetables, not the clock and not where on earth it is, so nothing of the trips that
it was fitted to but their shape.
"""

from __future__ import annotations

import enum
import math
import struct
from dataclasses import dataclass, fields
from typing import Final

from services.location import regression
from services.location.geo import PER_DEGREE, distance

STALE: Final = 900.0  # seconds without a good fix after which nobody can tell
FEW: Final = 20.0  # seconds of travel before which nobody can tell, unless the mode is known
CLEAR: Final = 10.0  # metres of accuracy that are as good as none
BLURRED: Final = 50.0  # … and so many more make the forecast as wide as it gets by that
GATE: Final = 15.0  # metres; less is jitter and not a step, and so is less than
SURE: Final = 2.0  # … so many deviations of the smoothed position,
WIDEST: Final = 100.0  # … which count up to here
WAIT: Final = 180.0  # seconds of standing, longer than which nobody stands before they set out …
HOME: Final = 150.0  # … as long as they are within so many metres of where they began
KEEP: Final = 0.5  # how much of a new estimate enters the smoothed one every 30 seconds
STEADY: Final = 0.06  # the share of the time left by which an estimate may be off unnoticed
SHRINK: Final = 60.0  # seconds that the usual speed weighs against the observed one
OFTEN: Final = 12.0  # seconds of travel in which the regression is asked once
DETOUR: Final = 0.26  # log of how much longer the way is, where nobody knows
LONGEST_DETOUR: Final = 1.3  # log; a river without a bridge
# How much of what the road is longer than that counts. With the true length of the way in place
# of a router's, the median error falls from 28 to 24 % on trips to places never seen.
ROUTED: Final = 0.75
# A route says something about the rest of the way, until …
ROUTE_LASTS: Final = 1800.0  # so many seconds have passed,
ROUTE_PART: Final = 0.3  # … so little of it is left,
ROUTE_BACK: Final = 1.25  # … or so much more
LEARNED: Final = 60.0  # seconds and metres of a way that says something about the rest
KNOWN: Final = 300.0  # seconds and metres after which a mode may show
STANDING: Final = 15.0  # seconds without a step that make a stop
COARSEST: Final = 1000.0  # metres of accuracy; beyond that a fix says nothing
ODD: Final = 3  # so many impossible fixes in a row are believed

# What is usual: metres per second on the ground, and the fastest that is believed.
USUAL: Final[dict[str | None, float]] = {
    "walk": 1.2,
    "run": 2.1,
    "bike": 3.6,
    "drive": 7.9,
    "taxi": 8.5,
    "bus": 5.7,
    "train": 16.5,
    None: 6.1,
}
FASTEST: Final[dict[str | None, float]] = {"walk": 10.0, "run": 15.0, "bike": 30.0, "train": 100.0}
FASTER: Final = 75.0


class Method(enum.Enum):
    """What an estimate rests on, beside the straight distance."""

    DISTANCE = "distance"  # what is usual
    VELOCITY = "velocity"  # the way so far
    ROUTE = "route"  # the way so far, and how long the rest of it is by road


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds until the arrival: later in nine, five and one of ten cases."""

    p10: float
    p50: float
    p90: float
    method: Method = Method.VELOCITY
    # Where the route was known from: the time of that fix. None without one.
    route_time: float | None = None


@dataclass(slots=True)
class Way:
    """What is remembered of a journey; seconds, metres and degrees. Its size never grows."""

    begin: float = math.nan  # time of the first good fix
    begin_lat: float = 0.0
    begin_lon: float = 0.0
    time: float = math.nan  # of the newest good fix
    # … where it is, smoothed as far as it is not accurate, and …
    lat: float = 0.0
    lon: float = 0.0
    blur: float = 0.0  # its accuracy
    doubt: float = 0.0  # square metres by which the position may be off, once it is smoothed
    gate_lat: float = 0.0  # where the last step ended
    gate_lon: float = 0.0
    gate_left: float = 0.0  # … and how far from the place that is
    away: float = 0.0  # 1 once somebody has set out
    first: float = 0.0  # metres from the first good fix to the place
    left: float = 0.0  # … and from the newest
    path: float = 0.0  # metres of all steps
    still: float = 0.0  # seconds standing
    stops: float = 0.0  # how often somebody stood for a while
    stand: float = 0.0  # for how long now
    fastest: float = 0.0  # the highest of the speeds over a minute
    # Of the last minute, five and fifteen of them or so, fading: metres gone, metres gained
    # towards the place, seconds, seconds standing, and metres gained eastwards and northwards.
    path_1: float = 0.0
    made_1: float = 0.0
    time_1: float = 0.0
    still_1: float = 0.0
    east_1: float = 0.0
    north_1: float = 0.0
    path_5: float = 0.0
    made_5: float = 0.0
    time_5: float = 0.0
    still_5: float = 0.0
    east_5: float = 0.0
    north_5: float = 0.0
    path_15: float = 0.0
    made_15: float = 0.0
    time_15: float = 0.0
    still_15: float = 0.0
    east_15: float = 0.0
    north_15: float = 0.0
    power: float = 0.0  # the square of the speed over a minute, times seconds, of five minutes
    odd: float = 0.0  # impossible fixes in a row
    odd_time: float = 0.0
    odd_lat: float = 0.0
    odd_lon: float = 0.0
    arrive: float = math.nan  # the smoothed time of arrival
    arrive_time: float = math.nan  # the fix it was last moved at
    raw_arrive: float = math.nan  # what it was moved towards
    route_time: float = -math.inf  # the fix from which the length of the way by road is known
    route_left: float = 0.0  # the straight distance from there
    detour: float = 0.0  # log of how much longer it is by road


_FORM: Final = struct.Struct(f"<B{len(fields(Way))}d")
_VERSION: Final = 3
_NAMES: Final = tuple(field.name for field in fields(Way))


class Estimator:
    """The estimate of one journey to one place.

    `mode` is walk, run, bike, drive, taxi, bus or train, or None when nobody said. `way` goes
    on from an earlier estimator, of whatever process.
    """

    __slots__ = ("_along", "_fastest", "_lat", "_lon", "_mode", "_usual", "way")

    def __init__(
        self, latitude: float, longitude: float, mode: str | None = None, way: Way | None = None
    ) -> None:
        self._lat, self._lon = latitude, longitude
        self._mode = mode if mode in USUAL else None
        self._usual = USUAL[self._mode]
        self._fastest = FASTEST.get(self._mode, FASTER)
        # Metres in one degree of longitude.
        self._along = PER_DEGREE * math.cos(math.radians(latitude))
        self.way = Way() if way is None else way

    def update(
        self,
        time: float,
        latitude: float,
        longitude: float,
        accuracy: float | None = None,
        speed: float | None = None,
    ) -> bool:
        """Takes a fix, or leaves it alone; says which.

        Left alone: what is not newer than the newest, what is too coarse, and what could only
        be reached faster than anybody travels (until three in a row agree). The device's own
        speed is not used: phones are off by half in either direction.
        """
        way = self.way
        if way.begin != way.begin:  # not begun
            return self._begin(time, latitude, longitude, accuracy or 0.0)
        lapse = time - way.time
        blur = accuracy or 0.0
        if not lapse > 0 or (blur > way.blur and _too_coarse(blur, lapse)):
            return False
        step = distance(way.lat, way.lon, latitude, longitude)
        if step > self._fastest * lapse + max(50.0, blur, way.blur):
            if not self._believe(time, latitude, longitude):
                return False
            left = distance(latitude, longitude, self._lat, self._lon)
            way.gate_lat, way.gate_lon, way.gate_left, step = latitude, longitude, left, 0.0
            way.doubt = _noise(blur)
        else:
            share = self._share(lapse, blur)
            step *= share
            latitude = way.lat + share * (latitude - way.lat)
            longitude = way.lon + share * (longitude - way.lon)
            left = distance(latitude, longitude, self._lat, self._lon)
        way.odd, way.blur, way.left = 0.0, blur, left
        self._move(time, latitude, longitude, lapse, step)
        return True

    def guide(self, meters: float) -> None:
        """Takes a router's word for how long the way by road is from the newest good fix."""
        way = self.way
        if way.begin != way.begin or not 0.0 < meters < math.inf:
            return
        way.route_time, way.route_left = way.time, way.left
        detour = math.log((meters + 60.0) / (way.left + 40.0))
        way.detour = min(LONGEST_DETOUR, max(0.0, detour))

    def guided(self) -> bool:
        """Whether the way by road is known well enough from here."""
        way = self.way
        return (
            way.time - way.route_time <= ROUTE_LASTS
            and ROUTE_PART * way.route_left <= way.left <= ROUTE_BACK * way.route_left
        )

    def looks_like(self) -> str | None:
        """The mode that somebody seems to travel by, who did not say: walk, bike, drive or bus
        (or anything else that stops all the time). None when nobody can tell.

        On real trips 9 of 10 that it calls a walk are one (or a run), 7 of 10 cars and buses,
        and 6 of 10 bicycles. The estimate does not rest on it.
        """
        way = self.way
        gone = way.time - way.begin
        if not (gone >= KNOWN and way.path >= KNOWN):
            return None
        fastest = way.fastest
        moving = (way.path + SHRINK * self._usual) / (gone - way.still + SHRINK)
        stops = (way.stops + 0.3) / (gone + 120.0) * 300.0
        standing = (way.still + 12.0) / (gone + 60.0)
        if fastest < 2.6:
            return "walk"
        if 3.3 <= fastest < 6.0 and moving > 0.7 * fastest and standing < 0.1:
            return "bike"
        if 6.5 <= fastest < 11.0 and moving < 6.5:
            return "bus"
        return "drive" if fastest >= 12.0 and stops < 0.3 else None

    def left(self) -> float:
        """Metres from the newest good fix to the place. NaN before there is one."""
        way = self.way
        return math.nan if way.begin != way.begin else way.left

    def predict(self, now: float) -> tuple[float, float, float] | None:
        """Seconds left from `now` (10 %, 50 %, 90 %), or None. For the evaluation harness."""
        found = self.estimate(now)
        return None if found is None else (found.p10, found.p50, found.p90)

    def estimate(self, now: float) -> Estimate | None:
        """When the journey ends, seen from `now`. None when nobody can tell.

        Moves the smoothed arrival up to the newest fix; asking twice changes nothing.
        """
        way = self.way
        if way.begin != way.begin or now - way.time > STALE:
            return None
        if self._mode is None and way.time - way.begin < FEW:
            return None
        raw = self._follow()
        age = max(0.0, now - way.time)
        # Who is not there when expected is still some way off.
        middle = max(way.arrive - way.time - age, 0.2 * raw, 1.0)
        low, high = self._regression().spread(
            math.log(max(60.0, now - way.begin)),
            min(1.0, way.left / (way.first + 100.0)),
            self.blur(),
        )
        method, route_time = self._method(), None
        if method is Method.ROUTE:
            route_time = way.route_time
        return Estimate(middle * math.exp(low), middle, middle * math.exp(high), method, route_time)

    def blur(self) -> float:
        """How little the newest good fix says: 0 for an accurate one, and 1 for a coarse one."""
        return min(1.0, max(0.0, self.way.blur - CLEAR) / BLURRED)

    def _method(self) -> Method:
        if self.guided():
            return Method.ROUTE
        way = self.way
        learned = way.time - way.begin >= LEARNED and way.path >= LEARNED
        return Method.VELOCITY if learned else Method.DISTANCE

    def raw(self) -> float:
        """Seconds left at the newest fix, by the regression alone. Not smoothed, not aged."""
        found = self._regression().left(self.features(), self._mode)
        if self.guided():
            found += ROUTED * (self.way.detour - DETOUR)
        return math.exp(found)

    def features(self) -> tuple[float, ...]:
        """What the regression is quadratic in, the two of the plain formula first."""
        way, usual, log = self.way, self._usual, math.log
        gone = way.time - way.begin
        weight = SHRINK * usual
        path_1, path_5, path_15 = way.path_1, way.path_5, way.path_15
        time_1, time_5, time_15 = way.time_1, way.time_5, way.time_15
        come = distance(way.begin_lat, way.begin_lon, way.lat, way.lon)
        straight = (way.first - way.left + 225.0) / (way.path + 300.0)
        return (
            log(way.left + 40.0),
            log((way.path + weight) / (gone + SHRINK)),
            log(max(100.0, way.first)),
            log(max(30.0, gone)),
            way.left / (way.first + 100.0),
            # How fast, lately, while moving, and at best …
            log((path_1 + weight) / (time_1 + SHRINK)),
            log((path_5 + weight) / (time_5 + SHRINK)),
            log((path_15 + weight) / (time_15 + SHRINK)),
            log((way.path + weight) / (gone - way.still + SHRINK)),
            log((way.fastest + usual) * 0.5),
            0.5 * log((way.power + weight * usual) / (time_5 + SHRINK)),
            # … how much of the time was spent standing …
            (way.still_1 + 12.0) / (time_1 + 60.0),
            (way.still_5 + 12.0) / (time_5 + 60.0),
            (way.still_15 + 12.0) / (time_15 + 60.0),
            (way.still + 12.0) / (gone + 60.0),
            (way.stops + 0.3) / (gone + 120.0) * 300.0,
            log(1.0 + way.stand / 30.0),
            # … how much of the way went towards the place …
            (way.made_1 + 140.0) / (path_1 + 200.0),
            (way.made_5 + 140.0) / (path_5 + 200.0),
            (way.made_15 + 140.0) / (path_15 + 200.0),
            min(1.0, max(0.05, straight)),
            # … and how straight it was.
            (come + 240.0) / (way.path + 300.0),
            (math.hypot(way.east_1, way.north_1) + 160.0) / (path_1 + 200.0),
            (math.hypot(way.east_5, way.north_5) + 160.0) / (path_5 + 200.0),
            (math.hypot(way.east_15, way.north_15) + 160.0) / (path_15 + 200.0),
            log(way.path + 300.0),
        )

    def _regression(self) -> regression.Regression:
        return regression.load()[self._mode is not None]

    def _begin(self, time: float, latitude: float, longitude: float, blur: float) -> bool:
        if blur > COARSEST:
            return False
        way = self.way
        way.blur, way.doubt = blur, _noise(blur)
        way.begin = way.time = time
        way.begin_lat = way.lat = way.gate_lat = latitude
        way.begin_lon = way.lon = way.gate_lon = longitude
        left = distance(latitude, longitude, self._lat, self._lon)
        way.first = way.left = way.gate_left = left
        return True

    def _share(self, lapse: float, blur: float) -> float:
        """How much of a step is believed: all of it where the device is sure of the place, and
        less the farther it may be off, as compared with how far somebody gets meanwhile.

        This is the gain of a Kalman filter whose uncertainty grows by the way that is usual.
        """
        way, noise = self.way, _noise(blur)
        if noise <= 0.0:
            way.doubt = 0.0
            return 1.0
        speed = (way.path_1 + SHRINK * self._usual) / (way.time_1 + SHRINK)
        doubt = way.doubt + (speed * lapse) ** 2
        share = doubt / (doubt + noise)
        way.doubt = share * noise
        return share

    def _believe(self, time: float, latitude: float, longitude: float) -> bool:
        """Counts impossible fixes that agree with each other; enough of them are true."""
        way = self.way
        lapse = time - way.odd_time
        near = way.odd > 0 and lapse > 0
        near = near and distance(way.odd_lat, way.odd_lon, latitude, longitude) <= (
            self._fastest * lapse + 50.0
        )
        way.odd = way.odd + 1 if near else 1.0
        way.odd_time, way.odd_lat, way.odd_lon = time, latitude, longitude
        return way.odd >= ODD

    def _move(
        self, time: float, latitude: float, longitude: float, lapse: float, step: float
    ) -> None:
        way = self.way
        gain = distance(way.gate_lat, way.gate_lon, latitude, longitude)
        made = east = north = 0.0
        if gain >= GATE and gain >= min(SURE * math.sqrt(way.doubt), WIDEST):
            made = way.gate_left - way.left
            east = (longitude - way.gate_lon) * self._along
            north = (latitude - way.gate_lat) * PER_DEGREE
            way.gate_lat, way.gate_lon, way.gate_left = latitude, longitude, way.left
            way.path += gain
        else:
            gain = 0.0
        still = lapse if step < 0.5 * lapse else 0.0
        if still:
            # Counted once, when it has lasted.
            if way.stand <= STANDING < way.stand + lapse:
                way.stops += 1.0
            way.stand += lapse
        elif step > lapse:
            way.stand = 0.0
        way.still += still
        fade = math.exp(lapse / -60.0)
        way.path_1 = way.path_1 * fade + gain
        way.made_1 = way.made_1 * fade + made
        way.time_1 = way.time_1 * fade + lapse
        way.still_1 = way.still_1 * fade + still
        way.east_1 = way.east_1 * fade + east
        way.north_1 = way.north_1 * fade + north
        fade = math.exp(lapse / -300.0)
        way.path_5 = way.path_5 * fade + gain
        way.made_5 = way.made_5 * fade + made
        way.time_5 = way.time_5 * fade + lapse
        way.still_5 = way.still_5 * fade + still
        way.east_5 = way.east_5 * fade + east
        way.north_5 = way.north_5 * fade + north
        speed = way.path_1 / way.time_1
        way.power = way.power * fade + lapse * speed * speed
        fade = math.exp(lapse / -900.0)
        way.path_15 = way.path_15 * fade + gain
        way.made_15 = way.made_15 * fade + made
        way.time_15 = way.time_15 * fade + lapse
        way.still_15 = way.still_15 * fade + still
        way.east_15 = way.east_15 * fade + east
        way.north_15 = way.north_15 * fade + north
        way.fastest = max(way.fastest, way.path_1 / (way.time_1 + 15.0))
        way.time, way.lat, way.lon = time, latitude, longitude
        if not way.away and time - way.begin > WAIT:
            self._wait(time)

    def _wait(self, time: float) -> None:
        """Who has not set out is as somebody who began a moment ago, however long that lasts.

        Else the forecast would grow by more than the time that passes, out of nothing but
        somebody's being at home.
        """
        way = self.way
        if distance(way.begin_lat, way.begin_lon, way.lat, way.lon) > HOME:
            way.away = 1.0
            return
        share = WAIT / (time - way.begin)
        way.begin, way.stand = time - WAIT, min(way.stand, WAIT)
        way.path *= share
        way.still *= share
        way.stops *= share
        way.fastest = way.path_1 / (way.time_1 + 15.0)
        if way.time_5 > WAIT:
            share = WAIT / way.time_5
            way.path_5 *= share
            way.made_5 *= share
            way.time_5 = WAIT
            way.still_5 *= share
            way.east_5 *= share
            way.north_5 *= share
            way.power *= share
        if way.time_15 > WAIT:
            share = WAIT / way.time_15
            way.path_15 *= share
            way.made_15 *= share
            way.time_15 = WAIT
            way.still_15 *= share
            way.east_15 *= share
            way.north_15 *= share

    def _follow(self) -> float:
        """Moves the smoothed arrival up to the newest fix; gives the seconds by the regression.

        Those are asked for again when some seconds have passed: the arrival moves slowly.
        """
        way = self.way
        if way.arrive == way.arrive and way.time - way.arrive_time < OFTEN:
            return way.raw_arrive - way.time
        raw = self.raw()
        way.raw_arrive = way.time + raw
        if way.arrive != way.arrive:
            way.arrive = way.raw_arrive
        else:
            off = way.raw_arrive - way.arrive
            excess = abs(off) - STEADY * max(60.0, way.arrive - way.time)
            if excess > 0.0:
                lapse = way.time - way.arrive_time
                part = 1.0 - (1.0 - KEEP) ** (lapse / 30.0)
                way.arrive += math.copysign(part * excess, off)
        way.arrive_time = way.time
        return raw


def pack(way: Way) -> bytes:
    """The memory of a journey as bytes, for another process to go on with."""
    return _FORM.pack(_VERSION, *(getattr(way, name) for name in _NAMES))


def unpack(body: bytes | None) -> Way | None:
    """What `pack` made, or None if there is nothing or another version made it."""
    if not body or len(body) != _FORM.size or body[0] != _VERSION:
        return None
    return Way(*_FORM.unpack(body)[1:])


def _noise(blur: float) -> float:
    """Square metres by which a fix of that accuracy may be off."""
    return max(0.0, blur - CLEAR) ** 2


def _too_coarse(blur: float, lapse: float) -> bool:
    """Whether a fix says too little to replace a better one that is so many seconds old."""
    return blur > COARSEST or (blur > 200 and lapse < 300) or (blur > 100 and lapse < 60)
