"""Several providers for a channel: who is tried when, and who is left alone."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

import pytest

from services.messaging.channels.provider import LOST
from services.messaging.dispatch.breaker import FAILURES, FIRST, Breaker, Breakers
from services.messaging.dispatch.domain import Deferred, Refused, Taken, Unknown
from services.messaging.messages.domain import Failure
from turnout.messaging.v1 import messaging_pb2

pytestmark = pytest.mark.server

M = messaging_pb2.Message


@dataclass
class Pigeons:
    """A provider that does as it is told."""

    name: str
    outcome: object
    # Whether it gets to the point of no return.
    far: bool = True
    got: list[str] = field(default_factory=list)

    async def send(self, letter, claim):
        if self.far:
            await claim()
        self.got.append(letter.address)
        return self.outcome

    async def find(self, letter):
        return LOST


@contextlib.contextmanager
def carried(world, *pigeons):
    """Has every organization send by those."""
    dispatcher = world.parts.state

    async def all_of_them(organization, channel):
        return pigeons

    before = dispatcher.carriers
    dispatcher.carriers, dispatcher.breakers = all_of_them, Breakers()
    try:
        yield
    finally:
        dispatcher.carriers, dispatcher.breakers = before, Breakers()


async def test_the_first_carries_while_it_works(world, club):
    first, second = Pigeons("first", Taken("1")), Pigeons("second", Taken("2"))
    await club.invite()

    with carried(world, first, second):
        (sent,) = await club.send()

    assert (sent.provider, sent.provider_message) == ("first", "1")
    assert second.got == []


@pytest.mark.parametrize("outcome", [Deferred("away"), Refused("no such account", Failure.ACCOUNT)])
@pytest.mark.parametrize("far", [True, False])
async def test_the_second_carries_what_the_first_would_not(world, club, outcome, far):
    first, second = Pigeons("first", outcome, far), Pigeons("second", Taken("2"))
    await club.invite()

    with carried(world, first, second):
        await club.send()
        (sent,) = await club.send()

    assert (sent.state, sent.provider) == (M.STATE_SENT, "second")
    assert (len(first.got), len(second.got)) == (1, 1)


@pytest.mark.parametrize("outcome", [Unknown("silence"), Refused("no such mailbox")])
async def test_what_may_have_arrived_or_never_will_goes_nowhere_else(world, club, outcome):
    first, second = Pigeons("first", outcome), Pigeons("second", Taken("2"))
    await club.invite()

    with carried(world, first, second):
        await club.send()
        (lost,) = await club.send()

    assert lost.state == M.STATE_FAILED
    assert second.got == []


async def test_who_fails_again_and_again_is_left_alone(world, club):
    first, second = Pigeons("first", Deferred("away"), far=False), Pigeons("second", Taken("2"))
    for _ in range(FAILURES):
        await club.invite()

    with carried(world, first, second):
        await club.send()
        await club.send()
        tried = len(first.got)
        await club.invite()
        sent = await club.send()

    assert tried == FAILURES
    assert len(first.got) == FAILURES
    assert {m.state for m in sent} == {M.STATE_SENT}


async def test_while_all_are_away_a_message_waits(world, club):
    first = Pigeons("first", Deferred("away"), far=False)
    for _ in range(FAILURES + 2):
        await club.invite()

    with carried(world, first):
        await club.send()
        tried = len(first.got)
        waiting = await club.send()

    assert len(first.got) == tried
    assert {m.state for m in waiting} == {M.STATE_QUEUED}


async def test_what_nobody_carries_fails(world, club):
    await club.invite()
    providers = world.parts.state.providers
    world.parts.state.providers = {}

    try:
        (lost,) = await club.send()
    finally:
        world.parts.state.providers = providers

    assert (lost.state, lost.failure) == (M.STATE_FAILED, M.FAILURE_ACCOUNT)


def test_a_breaker_lets_one_through_when_its_time_is_over():
    breaker = Breaker()
    for _ in range(FAILURES):
        assert breaker.lets_through(0.0)
        breaker.failed(0.0)

    assert not breaker.lets_through(FIRST - 0.1)
    assert breaker.lets_through(FIRST)
    assert not breaker.lets_through(FIRST)
    breaker.failed(FIRST)
    assert not breaker.lets_through(FIRST + FIRST)
    assert breaker.lets_through(3 * FIRST)
    breaker.worked()
    assert breaker.lets_through(3 * FIRST)


def test_a_bad_account_opens_a_breaker_at_once():
    breaker = Breaker()

    breaker.failed(0.0, at_once=True)

    assert not breaker.lets_through(0.0)
