"""When somebody will be there: a streaming estimate out of positions alone. Pure.

Fed fix by fix, in constant memory. It knows the straight distance left, the way made so far
and how fast it went lately; each speed is shrunk towards what is usual for the mode of travel,
because a red light is no long journey. The logarithm of the time left is then linear in the
logarithms of these. The few coefficients are in `COEFFICIENTS`, made by
`tests/location/fit_eta.py`; the time of arrival is smoothed so that it does not jump about.

It refuses to know maps, timetables and the clock.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, fields
from typing import Final

from services.location.geo import distance

STALE: Final = 900.0  # seconds without a good fix after which nobody can tell
FEW: Final = 20.0  # seconds of travel before which nobody can tell, unless the mode is known
GATE: Final = 15.0  # metres; less is jitter and not a step
KEEP: Final = 0.35  # how much of a new estimate enters the smoothed one every 30 seconds
SHRINK: Final = 60.0  # seconds that the usual speed weighs against the observed one
DETOUR: Final = 0.2  # log of how much longer the way is than the straight line
ROOM: Final = 1.0  # log of how far the regression may be from the plain formula
FAR: Final = 10.5  # log of the metres (36 km) from which on twice as far takes twice as long
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


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients of one regression: the shared ones, and three more per mode."""

    # distance, speed over 1 and 5 min and in all, straightness, standing, first distance, time,
    # and products: speed², distance × speed, distance², straightness and standing × distance
    shared: tuple[float, ...]
    # base, and what is added to the slopes of distance and of the speed over 5 min
    modes: dict[str | None, tuple[float, float, float]]
    # How far the 10 % and the 90 % line are from the middle: base, and per log of seconds gone.
    low: tuple[float, float]
    high: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds until the arrival: later in nine, five and one of ten cases."""

    p10: float
    p50: float
    p90: float


@dataclass(slots=True)
class Way:
    """What is remembered of a journey; seconds, metres and degrees. Its size never grows."""

    begin: float = math.nan  # time of the first good fix
    begin_lat: float = 0.0
    begin_lon: float = 0.0
    time: float = math.nan  # of the newest good fix
    lat: float = 0.0
    lon: float = 0.0
    blur: float = 0.0  # its accuracy
    gate_lat: float = 0.0  # where the last step ended
    gate_lon: float = 0.0
    path: float = 0.0  # metres of all steps
    path_1: float = 0.0  # of the last minute or so, fading
    time_1: float = 0.0
    path_5: float = 0.0  # of the last five minutes
    time_5: float = 0.0
    still: float = 0.0  # seconds standing in the last five minutes
    odd: float = 0.0  # impossible fixes in a row
    odd_time: float = 0.0
    odd_lat: float = 0.0
    odd_lon: float = 0.0
    arrive: float = math.nan  # the smoothed time of arrival
    arrive_time: float = math.nan  # the fix it was last moved at


_FORM: Final = struct.Struct(f"<B{len(fields(Way))}d")
_VERSION: Final = 1
_NAMES: Final = tuple(field.name for field in fields(Way))


class Estimator:
    """The estimate of one journey to one place.

    `mode` is walk, run, bike, drive, taxi, bus or train, or None when nobody said. `way` goes
    on from an earlier estimator, of whatever process.
    """

    __slots__ = ("_fastest", "_lat", "_lon", "_mode", "_usual", "way")

    def __init__(
        self, latitude: float, longitude: float, mode: str | None = None, way: Way | None = None
    ) -> None:
        self._lat, self._lon = latitude, longitude
        self._mode = mode if mode in USUAL else None
        self._usual = USUAL[self._mode]
        self._fastest = FASTEST.get(self._mode, FASTER)
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
            way.gate_lat, way.gate_lon, step = latitude, longitude, 0.0
        way.odd, way.blur = 0.0, blur
        self._move(time, latitude, longitude, lapse, step)
        return True

    def left(self) -> float:
        """Metres from the newest good fix to the place. NaN before there is one."""
        way = self.way
        if way.begin != way.begin:
            return math.nan
        return distance(way.lat, way.lon, self._lat, self._lon)

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
        raw = self.raw(way.time)
        self._smooth(way.time + raw)
        age = max(0.0, now - way.time)
        # Who is not there when expected is still some way off.
        middle = max(way.arrive - way.time - age, 0.2 * raw, 1.0)
        spread = math.log(max(60.0, now - way.begin))
        fit = COEFFICIENTS[self._mode is not None]
        low = fit.low[0] + fit.low[1] * spread
        high = fit.high[0] + fit.high[1] * spread
        return Estimate(middle * math.exp(min(low, 0.0)), middle, middle * math.exp(max(high, 0.0)))

    def raw(self, now: float) -> float:
        """Seconds left by the regression alone. Not smoothed, not aged."""
        fit = COEFFICIENTS[self._mode is not None]
        given = self.features(now)
        base, by_distance, by_speed = fit.modes[self._mode]
        total = base + by_distance * (given[0] - 8.0) + by_speed * (given[2] - 1.5)
        for weight, value in zip(fit.shared, given, strict=True):
            total += weight * value
        # Beyond what was ever seen, the plain formula is not far wrong.
        speed = max(given[2], given[3])
        fair = given[0] - speed + DETOUR
        return math.exp(min(fair + ROOM, max(fair - ROOM, total)))

    def features(self, now: float) -> tuple[float, ...]:
        """What the regression is linear in; see `Fit.shared`."""
        way, usual = self.way, self._usual
        left = self.left()
        first = distance(way.begin_lat, way.begin_lon, self._lat, self._lon)
        gone = way.time - way.begin
        far = math.log(left + 40.0)
        overall = math.log(_shrunk(way.path, gone, usual))
        straight = (first - left + 225.0) / (way.path + 300.0)
        straight = min(1.0, max(0.05, straight))
        still = (way.still + 12.0) / (way.time_5 + 60.0)
        # Around what is usual, so that the products say only what is not.
        off_far, off_speed = min(far, FAR) - 8.0, overall - 1.5
        return (
            far,
            math.log(_shrunk(way.path_1, way.time_1, usual)),
            math.log(_shrunk(way.path_5, way.time_5, usual)),
            overall,
            straight,
            still,
            min(FAR, math.log(max(100.0, first))),
            math.log(max(30.0, now - way.begin)),
            off_speed * off_speed,
            off_far * off_speed,
            off_far * off_far,
            (straight - 0.7) * off_far,
            (still - 0.3) * off_far,
        )

    def _begin(self, time: float, latitude: float, longitude: float, blur: float) -> bool:
        if blur > COARSEST:
            return False
        way = self.way
        way.blur = blur
        way.begin = way.time = time
        way.begin_lat = way.lat = way.gate_lat = latitude
        way.begin_lon = way.lon = way.gate_lon = longitude
        return True

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
        if gain >= GATE:
            way.gate_lat, way.gate_lon = latitude, longitude
            way.path += gain
        else:
            gain = 0.0
        fade_1, fade_5 = math.exp(lapse / -60.0), math.exp(lapse / -300.0)
        way.path_1 = way.path_1 * fade_1 + gain
        way.time_1 = way.time_1 * fade_1 + lapse
        way.path_5 = way.path_5 * fade_5 + gain
        way.time_5 = way.time_5 * fade_5 + lapse
        way.still = way.still * fade_5 + (lapse if step < 0.5 * lapse else 0.0)
        way.time, way.lat, way.lon = time, latitude, longitude

    def _smooth(self, arrive: float) -> None:
        way = self.way
        if way.arrive != way.arrive:
            way.arrive = arrive
        else:
            lapse = way.time - way.arrive_time
            way.arrive += (1.0 - (1.0 - KEEP) ** (lapse / 30.0)) * (arrive - way.arrive)
        way.arrive_time = way.time


def pack(way: Way) -> bytes:
    """The memory of a journey as bytes, for another process to go on with."""
    return _FORM.pack(_VERSION, *(getattr(way, name) for name in _NAMES))


def unpack(body: bytes | None) -> Way | None:
    """What `pack` made, or None if there is nothing or another version made it."""
    if not body or len(body) != _FORM.size or body[0] != _VERSION:
        return None
    return Way(*_FORM.unpack(body)[1:])


def _too_coarse(blur: float, lapse: float) -> bool:
    """Whether a fix says too little to replace a better one that is so many seconds old."""
    return blur > COARSEST or (blur > 200 and lapse < 300) or (blur > 100 and lapse < 60)


def _shrunk(path: float, time: float, usual: float) -> float:
    return (path + SHRINK * usual) / (time + SHRINK)


# Mode unknown, mode known. Made by `tests/location/fit_eta.py` from 631 trips; do not edit.
COEFFICIENTS: Final[tuple[Fit, Fit]] = (
    Fit(
        shared=(
            1.043,
            -0.234,
            -0.847,
            -0.026,
            0.465,
            -1.504,
            -0.435,
            0.139,
            0.361,
            -0.318,
            0.099,
            -0.164,
            -0.536,
        ),
        modes={None: (2.61, 0.0, 0.0)},
        low=(-0.596, 0.002),
        high=(0.044, 0.091),
    ),
    Fit(
        shared=(
            1.149,
            -0.17,
            -0.508,
            0.168,
            0.188,
            -0.539,
            -0.274,
            0.033,
            0.194,
            -0.189,
            0.075,
            -0.199,
            -0.197,
        ),
        modes={
            "walk": (0.514, -0.046, 0.013),
            "run": (0.021, 0.035, -0.779),
            "bike": (0.374, -0.078, -0.29),
            "drive": (0.012, -0.278, -0.041),
            "taxi": (-0.019, -0.362, -0.293),
            "bus": (0.08, -0.095, 0.01),
            "train": (-0.714, -0.172, 0.469),
        },
        low=(-0.076, -0.076),
        high=(-0.265, 0.142),
    ),
)
