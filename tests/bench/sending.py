"""Messages on their way: queued by calls, and handed to a provider that takes its time."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from services.kit.caller import SYSTEM, acting
from services.kit.db import Database, Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.secrets import derive, seal
from services.kit.tenant import within
from services.kit.work import Worker
from services.messaging.__main__ import SEALS
from services.messaging.campaigns import actions as campaigns
from services.messaging.campaigns import store as campaign_store
from services.messaging.campaigns.domain import Campaign
from services.messaging.channels.provider import LOST, Claim
from services.messaging.circulars import actions as circulars
from services.messaging.dispatch.actions import line_up, look_at
from services.messaging.dispatch.domain import Outcome, Rate, Taken
from services.messaging.dispatch.work import Dispatcher
from services.messaging.messages import store
from services.messaging.messages.domain import MESSAGES, Channel, Kind, Letter, Message, Text
from services.messaging.messages.store import New
from services.messaging.people import store as people
from services.messaging.people.domain import PARTICIPANTS, Gathering
from services.messaging.templates import actions as templates
from services.messaging.templates.domain import Template, Translation
from tests.bench import load, report
from tests.bench.place import Place
from tests.serving import SECRET, as_user
from turnout.messaging.v1 import messaging_pb2

SEND = "/turnout.messaging.v1.MessagingService/SendMessage"
REQUEST = "turnout.messaging.v1.SendMessageRequest"
CALLERS, CLUBS = 64, 4
# Seconds that the provider takes, and messages in a second that are wanted all the same.
LATENCY, WANTED = 0.1, 1000.0
KEY = derive(SECRET, SEALS)
Connection = psycopg.AsyncConnection[Any]
LEFT = "select count(*) from messages where state <> 'sent'"
# Whether anything went out, and whether anything is left: by an index, for there is much of it.
GONE = "select count(*) from (select from messages where send_time is not null limit 1) as one"
WAITS = "wait_time is null and state in ('queued', 'sending')"
STILL = f"select count(*) from (select from messages where {WAITS} limit 1) as one"  # noqa: S608
# A campaign that is queued, without going through Python a million times.
QUEUE = """
insert into messages (organization, id, recipient, to_name, address, channel, kind, subject, body,
  state, provider, provider_message, failure_reason, attempts, open_attempt, create_time, version,
  priority, circular)
select %s, gen_random_uuid(), %s || '/participants/' || gen_random_uuid(), 'Ada',
  number || '@example.org', 'email', 'campaign', 'News', 'Ada, bring a towel.', 'queued', '', '',
  '', 0, false, now(), 1, 4, %s
