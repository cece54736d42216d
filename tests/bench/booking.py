"""Holding seats: of one event that everybody wants, and of a thousand."""

from __future__ import annotations

import asyncio
import itertools
import re
import uuid
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Callable, Sequence

from deploy.local.postgres import installed
from services.booking import actions, wire
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.tenant import within
from tests.bench import availability, load, report
from tests.bench.load import Sample, Side
from tests.bench.place import Place
from tests.booking.builders import announcement, create, ticket_type
from tests.serving import NOBODY, as_user

METHOD = "/turnout.booking.v1.BookingService/CreateBooking"
ECHO, QUICK = "echo", "echo on uvloop"
CALLED = "booking: holds on one event, 64 callers"
EVENTS_ON_SALE = 1000
CALLERS = (64, 256)
# Milliseconds until who watches sees the last committed state.
SEEN = 200.0

# What a shop does that knows nothing better, as one row of the event and one of the booking.
PLAIN = """
begin;
select free from event where id = 1 for update;
insert into reservation (event, buyer) values (1, 'users/' || gen_random_uuid());
update event set free = free - 1 where id = 1;
commit;
"""
PLAIN_TABLES = (
    "create table event (id int primary key, free bigint not null check (free >= 0))",
    "create table reservation (id bigint generated always as identity primary key,"
    " event int not null, buyer text not null, create_time timestamptz default now())",
    "insert into event values (1, 1000000000)",
)
PLAIN_CLIENTS = 32


async def run(place: Place) -> list[report.Row]:
    url, db = await place.database("booking")
    events = await on_sale(db, EVENTS_ON_SALE)
    kind = "turnout.booking.v1.CreateBookingRequest"
    echo, quick = await place.echo(kind), await place.echo(kind, loop="uvloop")
    ours = await place.service("booking", url)
    two = await place.service("booking", url, processes=2)
    users = [as_user() for _ in range(max(CALLERS))]
    hot, spread = orders(events[:1]), orders(events)
    sides = {
        f"{ECHO} 64": echo.side("/bench/Unary", 64, hot, users),
        f"{QUICK} 64": quick.side("/bench/Unary", 64, hot, users),
        "hot 64": ours.side(METHOD, 64, hot, users),
        f"{ECHO} 256": echo.side("/bench/Unary", 256, hot, users),
        "hot 256": ours.side(METHOD, 256, hot, users),
        "two 64": two.side(METHOD, 64, hot, users),
        "spread 64": ours.side(METHOD, 64, spread, users),
        "plain": await plain(place),
    }
    found = await load.interleaved(sides, place.pace)
    seconds = place.pace.seconds * place.pace.rounds
    seen = await availability.lags(two, events[1], users[0], NOBODY, seconds)
    return [*rows(found), *watched(seen)]


def watched(lags: Sequence[float]) -> list[report.Row]:
    """How late those hear of a hold who watch the event, beside what we promise, in ms."""
    said = f"booking: a hold until it is seen by {availability.WATCHERS} who watch, two processes"
    return [
        report.against(f"{said}, {name}", "ms", [load.percentile(lags, part) * 1e3], SEEN)
        for name, part in (("p50", 0.50), ("p99", 0.99))
    ]


def rows(found: dict[str, list[Sample]]) -> list[report.Row]:
    rates = {name: load.rates(samples) for name, samples in found.items()}
    said = []
    for callers in CALLERS:
        hot, echo = found[f"hot {callers}"], found[f"{ECHO} {callers}"]
        one = f"booking: holds on one event, {callers} callers"
        said += [
            report.row(one, "1/s", load.rates(hot), ECHO, load.rates(echo), at_least=0.7),
            report.row(f"{one}, p99", "ms", load.p99s(hot), ECHO, load.p99s(echo), at_most=2.0),
            report.row(f"{one}, server", "µs", load.costs(hot), ECHO, load.costs(echo)),
        ]
    first, echo_rate = rates["hot 64"], rates[f"{ECHO} 64"]
    two = "booking: the same by two processes, 64 callers"
    many = f"booking: holds on {EVENTS_ON_SALE:,} events, 64 callers"
    return [
        *said,
        report.row(CALLED, "1/s", first, QUICK, rates[f"{QUICK} 64"]),
        report.row(two, "1/s", rates["two 64"], ECHO, echo_rate, at_least=0.9),
        report.row(many, "1/s", rates["spread 64"], ECHO, echo_rate, at_least=0.6),
        report.row(
            CALLED,
            "1/s",
            first,
            f"pgbench, {PLAIN_CLIENTS} clients",
            rates["plain"],
            at_least=2.0,
        ),
    ]


async def on_sale(db: Database, count: int) -> list[Name]:
    """Announces events with more seats than anybody could hold."""
    organization = new_id()
    events = [Name(organization, new_id()) for _ in range(count)]
    with within(organization):
        for name in events:
            told = announcement(name, ticket_type(capacity=2_000_000_000))
            await db.run(actions.announce, *wire.announced(told))
    return events


def orders(events: Sequence[Name]) -> Callable[[int], bytes]:
    """Orders of one seat, of one event after the other, each with an id of its own."""
    waiting = itertools.cycle([create(event) for event in events])

    def order(_: int) -> bytes:
        request = next(waiting)
        request.request_id = str(uuid.uuid4())
        return request.SerializeToString()

    return order


async def plain(place: Place) -> Side:
    """pgbench on the same server, with as many clients as do it best."""
    url = await place.plain(*PLAIN_TABLES, "grant all on event, reservation to public")
    script = place.home / "plain.sql"
    script.write_text(PLAIN)

    async def run(seconds: float) -> Sample:
        clients = ("-n", "-M", "prepared", "-c", str(PLAIN_CLIENTS), "-j", "2")
        words = (*clients, "-T", str(max(1, round(seconds))), "-f", str(script), url)
        process = await asyncio.create_subprocess_exec(
            installed() / "pgbench", *words, stdout=PIPE, stderr=STDOUT
        )
        said = (await process.communicate())[0].decode()
        done = re.search(r"actually processed: (\d+)", said)
        rate = re.search(r"tps = ([0-9.]+)", said)
        if done is None or rate is None:
            raise RuntimeError(f"pgbench said:\n{said}")
        count = int(done[1])
        return Sample(count / float(rate[1]), [PLAIN_CLIENTS / float(rate[1])] * count)

    return Side(run)
