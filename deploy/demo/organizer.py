"""The organizer: signs up, announces the event, invites, and watches who comes."""

from __future__ import annotations

import asyncio
import json
import pathlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx

from deploy.demo import letters
from deploy.demo.rest import Json, Rest, once

ZONE = "Europe/Lisbon"
VENUE = (38.7139, -9.1394)
# How long who watches waits before they watch again.
REOPEN_SECONDS = 0.2
# Two messages in two minutes, as it is by itself, would make a long play.
MESSAGES_A_SECOND = 500
PRICE = {"currencyCode": "EUR", "units": "12", "nanos": 500_000_000}


@dataclass(frozen=True)
class Organizer:
    """Somebody with an organization. `rest` bears their token."""

    rest: Rest
    email: str
    organization: str


async def register(
    rest: Rest, email: str, display_name: str, password: str, messages: pathlib.Path
) -> Json:
    """Asks for an account, and answers the code that comes to the address; gives the user."""
    wanted = {"user": {"email": email, "displayName": display_name}, "password": password}
    asked = await rest.post("auth/register", wanted | once())
    answer = {"challenge": asked["challenge"], "code": await letters.code(messages, email)}
    return await rest.post("auth/confirm-registration", answer)


async def sign_up(rest: Rest, messages: pathlib.Path) -> Organizer:
    """Registers, logs in, refreshes once, and founds an organization that writes to many.

    `messages` is the file that the console provider writes.
    """
    email = f"organizer-{secrets.token_hex(4)}@demo.turnout.app"
    password = secrets.token_urlsafe(16)
    await register(rest, email, "Olga Organizer", password, messages)
    session = await rest.post("auth/login", {"email": email, "password": password})
    fresh = await rest.post("auth/refresh", {"refreshToken": session["refreshToken"]})
    mine = rest.bearing(f"Bearer {fresh['accessToken']}")
    founded = await mine.post("organizations", {"displayName": "Friends of the demo"}, **once())
    for channel in ("email", "sms"):
        policy = f"{founded['name']}/ratePolicies/{channel}"
        await mine.patch(policy, {"count": MESSAGES_A_SECOND, "interval": "1s"})
    return Organizer(mine, email, founded["name"])


async def announce(
    who: Organizer, capacity: int, start: datetime, end: datetime, layout: Json | None = None
) -> Json:
    """Creates an event and publishes it. With a layout, one sits in the seats of it."""
    venue: Json = {
        "displayName": "Praça do Comércio",
        "address": "Praça do Comércio, 1100-148 Lisboa",
        "city": "Lisboa",
        "location": {"latitude": VENUE[0], "longitude": VENUE[1]},
        "arrivalRadiusMeters": 100,
    }
    ticket: Json = {"id": "standard", "price": PRICE, "capacity": capacity}
    if layout is not None:
        venue["layout"] = layout
        ticket["sections"] = [section["id"] for section in layout["sections"]]
    event = {
        "displayName": "The demo gathering",
        "description": "Everybody comes their own way.",
        "venue": venue,
        "startTime": civil(start),
        "endTime": civil(end),
        "ticketTypes": [ticket],
    }
    draft = await who.rest.post(f"{who.organization}/events", event, **once())
    return await who.rest.post(f"{draft['name']}:publish", once())


def civil(when: datetime) -> Json:
    """A `google.type.DateTime` by the clock of the venue."""
    local = when.astimezone(ZoneInfo(ZONE))
    date = {"year": local.year, "month": local.month, "day": local.day}
    time = {"hours": local.hour, "minutes": local.minute, "seconds": local.second}
    return date | time | {"timeZone": {"id": ZONE}}


async def invite(who: Organizer, event: str, name: str, number: int) -> Json:
    """Puts a person on the list, by e-mail or by phone in turns, and sends the link."""
    reach = {"email": f"guest-{number}-{secrets.token_hex(3)}@demo.turnout.app"}
    if number % 3 == 2:
        reach = {"phone": f"+4917{secrets.randbelow(10**8):08d}"}
    person = {"event": event, "displayName": name} | reach
    listed = await who.rest.post(f"{who.organization}/participants", person, **once())
    return await who.rest.post(f"{listed['name']}:invite", once())


async def watch(who: Organizer, event: str) -> AsyncIterator[Json]:
    """Frames of `WatchArrivals` as a browser gets them; opens again when it is cut."""
    token = ""
    headers = {"accept": "text/event-stream", "authorization": who.rest.authorization}
    while True:
        query = {"resumeToken": token} if token else {}
        try:
            async with who.rest.client.stream(
                "GET",
                f"/api/v1/{event}/arrivals:watch",
                params=query,
                headers=headers,
                timeout=httpx.Timeout(10, read=60),
            ) as lines:
                async for line in lines.aiter_lines():
                    if line.startswith("data:"):
                        frame = json.loads(line[5:])
                        token = frame.get("resumeToken", token)
                        yield frame
        except httpx.TransportError:
            pass  # it was cut
        # It ended, or the edge misses a service.
        await asyncio.sleep(REOPEN_SECONDS)


def from_now(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
