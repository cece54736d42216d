"""Statements compile once and say what they want; transactions keep all or nothing."""

from __future__ import annotations

import asyncio
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from google.type import money_pb2
from psycopg import errors as pg
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit import clock, db, errors, telemetry
from services.kit.caller import Caller, Kind, acting
from services.kit.db import Database, sql
from services.kit.tenant import tenant, within
from tests.kit.refusals import Declined
from tests.kit.tables import gadgets
from turnout.bus.v1 import bus_pb2

ID: sa.BindParameter[Any] = sa.bindparam("id")
ADD = sql(sa.insert(gadgets).values({c: sa.bindparam(c) for c in ("organization", "id", "label")}))
GET = sql(sa.select(gadgets).where(gadgets.c.id == ID))
LOCK = sql(sa.select(gadgets).where(gadgets.c.id == ID).with_for_update())
ALL = sql(sa.select(gadgets).order_by(gadgets.c.label))
TAKE = sql(
    sa.update(gadgets)
    .where(gadgets.c.id == ID)
    .values(left=gadgets.c.left - sa.bindparam("taken", 1))
    .returning(gadgets.c.left)
)
SLEEP = sql(sa.select(sa.func.pg_sleep(sa.bindparam("seconds", type_=sa.Double))))
BROKEN = sql(sa.select(sa.literal(1) / sa.bindparam("zero", 0)))


class LabelTaken(errors.AlreadyExists):
    message = "{label} is taken"
    label: str


@pytest.fixture
def organization():
    with within(uuid.uuid4()) as _:
        yield tenant.get()


@pytest.fixture
async def kit(database):
    async with database.lent("kit") as db:
        yield db


@pytest.fixture
async def tiny(database):
    """A database that one transaction at a time may use."""
    async with database.lent("kit", size=1) as db:
        yield db


async def add(tx, label="lamp", id=None):
    id = id or uuid.uuid4()
    await tx.run(ADD, organization=tenant.get(), id=id, label=label)
    return id


async def labels(tx):
    return [row.label for row in await tx.all(ALL)]


# --- statements


def test_a_missing_or_unknown_parameter_is_named():
    with pytest.raises(TypeError, match=r"missing parameters: id; unknown parameters: ident"):
        GET.bind({"ident": uuid.uuid4()})


def test_a_list_whose_length_would_change_the_text_is_refused_at_import():
    with pytest.raises(TypeError, match="any_"):
        sql(sa.select(gadgets).where(gadgets.c.id.in_(sa.bindparam("ids"))))


def test_a_default_that_only_python_knows_is_refused_at_import():
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), sa.Column("b", sa.Integer))
    table.c.b.default = sa.ColumnDefault(lambda: 5)
    table.c.b.default._set_parent(table.c.b)

    with pytest.raises(TypeError, match="server_default"):
        sql(sa.insert(table).values(a=1))


def test_an_insert_without_values_takes_what_the_database_does_not_fill():
    assert sql(sa.insert(gadgets)).names == {"organization", "id", "label", "extra", "picture"}


def test_literals_are_filled_in_and_optional_parameters_may_be_left_out():
    statement = sql(
        sa.select(gadgets)
        .where(gadgets.c.left > 3, gadgets.c.label.in_(["a", "b"]), gadgets.c.id == ID)
        .limit(sa.bindparam("most", 10, type_=sa.Integer))
    )
    id = uuid.uuid4()

    assert sorted(map(str, statement.bind({"id": id}).values())) == sorted(
        ["10", "3", "a", "b", str(id)]
    )
    assert 5 in statement.bind({"id": id, "most": 5}).values()


async def test_a_percent_sign_means_itself(kit):
    plain = sql(sa.text("select '100%' as share"))
    given = sql(sa.text("select '%s' as a, cast(:b as text) as b"))

    assert (await kit.read(lambda tx: tx.one(plain))).share == "100%"
    assert await kit.read(lambda tx: tx.one(given, b="%(b)s")) == ("%s", "%(b)s")


async def test_values_come_back_as_they_went_in(kit, organization):
    everything = sql(
        sa.insert(gadgets)
        .values(
            {c: sa.bindparam(c) for c in ("organization", "id", "label", "extra", "tags")}
            | {"picture": sa.bindparam("picture"), "create_time": sa.bindparam("create_time")}
        )
        .returning(gadgets)
    )
    values = {
        "organization": organization,
        "id": uuid.uuid4(),
        "label": "a % and a %(label)s, ünïcödé",
        "extra": {"nested": [1, None, "x"]},
        "tags": ["one", "two, three", 'qu"ote'],
        "picture": b"\x00\xff%s",
        "create_time": datetime(2026, 11, 21, 12, 30, 0, 123456, UTC),
    }

    row = await kit.run(lambda tx: tx.one(everything, **values))

    assert {key: getattr(row, key) for key in values} == values
    assert (row.left, row.open) == (5, False)


