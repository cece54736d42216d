"""What operators do with any service, at its own port; booking stands for all of them."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.booking.__main__ import SERVICE
from services.booking.config import Config
from services.kit import access, estate, identity, operations
from services.kit.caller import Caller, Kind
from services.kit.clock import now
from services.kit.inbox import Inbox
from services.kit.tenant import within
from services.kit.wire import timestamp
from tests.contract import contract
from tests.kit.bus import tell
from tests.serving import NOBODY, as_administrator, as_user, invalid, refused, serving
from tests.waiting import PATIENCE, eventually, running
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import auth_pb2, organization_pb2
from turnout.event.v1 import participant_pb2
from turnout.ops.v1 import operations_pb2 as ops
from turnout.ops.v1 import operations_pb2_grpc

pytestmark = pytest.mark.server

ROOT = as_administrator()
WHY = "because"


@pytest.fixture(scope="module")
async def world(database, owner):
    async with database.lent("booking") as db:
        serves = serving(SERVICE, db, await owner(db), config=Config(), build="4457ed7")
        async with serves as found:
            yield found


@pytest.fixture(scope="module")
def stub(world):
    return operations_pb2_grpc.OperationsServiceStub(world.channel)


async def lay_aside(world, id="", body=b"nonsense"):
    id = id or str(uuid.uuid4())
    await world.owner.execute(
        "insert into dead_facts (id, source, subject, type, body, error, tries)"
        " values (%s, 'auth', 'users/1', 'turnout.auth.v1.UserDeleted', %s, 'Oops: no', 8)",
        [id, body],
    )
    return id


# --- who may


@pytest.mark.parametrize(
    "method", contract.operations(), ids=[one.name for one in contract.operations()]
)
async def test_nobody_else_may(world, method):
    path = f"/{method.containing_service.full_name}/{method.name}"
    plain = {"request_serializer": None, "response_deserializer": None}
    streams = method.server_streaming
    call = (world.channel.unary_stream if streams else world.channel.unary_unary)(path, **plain)
    unauthenticated, denied = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED
    member = await world.member("OWNER", uuid.uuid4())
    reader = as_user(role="ADMINISTRATOR", permissions=["ADMINISTRATORS"])

    for who, code in ((NOBODY, unauthenticated), (member, denied), (reader, denied)):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            if streams:
                await anext(aiter(call(b"", metadata=who)))
            else:
                await call(b"", metadata=who)
        assert error.value.code() is code


# --- the process


async def test_a_process_says_what_it_is(stub):
    found = await stub.GetProcess(ops.GetProcessRequest(), metadata=ROOT)

    assert (found.service, found.build, found.drained) == ("booking", "4457ed7", False)
    assert found.version
    assert found.pid
    assert found.schema.isdigit()


async def test_a_configuration_is_shown_without_secrets(stub):
    found = await stub.GetConfiguration(ops.GetConfigurationRequest(), metadata=ROOT)

    assert found.values["build"] == "4457ed7"
    assert found.values["hold"] == "0:15:00"
    assert found.values["secret"] == "(secret)"
    assert found.values["database_url"] == "(empty)"


async def test_slow_statements_are_named_without_values(stub):
    asking = ops.ListSlowStatementsRequest(page_size=3)

    found = await stub.ListSlowStatements(asking, metadata=ROOT)

    totals = [one.total.ToMicroseconds() for one in found.statements]
    assert 0 < len(totals) <= 3
    assert totals == sorted(totals, reverse=True)
    assert all(one.calls and one.text for one in found.statements)


async def test_a_drained_process_says_that_it_does_not_serve(database, owner):
    async with (
        database.lent("booking") as db,
        serving(SERVICE, db, await owner(db), config=Config()) as own,
    ):
        stub = operations_pb2_grpc.OperationsServiceStub(own.channel)
        health: Any = health_pb2_grpc.HealthStub(own.channel)
        found = await stub.DrainProcess(ops.DrainProcessRequest(reason=WHY), metadata=ROOT)
        said = await health.Check(health_pb2.HealthCheckRequest())
        again = await stub.GetProcess(ops.GetProcessRequest(), metadata=ROOT)

    assert found.drained
    assert again.drained
    assert said.status == health_pb2.HealthCheckResponse.NOT_SERVING


# --- facts


async def test_facts_are_found_and_told_again(world, stub):
    organization = uuid.uuid4()
    subject = f"organizations/{organization}"
    link = participant_pb2.ParticipantInvited(participant=f"{subject}/participants/1", link="x/#y")

    async def publish(tx):
        tx.publish(link, subject=subject)

    await world.db.run(publish)
    for text in ("b", "c"):
        await tell(world.db, text, organization)
    await world.owner.execute("update outbox set told_time = now()")
    asking = ops.ListFactsRequest(subject=subject, page_size=2)

    first = await stub.ListFacts(asking, metadata=ROOT)
    asking.page_token = first.next_page_token
    rest = await stub.ListFacts(asking, metadata=ROOT)
    created = await stub.ListFacts(
        ops.ListFactsRequest(subject=subject, kind="OrganizationCreated"), metadata=ROOT
    )
    late = ops.ListFactsRequest(subject=subject, start_time=timestamp(now() + timedelta(hours=1)))
    none = await stub.ListFacts(late, metadata=ROOT)
    wanted = ops.ReplayFactsRequest(subject=subject, reason=WHY)
    replayed = await stub.ReplayFacts(wanted, metadata=ROOT)
    one = ops.ReplayFactsRequest(id=created.facts[0].id, reason=WHY)
    waiting = await stub.ReplayFacts(one, metadata=ROOT)

    names = [json.loads(fact.json).get("display_name") for fact in (*first.facts, *rest.facts)]
    assert names == ["c", "b", None]
    assert json.loads(rest.facts[0].json)["link"] == operations.HIDDEN
    assert rest.next_page_token == ""
    assert [fact.kind.rpartition(".")[2] for fact in created.facts] == ["OrganizationCreated"] * 2
    assert list(none.facts) == []
    assert (replayed.count, waiting.count) == (3, 0)
    with invalid("subject"):
        await stub.ReplayFacts(ops.ReplayFactsRequest(reason=WHY), metadata=ROOT)
    with invalid("reason"):
        await stub.ReplayFacts(ops.ReplayFactsRequest(subject=subject), metadata=ROOT)


# --- dead letters


async def test_a_dead_letter_is_shown_and_given_up_with_a_reason(world, stub):
    id = await lay_aside(world)
    by_id = ops.GetDeadLetterRequest(id=id)

    found = await stub.GetDeadLetter(by_id, metadata=ROOT)
    listed = await stub.ListDeadLetters(ops.ListDeadLettersRequest(), metadata=ROOT)
    await stub.DropDeadLetter(ops.DropDeadLetterRequest(id=id, reason=WHY), metadata=ROOT)

    assert (found.source, found.error, found.tries, found.json) == ("auth", "Oops: no", 8, "")
    assert found in list(listed.dead_letters)
    gone = (grpc.StatusCode.NOT_FOUND, "DEAD_LETTER_NOT_FOUND")
    with refused(*gone, id=id):
        await stub.GetDeadLetter(by_id, metadata=ROOT)
    with refused(*gone, id=id):
        await stub.DropDeadLetter(ops.DropDeadLetterRequest(id=id, reason=WHY), metadata=ROOT)
    with refused(*gone, id=id):
        await stub.RetryDeadLetter(ops.RetryDeadLetterRequest(id=id), metadata=ROOT)
    done = await stub.ListOperations(ops.ListOperationsRequest(), metadata=ROOT)
    [dropped] = [one for one in done.operations if one.target == id]
    assert (dropped.verb, dropped.reason) == ("DROP", WHY)
    assert dropped.operator.startswith("users/")


async def test_a_dead_letter_takes_effect_when_it_is_tried_again(world, stub):
    user = f"users/{uuid.uuid4()}"

    async def publish(tx):
        tx.publish(auth_pb2.UserDeleted(user=user), subject=user)

    await world.db.run(publish)
    rows = await world.owner.execute("select id, body from outbox where subject = %s", [user])
    [row] = await rows.fetchall()
    await lay_aside(world, str(row.id), row.body)
    broken = await lay_aside(world)

    asking = ops.RetryDeadLetterRequest(id=str(row.id), reason=WHY)
    revived = await stub.RetryDeadLetter(asking, metadata=ROOT)
    failed = await stub.RetryDeadLetter(ops.RetryDeadLetterRequest(id=broken), metadata=ROOT)
    kept = await stub.GetDeadLetter(ops.GetDeadLetterRequest(id=broken), metadata=ROOT)

    assert (revived.revived, revived.error) == (True, "")
    assert not failed.revived
    assert failed.error == kept.error == "Unreadable: the entry holds no fact"
    assert kept.tries == 9
    heard = await world.owner.execute("select from heard where id = %s", [row.id])
    assert heard.rowcount == 1


# --- consumers


async def test_facts_of_a_paused_source_wait_until_it_is_resumed(world, stub, redis_url, database):
    listing = ops.ListConsumersRequest()
    organization, user = uuid.uuid4(), uuid.uuid4()

    async def seated():
        rows = await world.owner.execute(
            "select from members where organization = %s", [organization]
        )
        return rows.rowcount

    inbox: Any = Inbox(world.db, redis_url, {})
    waited = []
    inbox_next = inbox._next

    async def next_noted(after):
        waited.append(set(inbox._paused))
        return await inbox_next(after)

    inbox._next = next_noted
    inbox.streams = ["facts:auth", "facts:event"]
    pausing = ops.PauseConsumerRequest(source="auth", reason=WHY)
    paused = await stub.PauseConsumer(pausing, metadata=ROOT)
    listed = await stub.ListConsumers(listing, metadata=ROOT)

    added = organization_pb2.MemberAdded(
        member=f"organizations/{organization}/members/{user}",
        user=f"users/{user}",
        role="ROLE_STAFF",
    )

    async def publish(tx):
        tx.publish(added, subject=added.member)

    await world.db.run(publish)
    rows = await world.owner.execute("select body from outbox where subject = %s", [added.member])
    [row] = await rows.fetchall()
    async with running(inbox.run()):
        await inbox._redis.xadd("facts:auth", {"id": "1", "body": row.body})
        await eventually(lambda: len(waited) > 2)
        before = await seated()
        resuming = ops.ResumeConsumerRequest(source="auth")
        resumed = await stub.ResumeConsumer(resuming, metadata=ROOT)
        await eventually(seated)

    assert (paused.paused, paused.reason, resumed.paused) == (True, WHY, False)
    assert {one.source: one.paused for one in listed.consumers} == {
        "auth": True,
        "event": False,
        "location": False,
        "payment": False,
    }
    assert before == 0
    assert waited[0] == {"facts:auth"}
    with refused(grpc.StatusCode.NOT_FOUND, "CONSUMER_NOT_FOUND", source="messaging"):
        await stub.PauseConsumer(
            ops.PauseConsumerRequest(source="messaging", reason=WHY), metadata=ROOT
        )


# --- organizations


async def test_an_organization_is_given_as_lines_and_erased_once_it_was_deleted(world, stub):
    mine, other = uuid.uuid4(), uuid.uuid4()
    for organization in (mine, other):
        await world.member("OWNER", organization)
    name = f"organizations/{mine}"
    erasing = ops.EraseOrganizationRequest(name=name, reason=WHY)
    exporting = ops.ExportOrganizationRequest(name=name)

    given = [part async for part in stub.ExportOrganization(exporting, metadata=ROOT)]
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "NOT_DELETED", organization=name):
        await stub.EraseOrganization(erasing, metadata=ROOT)

    async def delete(tx):
        estate.bequeath(tx, mine, now())

    with within(mine):
        await world.db.run(delete)
    await stub.EraseOrganization(erasing, metadata=ROOT)
    [due] = await world.due(estate.ERASE, mine)
    await world.do(due)

    assert [part.table for part in given] == ["members"]
    [line] = given[0].lines.decode().splitlines()
    assert json.loads(line)["organization"] == str(mine)
    assert due.due_time <= now()
    rows = await world.owner.execute(
        "select organization from members where organization = any(%s)", [[mine, other]]
    )
    assert [row.organization for row in await rows.fetchall()] == [other]


async def test_who_goes_away_in_the_middle_leaves_nothing_behind(world, monkeypatch):
    given = []

    async def chunks(_tx, table, _organization):
        while True:
            given.append(table)
            yield ops.ExportedRows(table="members", lines=b"{}")

    monkeypatch.setattr(operations, "_chunks", chunks)
    servicer: Any = operations.OperationsServicer.__new__(operations.OperationsServicer)
    servicer._db = world.db
    name = f"organizations/{uuid.uuid4()}"
    parts = servicer.ExportOrganization(ops.ExportOrganizationRequest(name=name), None)

    first = await anext(parts)
    # Four wait in the queue, and one more for room in it.
    await eventually(lambda: len(given) == 6)
    [reading] = [t for t in asyncio.all_tasks() if "ExportOrganization" in repr(t.get_coro())]
    async with asyncio.timeout(PATIENCE):
        await parts.aclose()

    assert first.lines == b"{}"
    await eventually(reading.done)


async def test_what_an_export_fails_with_is_answered(world, monkeypatch):
    async def chunks(_tx, _table, _organization):
        yield ops.ExportedRows(table="members", lines=b"{}")
        raise estate.NotDeleted("organizations/1")

    monkeypatch.setattr(operations, "_chunks", chunks)
    servicer: Any = operations.OperationsServicer.__new__(operations.OperationsServicer)
    servicer._db = world.db
    name = f"organizations/{uuid.uuid4()}"
    parts = servicer.ExportOrganization(ops.ExportOrganizationRequest(name=name), None)

    await anext(parts)
    with pytest.raises(estate.NotDeleted):
        await anext(parts)


async def test_a_stream_ends_with_the_key_that_opened_it(world):
    """The secret that was revoked, and not the one that a rotation put in its place."""
    ended, good = uuid.uuid4(), uuid.uuid4()
    revoking: Any = SimpleNamespace(revoked=frozenset({ended}))
    guard = access.Access({}, revoking, access.Members(world.db))
    rule = access.Rule(frozenset(), access_pb2.PERMISSION_EVENTS_READ)

    for secret, refusal in ((ended, identity.TokenRevoked), (good, type(None))):
        who = Caller(
            "organizations/x/apiKeys/y", Kind.KEY, uuid.uuid4(), permitted=True, secret=secret
        )
        assert type(await guard._lost(access.Bearer(who, rule))) is refusal


async def test_a_stream_ends_when_a_second_factor_is_wanted(world):
    organization, user = uuid.uuid4(), uuid.uuid4()
    await world.owner.execute(
        'insert into members (organization, "user", role) values (%s, %s, %s)',
        [organization, user, "ROLE_OWNER"],
    )
    nobody: Any = SimpleNamespace(revoked=frozenset())
    rule = access.Rule(frozenset(), access_pb2.PERMISSION_EVENTS_READ)

    async def lost(*, second_factor):
        # Nothing is believed yet.
        guard = access.Access({}, nobody, access.Members(world.db))
        who = Caller(
            f"users/{user}", Kind.USER, organization, permitted=True, second_factor=second_factor
        )
        return type(await guard._lost(access.Bearer(who, rule)))

    before = await lost(second_factor=False)
    await world.owner.execute("insert into strict (organization) values (%s)", [organization])

    assert before is type(None)
    assert await lost(second_factor=False) is access.RightsChanged
    assert await lost(second_factor=True) is type(None)


async def test_an_administrator_is_no_member_and_keeps_a_stream(world):
    permission = access_pb2.PLATFORM_PERMISSION_READ
    who = Caller(
        "users/018f0000-0000-7000-8000-000000000001",
        Kind.USER,
        organization=uuid.uuid4(),
        permitted=True,
        platform=frozenset({permission}),
    )
    nobody: Any = SimpleNamespace(revoked=frozenset())
    guard = access.Access({}, nobody, access.Members(world.db))

    for platform, refusal in ((permission, type(None)), (0, access.RightsChanged)):
        lost = await guard._lost(access.Bearer(who, access.Rule(frozenset(), 0, platform)))
        assert type(lost) is refusal
