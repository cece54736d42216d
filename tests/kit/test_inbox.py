"""What others tell takes effect once, in order, and one bad fact does not stop the rest."""

from __future__ import annotations

import asyncio
import pathlib
import tempfile
import uuid

import pytest
import sqlalchemy as sa
from google.protobuf.message import Message

from deploy.local.redis import Redis
from services.kit import telemetry
from services.kit.caller import caller
from services.kit.carrier import carrier
from services.kit.db import Database, sql
from services.kit.ids import new_id
from services.kit.inbox import BATCH, TRIES, Handler, Inbox, Together
from services.kit.outbox import Relay
from services.kit.tables import members, strict
from services.kit.tenant import tenant, within
from tests.kit.bus import named, tell, untold
from tests.kit.refusals import Declined
from tests.kit.test_db import ADD
from tests.waiting import eventually, running
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import organization_pb2
from turnout.bus.v1 import bus_pb2

Created = organization_pb2.OrganizationCreated


@pytest.fixture
def server():
    """A Redis that a test may kill."""
    with tempfile.TemporaryDirectory(prefix="turnout-") as home:
        found = Redis(pathlib.Path(home), fsync=False)
        found.start()
        yield found
        found.stop()


@pytest.fixture
async def auth(database):
    async with database.lent("kit", name="auth") as db:
        yield db


@pytest.fixture
async def event(database):
    async with database.lent("kit", name="event") as db:
        yield db


@pytest.fixture
async def rows(database, event):
    return await database.owner(event)


async def write_down(tx, fact, heard):
    """Keeps the name of a new organization as a gadget of it."""
    await tx.run(ADD, organization=heard.organization, id=new_id(), label=fact.display_name)


async def labels(rows):
    """What was written down, in the order of the effects."""
    cursor = await rows.execute("select label from gadgets order by create_time")
    return [row.label for row in await cursor.fetchall()]


async def labels_are(rows, expected):
    return await labels(rows) == expected


async def dead(rows):
    cursor = await rows.execute("select * from dead_facts order by position")
    return await cursor.fetchall()


async def acknowledged(server, number):
    """Whether the group has been given so many entries, and has nothing left to do."""
    async with carrier(server.url) as client:
        if not await client.exists("facts:auth"):
            return False
        length = (await client.xinfo_stream("facts:auth"))["length"]
        groups = await client.xinfo_groups("facts:auth")
        last = await client.xrevrange("facts:auth", count=1)
        return (
            length >= number
            and [found["pending"] for found in groups] == [0]
            and groups[0]["last-delivered-id"] == last[0][0]
        )


def inbox(db, server, handler=write_down):
    return Inbox(db, server.url, {Created: handler}, hurry=100)


async def test_a_fact_takes_effect_in_its_own_organization(server, auth, event, rows):
    seen, organization = [], uuid.uuid4()

    async def handler(tx, fact, heard):
        seen.append((tenant.get(), caller().name, telemetry.traceparent(), heard))
        await write_down(tx, fact, heard)

    with telemetry.following("") as span:
        await tell(auth, "a", organization)
    async with running(Relay(auth, server.url).run(), inbox(event, server, handler).run()):
        await eventually(lambda: labels_are(rows, ["a"]))

    ((within_, who, trace, heard),) = seen
    assert (within_, who) == (organization, "services/event")
    assert span.trace_id in trace
    assert (heard.source, heard.subject) == ("auth", f"organizations/{organization}")
    assert heard.organization == organization
    assert heard.create_time.tzinfo is not None


async def test_a_service_that_hears_nothing_waits_for_nothing(server, auth):
    async with asyncio.timeout(60):
        await Inbox(auth, server.url, {}).run()


async def told_anew(teller):
    """Has everything told again, once the relay knows that it told it."""
    await eventually(lambda: all_told(teller))
    await teller.execute("update outbox set told_time = null")


async def all_told(teller):
    return await untold(teller) == 0


