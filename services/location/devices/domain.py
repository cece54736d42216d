"""The rules of devices. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.kit import errors
from services.location.segments.columns import SCALE, SUNKEN, UNKNOWN, UNSAID, Report

# What keys of devices are signed for.
PURPOSE = "device"
# Is numbered where it is kept.
UNNUMBERED = 0

KMH, KNOT = 1 / 3.6, 1852 / 3600  # metres per second
# Metres of accuracy per dilution of precision, of a receiver like those in phones.
PER_HDOP = 5.0


class DeviceNotFound(errors.NotFound):
    message = "no device has this key"


@dataclass(frozen=True, slots=True)
class Fix:
    """One position as an app tells it. Metres, metres per second, degrees."""

    time: datetime
    latitude: float
    longitude: float
    accuracy: float = 0.0
    speed: float = UNKNOWN
    bearing: float = UNKNOWN
    altitude: float = SUNKEN
    battery: int = round(UNKNOWN)
    source: int = UNSAID


def report(fixes: Sequence[Fix]) -> Report:
    """What an app tells in one go, oldest first; without numbers."""
    ordered = sorted(fixes, key=lambda fix: fix.time)
    return Report.of(
        UNNUMBERED,
        [round(fix.time.astimezone(UTC).timestamp() * 1e6) for fix in ordered],
        [round(fix.latitude * SCALE) for fix in ordered],
        [round(fix.longitude * SCALE) for fix in ordered],
        array("f", [fix.accuracy for fix in ordered]),
        array("f", [fix.speed for fix in ordered]),
        array("f", [fix.bearing for fix in ordered]),
        array("f", [fix.altitude for fix in ordered]),
        [fix.battery for fix in ordered],
        [fix.source for fix in ordered],
    )