async def test_nothing_is_a_value_too(kit, organization):
    row = sql(sa.insert(gadgets).returning(gadgets.c.extra, gadgets.c.picture))
    values = {"organization": organization, "id": uuid.uuid4(), "label": "x"}

    found = await kit.run(lambda tx: tx.one(row, **values, extra=None, picture=None))

    assert found == (None, None)


async def test_arrays_upserts_updates_and_deletes(kit, organization):
    adding = insert(gadgets).values({c: sa.bindparam(c) for c in ("organization", "id", "label")})
    upsert = sql(
        adding.on_conflict_do_update(
            constraint="gadgets_organization_label_key", set_={"left": 1, "tags": ["again"]}
        ).returning(gadgets.c.id, gadgets.c.left, gadgets.c.tags)
    )
    some = sa.bindparam("ids", type_=ARRAY(sa.Uuid))
    drop = sql(sa.delete(gadgets).where(gadgets.c.id == sa.any_(some)))

    async def work(tx):
        ids = [await add(tx, label) for label in "abc"]
        again = await tx.one(upsert, organization=organization, id=uuid.uuid4(), label="b")
        left = await tx.one(TAKE, id=ids[0], taken=2)
        dropped = await tx.run(drop, ids=[ids[0], ids[2], uuid.uuid4()])
        return ids, again, left, dropped, await labels(tx)

    ids, again, left, dropped, remaining = await kit.run(work)

    assert again == (ids[1], 1, ["again"])
    assert left.left == 3
    assert (dropped, remaining) == (2, ["b"])


async def test_many_rows_go_in_at_once(kit, organization):
    rows = [{"organization": organization, "id": uuid.uuid4(), "label": str(n)} for n in range(50)]

    added = await kit.run(lambda tx: tx.many(ADD, rows))

    assert added == 50
    assert await kit.run(lambda tx: tx.many(ADD, [])) == 0
    assert len(await kit.read(labels)) == 50


async def test_one_row_means_one_row(kit, organization):
    async def work(tx):
        assert await tx.maybe(GET, id=uuid.uuid4()) is None
        with pytest.raises(LookupError, match="0 rows where there must be one"):
            await tx.one(GET, id=uuid.uuid4())
        await add(tx, "a")
        await add(tx, "b")
        with pytest.raises(LookupError, match="2 rows where there may be one"):
            await tx.maybe(ALL)

    await kit.run(work)


# --- transactions


async def test_what_an_action_wrote_is_gone_when_it_refuses(kit, organization):
    async def work(tx):
        await add(tx)
        tx.publish(money_pb2.Money(units=1), subject="things/1")
        raise Declined()

    with pytest.raises(Declined):
        await kit.run(work)

    assert await kit.read(labels) == []


async def test_an_action_that_hides_a_failed_statement_keeps_nothing(kit, organization):
    async def work(tx):
        await add(tx)
        with pytest.raises(pg.DivisionByZero):
            await tx.run(BROKEN)

    with pytest.raises(RuntimeError, match="nothing was kept"):
        await kit.run(work)

    assert await kit.read(labels) == []


async def test_a_savepoint_undoes_its_own_part_only(kit, organization, owner):
    subject = f"organizations/{organization}"

    async def work(tx):
        await add(tx, "kept")
        tx.publish(money_pb2.Money(units=1), subject=subject)
        with pytest.raises(pg.DivisionByZero):
            async with tx.savepoint():
                await add(tx, "undone")
                tx.publish(money_pb2.Money(units=2), subject=subject)
                tx.schedule("undone", organization, uuid.uuid4(), clock.now())
                await tx.run(BROKEN)

    await kit.run(work)

    assert await kit.read(labels) == ["kept"]
    told = await (await owner(kit)).execute(
        "select from outbox where organization = %s", [organization]
    )
    assert told.rowcount == 1