async def test_a_fact_that_is_told_again_has_no_second_effect(server, auth, event, rows, database):
    async with running(Relay(auth, server.url).run(), inbox(event, server).run()):
        organization = uuid.uuid4()
        for n in range(5):
            await tell(auth, str(n), organization)
        await eventually(lambda: labels_are(rows, list("01234")))
        await told_anew(await database.owner(auth))
        await tell(auth, "after", organization)
        await eventually(lambda: acknowledged(server, 11))

    assert await labels(rows) == [*"01234", "after"]


async def test_two_inboxes_of_a_service_hear_a_fact_once(server, auth, event, rows):
    other = await Database.open(str(event.pool.conninfo), "event")
    async with running(
        Relay(auth, server.url).run(), inbox(event, server).run(), inbox(other, server).run()
    ):
        for n in range(30):
            await tell(auth, f"{n:02}")
        await eventually(lambda: acknowledged(server, 30))

    assert sorted(await labels(rows)) == [f"{n:02}" for n in range(30)]
    await other.close()


async def test_when_one_inbox_ends_another_goes_on(server, auth, event, rows):
    other = await Database.open(str(event.pool.conninfo), "event")
    async with running(Relay(auth, server.url).run(), inbox(other, server).run()):
        async with running(inbox(event, server).run()):
            await tell(auth, "a")
            await eventually(lambda: labels_are(rows, ["a"]))
        await tell(auth, "b")
        await eventually(lambda: labels_are(rows, ["a", "b"]))
    await other.close()


async def test_the_facts_of_one_organization_take_effect_in_order(server, auth, event, rows):
    organizations = [uuid.uuid4() for _ in range(5)]
    number = 3 * BATCH // 5

    async def handler(tx, fact, heard):
        await asyncio.sleep(0.001 * (hash(fact.display_name) % 3))
        await write_down(tx, fact, heard)

    for n in range(number):
        for organization in organizations:
            await tell(auth, f"{n:03}", organization)
    async with running(Relay(auth, server.url).run(), inbox(event, server, handler).run()):
        await eventually(lambda: acknowledged(server, 5 * number))

    for organization in organizations:
        cursor = await rows.execute(
            "select label from gadgets where organization = %s order by create_time", [organization]
        )
        assert [row.label for row in await cursor.fetchall()] == [f"{n:03}" for n in range(number)]


async def test_what_fails_for_a_while_takes_effect_once(server, auth, event, rows):
    tries = []

    async def handler(tx, fact, heard):
        tries.append(fact.display_name)
        await write_down(tx, fact, heard)
        if tries.count("b") < 4 and fact.display_name == "b":
            raise Declined()

    organization = uuid.uuid4()
    for text in "abc":
        await tell(auth, text, organization)
    async with running(Relay(auth, server.url).run(), inbox(event, server, handler).run()):
        await eventually(lambda: labels_are(rows, ["a", "b", "c"]))

    assert tries == ["a", "b", "b", "b", "b", "c"]
    assert await dead(rows) == []


async def test_what_fails_for_good_is_laid_aside_and_the_rest_goes_on(server, auth, event, rows):
    broken = True

    async def handler(tx, fact, heard):
        await write_down(tx, fact, heard)
        if fact.display_name == "bad" and broken:
            raise ValueError("cannot be")

    organization = uuid.uuid4()
    listening = inbox(event, server, handler)
    for text in ("a", "bad", "c"):
        await tell(auth, text, organization)
    async with running(Relay(auth, server.url).run(), listening.run()):
        await eventually(lambda: labels_are(rows, ["a", "c"]))
        await eventually(lambda: acknowledged(server, 3))

    (row,) = await dead(rows)
    assert (row.source, row.type) == ("auth", "turnout.auth.v1.OrganizationCreated")
    assert (row.error, row.tries) == ("ValueError: cannot be", TRIES)
    assert row.subject == f"organizations/{organization}"
    assert bus_pb2.Fact.FromString(row.body).id == row.id

    again = inbox(event, server, handler)
    assert await again.revive() == 0
    assert [row.tries for row in await dead(rows)] == [TRIES + 1]
    broken = False
    assert await again.revive() == 1
    assert await dead(rows) == []
    assert sorted(await labels(rows)) == ["a", "bad", "c"]
    assert await again.revive() == 0


