from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from services.event import tables
from services.event.events import domain, store
from services.event.events.domain import EVENTS
from services.kit import migrate
from services.kit.db import sql
from services.kit.tables import kit_metadata, members_metadata
from services.kit.tenant import within
from turnout.event.v1 import event_pb2

pytestmark = pytest.mark.server


async def test_a_migrated_database_has_exactly_the_declared_tables(database):
    urls = await database.urls("event")

    drift = await asyncio.to_thread(
        migrate.drift, urls.owner, kit_metadata, members_metadata, tables.metadata
    )

    assert drift == []


async def count(db, table, organization):
    statement = sql(sa.select(sa.func.count().label("rows")).select_from(table))

    async def ask(tx):
        return (await tx.one(statement)).rows

    with within(organization):
        return await db.read(ask)


async def test_the_database_itself_shows_nobody_elses_rows(world, house):
    other = await world.house()
    ada, _ = await house.guest()
    await house.ask(event_pb2.Event(name=ada.event), {"id": "q", "display_name": "Q", "type": 1})
    await other.ask(await other.draft(), {"id": "q", "display_name": "Q", "type": 1})
    db = world.db

    # What was published is everybody's to see, and so are its tickets; drafts and people are not.
    mine = await count(db, tables.events, house.organization)
    mine_asked = await count(db, tables.registration_forms, house.organization)
    assert await count(db, tables.registration_forms, other.organization) == mine_asked + 1
    assert await count(db, tables.events, other.organization) == mine + 1
    assert await count(db, tables.events, None) == mine
    assert await count(db, tables.registration_forms, None) == mine_asked
    for table in (tables.participants, tables.steps, tables.tasks, tables.figures):
        assert await count(db, table, house.organization) > 0
        assert await count(db, table, other.organization) == 0
        assert await count(db, table, None) == 0


async def test_what_everybody_sees_not_everybody_changes(world, house):
    event = EVENTS.parse((await house.published()).name)
    steal = sql(
        sa.update(tables.events)
        .where(tables.events.c.id == sa.bindparam("theirs"))
        .values(display_name="mine now")
    )

    with within((await world.house()).organization):
        assert await world.db.run(lambda tx: tx.run(steal, theirs=event.id)) == 0
        with pytest.raises(domain.EventNotFound):
            await world.db.run(store.lock_event, event)


async def test_what_is_counted_is_its_owners(world, house):
    other = await world.house()
    rows = {
        "offers": "event, seats, tell_time) values (%s, gen_random_uuid(), 1, now())",
        "sales": "booking) values (%s, gen_random_uuid())",
        "receipts": "id, booking, kind, currency, amount_minor, time)"
        " values (%s, gen_random_uuid(), gen_random_uuid(), 'captured', 'EUR', 1, now())",
        "deliveries": "message, channel, kind)"
        " values (%s, gen_random_uuid(), 'email', 'invitation')",
        "arrivals": "journey, event, lateness)"
        " values (%s, gen_random_uuid(), gen_random_uuid(), 1)",
    }
    for name, row in rows.items():
        await world.owner.execute(f"insert into {name} (organization, {row}", [house.organization])
        table = tables.metadata.tables[name]

        assert await count(world.db, table, house.organization) == 1
        assert await count(world.db, table, other.organization) == 0
        assert await count(world.db, table, None) == 0