async def test_a_named_violation_becomes_a_refusal(kit, organization):
    async def work(tx, constraint):
        await add(tx, "same")
        with db.refuse_on(constraint, LabelTaken("same")):
            await add(tx, "same")

    with pytest.raises(LabelTaken, match="same is taken"):
        await kit.run(work, "gadgets_organization_label_key")
    with pytest.raises(pg.UniqueViolation):
        await kit.run(work, constraint="gadgets_left_check")


async def test_nobody_sees_the_rows_of_another_organization(kit):
    mine, theirs = uuid.uuid4(), uuid.uuid4()
    with within(theirs):
        id = await kit.run(add, "theirs")

    for somebody_else in (mine, None):
        with within(somebody_else):
            assert await kit.read(labels) == []
            assert await kit.run(lambda tx: tx.maybe(LOCK, id=id)) is None
            assert await kit.run(lambda tx: tx.run(TAKE, id=id)) == 0
    with within(theirs):
        assert await kit.read(labels) == ["theirs"]


async def test_nobody_writes_rows_into_another_organization(kit):
    forged = {"organization": uuid.uuid4(), "id": uuid.uuid4(), "label": "forged"}

    for somebody_else in (uuid.uuid4(), None):
        with within(somebody_else), pytest.raises(pg.InsufficientPrivilege):
            await kit.run(lambda tx: tx.run(ADD, **forged))


async def test_what_is_public_is_seen_by_all_and_changed_by_none(kit):
    publish = sql(sa.update(gadgets).where(gadgets.c.id == ID).values(open=True))
    with within(uuid.uuid4()):
        id = await kit.run(add)
        await kit.run(lambda tx: tx.run(publish, id=id))

    with within(uuid.uuid4()):
        assert (await kit.read(lambda tx: tx.one(GET, id=id))).open
        assert await kit.run(lambda tx: tx.run(TAKE, id=id)) == 0


async def test_the_transaction_knows_its_caller_whatever_the_name(kit):
    setting = sql(sa.select(sa.func.current_setting("turnout.caller").label("caller")))

    for name in ("users/1", "o'brien\\'; drop table gadgets; --", "", "%s %(x)s"):
        with acting(Caller(name, Kind.USER)):
            assert (await kit.run(lambda tx: tx.one(setting))).caller == name


async def test_no_setting_outlives_its_transaction(tiny):
    kit = tiny
    settings = sql(
        sa.select(
            *(
                sa.func.current_setting(name).label(name.replace(".", "_"))
                for name in ("turnout.organization", "turnout.caller", "statement_timeout")
            )
        )
    )
    until = clock.deadline.set(time.monotonic() + 60)
    with within(uuid.uuid4()), acting(Caller("users/1", Kind.USER)):
        confined = await kit.run(lambda tx: tx.one(settings))
    clock.deadline.reset(until)

    assert confined.turnout_caller == "users/1" and confined.statement_timeout != "0"
    assert await kit.run(lambda tx: tx.one(settings)) == ("", "", "0")


async def test_a_reader_sees_one_moment_and_cannot_write(kit, organization):
    async def twice(tx):
        before = await labels(tx)
        await asyncio.create_task(written())
        return before, await labels(tx)

    async def written():
        db.in_transaction.set(False)
        await kit.run(add, "new")

    assert await kit.read(twice) == ([], [])
    assert await kit.read(labels) == ["new"]
    with pytest.raises(pg.ReadOnlySqlTransaction):
        await kit.read(add)


async def test_a_reader_cannot_publish(kit):
    async def work(tx):
        tx.publish(money_pb2.Money(), subject="things/1")

    with pytest.raises(RuntimeError, match="published"):
        await kit.read(work)


async def test_a_transaction_inside_another_is_a_mistake_that_is_told(kit):
    async def outer(tx):
        assert db.in_transaction.get()
        await kit.run(labels)

    with pytest.raises(RuntimeError, match="open already"):
        await kit.run(outer)
    assert not db.in_transaction.get()


async def test_who_loses_a_deadlock_starts_again(kit, organization):
    a, b = await kit.run(add, "a"), await kit.run(add, "b")
    locked, tries = asyncio.Barrier(2), []

    async def work(tx, first, second):
        tries.append(first)
        await tx.run(TAKE, id=first)
        if len(tries) <= 2:
            await locked.wait()
        await tx.run(TAKE, id=second)

    await asyncio.gather(kit.run(work, a, b), kit.run(work, b, a))

    assert len(tries) == 3
    assert [row.left for row in await kit.read(lambda tx: tx.all(ALL))] == [3, 3]