async def test_many_facts_of_an_organization_take_effect_in_one_transaction(
    server, auth, event, rows
):
    batches = []

    async def hear(tx, told):
        batches.append([fact.display_name for fact, _ in told])
        assert {heard.organization for _, heard in told} == {tenant.get()}
        for fact, heard in told:
            await write_down(tx, fact, heard)

    organizations = [uuid.uuid4() for _ in range(2)]
    async with running(Relay(auth, server.url).run()):
        for n in range(20):
            for organization in organizations:
                await tell(auth, f"{n:02}", organization)
        async with carrier(server.url) as client:
            await eventually(lambda: length_is(client, 40))
        async with running(inbox(event, server, Together(hear)).run()):
            await eventually(lambda: acknowledged(server, 40))

    assert sorted(batches) == [[f"{n:02}" for n in range(20)]] * 2
    assert sorted(await labels(rows)) == sorted(f"{n:02}" for n in range(20) for _ in range(2))


async def test_of_many_facts_the_bad_one_is_laid_aside_and_the_rest_takes_effect_in_order(
    server, auth, event, rows
):
    batches = []

    async def hear(tx, told):
        batches.append(len(told))
        for fact, heard in told:
            await write_down(tx, fact, heard)
            if fact.display_name == "05":
                raise ValueError("cannot be")

    organization = uuid.uuid4()
    listening = inbox(event, server, Together(hear))
    async with running(Relay(auth, server.url).run()):
        for n in range(12):
            await tell(auth, f"{n:02}", organization)
        async with carrier(server.url) as client:
            await eventually(lambda: length_is(client, 12))
        async with running(listening.run()):
            await eventually(lambda: acknowledged(server, 12))

    # The hour of a row is that of its transaction, so those of one are in no order.
    assert sorted(await labels(rows)) == [f"{n:02}" for n in range(12) if n != 5]
    (row,) = await dead(rows)
    assert (row.error, row.tries) == ("ValueError: cannot be", TRIES)
    # Together, in halves, and those that are left by themselves.
    assert batches[:3] == [12, 6, 3]


async def test_many_facts_that_are_told_again_have_no_second_effect(
    server, auth, event, rows, database
):
    async def hear(tx, told):
        for fact, heard in told:
            await write_down(tx, fact, heard)

    organization = uuid.uuid4()
    teller = await database.owner(auth)
    async with running(Relay(auth, server.url).run()):
        for n in range(5):
            await tell(auth, str(n), organization)
        async with carrier(server.url) as client:
            await eventually(lambda: length_is(client, 5))
            # The same facts twice in what is read at a time, and something new.
            await told_anew(teller)
            await tell(auth, "5", organization)
            await eventually(lambda: length_is(client, 11))
        async with running(inbox(event, server, Together(hear)).run()):
            await eventually(lambda: acknowledged(server, 11))
            await told_anew(teller)
            await tell(auth, "6", organization)
            await eventually(lambda: acknowledged(server, 18))

    assert sorted(await labels(rows)) == list("0123456")


async def test_what_is_no_fact_is_laid_aside_at_once(server, event, rows):
    other = bus_pb2.Fact(id=str(uuid.uuid4()), source="auth", subject="organizations/1")
    other.body.type_url = "type.googleapis.com/turnout.auth.v1.OrganizationCreated"
    other.body.value = b"\xff\xff\xff"
    nameless = bus_pb2.Fact(id="no uuid", source="auth")
    async with carrier(server.url) as client:
        for fields in (
            {"body": b"\xff\xff"},
            {"nothing": b"1"},
            {"body": other.SerializeToString()},
            {"body": nameless.SerializeToString()},
        ):
            await client.xadd("facts:auth", fields)
    listening = Inbox(event, server.url, {Created: write_down})

    async with running(listening.run()):
        await eventually(lambda: acknowledged(server, 4))

    found = await dead(rows)
    assert len(found) == 4
    assert {row.source for row in found} == {"auth"}
    assert all(row.error.startswith("Unreadable") for row in found)
    assert await listening.revive() == 0
    assert len(await dead(rows)) == 4


