"""Frames of the live view on the wire. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import datetime

from services.kit import links
from services.kit.pages import BadPageToken
from services.location.journeys.domain import JOURNEYS, Journey, State, seen
from services.location.journeys.wire import STATES, arrival
from services.location.segments.wire import position
from turnout.location.v1 import location_pb2

_TOKEN = struct.Struct(">Bq")
_TOKEN_VERSION = 1


def traveler(value: Journey, now: datetime) -> location_pb2.WatchArrivalsResponse.Traveler:
    """One person on the way, as others see them: a place only while it is shared."""
    value = seen(value, now)
    there = value.state is State.UNDER_WAY
    return location_pb2.WatchArrivalsResponse.Traveler(
        journey=JOURNEYS.format(value.name),
        traveler=value.traveler,
        state=STATES[value.state],
        position=position(value.newest) if there and value.newest else None,
        arrival=arrival(value, now),
    )


def watched(
    travelers: Iterable[location_pb2.WatchArrivalsResponse.Traveler], horizon: int
) -> location_pb2.WatchArrivalsResponse:
    return location_pb2.WatchArrivalsResponse(
        travelers=travelers, resume_token=resume_token(horizon)
    )


def resume_token(horizon: int) -> str:
    return links.encode(_TOKEN.pack(_TOKEN_VERSION, horizon))


def horizon(token: str) -> int:
    """How far a viewer has seen; 0 for one that has seen nothing."""
    if not token:
        return 0
    body = links.decode(token)
    if body is None or len(body) != _TOKEN.size or body[0] != _TOKEN_VERSION:
        raise BadPageToken("resume_token", "must be a resume_token as it was sent")
    return max(0, int(_TOKEN.unpack(body)[1]))
