"""Messages: from a fact that was heard to a row that waits to be sent, in one transaction."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg_pool

from services.kit.caller import SYSTEM, acting
from services.kit.db import Database, organization_of
from services.kit.ids import new_id
from services.kit.inbox import LANES, Heard
from services.kit.secrets import derive
from services.kit.tenant import within
from services.messaging.__main__ import SEALS
from services.messaging.inbox import hears
from services.messaging.notices.wire import membership_link
from tests.bench import load, report
from tests.bench.echo import KEEP
from tests.bench.load import Sample, Side, hammer
from tests.bench.place import Place
from tests.serving import SECRET
from turnout.auth.v1 import organization_pb2
from turnout.event.v1 import event_pb2, participant_pb2


async def run(place: Place) -> list[report.Row]:
    _, db = await place.database("messaging")
    options = {"autocommit": True, "prepare_threshold": 1}
    url = await place.keeper()
    async with psycopg_pool.AsyncConnectionPool(
        url, min_size=LANES, max_size=LANES, kwargs=options, open=False
    ) as pool:
        sides = {"ours": await hearing(db), "commit": Side(committing(pool))}
        found = await load.interleaved(sides, place.pace)
    name = f"messaging: invitations queued, {LANES} at a time"
    ours, bare = load.rates(found["ours"]), load.rates(found["commit"])
    return [report.row(name, "1/s", ours, "one commit", bare)]


async def hearing(db: Database) -> Side:
    """People are invited to one event, one after the other."""
    handlers: Any = hears(
        derive(SECRET, SEALS), membership_link("", SECRET), lambda: datetime.now(UTC)
    )
    club = f"organizations/{uuid.uuid4()}"
    event = f"{club}/events/{uuid.uuid4()}"

    async def hear(fact: Any, subject: str) -> None:
        organization = organization_of(subject)
        heard = Heard(new_id(), "event", subject, organization, datetime.now(UTC))
        with within(organization), acting(SYSTEM("messaging")):
            await db.run(handlers[type(fact)], fact, heard)

    async def invite(_: int) -> None:
        name = f"{club}/participants/{uuid.uuid4()}"
        invited = participant_pb2.ParticipantInvited(
            participant=name,
            event=event,
            display_name="Ada",
            email="ada@example.org",
            link=f"http://127.0.0.1:8080/join/#{name}",
        )
        await hear(invited, name)

    async def run(seconds: float) -> Sample:
        return await hammer(invite, LANES, seconds)

    created = organization_pb2.OrganizationCreated(organization=club, display_name="The Club")
    await hear(created, club)
    told = event_pb2.Announcement(event=event, display_name="Gig", time_zone="Europe/Berlin")
    told.start_time.GetCurrentTime()
    await hear(event_pb2.EventPublished(announcement=told), event)
    return Side(run)


def committing(pool: psycopg_pool.AsyncConnectionPool[Any]) -> load.Run:
    """One row of the size of an invitation, and a commit."""
    body = bytes(500)

    async def keep(_: int) -> None:
        async with pool.connection() as connection:
            await connection.execute(KEEP, [body])

    async def run(seconds: float) -> Sample:
        return await hammer(keep, LANES, seconds)

    return run