async def test_facts_that_nobody_hears_are_let_go(server, auth, event, rows):
    async def publish(tx):
        fact = organization_pb2.OrganizationChanged(display_name="ignored")
        tx.publish(fact, subject="organizations/1")

    await auth.run(publish)
    await tell(auth, "heard")
    async with running(Relay(auth, server.url).run(), inbox(event, server).run()):
        await eventually(lambda: labels_are(rows, ["heard"]))
        await eventually(lambda: acknowledged(server, 2))

    assert await dead(rows) == []


async def test_what_a_process_left_undone_comes_before_what_is_new(server, auth, event, rows):
    organization = uuid.uuid4()
    async with running(Relay(auth, server.url).run()):
        for text in "abc":
            await tell(auth, text, organization)
        async with carrier(server.url) as client:
            await client.xgroup_create("facts:auth", "event", id="0", mkstream=True)
            await eventually(lambda: length_is(client, 3))
            # A process that was killed after it had read two facts.
            await client.xreadgroup("event", "event", {"facts:auth": ">"}, count=2)
        await tell(auth, "d", organization)
        async with running(inbox(event, server).run()):
            await eventually(lambda: labels_are(rows, ["a", "b", "c", "d"]))


async def length_is(client, number):
    return await client.xlen("facts:auth") == number


async def test_a_commit_that_was_not_acknowledged_has_no_second_effect(server, auth, event, rows):
    organization = uuid.uuid4()
    async with running(Relay(auth, server.url).run()):
        async with running(inbox(event, server).run()):
            await tell(auth, "a", organization)
            await eventually(lambda: acknowledged(server, 1))
        async with carrier(server.url) as client:
            await client.xgroup_setid("facts:auth", "event", id="0")
        await tell(auth, "b", organization)
        async with running(inbox(event, server).run()):
            await eventually(lambda: acknowledged(server, 2))

    assert await labels(rows) == ["a", "b"]


async def test_a_redis_that_is_wiped_costs_time_and_nothing_else(server, auth, event, rows):
    async with running(Relay(auth, server.url).run(), inbox(event, server).run()):
        for n in range(60):
            await tell(auth, f"{n:02}")
            if n % 20 == 10:
                async with carrier(server.url) as client:
                    await client.flushall()
        await eventually(lambda: number_is(rows, 60))
        await eventually(lambda: acknowledged(server, 1))

    assert sorted(await labels(rows)) == [f"{n:02}" for n in range(60)]


async def number_is(rows, number):
    return len(await labels(rows)) >= number


async def test_a_redis_that_is_killed_costs_time_and_nothing_else(server, auth, event, rows):
    async with running(Relay(auth, server.url).run(), inbox(event, server).run()):
        for n in range(30):
            await tell(auth, f"{n:02}")
            if n % 10 == 5:
                server.process.kill()
                await asyncio.to_thread(server.start)
        await eventually(lambda: number_is(rows, 30))

    assert sorted(await labels(rows)) == [f"{n:02}" for n in range(30)]


async def test_a_database_that_hangs_up_is_no_fault_of_the_fact(server, auth, event, rows):
    tries = []

    async def handler(tx, fact, heard):
        tries.append(1)
        await write_down(tx, fact, heard)
        if len(tries) < 4:
            pid = tx.connection.info.backend_pid
            await rows.execute("select pg_terminate_backend(%s)", [pid])
            await tx.run(sql(sa.select(sa.literal(1))))

    await tell(auth, "a")
    async with running(Relay(auth, server.url).run(), inbox(event, server, handler).run()):
        await eventually(lambda: labels_are(rows, ["a"]))

    assert await dead(rows) == []


