"""What apps send, as their documentation says, to values. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from services.kit import links
from services.kit.names import Name
from services.location.devices.domain import (
    KMH,
    KNOT,
    PER_HDOP,
    PURPOSE,
    DeviceNotFound,
    Fix,
)
from services.location.journeys.domain import JOURNEYS
from services.location.segments.columns import SUNKEN, UNKNOWN
from services.location.track.domain import MOST_POSITIONS, BadReport
from services.location.track.wire import FIRST_MS, LAST_MS
from turnout.location.v1 import device_pb2

FORM = "application/x-www-form-urlencoded"
FOREVER = datetime.fromtimestamp(links.FOREVER, UTC)
DEVICE = "/device"
HIGHEST = 100_000.0  # metres


def named(text: str) -> Name:
    """The journey that a device belongs to."""
    return JOURNEYS.parse(text.removesuffix(DEVICE))


def device(name: Name, edge: str, secret: bytes) -> device_pb2.Device:
    journey = JOURNEYS.format(name)
    key = links.sign(secret, journey, PURPOSE, FOREVER)
    base = f"{edge}/api/v1/devices"
    places = "lat={0}&lon={1}&timestamp={2}&hdop={3}&altitude={4}&speed={5}&bearing={6}"
    return device_pb2.Device(
        name=journey + DEVICE,
        key=key,
        own_tracks_uri=f"{base}/{key}/owntracks",
        traccar_uri=f"{base}/osmand",
        osmand_uri=f"{base}/osmand?id={key}&{places}",
    )


def journey_of(secret: bytes, key: str, now: datetime) -> Name:
    """The journey that a key opens; raises DeviceNotFound."""
    try:
        link = links.verify(secret, key, now)
    except (links.LinkInvalid, links.LinkExpired):
        raise DeviceNotFound() from None
    if link.purpose != PURPOSE:
        raise DeviceNotFound()
    return JOURNEYS.parse(link.subject)


# --- OwnTracks


def own_tracks(body: bytes) -> Fix | None:
    """The position in a message; None for what is none, such as a transition or a last will."""
    said = _object(body)
    if not isinstance(said.get("_type"), str):
        raise BadReport("body._type", "must say what the message is")
    if said["_type"] == "encrypted":
        raise BadReport("body._type", "must not be encrypted; the connection is already")
    if said["_type"] != "location":
        return None
    return Fix(
        _instant(_number(said, "tst", "body.tst"), "body.tst"),
        _degrees(said, "lat", 90, "body.lat"),
        _degrees(said, "lon", 180, "body.lon"),
        max(0.0, _known(said, "acc", 0.0)),
        _scaled(_known(said, "vel", UNKNOWN), KMH),
        _bearing(_known(said, "cog", UNKNOWN)),
        _altitude(_known(said, "alt", SUNKEN)),
        _battery(_known(said, "batt", UNKNOWN)),
    )


# --- OsmAnd and Traccar


def osmand(request: device_pb2.ReceiveOsmAndRequest, now: datetime) -> tuple[str, list[Fix]]:
    """The key, and the positions; more than one only from newer apps that send JSON."""
    kind = request.body.content_type.partition(";")[0].strip().lower()
    if kind == "application/json" and request.body.data:
        return _newer(request)
    given = _parameters(request)
    if kind == FORM:
        given = dict(parse_qsl(request.body.data.decode("utf-8", "replace"))) | given
    return str(given.get("id") or given.get("deviceid") or ""), [_parametric(given, now)]


def _parameters(request: device_pb2.ReceiveOsmAndRequest) -> dict[str, Any]:
    return {field.name: value for field, value in request.ListFields() if field.name != "body"}


def _parametric(given: Mapping[str, Any], now: datetime) -> Fix:
    place = str(given.get("location", "")).split(",")
    if len(place) == 2:
        given = {"lat": place[0], "lon": place[1], **given}
    accuracy = _known(given, "accuracy", 0.0) or _known(given, "hdop", 0.0) * PER_HDOP
    bearing = _known(given, "bearing", _known(given, "heading", UNKNOWN))
    return Fix(
        _time(str(given["timestamp"]), "timestamp") if given.get("timestamp") else now,
        _degrees(given, "lat", 90, "lat"),
        _degrees(given, "lon", 180, "lon"),
        max(0.0, accuracy),
        _scaled(_known(given, "speed", UNKNOWN), KNOT),
        _bearing(bearing),
        _altitude(_known(given, "altitude", SUNKEN)),
        _battery(_known(given, "batt", UNKNOWN)),
    )


def _newer(request: device_pb2.ReceiveOsmAndRequest) -> tuple[str, list[Fix]]:
    said = _object(request.body.data)
    told = said.get("location")
    fixes = told if isinstance(told, list) else [told]
    if not 1 <= len(fixes) <= MOST_POSITIONS:
        raise BadReport("body.location", f"must be from 1 to {MOST_POSITIONS} positions")
    key = said.get("device_id") or request.id or request.deviceid
    return str(key), [_told(one) for one in fixes]


def _told(said: Any) -> Fix:
    coords = said.get("coords") if isinstance(said, dict) else None
    if not isinstance(coords, dict):
        raise BadReport("body.location.coords", "is required")
    battery = said.get("battery")
    if not isinstance(battery, dict):
        battery = {}
    return Fix(
        _time(str(said.get("timestamp", "")), "body.location.timestamp"),
        _degrees(coords, "latitude", 90, "body.location.coords.latitude"),
        _degrees(coords, "longitude", 180, "body.location.coords.longitude"),
        max(0.0, _known(coords, "accuracy", 0.0)),
        _scaled(_known(coords, "speed", UNKNOWN), 1.0),
        _bearing(_known(coords, "heading", UNKNOWN)),
        _altitude(_known(coords, "altitude", SUNKEN)),
        _battery(100 * _known(battery, "level", UNKNOWN)),
    )


# --- values


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise BadReport("body", "must be a JSON object")
    return said


def _number(said: Mapping[str, Any], key: str, field: str) -> float:
    try:
        value = float(said[key])
    except (KeyError, TypeError, ValueError):
        raise BadReport(field, "must be a number") from None
    if not math.isfinite(value):
        raise BadReport(field, "must be a number")
    return value


def _degrees(said: Mapping[str, Any], key: str, most: int, field: str) -> float:
    value = _number(said, key, field)
    if not -most <= value <= most:
        raise BadReport(field, f"must be from -{most} to {most}")
    return value


def _known(said: Mapping[str, Any], key: str, unset: float) -> float:
    """A number that an app may leave out, or spoil."""
    try:
        value = float(said[key])
    except (KeyError, TypeError, ValueError):
        return unset
    return value if math.isfinite(value) and abs(value) < 1e9 else unset


def _scaled(speed: float, unit: float) -> float:
    return UNKNOWN if speed < 0 else speed * unit


def _bearing(degrees: float) -> float:
    return degrees if 0 <= degrees <= 360 else UNKNOWN


def _altitude(meters: float) -> float:
    return meters if SUNKEN < meters <= HIGHEST else SUNKEN


def _battery(percent: float) -> int:
    return round(percent) if 0 <= percent <= 100 else round(UNKNOWN)


def _time(text: str, field: str) -> datetime:
    """Seconds or milliseconds since 1970, or ISO 8601, in UTC where it says nothing else."""
    try:
        return _instant(float(text), field)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadReport(field, "must be seconds or milliseconds, or a time of ISO 8601") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _instant(value: float, field: str) -> datetime:
    # What would be the year 5138 in seconds are milliseconds.
    seconds = value if abs(value) < 1e11 else value / 1000
    if not FIRST_MS <= seconds * 1000 <= LAST_MS:
        raise BadReport(field, "must be a time of the calendar")
    return datetime.fromtimestamp(seconds, UTC)
