"""So many calls a minute of one address, one user and one organization, and what is said of it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest
import redis.asyncio
from google.rpc import error_details_pb2

from services.kit import access, log, origin, origins, rates, server, status, validate
from services.kit.rates import Rates, TooManyCalls
from tests.kit import probe
from tests.kit.test_server import detail, refused
from turnout.event.v1 import event_pb2

ALL = 1000


class Clock:
    def __init__(self):
        self.at = datetime(2027, 1, 1, tzinfo=UTC)

    def __call__(self):
        return self.at

    def passes(self, seconds):
        self.at += timedelta(seconds=seconds)


@pytest.fixture(scope="module")
async def db(database):
    return await database("kit")


@pytest.fixture
def clock():
    return Clock()


def alone(clock, carrier=None):
    return Rates(ALL, ALL, ALL, clock, b"key", carrier)


def let_in(counting, who, times=2 * ALL, most=ALL):
    """How many of so many calls at once are let in."""
    for count in range(times):
        try:
            counting.take(("user", who, most))
        except TooManyCalls:
            return count
    return times


def test_a_minutes_worth_may_come_at_once_and_is_free_again_bit_by_bit(clock):
    counting = alone(clock)

    assert let_in(counting, "users/1") == ALL
    clock.passes(6)
    assert let_in(counting, "users/1") == ALL // 10
    clock.passes(3600)
    assert let_in(counting, "users/1") == ALL


def test_who_is_sent_away_is_told_when_to_come_back_and_then_let_in(clock):
    counting = alone(clock)
    let_in(counting, "users/1", most=120)

    with pytest.raises(TooManyCalls) as refusal:
        counting.take(("user", "users/1", 120))
    clock.passes(refusal.value.retry_seconds)

    assert refusal.value.metadata == {"who": "user", "calls_per_minute": "120", "wait_ms": "500"}
    assert let_in(counting, "users/1", times=1, most=120) == 1


def test_a_call_that_one_rate_forbids_is_counted_by_none(clock):
    counting = alone(clock)
    let_in(counting, "users/1", most=2)

    for _ in range(ALL):
        with pytest.raises(TooManyCalls, match="one user"):
            counting.take(("user", "users/1", 2), ("organization", "1", ALL))

    assert counting.buckets["organization", "1"].level == 0


def test_no_rate_is_no_limit(clock):
    counting = alone(clock)

    assert let_in(counting, "users/1", most=0) == 2 * ALL
    assert not counting.buckets


def test_how_many_are_remembered_is_bounded(clock, monkeypatch):
    monkeypatch.setattr(rates, "REMEMBERED", 10)
    counting = alone(clock)

    for number in range(100):
        let_in(counting, f"users/{number}", times=1)

    assert len(counting.buckets) == 10


async def test_processes_hear_of_each_other_from_redis(redis_url, clock):
    who = str(uuid.uuid4())
    async with redis.asyncio.Redis.from_url(redis_url, protocol=2) as carrier:
        one, other = alone(clock, carrier), alone(clock, carrier)
        let_in(one, who, times=ALL // 2)
        let_in(other, who, times=ALL // 4)
        await one.tell()
        await other.tell()

    assert let_in(other, who) == ALL // 4
    # Who told of itself first has not heard of the other yet.
    assert let_in(one, who) == ALL // 2


async def test_redis_is_not_troubled_with_who_calls_now_and_then(clock):
    """There is nobody to be told."""
    counting = alone(clock, carrier=None)

    let_in(counting, "users/1", times=5)

    await counting.tell()
    assert counting.buckets["user", "users/1"].untold == 5


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_a_household_is_one_address(address, counted):
    assert rates.network(address) == counted


def test_addresses_are_counted_before_access_and_callers_after(clock):
    nobody = access.Access({}, None, None)  # type: ignore[arg-type]

    found = server.interceptors(
        "kit.turnout.app", status.Streams(), origins.Origins("proof"), nobody, alone(clock)
    )

    assert [type(each) for each in found] == [
        log.Calls,
        status.Refusals,
        origins.Origins,
        rates.Addresses,
        access.Access,
        rates.Callers,
        validate.Validate,
    ]


@pytest.mark.server
async def test_a_user_hears_what_is_left_and_is_refused_alone(db):
    event = f"organizations/{uuid.uuid4()}/events/{uuid.uuid4()}"
    request = event_pb2.GetEventRequest(name=event)
    mine, others = probe.bearer(f"users/{uuid.uuid4()}"), probe.bearer(f"users/{uuid.uuid4()}")

    async with probe.answering(db, told={"calls_per_user": 2}) as kit:
        call = kit.events.GetEvent(request, metadata=mine)
        await call
        told = dict(await call.trailing_metadata())
        await kit.events.GetEvent(request, metadata=mine)
        error = await refused(kit.events.GetEvent(request, metadata=mine))
        other = await kit.events.GetEvent(request, metadata=others)

    assert (told["ratelimit-limit"], told["ratelimit-remaining"]) == ("2", "1")
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    info = detail(error, error_details_pb2.ErrorInfo)
    assert (info.reason, info.metadata["who"]) == ("TOO_MANY_CALLS", "user")
    delay = detail(error, error_details_pb2.RetryInfo).retry_delay
    assert delay.seconds or delay.nanos
    said = dict(error.trailing_metadata())
    assert (said["ratelimit-remaining"], said["retry-after"]) == ("0", "30")
    assert other.name == event


@pytest.mark.server
async def test_an_address_is_counted_whatever_it_shows(db):
    organization = f"organizations/{uuid.uuid4()}"
    request = event_pb2.GetEventRequest(name=f"{organization}/events/{uuid.uuid4()}")
    bad = (("authorization", "Bearer nonsense"),)

    async with probe.answering(db, told={"calls_per_address": 2}) as kit:
        codes = [
            (await refused(kit.events.GetEvent(request, metadata=bad))).code() for _ in range(3)
        ]
        invented = (*bad, ("x-real-ip", "192.0.2.1"))
        codes.append((await refused(kit.events.GetEvent(request, metadata=invented))).code())
        elsewhere = (*invented, (origin.PROOF, probe.EDGE))
        other = await refused(kit.events.GetEvent(request, metadata=elsewhere))

    none, much = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (codes, other.code()) == ([none, none, much, much], none)
