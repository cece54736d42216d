"""Who comes to the gatherings of these tests, and the roads they take."""

from __future__ import annotations

import json
import pathlib
import secrets
import time
from typing import TYPE_CHECKING, Any

from deploy.demo import organizer as organizers
from deploy.demo.guest import Guest, Part
from deploy.demo.organizer import VENUE, Organizer
from deploy.demo.rest import Json, once, until
from deploy.demo.trips import Fix, Trip

if TYPE_CHECKING:
    from tests.journeys.conftest import Edge

WALK = 0.000_012_6  # degrees of latitude in a second, at 1.4 m/s


async def gathering(who: Organizer, *, capacity: int = 5, lasts: float = 3600) -> Json:
    """A published event that begins in ten minutes."""
    start, end = organizers.from_now(600), organizers.from_now(600 + lasts)
    return await organizers.announce(who, capacity, start, end)


async def invited(edge: Edge, who: Organizer, event: Json, number: int = 0) -> Guest:
    """Somebody who has read their invitation."""
    name = f"Guest {number} {secrets.token_hex(3)}"
    listed = await organizers.invite(who, event["name"], name, number)
    guest = Guest(number, name, Part.TRAVELS, participant=listed["name"])
    guest.address = listed.get("email") or listed["phone"]
    guest.rest = edge.rest.bearing(f"Link {await link(edge, guest.address)}")
    return guest


async def link(edge: Edge, address: str) -> str:
    """The link in the newest message to an address that has one."""

    async def read() -> str:
        bodies = [m["body"] for m in messages(edge.mesh.messages) if m["to"] == address]
        found = [body for body in bodies if "/join/#" in body]
        return found[-1].partition("/join/#")[2].split()[0] if found else ""

    text = await until(read, bool, 30)
    assert text, f"no invitation came to {address}"
    return text


def messages(file: pathlib.Path) -> list[dict[str, Any]]:
    """What the console provider has sent so far."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line) for line in lines]


def walk(seconds: int, *, rate: float = 20, past: float = 30) -> Trip:
    """A walk to the venue from the south, which arrives `seconds` of life from now."""
    begin = time.time() + 0.5
    fixes = [
        Fix(
            begin + second / rate,
            VENUE[0] + WALK * (second - seconds),
            VENUE[1],
            accuracy=8.0,
            speed=1.4,
        )
        for second in range(0, seconds + int(past), 2)
    ]
    return Trip("a walk from the south", "walk", tuple(fixes))


async def booked(edge: Edge, who: Organizer, event: Json, number: int = 0) -> Guest:
    """Somebody who said yes and holds a seat."""
    from deploy.demo import guest as guests

    guest = await invited(edge, who, event, number)
    await guests.answer(guest)
    assert guest.state == "HELD"
    return guest


def request_id() -> str:
    return str(once()["requestId"])