from generate_series(1, %s) as number
"""
REMINDED = (
    "select count(*) from messages where organization = %s and id = %s and send_time is not null"
)
# How many reminders are timed, and how long one may take: until the next tick, in seconds.
REMINDERS, TICK = 10, 1.0


async def queueing(place: Place) -> list[report.Row]:
    """A program of an organization writes to a participant, again and again."""
    url, db = await place.database("messaging")
    club, person, user = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    owner = await place.databases.owner(db)
    await owner.execute(
        "insert into participants (organization, id, display_name, email, phone, language, link)"
        " values (%s, %s, 'Ada', 'ada@example.org', '', '', '')",
        [club, person],
    )
    member = 'insert into members (organization, "user", role) values (%s, %s, %s)'
    await owner.execute(member, [club, user, "OWNER"])

    def asked(_: int) -> bytes:
        return messaging_pb2.SendMessageRequest(
            parent=f"organizations/{club}",
            participant=f"organizations/{club}/participants/{person}",
            subject="Doors open earlier",
            text="Doors open at seven. " * 20,
            request_id=str(uuid.uuid4()),
        ).SerializeToString()

    server = await place.service("messaging", url)
    keeper, who = await place.keeper(), [as_user(user)]
    echo, quick = await place.echo(REQUEST, keeper), await place.echo(REQUEST, keeper, "uvloop")
    sides = {
        "ours": server.side(SEND, CALLERS, asked, who),
        "echo": echo.side("/bench/Commit", CALLERS, asked, who),
        "quick": quick.side("/bench/Commit", CALLERS, asked, who),
    }
    found = await load.interleaved(sides, place.pace)
    name, baseline = f"messaging: messages queued, {CALLERS} callers", "echo and one commit"
    mine, bare = found["ours"], found["echo"]
    return [
        report.row(name, "1/s", load.rates(mine), baseline, load.rates(bare), at_least=0.6),
        report.row(name, "1/s", load.rates(mine), "on uvloop", load.rates(found["quick"])),
        report.row(f"{name}, p99", "ms", load.p99s(mine), baseline, load.p99s(bare)),
    ]


class Pigeons:
    """A provider that takes its time, and everything."""

    name = "pigeons"

    async def send(self, letter: Letter, claim: Claim) -> Outcome:
        await claim()
        await asyncio.sleep(LATENCY)
        return Taken(str(letter.name.id))

    async def find(self, letter: Letter) -> Outcome:
        return LOST


async def dispatching(place: Place) -> list[report.Row]:
    """What waits on the lanes of a few organizations goes out by one worker."""
    _, db = await place.database("messaging")
    key, number = derive(SECRET, SEALS), place.pace.rows(4000)
    rates = []
    for _ in range(2):
        await lined_up(db, key, number)
        begun = time.perf_counter()
        await sent(place, db, key)
        rates.append(number / (time.perf_counter() - begun))
    name = f"messaging: dispatched by one worker, {LATENCY * 1000:.0f} ms each"
    return [report.against(name, "1/s", rates, WANTED, at_least=True)]


async def sent(place: Place, db: Database, key: bytes) -> None:
    """Has a worker send all that waits."""
    fast = Rate(100_000, timedelta(seconds=1))
    pigeons = {Channel.EMAIL: Pigeons()}
    dispatcher = Dispatcher(pigeons, key, lambda: datetime.now(UTC), fast)
    owner = await place.databases.owner(db)
    with contextlib.suppress(asyncio.CancelledError):
        async with asyncio.TaskGroup() as group:
            working = group.create_task(Worker(db, {}, dispatcher.errands).run())
            while tuple(await (await owner.execute(LEFT)).fetchone() or ()) != (0,):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            working.cancel()


async def lined_up(db: Database, key: bytes, number: int) -> None:
    """So many messages, ready to go, of a few organizations."""
    for _ in range(CLUBS):
        organization = uuid.uuid4()
        added = [_new(organization, key) for _ in range(number // CLUBS)]

        async def put(tx: Tx, added: list[New] = added) -> None:
            await store.add(tx, added)
            await line_up(tx, [each.message for each in added], datetime.now(UTC))

        with within(organization), acting(SYSTEM("messaging")):
            await db.run(put)


def _new(organization: uuid.UUID, key: bytes) -> New:
    message = Message(
        name=Name(organization, new_id()),
        recipient="users/ada",
        address="ada@example.org",
        channel=Channel.EMAIL,
        kind=Kind.REMINDER,
        event=None,
        shown=Text("See you", "soon"),
        create_time=datetime.now(UTC),
    )
    body = b"See you soon. " * 20
    return New(message, "Ada", seal(key, body, MESSAGES.format(message.name)))


async def fairness(place: Place) -> list[report.Row]:
    """A reminder of one organization, while a campaign of another is going out."""
    _, db = await place.database("messaging")
    owner = await place.databases.owner(db)
    number = place.pace.rows(100_000)
    await _campaign(db, owner, number)
    fast = Rate(100_000, timedelta(seconds=1))
    pigeons = {Channel.EMAIL: Pigeons()}
    dispatcher = Dispatcher(pigeons, KEY, lambda: datetime.now(UTC), fast)
    delays: list[float] = []
    with contextlib.suppress(asyncio.CancelledError):
        async with asyncio.TaskGroup() as group:
            working = group.create_task(Worker(db, {}, dispatcher.errands).run())
            while not await _number(owner, GONE):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            delays.append(await _reminded(db, owner))
            # Beside what is over there is nothing to time.
            while len(delays) < REMINDERS and await _number(owner, STILL):
                delays.append(await _reminded(db, owner))
            working.cancel()
    name = f"fairness: a reminder beside {number:,} messages of another organization"
    return [report.against(name, "s", delays, TICK)]


async def _number(owner: Connection, query: str, *given: Any) -> int:
    found = await (await owner.execute(query, given)).fetchone()
    assert found is not None
    return int(next(iter(found)))


async def _reminded(db: Database, owner: Connection) -> float:
    """Seconds until somebody is reminded."""
    new = _new(uuid.uuid4(), KEY)

    async def put(tx: Tx) -> None:
        await store.add(tx, [new])
        await line_up(tx, [new.message], datetime.now(UTC))

    begun = time.perf_counter()
    with within(new.message.name.organization), acting(SYSTEM("messaging")):
        await db.run(put)
    name = new.message.name
    while not await _number(owner, REMINDED, name.organization, name.id):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return time.perf_counter() - begun


async def _campaign(db: Database, owner: Connection, number: int) -> None:
    """So many messages that say the same, queued."""
    club = uuid.uuid4()
    words = Translation("en", "News", "{{ name }}, bring a towel.")
    with within(club), acting(SYSTEM("messaging")):
        circular = await db.run(circulars.keep, Name(club, new_id()), words, {})
    await owner.execute(QUEUE, [club, f"organizations/{club}", circular.name.id, number])
    await owner.execute("analyze messages")

    async def look(tx: Tx) -> None:
        await look_at(tx, club, {Channel.EMAIL: False}, datetime.now(UTC))

    with within(club), acting(SYSTEM("messaging")):
        await db.run(look)


async def campaigning(place: Place) -> list[report.Row]:
    """Many are written to, in words of their own, beside copying the same rows into the tables."""
    _, db = await place.database("messaging")
    owner = await place.databases.owner(db)
    number = place.pace.rows(100_000)
    name = await _planned(db, owner, number)
    begun = time.perf_counter()
    with within(name.organization), acting(SYSTEM("messaging")):
        while not await db.read(_complete, name):
            await db.run(campaigns.run, name, now=datetime.now(UTC))
    ours = number / (time.perf_counter() - begun)
    bare = number / await _copied(owner, name.organization)
    what = f"campaign: {number:,} people written to"
    return [report.row(what, "1/s", [ours], "bare COPY", [bare], at_least=0.3)]


async def _complete(tx: Tx, name: Name) -> bool:
    found = await campaign_store.find(tx, name)
    return found is not None and found.complete


async def _planned(db: Database, owner: Connection, number: int) -> Name:
    """A campaign to so many people, half of whom have a phone, too."""
    club, event, now = uuid.uuid4(), uuid.uuid4(), datetime.now(UTC)
    template = Template(
        Name(club, new_id()),
        "News",
        (),
        (Translation("en", "{{ event }}", "{{ name }}, bring a towel. {{ link }}"),),
        now,
        now,
    )
    campaign = Campaign(
        name=Name(club, new_id()),
        display_name="Towels",
        event=Name(club, event),
        template=template.name,
        template_version=1,
        variables={},
        channels=frozenset(),
        start_time=now,
        create_time=now,
    )

    async def make(tx: Tx) -> None:
        await people.know_event(tx, Gathering(campaign.event, "Gig", "Hall", now, "UTC"))
        await templates.create(tx, template)
        await campaigns.create(tx, campaign)

    with within(club), acting(SYSTEM("messaging")):
        await db.run(make)
    rows = "copy participants (organization, id, display_name, email, phone, language, link, event)"
    async with owner.cursor().copy(f"{rows} from stdin") as copy:
        for n in range(number):
            id = new_id()
            link = f"http://127.0.0.1:8080/join/#{id}".encode()
            sealed = seal(KEY, link, PARTICIPANTS.format(Name(club, id)))
            phone = f"+4930{n:07}" if n % 2 else ""
            await copy.write_row([club, id, "Ada", f"{n}@example.org", phone, "en", sealed, event])
    await owner.execute("analyze participants")
    return campaign.name


async def _copied(owner: Connection, club: uuid.UUID) -> float:
    """Seconds that it takes to copy what a campaign wrote into the tables that it is in."""
    kept: dict[str, bytes] = {}
    for table in ("messages", "campaign_messages", "cascades"):
        read = f"copy (select * from {table} where organization = '{club}') to stdout"  # noqa: S608
        async with owner.cursor().copy(read) as copy:
            kept[table] = b"".join([bytes(each) async for each in copy])
        await owner.execute(f"delete from {table} where organization = '{club}'")  # noqa: S608
        await owner.execute(f"vacuum {table}")
    begun = time.perf_counter()
    async with owner.transaction():
        for table, rows in kept.items():
            async with owner.cursor().copy(f"copy {table} from stdin") as copy:
                await copy.write(rows)
    return time.perf_counter() - begun
