"""Imports: a table of a hundred thousand people, beside a bare COPY of the same rows.

Both start from the text in memory and end with the commit, into tables of the same columns,
constraints and indexes.
"""

from __future__ import annotations

import random
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from services.event.events import actions as events
from services.event.events import wire as event_wire
from services.event.imports import actions, wire
from services.kit.caller import SYSTEM, acting
from services.kit.db import Database, Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.tenant import within
from tests.bench import report
from tests.bench.place import Place
from turnout.event.v1 import event_pb2

PEOPLE = 100_000
MOST_ROUNDS = 2
WARM = 5_000
# A city of names, so that they are as alike as in life.
GIVEN = ("Ada", "Bob", "Cem", "Dai", "Eve", "Flo", "Gül", "Hal", "Ida", "Jo", "Kim", "Léa")
FAMILY = ("Adams", "Bauer", "Costa", "Demir", "Evans", "Fischer", "García", "Haas", "Ito", "Jung")


async def run(place: Place) -> list[report.Row]:
    _, db = await place.database("event")
    owner = await place.databases.owner(db)
    people = place.pace.rows(PEOPLE)
    ours, bare = [], []
    for number in range(min(MOST_ROUNDS, place.pace.rounds) + 1):
        organization, count = new_id(), people if number else place.pace.rows(WARM)
        event, other = [await drafted(db, organization) for _ in range(2)]
        seconds = await imported(db, event, table(count, seed=number).encode(), count)
        bare_seconds = await copied(owner, event, other)
        if number:
            ours.append(count / seconds)
            bare.append(count / bare_seconds)
    name = f"import: {people} participants"
    return [report.row(name, "1/s", ours, "COPY of the same rows", bare, at_least=0.5)]


def table(count: int, *, seed: int) -> str:
    """People with an address each, and every third with a phone and a language as well."""
    chance = random.Random(seed)
    lines = ["display_name,email,phone,language_code"]
    for number in range(count):
        given, family = chance.choice(GIVEN), chance.choice(FAMILY)
        phone, language = (f"+4917{number:08}", "de") if number % 3 == 0 else ("", "")
        lines.append(f"{given} {family},{given}.{family}.{number}@example.org,{phone},{language}")
    return "\n".join(lines)


async def drafted(db: Database, organization: uuid.UUID) -> Name:
    day = datetime.now(UTC) + timedelta(days=30)
    zone = {"id": "Europe/Berlin"}
    when: dict[str, Any] = {"year": day.year, "month": day.month, "day": day.day}
    message = event_pb2.Event(
        display_name="Gig",
        venue={"display_name": "Hall", "location": {"latitude": 52.52, "longitude": 13.405}},
        start_time=when | {"hours": 19, "time_zone": zone},
        end_time=when | {"hours": 22, "time_zone": zone},
        ticket_types=[{"id": "standard", "capacity": 5}],
    )
    with within(organization), acting(SYSTEM("event")):
        made = await db.run(
            events.create, organization, event_wire.plan(message), datetime.now(UTC)
        )
    return made.name


async def imported(db: Database, event: Name, data: bytes, count: int) -> float:
    """Seconds from the bytes of the table to the commit."""
    with within(event.organization), acting(SYSTEM("event")):
        began = time.perf_counter()
        form = await db.read(actions.form, event)
        people, flaws, _ = wire.table(data, "text/csv", form)

        async def take_in(tx: Tx) -> Any:
            return await actions.take_in(tx, event, people, datetime.now(UTC), report=False)

        taken = await db.run(take_in)
        seconds = time.perf_counter() - began
    assert (taken.created, flaws) == (count, [])
    return seconds


async def copied(owner: psycopg.AsyncConnection[Any], event: Name, other: Name) -> float:
    """Seconds to copy the rows that were imported to another event, as text that is there."""
    text = bytearray()
    async with owner.cursor() as cursor:
        rows = sql.SQL("select * from participants where organization = {} and event = {}").format(
            event.organization, event.id
        )
        async with cursor.copy(sql.SQL("copy ({}) to stdout").format(rows)) as copy:
            async for part in copy:
                text += part
    data = b"".join(moved(line.split(b"\t"), str(other.id)) for line in bytes(text).splitlines())
    began = time.perf_counter()
    async with owner.cursor() as cursor, cursor.copy("copy participants from stdin") as copy:
        await copy.write(data)
    return time.perf_counter() - began


def moved(row: list[bytes], event: str) -> bytes:
    """The same row under another id, at another event."""
    organization, _, _, *rest = row
    return b"\t".join([organization, str(new_id()).encode(), event.encode(), *rest]) + b"\n"