async def test_who_always_loses_is_told_to_try_again(kit):
    tries = []

    async def unlucky(tx):
        tries.append(1)
        raise pg.SerializationFailure()

    with pytest.raises(db.Contended):
        await kit.run(unlucky)
    assert len(tries) == db.TRIES


async def test_many_writers_of_one_row_take_turns(kit, organization):
    id = await kit.run(add)

    async def take(tx):
        left = (await tx.one(LOCK, id=id)).left
        if not left:
            raise Declined()
        await tx.run(TAKE, id=id)

    results = await asyncio.gather(*(kit.run(take) for _ in range(30)), return_exceptions=True)

    assert sum(result is None for result in results) == 5
    assert all(result is None or isinstance(result, Declined) for result in results)


# --- facts and work


async def test_facts_are_written_with_the_commit(kit, organization, owner):
    subject = f"organizations/{organization}/gadgets/1"
    kit.told.clear()

    async def work(tx):
        tx.publish(money_pb2.Money(currency_code="EUR", units=1), subject=subject)
        tx.publish(money_pb2.Money(currency_code="EUR", units=2), subject=subject)

    with telemetry.following("") as span:
        await kit.run(work)

    cursor = await (await owner(kit)).execute(
        "select * from outbox where organization = %s order by position", [organization]
    )
    rows = await cursor.fetchall()
    facts = [bus_pb2.Fact.FromString(row.body) for row in rows]
    assert kit.told.is_set()
    assert [row.told_time for row in rows] == [None, None]
    assert [row.type for row in rows] == ["google.type.Money"] * 2
    assert [(fact.id, fact.source, fact.subject) for fact in facts] == [
        (str(row.id), "kit", subject) for row in rows
    ]
    assert {fact.traceparent for fact in facts} == {str(span)}
    assert [fact.create_time.ToDatetime(UTC) for fact in facts] == [row.create_time for row in rows]
    body = money_pb2.Money()
    assert facts[1].body.Unpack(body) and body.units == 2


async def test_a_fact_about_nobodys_resource_has_no_organization(kit, owner):

    async def work(tx):
        tx.publish(money_pb2.Money(), subject="users/5")

    await kit.run(work)

    cursor = await (await owner(kit)).execute("select organization, subject from outbox")
    assert await cursor.fetchall() == [(None, "users/5")]


async def test_the_last_word_on_what_is_due_counts(kit, owner):
    organization, one, two, three = (uuid.uuid4() for _ in range(4))
    early, late = clock.now(), clock.now() + timedelta(hours=1)

    async def first(tx):
        tx.schedule("lapse", organization, one, early)
        tx.schedule("lapse", organization, one, late)
        tx.schedule("lapse", organization, two, early)
        tx.unschedule("lapse", two)
        tx.schedule("lapse", None, three, late)

    async def second(tx):
        tx.unschedule("lapse", three)
        tx.unschedule("remind", one)
        tx.schedule("lapse", organization, one, early)

    await kit.run(first)
    cursor = await (await owner(kit)).execute("select id, organization, due_time from due")
    rows = await cursor.fetchall()
    assert sorted(rows) == sorted([(one, organization, late), (three, None, late)])
    assert not kit.scheduled.is_set()

    await kit.run(second)
    cursor = await (await owner(kit)).execute("select id, due_time, attempts from due")
    assert await cursor.fetchall() == [(one, early, 0)]
    assert kit.scheduled.is_set()


async def test_what_is_due_by_a_time_may_be_due_earlier(kit, owner):
    organization, one, two = (uuid.uuid4() for _ in range(3))
    early, late = (clock.now() + timedelta(hours=hours) for hours in (1, 2))

    def by(*times):
        async def work(tx):
            for id, at in times:
                tx.schedule_by("lapse", organization, id, at)

        return work

    await kit.run(by((one, late), (one, early), (two, late)))
    await kit.run(by((one, late), (two, early)))

    rows = await (await owner(kit)).execute("select id, due_time from due")
    assert sorted(await rows.fetchall()) == sorted([(one, early), (two, early)])


async def test_what_somebody_is_at_is_due_again_for_who_came_too_late(kit, owner):
    organization, id, at = uuid.uuid4(), uuid.uuid4(), clock.now()

    async def work(tx):
        tx.schedule_by("lapse", organization, id, at + timedelta(hours=1))

    await kit.run(work)
    await (await owner(kit)).execute("update due set lease_time = now(), attempts = 3")
    await kit.run(work)

    rows = await (await owner(kit)).execute("select id, attempts from due")
    assert await rows.fetchall() == [(id, 0)]
    assert not kit.scheduled.is_set()


