"""Who is sent away when there are more calls than can be answered, and who is not."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.kit import metrics, shed
from services.kit.priorities import CRITICAL, NORMAL, ORDER, SHEDDABLE, priority_of
from services.kit.shed import FEW, OVER, RUSH, TICK, Gate, Line, Pool, Rush
from tests.contract import contract
from tests.kit import probe
from tests.kit.test_server import detail, refused
from turnout.auth.v1 import organization_pb2
from turnout.event.v1 import event_pb2
from turnout.location.v1 import location_pb2

TARGET = 0.1
DOMAIN = "kit.turnout.app"
GET = "/turnout.event.v1.EventService/GetEvent"
ID = "018f0000-0000-7000-8000-000000000001"
ORGANIZATION = f"organizations/{ID}"
EVENT = f"{ORGANIZATION}/events/{ID}"


def priorities():
    return {
        method.full_name: priority_of(method.name, method.GetOptions(), method.input_type)
        for method in contract.methods()
    }


# --- the contract


def test_payments_and_positions_come_before_everything():
    found = priorities()
    first = {
        "turnout.payment.v1.PaymentService.CreatePayment",
        "turnout.payment.v1.PaymentService.ConfirmPayment",
        "turnout.payment.v1.PaymentService.ReceiveWebhook",
        "turnout.location.v1.LocationService.RecordPositions",
        "turnout.location.v1.LocationService.Track",
        "turnout.booking.v1.CheckInService.CheckInTicket",
    }

    assert {name: found[name] for name in first} == dict.fromkeys(first, CRITICAL)


@pytest.mark.parametrize("method", contract.methods(), ids=lambda method: method.full_name)
def test_lists_wait_for_writes_and_services_wait_for_nobody(method):
    found = priorities()[method.full_name]

    assert found in ORDER
    if contract.is_for_services(method):
        assert found == CRITICAL
    elif method.name.startswith(("List", "Search", "Export")):
        assert found in (SHEDDABLE, CRITICAL)
    elif method.name.startswith(("Create", "Update", "Cancel", "Delete")):
        assert found in (NORMAL, CRITICAL)


# --- the rule


@pytest.mark.parametrize(
    ("waits", "sent"),
    [
        (0.5, (0, 0, 0)),
        (1.0, (0, 0, 0)),
        (1.5, (0.475, 0, 0)),
        (2.0, (0.95, 0, 0)),
        (3.0, (0.95, 0.475, 0)),
        (4.0, (0.95, 0.95, 0)),
        (6.0, (0.95, 0.95, 0.45)),
        (99.0, (0.95, 0.95, 0.9)),
    ],
)
def test_the_longer_calls_wait_the_more_are_sent_away_lists_first(waits, sent):
    found = tuple(shed.share(priority, waits) for priority in (SHEDDABLE, NORMAL, CRITICAL))

    assert found == pytest.approx(sent)


def test_a_rush_that_passes_sends_nobody_away():
    rush, ticks = Rush(TARGET), round(RUSH / TICK)

    assert not any(rush.tick(5 * TARGET, TICK) for _ in range(ticks - 2))
    assert not rush.tick(0, TICK)
    assert not any(rush.tick(5 * TARGET, TICK) for _ in range(ticks - 2))


def test_after_a_rush_that_stays_the_next_one_is_met_at_once():
    rush, ticks = Rush(TARGET), round(RUSH / TICK) + 1

    assert [rush.tick(5 * TARGET, TICK) for _ in range(ticks)][-1]
    assert rush.tick(0, OVER / 2)
    assert rush.tick(5 * TARGET, TICK)
    assert not rush.tick(0, OVER * 2)


def test_who_is_next_has_waited_since_they_came():
    line = Line()
    line.mark(100, 10.0)
    line.mark(200, 11.0)
    line.mark(200, 12.0)

    assert line.since(100, 12.0) == pytest.approx(2.0)
    assert line.since(150, 12.0) == pytest.approx(1.5)
    assert line.since(200, 12.0) == 0.0
    assert line.since(250, 12.5) == 0.0


def test_the_wait_for_a_connection_is_told_from_who_waits_and_who_got_one():
    pool = Pool()
    for count in range(100):
        pool.tick(40, 10 * count, 0.05)

    assert pool.wait == pytest.approx(0.2, rel=0.1)
    for count in range(100):
        pool.tick(FEW - 1, 1000 + count, 0.05)
    assert pool.wait < 0.001


@pytest.mark.parametrize("sent", [0.0, 0.5, 0.9, 1.0])
def test_who_is_sent_away_is_not_told_to_come_back_with_all_others(sent):
    told = [shed.wait_ms(sent, chance / 10) for chance in range(11)]

    assert told == sorted(told)
    assert told[-1] > told[0] >= 50
    assert told[-1] <= 1.5 * shed.LATE_MS


class Simulated:
    """A process that answers `RATE` calls a second, and one in twenty of what comes is not a list.

    To send somebody away costs a tenth of an answer.
    """

    RATE = 1000

    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        self.gate = Gate([], DOMAIN, TARGET)
        self.answered = {SHEDDABLE: 0, NORMAL: 0}
        self.came = dict(self.answered)
        self.longest = 0.0

    def run(self, times, seconds):
        """So many times as many calls come as can be answered."""
        begun, looked = self.now, self.now
        waiting, number = [], 0
        while self.now < begun + seconds:
            while number < (self.now - begun) * times * self.RATE:
                waiting.append((SHEDDABLE if number % 20 else NORMAL, self.now))
                number += 1
            if self.now >= looked + TICK:
                self.gate.look(len(waiting), self.now, self.now - looked)
                looked = self.now
            if not waiting:
                self.now += 0.001
                continue
            self._next(*waiting.pop(0))

    def _next(self, priority, since):
        self.gate.taken += 1
        self.came[priority] += 1
        if not self.gate.open and self.gate._falls(priority):
            self.now += 0.1 / self.RATE
            return
        self.longest = max(self.longest, self.now - since)
        self.answered[priority] += 1
        self.now += 1 / self.RATE


def test_what_can_be_answered_is_answered_while_three_times_as_much_comes(monkeypatch):
    process = Simulated(monkeypatch)
    process.run(times=3, seconds=20)

    # Of 3000 calls a second x are answered in x ms, and the others sent away in a tenth of that.
    most = 20 * process.RATE * (1 - 0.1 * 3) / (1 - 0.1)
    assert sum(process.answered.values()) > 0.95 * most
    # Until it is known that it is no rush, all wait in one line.
    assert process.answered[NORMAL] > 0.99 * process.came[NORMAL]
    assert process.longest < RUSH * 3


def test_a_process_that_can_answer_all_sends_nobody_away(monkeypatch):
    process = Simulated(monkeypatch)
    process.run(times=0.9, seconds=10)

    assert process.answered == process.came


# --- the gate


@pytest.fixture(scope="module")
async def db(database):
    return await database("kit")


def closed(gate, waits):
    """Has calls wait so many times what they may."""
    gate.open = False
    gate.look = lambda *_: None
    gate._wait = lambda _: waits * gate._target
    # The first one already.
    gate._credit = dict.fromkeys(ORDER, 0.99)


async def test_who_is_sent_away_hears_when_to_come_back(db):
    async with probe.answering(db, told={"shed_after": 100}) as at:
        closed(at.running.gate, waits=2.0)
        listed = event_pb2.ListEventsRequest(parent=ORGANIZATION)
        error = await refused(at.events.ListEvents(listed, metadata=probe.bearer("u")))
        answered = await at.events.GetEvent(event_pb2.GetEventRequest(name=EVENT))

    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    info = detail(error, error_details_pb2.ErrorInfo)
    assert (info.reason, info.metadata["priority"]) == ("OVERLOADED", "sheddable")
    retry = detail(error, error_details_pb2.RetryInfo).retry_delay.ToTimedelta()
    assert retry.total_seconds() * 1000 == int(info.metadata["wait_ms"]) > 0
    trailing = dict(error.trailing_metadata())
    assert (trailing[shed.HEADER], trailing["retry-after"]) == ("sheddable", "1")
    assert answered.name == EVENT
    assert at.probe.callers != []


async def test_streams_are_let_in_or_sent_away_like_calls(db):
    async def watch(_):
        yield event_pb2.Event()

    async with probe.answering(db, {"WatchArrivals": watch}, told={"shed_after": 100}) as at:
        closed(at.running.gate, waits=4.0)
        stream = at.journeys.WatchArrivals(location_pb2.WatchArrivalsRequest(event=EVENT))
        error = await refused(stream.read())

    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert at.probe.callers == []


async def test_what_services_and_operators_ask_is_answered(db):
    async def member(_):
        return organization_pb2.Member(name="x")

    async with probe.answering(db, {"GetMember": member}, told={"shed_after": 100}) as at:
        closed(at.running.gate, waits=4.0)
        asked = organization_pb2.GetMemberRequest(name=f"{ORGANIZATION}/members/{ID}")
        found = await at.organizations.GetMember(asked, metadata=probe.mesh())
        health: Any = health_pb2_grpc.HealthStub(at.channel)
        await health.Check(health_pb2.HealthCheckRequest())

    assert found.name == "x"


async def test_who_would_be_answered_too_late_is_sent_away_at_once(db):
    async def slow(_):
        await asyncio.sleep(0)
        return event_pb2.Event()

    async with probe.answering(db, {"GetEvent": slow}, told={"shed_after": 100}) as at:
        gate = at.running.gate
        closed(gate, waits=1.0)
        asked = event_pb2.GetEventRequest(name=EVENT)
        await at.events.GetEvent(asked)
        gate._known[GET].typical = 3600.0
        error = await refused(at.events.GetEvent(asked, timeout=600))
        await at.events.GetEvent(asked)

    assert detail(error, error_details_pb2.ErrorInfo).reason == "OVERLOADED"
    assert len(at.probe.callers) == 2


async def test_who_is_sent_away_is_counted(db):
    def count():
        labels = {"priority": "sheddable", "reason": "queue"}
        return metrics.REGISTRY.get_sample_value("turnout_shed_total", labels) or 0

    before = count()
    async with probe.answering(db, told={"shed_after": 100}) as at:
        closed(at.running.gate, waits=9.0)
        for _ in range(3):
            listed = event_pb2.ListEventsRequest(parent=ORGANIZATION)
            await refused(at.events.ListEvents(listed, metadata=probe.bearer("u")))

    assert count() == before + 3


def test_a_server_that_has_gone_has_no_calls():
    assert shed.under_way(2**40) == 0


async def test_nobody_is_sent_away_where_calls_may_wait(db):
    async with probe.answering(db) as at:
        assert at.running.gate is None


CALLERS = """
import sys, grpc
port, method, message, count = sys.argv[1:]
with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
    ask = channel.unary_unary(method)
    for call in [ask.future(bytes.fromhex(message)) for _ in range(int(count))]:
        call.result()
"""


async def test_calls_are_counted_that_nobody_has_heard_of_yet(db):
    """While the event loop stands still, they wait in gRPC."""
    count, asked = 3 * FEW, event_pb2.GetEventRequest(name=EVENT)
    async with probe.answering(db, told={"shed_after": 100}) as at:
        gate = at.running.gate
        await at.events.GetEvent(asked)
        words = (str(at.running.port), GET, asked.SerializeToString().hex(), str(count))
        callers = await asyncio.create_subprocess_exec(sys.executable, "-c", CALLERS, *words)
        for _ in range(6000):
            standing = shed.under_way(gate._server) - (gate.taken - gate.ended)
            if standing >= count:
                break
            time.sleep(0.01)  # noqa: ASYNC251 - nobody is to be told of them
        assert await callers.wait() == 0

    assert standing >= count
    assert len(at.probe.callers) == count + 1
