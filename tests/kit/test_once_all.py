"""Many calls that are answered together are answered once each, as if they had come alone."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from google.type import money_pb2

from services.kit import errors
from services.kit.caller import Caller, Kind, acting
from services.kit.once import BadRequestId, Call, RequestIdReused, once, once_all
from services.kit.tenant import within
from tests.kit.test_db import add, labels
from tests.kit.test_once import Request

pytestmark = pytest.mark.server

ADA, BOB = "users/ada", "users/bob"


class Declined(errors.Unmet):
    message = "not today"


@pytest.fixture
async def kit(database):
    return await database("kit")


@pytest.fixture(autouse=True)
def house():
    with within(uuid.uuid4()):
        yield


def call(text="lamp", *, caller=ADA, request_id=None):
    return Call(caller, Request(text, request_id))


def together(calls, tag=""):
    """An action that adds a gadget for each call, and declines those for `no`."""

    async def action(tx):
        async def carry_out(fresh):
            answers = []
            for position in fresh:
                text = calls[position].request.text
                if text == "no":
                    answers.append(Declined())
                    continue
                await add(tx, text + tag)
                answers.append(money_pb2.Money(units=position))
            return answers

        return await once_all(tx, calls, carry_out)

    return action


def units(answers):
    return [answer.units for answer in answers]


async def test_each_call_has_its_own_answer(kit):
    calls = [call("a"), call("b"), call("c", request_id="")]

    assert units(await kit.run(together(calls))) == [0, 1, 2]
    assert await kit.read(labels) == ["a", "b", "c"]


async def test_retries_are_answered_and_not_run_again(kit):
    first, second = call("a"), call("b")
    await kit.run(together([first, second]))

    answers = await kit.run(together([call("c"), second, first]))

    assert units(answers) == [0, 1, 0]
    assert await kit.read(labels) == ["a", "b", "c"]


async def test_a_retry_that_waits_beside_its_first_try_is_not_run_again(kit):
    tried = call("a")

    answers = await kit.run(together([tried, call("b"), tried, tried]))

    assert units(answers) == [0, 1, 0, 0]
    assert await kit.read(labels) == ["a", "b"]


async def test_an_id_with_another_request_is_refused_alone(kit):
    used = str(uuid.uuid4())
    together_now = [call("a", request_id=used), call("b", request_id=used)]

    _, refused = await kit.run(together(together_now))
    later, other = await kit.run(together([call("c", request_id=used), call("d")]))

    assert isinstance(refused, RequestIdReused)
    assert isinstance(later, RequestIdReused)
    assert other.units == 1
    assert await kit.read(labels) == ["a", "d"]


async def test_a_refusal_refuses_one_and_is_not_remembered(kit):
    declined, fine = call("no"), call("a")

    refusal, answer = await kit.run(together([declined, fine]))
    again = await kit.run(together([declined]))

    assert isinstance(refusal, Declined)
    assert answer.units == 1
    assert isinstance(again[0], Declined)


async def test_the_id_of_another_caller_is_another_id(kit):
    used = str(uuid.uuid4())
    calls = [call("a", request_id=used), call("b", caller=BOB, request_id=used)]

    assert units(await kit.run(together(calls))) == [0, 1]


async def test_an_id_that_is_no_uuid_is_refused(kit):
    with pytest.raises(BadRequestId):
        await kit.run(together([call(request_id="again")]))


async def test_it_remembers_what_was_answered_alone_and_the_other_way_round(kit):
    alone, many = Request("a"), call("b")

    async def action(tx):
        await add(tx, "a")
        return money_pb2.Money(units=7)

    with acting(Caller(ADA, Kind.USER)):
        await kit.run(once(alone, action))
        await kit.run(together([many]))

        assert units(await kit.run(together([Call(ADA, alone)]))) == [7]
        assert (await kit.run(once(many.request, action))).units == 0
    assert await kit.read(labels) == ["a", "b"]


async def test_two_batches_with_the_same_calls_carry_each_out_once(kit):
    for number in range(10):
        calls = [call(f"{number}{letter}") for letter in "abc"]

        first, second = await asyncio.gather(
            kit.run(together(calls, "1")), kit.run(together(calls[::-1], "2"))
        )

        assert len(first) == len(second) == 3
    assert len(await kit.read(labels)) == 30


async def test_nobody_asking_is_nothing_done(kit):
    assert await kit.run(together([])) == []
