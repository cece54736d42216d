"""How the database lists and adds up: by its indexes, however many rows there are."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from services.event.analytics import actions as analytics
from services.event.events import store as events
from services.event.events.domain import Wanted
from services.event.exports import actions as exports
from services.event.webhooks import store as webhooks
from services.kit.db import Session
from services.kit.names import Name
from services.kit.tenant import tenant, within
from tests.bench.event import OFFERS, PARTICIPANTS, RECEIPTS, SALES
from tests.event.many import fill

pytestmark = pytest.mark.server

EVENTS, PEOPLE, PAGE = 1_500, 5, 51
STEPS = """
insert into steps (organization, participant, position, mark, reach_time)
select organization, id, 1, 'invited', now() from participants
"""
DELIVERIES = """
insert into webhook_endpoints (organization, id, uri, description, state, pause_reason,
    generation, failures, create_time, update_time, version)
values (%(organization)s, %(organization)s, '', '', 'enabled', '', 1, 0, now(), now(), 1);
insert into webhook_deliveries (organization, id, endpoint, fact, kind, subject, body, fact_time,
    fate, attempts, status, response, problem, version)
select %(organization)s, gen_random_uuid(), %(organization)s, gen_random_uuid(), 'BookingHeld',
    's' || n % 500, '', now(), case when n % 20 = 0 then 'pending' else 'delivered' end,
    1, 200, '', '', 1
from generate_series(1, 5000) as n;
"""


@pytest.fixture(scope="module")
async def full(database):
    """A database with many rows of one organization, and one of its events."""
    async with database.lent("event") as db:
        owner, organization = await database.owner(db), uuid.uuid4()
        await fill(owner, organization, EVENTS)
        for statement in (PARTICIPANTS, STEPS, OFFERS, SALES, RECEIPTS):
            await owner.execute(statement, {"people": PEOPLE})
        for statement in filter(str.strip, DELIVERIES.split(";")):
            text = statement.replace("%(organization)s", f"'{organization}'")
            await owner.execute(text)
        await owner.execute("analyze")
        rows = await (await owner.execute("select id from events limit 1")).fetchall()
        yield db, Name(organization, rows[0].id)


@pytest.fixture
def plans(monkeypatch, full):
    """The plan of each statement that is run from here on, as the service's role is told it."""
    found: list[str] = []
    ask, (_, event) = Session.all, full

    async def explained(self: Session, statement: Any, /, **params: Any) -> list[Any]:
        # Other servers of this process look after themselves meanwhile.
        if tenant.get() != event.organization:
            return await ask(self, statement, **params)
        # Of a table as small as these the planner may choose either; what has no index to go by
        # is read from end to end even so.
        await self.connection.execute("set local enable_seqscan = off")
        asked = f"explain {statement.text}"
        rows = await self.connection.execute(asked, statement.bind(params))
        found.append("\n".join(row[0] for row in await rows.fetchall()))
        return await ask(self, statement, **params)

    monkeypatch.setattr(Session, "all", explained)
    return found


async def members_events(tx, event):
    wanted = Wanted(organization=event.organization, public=False, city=None, end_after=None)
    return await events.page(tx, wanted, after=None, most=PAGE)


async def people_of(tx, event):
    return await exports.batch(tx, event.organization, event, after=None, most=PAGE)


async def everybody(tx, event):
    first = uuid.UUID(int=0)
    return await exports.batch(tx, event.organization, None, after=first, most=PAGE)


async def figures_of_one(tx, event):
    return await analytics.of_event(tx, event)


async def figures_of_all(tx, event):
    return await analytics.of_organization(tx, event.organization)


async def deliveries(tx, event):
    return await webhooks.page_of_deliveries(
        tx, event.organization, endpoint=None, fate=None, after=None, most=PAGE
    )


async def told_next(tx, event):
    (first, *_) = await webhooks.firsts(tx, Name(event.organization, event.organization))
    delivery = await webhooks.delivery(tx, Name(event.organization, first))
    return await webhooks.is_first(tx, delivery)


@pytest.mark.parametrize(
    "ask",
    [
        members_events,
        people_of,
        everybody,
        figures_of_one,
        figures_of_all,
        deliveries,
        told_next,
    ],
)
async def test_nothing_is_read_from_end_to_end(full, plans, ask):
    db, event = full

    with within(event.organization):
        assert await db.read(ask, event)

    assert plans
    assert [plan for plan in plans if "Seq Scan on" in plan] == []