async def test_an_inbox_that_hears_nothing_of_its_own_still_knows_the_members(
    server, auth, event, rows
):
    organization, user = uuid.uuid4(), uuid.uuid4()
    about = {
        "member": f"organizations/{organization}/members/{user}",
        "user": f"users/{user}",
    }
    role = sql(
        sa.select(members.c.role).where(
            members.c.organization == organization, members.c.user == user
        )
    )

    async def roles():
        with within(organization):
            return [row.role for row in await event.read(lambda tx: tx.all(role))]

    async def roles_are(*expected):
        return await roles() == list(expected)

    async def publish(tx, fact):
        tx.publish(fact, subject=about["member"])

    added = organization_pb2.MemberAdded(**about, role=access_pb2.ROLE_OWNER)
    changed = organization_pb2.MemberChanged(**about, role=access_pb2.ROLE_STAFF)
    async with running(Relay(auth, server.url).run(), Inbox(event, server.url, {}).run()):
        await auth.run(publish, added)
        await eventually(lambda: roles_are("ROLE_OWNER"))
        with within(uuid.uuid4()):
            assert await event.read(lambda tx: tx.all(role)) == []
        await auth.run(publish, changed)
        await eventually(lambda: roles_are("ROLE_STAFF"))
        await auth.run(publish, organization_pb2.MemberRemoved(**about))
        await eventually(roles_are)


async def test_a_service_knows_which_organizations_want_a_second_factor(server, auth, event):
    organization = uuid.uuid4()
    name = f"organizations/{organization}"
    wanted = sql(sa.select(strict.c.organization))

    async def wants(*expected):
        with within(organization):
            rows = await event.read(lambda tx: tx.all(wanted))
        return [row.organization for row in rows] == list(expected)

    async def change(tx, required):
        fact = organization_pb2.OrganizationChanged(
            organization=name, second_factor_required=required
        )
        tx.publish(fact, subject=name)

    async with running(Relay(auth, server.url).run(), Inbox(event, server.url, {}).run()):
        for _ in range(2):
            await auth.run(change, True)
        await eventually(lambda: wants(organization))
        with within(uuid.uuid4()):
            assert await event.read(lambda tx: tx.all(wanted)) == []
        await auth.run(change, False)
        await eventually(wants)


async def test_a_service_may_hear_of_members_too(server, auth, event, rows):
    organization, user = uuid.uuid4(), uuid.uuid4()

    async def greet(tx, fact, heard):
        await tx.run(ADD, organization=heard.organization, id=new_id(), label=fact.user)

    fact = organization_pb2.MemberAdded(user=f"users/{user}", role=access_pb2.ROLE_OWNER)

    async def publish(tx):
        tx.publish(fact, subject=f"organizations/{organization}/members/{user}")

    await auth.run(publish)
    hears: dict[type[Message], Handler] = {organization_pb2.MemberAdded: greet}
    async with running(Relay(auth, server.url).run(), Inbox(event, server.url, hears).run()):
        await eventually(lambda: labels_are(rows, [f"users/{user}"]))

    cursor = await rows.execute('select "user" from members')
    assert [row.user for row in await cursor.fetchall()] == [user]


async def test_auth_does_not_listen_to_itself(server, auth, database):
    organization, user = uuid.uuid4(), uuid.uuid4()

    async def publish(tx):
        added = organization_pb2.MemberAdded(user=f"users/{user}", role=access_pb2.ROLE_OWNER)
        tx.publish(added, subject=f"organizations/{organization}/members/{user}")

    async with running(Relay(auth, server.url).run(), Inbox(auth, server.url, {}).run()):
        await auth.run(publish)
        async with carrier(server.url) as client:
            await eventually(lambda: length_is(client, 1))
            assert await client.xinfo_groups("facts:auth") == []

    cursor = await (await database.owner(auth)).execute("select from members")
    assert cursor.rowcount == 0


async def test_what_was_heard_long_ago_is_forgotten(server, auth, event, rows):
    await rows.execute(
        "insert into heard (id, heard_time) values (gen_random_uuid(), now() - interval '9 days'),"
        " (gen_random_uuid(), now() - interval '7 days')"
    )

    async def one_is_left():
        return (await rows.execute("select from heard")).rowcount == 1

    async with running(inbox(event, server).run()):
        await eventually(one_is_left)


def test_names_are_told_by_their_package():
    assert named(uuid.uuid4(), "a").DESCRIPTOR.full_name.split(".")[1] == "auth"
