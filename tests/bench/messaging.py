"""Messages: from a fact to a row that waits, and what providers tell to a row on the disk."""

from __future__ import annotations

import hmac
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg_pool

from services.kit.caller import SYSTEM, acting
from services.kit.db import Database, organization_of
from services.kit.ids import new_id
from services.kit.inbox import BATCH, LANES, Heard, hear_together
from services.kit.secrets import derive
from services.kit.tenant import within
from services.messaging.__main__ import SEALS
from services.messaging.inbox import hears
from services.messaging.notices.wire import signed_link
from tests.bench import load, report, sending
from tests.bench.echo import KEEP
from tests.bench.load import Sample, Side, hammer
from tests.bench.place import Place, Server
from tests.serving import SECRET
from turnout.auth.v1 import organization_pb2
from turnout.event.v1 import event_pb2, participant_pb2
from turnout.messaging.v1 import channel_webhook_pb2

HEAR = "/turnout.messaging.v1.ChannelWebhookService/ReceiveWhatsAppWebhook"
HEARD = "turnout.messaging.v1.ReceiveWhatsAppWebhookRequest"
APP, CALLERS = "what the app signs with", 32


async def run(place: Place) -> list[report.Row]:
    _, db = await place.database("messaging")
    options = {"autocommit": True, "prepare_threshold": 1}
    url = await place.keeper()
    async with psycopg_pool.AsyncConnectionPool(
        url, min_size=LANES, max_size=LANES, kwargs=options, open=False
    ) as pool:
        sides = {"ours": await hearing(db), "commit": Side(committing(pool))}
        found = await load.interleaved(sides, place.pace)
    name = f"messaging: invitations queued, {LANES} x {BATCH} at a time"
    ours, bare = load.rates(found["ours"]), load.rates(found["commit"])
    queued = report.row(name, "1/s", ours, "one commit", bare)
    return [
        queued,
        *await webhooks(place),
        *await sending.queueing(place),
        *await sending.dispatching(place),
    ]


async def webhooks(place: Place) -> list[report.Row]:
    """What WhatsApp tells, signed, and on the disk before it is answered."""
    url, _ = await place.database("messaging")
    ours = await place.service("messaging", url, TURNOUT_WHATSAPP_APP_SECRET=APP)
    keeper = await place.keeper()
    echo, quick = await place.echo(HEARD, keeper), await place.echo(HEARD, keeper, "uvloop")
    sides = {
        "ours": telling(ours, HEAR),
        "echo": telling(echo, "/bench/Commit"),
        "quick": telling(quick, "/bench/Commit"),
    }
    found = await load.interleaved(sides, place.pace)
    name, baseline = f"messaging: webhooks kept, {CALLERS} callers", "echo and one commit"
    mine, bare = found["ours"], found["echo"]
    return [
        report.row(name, "1/s", load.rates(mine), baseline, load.rates(bare), at_least=0.6),
        report.row(name, "1/s", load.rates(mine), "on uvloop", load.rates(found["quick"])),
        report.row(f"{name}, p99", "ms", load.p99s(mine), baseline, load.p99s(bare)),
    ]


def telling(server: Server, method: str) -> Side:
    """WhatsApp tells of one message after the other, each once, and signs it."""
    calls = server.unary(method)
    metadata = {"display_phone_number": "1", "phone_number_id": "1"}

    async def tell(number: int) -> None:
        status = {"id": f"wamid.{uuid.uuid4().hex}", "status": "sent", "timestamp": "1760000000"}
        value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [status]}
        entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        request = channel_webhook_pb2.ReceiveWhatsAppWebhookRequest()
        request.body.content_type, request.body.data = "application/json", body
        mac = hmac.digest(APP.encode(), body, "sha256").hex()
        signed = (("x-hub-signature-256", f"sha256={mac}"),)
        await calls[number % len(calls)](request.SerializeToString(), metadata=signed)

    async def run(seconds: float) -> Sample:
        return await hammer(tell, CALLERS, seconds)

    return Side(run, server.pids)


async def hearing(db: Database) -> Side:
    """People are invited to one event."""
    handlers: Any = hears(derive(SECRET, SEALS), signed_link("", SECRET), lambda: datetime.now(UTC))
    club = f"organizations/{uuid.uuid4()}"
    event = f"{club}/events/{uuid.uuid4()}"

    async def hear(fact: Any, subject: str) -> None:
        organization = organization_of(subject)
        heard = Heard(new_id(), "event", subject, organization, datetime.now(UTC))
        with within(organization), acting(SYSTEM("messaging")):
            await db.run(handlers[type(fact)], fact, heard)

    async def invite(_: int) -> None:
        """As many as the inbox reads at a time, and takes in together."""
        told = []
        for _ in range(BATCH):
            name = f"{club}/participants/{uuid.uuid4()}"
            invited = participant_pb2.ParticipantInvited(
                participant=name,
                event=event,
                display_name="Ada",
                email="ada@example.org",
                link=f"http://127.0.0.1:8080/join/#{name}",
            )
            organization = organization_of(name)
            told.append((invited, Heard(new_id(), "event", name, organization, datetime.now(UTC))))
        together = handlers[participant_pb2.ParticipantInvited]
        with within(organization), acting(SYSTEM("messaging")):
            await db.run(hear_together, together, told)

    async def run(seconds: float) -> Sample:
        found = await hammer(invite, LANES, seconds)
        return Sample(found.seconds, [each for each in found.latencies for _ in range(BATCH)])

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
