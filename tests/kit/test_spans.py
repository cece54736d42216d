"""A collector hears of calls, transactions, facts and work, as OpenTelemetry writes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import grpc
import pytest
import sqlalchemy as sa

from services.kit import server, spans, telemetry
from services.kit.carrier import carrier
from services.kit.db import sql
from services.kit.outbox import Relay
from services.kit.spans import Span, Spans
from services.kit.telemetry import Trace
from tests.collecting import Collector, attributes, collecting
from tests.kit import bus, probe
from tests.kit.test_server import get, refused
from tests.waiting import eventually, running
from turnout.event.v1 import event_pb2

TOLD = "tell turnout.auth.v1.OrganizationCreated"
GET_EVENT = "turnout.event.v1.EventService/GetEvent"
ABOVE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LEFT_OUT = ABOVE[:-2] + "00"
NOTHING = sql(sa.select(sa.literal_column("1")))


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


@pytest.fixture(scope="module")
async def db(database):
    return await database("kit")


def named(telling, name):
    """What waits to be told of by that name."""
    return [span for span in telling.spans.waiting if span.name == name]


@pytest.mark.server
async def test_a_call_and_its_transaction_are_parts_of_the_trace_of_the_caller(db, collector):
    async def look(request):
        await db.read(lambda tx: tx.run(NOTHING))
        return event_pb2.Event(name=request.name)

    who = (*probe.bearer("users/018f0000-0000-7000-8000-000000000001"), ("traceparent", ABOVE))
    async with (
        spans.told_to(collector.url, "kit", "1") as telling,
        probe.answering(db, {"GetEvent": look}) as kit,
        running(telling.run()),
    ):
        await kit.events.GetEvent(get(), metadata=who)
        await eventually(lambda: collector.called(GET_EVENT))

    [call] = collector.called(GET_EVENT)
    mine = [s for s in collector.called("transaction") if s.get("parentSpanId") == call["spanId"]]
    assert (call["traceId"], call["parentSpanId"], call["kind"]) == (ABOVE[3:35], ABOVE[36:52], 2)
    assert attributes(call)["rpc.grpc.status_code"] == "0"
    assert "status" not in call
    assert {span["traceId"] for span in mine} == {call["traceId"]}
    assert int(call["startTimeUnixNano"]) <= int(mine[0]["startTimeUnixNano"])
    assert int(mine[0]["endTimeUnixNano"]) <= int(call["endTimeUnixNano"])


@pytest.mark.server
async def test_a_mistake_of_ours_is_an_error_and_one_of_the_callers_is_not(db, collector):
    async def broken(_request):
        raise ValueError("the password")

    bad = event_pb2.GetEventRequest(name="nonsense")
    async with (
        spans.told_to(collector.url, "kit", "1") as telling,
        probe.answering(db, {"GetEvent": broken}) as kit,
    ):
        await refused(kit.events.GetEvent(get()))
        error = await refused(kit.events.GetEvent(bad))
        # A refusal is on its way before it is told of.
        await eventually(lambda: len(named(telling, GET_EVENT)) == 2)

    ours, callers = collector.called(GET_EVENT)
    assert ours["status"] == {"code": 2, "message": "INTERNAL"}
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "status" not in callers
    assert attributes(callers)["turnout.reason"] == "INVALID_FIELDS"
    assert "password" not in json.dumps(collector.told)


async def test_a_trace_that_is_not_to_be_kept_is_not_told_of(collector):
    async with spans.told_to(collector.url, "kit", "1") as telling:
        with telemetry.following(LEFT_OUT), spans.here("unseen", spans.INTERNAL):
            pass
        with telemetry.following(ABOVE), spans.here("seen", spans.INTERNAL):
            pass
        assert [span.name for span in telling.spans.waiting] == ["seen"]

    assert [span["name"] for span in collector.spans] == ["seen"]


async def test_nobody_waits_for_a_collector_that_is_away():
    async with spans.told_to("http://127.0.0.1:9", "kit", "1") as telling:
        with telemetry.following(ABOVE), spans.here("lost", spans.INTERNAL):
            pass
        await telling.tell()
        assert (telling.spans.missed, telling.spans.waiting) == (1, [])

    assert not spans.on()


def test_nothing_is_kept_while_nobody_is_told():
    with telemetry.following(ABOVE), spans.here("x", spans.INTERNAL), spans.part("y", spans.CLIENT):
        spans.add(Trace("0" * 32, "1" * 16), "z", spans.SERVER, 1.0)

    assert not spans.on()


def test_who_does_not_keep_up_misses_the_newest():
    keeping = Spans()
    span = Span(Trace("0" * 31 + "1", "1" * 16), "x", spans.SERVER, 1, 2)

    for _ in range(spans.MOST + 5):
        keeping.add(span)

    assert (len(keeping.waiting), keeping.missed) == (spans.MOST, 5)
    assert len(keeping.take()) == spans.BATCH


@pytest.mark.server
async def test_a_process_tells_whom_it_is_told_to_tell(db, collector):
    what = probe.service(probe.Probe({}))
    told = probe.settings(otlp=collector.url)

    async with server.parts_of(what, told, None, db=db) as parts, server._traced(parts):
        with telemetry.following(ABOVE), spans.here("seen", spans.INTERNAL):
            await asyncio.sleep(0)

    [resource] = [each["resource"] for each in collector.told[0]["resourceSpans"]]
    assert attributes(resource)["service.name"] == "kit"


@pytest.mark.server
async def test_statements_are_parts_of_their_transaction_and_say_what_was_asked(db, collector):
    async with spans.told_to(collector.url, "kit", "1") as telling:
        with telemetry.following(ABOVE):
            await db.read(lambda tx: tx.run(NOTHING))
        [transaction], [asked] = named(telling, "transaction"), named(telling, "SELECT")

    assert asked.trace.parent == transaction.trace.span_id
    assert asked.attributes["db.query.text"] == NOTHING.text


@pytest.mark.server
async def test_what_is_asked_of_redis_is_a_part_of_the_trace(redis_url, collector):
    async with (
        spans.told_to(collector.url, "kit", "1") as telling,
        carrier(redis_url) as client,
    ):
        await client.get("nobody asked in a trace")
        with telemetry.following(ABOVE) as above:
            await client.get("key")
            async with client.pipeline(transaction=True) as pipe:
                await pipe.get("key").get("other").execute()
        names = {(span.name, span.trace.parent) for span in telling.spans.waiting}

    assert names == {("GET", above.span_id), ("MULTI", above.span_id)}


@pytest.mark.server
async def test_a_fact_is_told_in_the_trace_that_it_came_out_of(database, redis_url, collector):
    teller = await database("auth")
    relay = Relay(teller, redis_url)
    async with spans.told_to(collector.url, "auth", "1") as telling, running(relay.run()):
        with telemetry.following(ABOVE) as above:
            await bus.tell(teller)
        await eventually(
            lambda: any(span.trace.trace_id == ABOVE[3:35] for span in named(telling, TOLD))
        )

    # Others of this process may tell of theirs meanwhile.
    [told] = [span for span in collector.called(TOLD) if span["traceId"] == ABOVE[3:35]]
    assert (told["parentSpanId"], told["kind"]) == (above.span_id, spans.PRODUCER)
    assert attributes(told)["messaging.destination.name"] == "facts:auth"
