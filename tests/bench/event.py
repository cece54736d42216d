"""Lists and figures: of a hundred thousand events they must not take much longer than of few.

One organization has 1 000 events with 10 000 participants, the other a hundred times as many,
in databases of their own on one server.
"""

from __future__ import annotations

import contextlib
import importlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.event.analytics import actions as analytics
from services.event.events import store as events
from services.event.events.domain import Wanted
from services.event.exports import actions as exports
from services.kit.db import Database
from services.kit.names import Name
from services.kit.tenant import within
from tests.bench import load, report
from tests.bench.load import Sample, Side, hammer
from tests.bench.place import Place
from tests.event.many import fill

# What counts the rows that were there before the triggers were.
counting = importlib.import_module("services.event.migrations.v0008_analytics")

FEW, MANY = 1_000, 100_000
PEOPLE = 10  # at each event
AT_MOST = 3.0
# There are several to measure, and each of them is quick.
SHORTER = 3
PAGE = 51

PARTICIPANTS = """
insert into participants (organization, id, event, display_name, email, email_key, language_code,
    state, answer, note, create_time, update_time, version, name_key, likeness, reached, channels)
select e.organization, gen_random_uuid(), e.id, 'Guest ' || n, n || '@example.org',
    n || '@example.org', 'en',
    (array['invited', 'accepted', 'confirmed', 'arrived'])[1 + n %% 4],
    case when n %% 4 > 0 then 'yes' end, '', now(), now(), 1, 'guest ' || n, 'guest ' || n,
    (array['invited', 'sent', 'accepted', 'confirmed', 'arrived'])[:2 + n %% 4],
    array['email']
from events e, generate_series(1, %(people)s) as n
"""
OFFERS = """
insert into offers (organization, event, seats, ticket_types, capacities, tell_time)
select organization, id, 100, array['standard'], array[100], now() from events
"""
# One in five has paid, on one of the last 300 days.
SALES = """
insert into sales (organization, booking, event, ticket_types, quantities, confirm_time,
    confirm_day)
select organization, id, event, array['standard'], array[1], now(),
    date '2026-01-01' + (hashtext(id::text) & 255)
from participants where hashtext(id::text) %% 5 = 0
"""
RECEIPTS = """
insert into receipts (organization, id, booking, event, day, kind, currency, amount_minor, time)
select organization, booking, booking, event, confirm_day, 'captured', 'EUR', 1250, now()
from sales
"""


@dataclass(frozen=True)
class House:
    """An organization with a database to itself, and one of its events."""

    db: Database
    event: Name
    events: int

    @property
    def organization(self) -> uuid.UUID:
        return self.event.organization


async def run(place: Place) -> list[report.Row]:
    few, many = [await filled(place, place.pace.rows(count)) for count in (FEW, MANY)]
    pace = replace(place.pace, seconds=place.pace.seconds / SHORTER)
    rows = []
    for name, ask in QUESTIONS.items():
        sides = {"many": asking(many, ask), "few": asking(few, ask)}
        found = await load.interleaved(sides, pace)
        # Seconds for each question are what is compared: the inverse of the rate.
        ours, theirs = (_milliseconds(found[side]) for side in ("many", "few"))
        title = f"event: {name}, of {many.events}"
        baseline = f"of {few.events}"
        rows.append(report.row(title, "ms", ours, baseline, theirs, at_most=AT_MOST))
    return rows


def _milliseconds(samples: Sequence[Sample]) -> list[float]:
    """How long a question takes; nothing where there was no time for even one."""
    return [1000 / sample.rate if sample.rate else 0.0 for sample in samples]


# What is written only once, and before anything is measured, need not be safe on the disk.
QUICKLY = (
    "alter system set fsync = off",
    "alter system set full_page_writes = off",
    "alter system set max_wal_size = '8GB'",
    "select pg_reload_conf()",
    "set synchronous_commit = off",
    "set maintenance_work_mem = '256MB'",
    "set work_mem = '128MB'",
    # Neither references nor triggers: what they do is done at once afterwards.
    "set session_replication_role = replica",
)
APART = """
select conname as name, pg_get_constraintdef(oid) as made, true as constrains
from pg_constraint where conrelid = 'participants'::regclass and contype = 'u'
union all
select indexname, indexdef, false from pg_indexes
where tablename = 'participants' and indexname like '%_idx'
"""


async def filled(place: Place, count: int) -> House:
    _, db = await place.database("event")
    owner, organization = await place.databases.owner(db), uuid.uuid4()
    for statement in QUICKLY:
        await owner.execute(statement)
    await fill(owner, organization, count)
    async with without_indexes(owner):
        await owner.execute(PARTICIPANTS, {"people": PEOPLE})
    for statement in (OFFERS, SALES, RECEIPTS):
        await owner.execute(statement, {})
    for table in ("participants", "offers", "sales", "receipts"):
        await owner.execute(counting._backfill(table))
    await owner.execute("analyze")
    found = await (await owner.execute("select id from events order by id limit 1")).fetchone()
    assert found is not None
    return House(db, Name(organization, found.id), count)


@contextlib.asynccontextmanager
async def without_indexes(owner: Any) -> AsyncIterator[None]:
    """Makes the indexes of participants after they are filled, which is quicker."""
    apart = await (await owner.execute(APART)).fetchall()
    for each in apart:
        drop = f"alter table participants drop constraint {each.name}"
        await owner.execute(drop if each.constrains else f"drop index {each.name}")
    yield
    for each in apart:
        add = f"alter table participants add constraint {each.name} {each.made}"
        await owner.execute(add if each.constrains else each.made)


def asking(house: House, ask: Callable[[House], Awaitable[Any]]) -> Side:
    """One who asks, again and again; the gRPC around it costs the same in both houses."""

    async def once(_: int) -> None:
        with within(house.organization):
            await ask(house)

    async def run(seconds: float) -> Sample:
        return await hammer(once, 1, seconds)

    return Side(run)


# --- what is asked


async def list_events(house: House) -> None:
    wanted = Wanted(organization=house.organization, public=False, city=None, end_after=None)
    found = await house.db.read(events.page, wanted, after=None, most=PAGE)
    assert len(found) == PAGE


async def list_participants(house: House) -> None:
    found = await house.db.read(
        exports.batch, house.organization, house.event, after=None, most=PAGE
    )
    assert len(found) == PEOPLE


async def list_everybody(house: House) -> None:
    found = await house.db.read(exports.batch, house.organization, None, after=None, most=PAGE)
    assert len(found) == PAGE


async def figures_of_one(house: House) -> None:
    found = await house.db.read(analytics.of_event, house.event)
    assert found.of("reached", "listed") == PEOPLE


async def figures_of_all(house: House) -> None:
    found = await house.db.read(analytics.of_organization, house.organization)
    assert found.of("reached", "listed") == house.events * PEOPLE


QUESTIONS: dict[str, Callable[[House], Awaitable[Any]]] = {
    "a page of events": list_events,
    "the participants of an event": list_participants,
    "a page of all participants": list_everybody,
    "figures of an event": figures_of_one,
    "figures of the organization": figures_of_all,
}