# --- connections


async def backends(owner):
    """How many connections of the service are in a transaction right now."""
    cursor = await owner.execute(
        "select from pg_stat_activity where datname = current_database()"
        " and application_name = 'turnout-kit' and state <> 'idle'"
    )
    return cursor.rowcount


@pytest.mark.parametrize("moment", [0, 0.001, 0.003, 0.01, 0.05, 0.2])
async def test_a_cancelled_action_leaves_a_clean_connection(tiny, owner, organization, moment):
    kit = tiny

    async def slow(tx):
        await add(tx)
        await tx.run(SLEEP, seconds=60.0)

    tasks = [asyncio.create_task(kit.run(slow)) for _ in range(5)]
    await asyncio.sleep(moment)
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    assert await asyncio.gather(*(kit.read(labels) for _ in range(5))) == [[]] * 5
    assert await backends(await owner(kit)) == 0
    assert not kit.pool.get_stats().get("requests_waiting")


async def test_a_broken_connection_is_replaced(tiny, owner, organization):
    kit = tiny
    await asyncio.gather(*(kit.run(labels) for _ in range(3)))
    kill = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and application_name = 'turnout-kit'"
    )

    await (await owner(kit)).execute(kill)
    await kit.run(add, "after idle")

    async def unlucky(tx):
        await add(tx, "never")
        await (await owner(kit)).execute(kill)
        await add(tx, "never either")

    with pytest.raises(db.DatabaseAway):
        await kit.run(unlucky)
    assert await kit.read(labels) == ["after idle"]


async def test_the_deadline_of_the_call_ends_its_statements(kit):
    token = clock.deadline.set(time.monotonic() + 0.1)

    with pytest.raises(db.DatabaseSlow):
        await kit.run(lambda tx: tx.run(SLEEP, seconds=60.0))
    with pytest.raises(db.DatabaseSlow):
        await kit.run(labels)

    clock.deadline.reset(token)


async def test_no_server_is_told_as_such(postgres, monkeypatch):
    monkeypatch.setattr(db, "PATIENCE", 0.3)

    with pytest.raises(db.DatabaseAway):
        await Database.open("postgresql:///nothing?host=/nowhere", "kit")


async def test_too_long_a_queue_is_refused(database, monkeypatch):
    monkeypatch.setattr(db, "WAITING", 2)
    kit = await database.fresh("kit", size=1)
    hold = asyncio.Event()

    async def holding(tx):
        await hold.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(kit.run(holding))
        await asyncio.sleep(0.05)
        with pytest.raises(db.DatabaseBusy):
            await kit.run(labels)
        hold.set()


async def test_prepared_statements_are_in_use(tiny, owner):
    kit = tiny
    prepared = sql(
        sa.select(sa.text("statement"))
        .select_from(sa.text("pg_prepared_statements"))
        .where(sa.text("statement like '%gadgets%'"))
    )

    for _ in range(2):
        await kit.run(lambda tx: tx.all(GET, id=uuid.uuid4()))

    assert len(await kit.run(lambda tx: tx.all(prepared))) == 1


def test_psycopg_runs_in_c():
    assert psycopg.pq.__impl__ in ("binary", "c")


async def test_what_is_left_to_write_comes_with_the_commit(kit, organization):
    async def later(tx):
        for label in "ab":
            tx.write(ADD, organization=organization, id=uuid.uuid4(), label=label)
        return await tx.all(ALL)

    before = await kit.run(later)
    after = await kit.run(lambda tx: tx.all(ALL))

    assert before == []
    assert [row.label for row in after] == ["a", "b"]


async def test_what_is_left_to_write_is_all_or_nothing(kit, organization):
    same = uuid.uuid4()

    async def twice(tx):
        for label in "ab":
            tx.write(ADD, organization=organization, id=same, label=label)

    with pytest.raises(pg.UniqueViolation):
        await kit.run(twice)

    assert await kit.run(lambda tx: tx.all(ALL)) == []


async def test_a_savepoint_takes_back_what_was_left_to_write(kit, organization):
    async def declined(tx):
        with pytest.raises(Declined):
            async with tx.savepoint():
                tx.write(ADD, organization=organization, id=uuid.uuid4(), label="a")
                raise Declined

    await kit.run(declined)

    assert await kit.run(lambda tx: tx.all(ALL)) == []
