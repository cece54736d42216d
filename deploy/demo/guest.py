"""A participant: reads the message, answers by its link, pays, and travels."""

from __future__ import annotations

import asyncio
import enum
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import grpc
from google.protobuf import timestamp_pb2
from google.type import latlng_pb2

from deploy.demo.rest import Declined, Json, Rest, once, until
from deploy.demo.trips import Fix, Trip
from deploy.tracker import Tracker
from turnout.location.v1 import location_pb2

PATIENCE_SECONDS = 30


class Part(enum.Enum):
    """What a guest does in the play."""

    TRAVELS = "travels"
    DECLINES = "declines"
    FORGETS_TO_PAY = "forgets to pay"


@dataclass
class Estimate:
    """An ETA as it was told: on which clock second, for when."""

    told: float
    p50: float


@dataclass
class Guest:
    """One person of the play, and what the edge told them."""

    number: int
    name: str
    part: Part
    trip: Trip | None = None
    method: str = "pm_card_visa"
    rest: Rest | None = None
    participant: str = ""
    address: str = ""
    booking: str = ""
    event: str = ""
    journey: str = ""
    state: str = "LISTED"
    failed_cards: int = 0
    sent: int = 0
    acknowledged: int = 0
    ended: str = ""
    estimates: list[Estimate] = field(default_factory=list)

    @property
    def edge(self) -> Rest:
        if self.rest is None:
            raise RuntimeError(f"{self.name} has no link yet")
        return self.rest

    @property
    def organization(self) -> str:
        return "/".join(self.participant.split("/")[:2])


async def answer(guest: Guest) -> None:
    """Says yes or no by the link, and waits for the seat."""
    said = "ANSWER_NO" if guest.part is Part.DECLINES else "ANSWER_YES"
    await guest.edge.post(f"{guest.participant}:answer", {"answer": said} | once())
    if guest.part is not Part.DECLINES:
        await settle(guest, {"HELD", "REFUSED", "CONFIRMED"})


async def settle(guest: Guest, states: set[str], seconds: float = PATIENCE_SECONDS) -> str:
    """Waits until the participant is in one of the states; gives the one it is in."""
    me = await until(
        lambda: guest.edge.get(guest.participant), lambda p: state(p) in states, seconds
    )
    guest.state, guest.booking = state(me), me.get("booking", "")
    return guest.state


def state(participant: Json) -> str:
    return str(participant.get("state", "")).removeprefix("STATE_")


async def pay(guest: Guest) -> None:
    """Opens the payment and has it charged; after a decline, with another card."""
    payment = await _open(guest)
    for method in dict.fromkeys([guest.method, "pm_card_visa"]):
        await guest.edge.post(f"{payment['name']}:confirm", {"paymentMethod": method} | once())
        ended = await until(
            lambda: guest.edge.get(payment["name"]),
            lambda p: p["state"] in ("STATE_SUCCEEDED", "STATE_FAILED"),
            PATIENCE_SECONDS,
        )
        if ended["state"] == "STATE_SUCCEEDED":
            break
        guest.failed_cards += 1
    await settle(guest, {"CONFIRMED"})


async def _open(guest: Guest) -> Json:
    """Payment hears of the hold a moment after the buyer does; until then it is NOT_FOUND."""
    body = {"booking": guest.booking}

    async def ask() -> Json | None:
        try:
            return await guest.edge.post(f"{guest.organization}/payments", body, **once())
        except Declined as declined:
            if declined.reason != "BOOKING_NOT_FOUND":
                raise
            return None

    opened = await until(ask, lambda payment: payment is not None, PATIENCE_SECONDS)
    if opened is None:
        raise Declined(404, {"message": f"payment never heard of {guest.booking}"})
    return opened


async def consent(guest: Guest, event: str, rate: float) -> None:
    """Agrees to be seen on the way, which begins the journey."""
    body = {"event": event, "consent": True, "playbackRate": rate}

    async def ask() -> Json | None:
        try:
            return await guest.edge.post(f"{guest.organization}/journeys", body, **once())
        except Declined as declined:
            if declined.reason not in ("NOT_ATTENDING", "EVENT_NOT_FOUND"):
                raise
            return None

    journey = await until(ask, lambda found: found is not None, PATIENCE_SECONDS)
    if journey is None:
        raise Declined(409, {"message": f"location never heard that {guest.name} comes"})
    guest.event, guest.journey = event, journey["name"]


async def travel(
    guest: Guest, channel: grpc.aio.Channel, trip: Trip, alive: Callable[[], float] = time.time
) -> None:
    """Streams the trip as it happens: each position when the clock reaches its time."""
    metadata = [("authorization", guest.edge.authorization)]
    async with Tracker(
        channel, guest.journey, metadata, heard=_remember(guest), event=guest.event
    ) as tracker:
        try:
            for fix in trip.fixes:
                await asyncio.sleep(max(0.0, fix.time - alive()))
                if tracker.ended:
                    break
                await tracker.add(position(fix))
            await tracker.drain()
        finally:
            guest.sent, guest.acknowledged = tracker.sent, tracker.acknowledged
            guest.ended = tracker.ended or ""


def _remember(guest: Guest) -> Callable[[location_pb2.Arrival], None]:
    def heard(arrival: location_pb2.Arrival) -> None:
        if arrival.HasField("p50_time"):
            guest.estimates.append(Estimate(time.time(), arrival.p50_time.ToNanoseconds() / 1e9))

    return heard


def position(fix: Fix) -> location_pb2.Position:
    """A fix as the contract has it."""
    return location_pb2.Position(
        location=latlng_pb2.LatLng(latitude=fix.latitude, longitude=fix.longitude),
        capture_time=stamp(fix.time),
        horizontal_accuracy_meters=fix.accuracy or 0,
        speed_meters_per_second=None if fix.speed is None else max(0.0, fix.speed),
    )


def stamp(seconds: float) -> timestamp_pb2.Timestamp:
    at = timestamp_pb2.Timestamp()
    at.FromMicroseconds(round(seconds * 1e6))
    return at


def arrived(journey: Json) -> float | None:
    """When the journey arrived, in seconds since 1970, by the device's clock."""
    text = journey.get("arriveTime")
    return datetime.fromisoformat(text).timestamp() if text else None
