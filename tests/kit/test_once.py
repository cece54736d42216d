"""A retry gets the first answer, whoever is first, and nothing happens twice."""

from __future__ import annotations

import asyncio
import uuid
from types import SimpleNamespace

import pytest
from google.protobuf import struct_pb2
from google.type import money_pb2

from services.kit import once
from services.kit.caller import Caller, Kind, acting
from services.kit.tenant import tenant, within
from tests.kit.refusals import Declined
from tests.kit.test_db import add, labels


@pytest.fixture
def buyer():
    with within(uuid.uuid4()), acting(Caller(f"users/{uuid.uuid4()}", Kind.USER)) as caller:
        yield caller


@pytest.fixture
async def kit(database):
    async with database.lent("kit") as db:
        yield db


class Request:
    """Stands for any request with a `request_id`: what `once` reads of one."""

    DESCRIPTOR = SimpleNamespace(full_name="turnout.kit.v1.Request")

    def __init__(self, text="lamp", request_id=None):
        self.text = text
        self.request_id = str(uuid.uuid4()) if request_id is None else request_id

    def SerializeToString(self, deterministic=False):  # noqa: N802 - protobuf's name
        return f"{self.text}/{self.request_id}".encode()


def adding(label="lamp"):
    async def action(tx):
        await add(tx, label)
        return money_pb2.Money(units=len(await labels(tx)))

    return action


async def test_a_retry_is_answered_and_not_run_again(kit, buyer):
    request = Request()

    first = await kit.run(once.once(request, adding()))
    second = await kit.run(once.once(request, adding()))

    assert first == second == money_pb2.Money(units=1)
    assert await kit.read(labels) == ["lamp"]


async def test_two_writers_of_one_request_id_get_one_answer(kit, buyer):
    for number in range(10):
        request = Request(str(number))
        writers = [kit.run(once.once(request, adding(str(number)))) for _ in range(2)]

        first, second = await asyncio.gather(*writers)

        assert first == second
    assert len(await kit.read(labels)) == 10


async def test_many_writers_of_one_request_id_get_one_answer(kit, buyer):
    request = Request()

    answers = await asyncio.gather(*(kit.run(once.once(request, adding())) for _ in range(25)))

    assert answers == [money_pb2.Money(units=1)] * 25
    assert await kit.read(labels) == ["lamp"]


async def test_the_id_with_another_request_is_refused(kit, buyer):
    request = Request()
    await kit.run(once.once(request, adding()))

    with pytest.raises(once.RequestIdReused) as refused:
        await kit.run(once.once(Request("desk", request.request_id), adding("desk")))

    assert refused.value.field == "request_id"
    assert await kit.read(labels) == ["lamp"]


async def test_a_refusal_is_not_remembered(kit, buyer):
    request = Request()

    async def decline(tx):
        await add(tx)
        raise Declined()

    with pytest.raises(Declined):
        await kit.run(once.once(request, decline))

    assert await kit.run(once.once(request, adding())) == money_pb2.Money(units=1)


async def test_who_waits_for_a_writer_that_refuses_gets_a_turn(kit, buyer):
    request, entered, leave = Request(), asyncio.Event(), asyncio.Event()

    async def decline(tx):
        entered.set()
        await leave.wait()
        raise Declined()

    async with asyncio.TaskGroup() as group:
        first = group.create_task(outcome(kit.run(once.once(request, decline))))
        await entered.wait()
        second = group.create_task(outcome(kit.run(once.once(request, adding()))))
        await asyncio.sleep(0.05)
        leave.set()

    assert isinstance(first.result(), Declined)
    assert second.result() == money_pb2.Money(units=1)


async def outcome(running):
    try:
        return await running
    except Declined as error:
        return error


async def test_the_id_of_another_caller_is_another_id(kit, buyer):
    request = Request()
    await kit.run(once.once(request, adding()))

    with within(tenant.get()), acting(Caller("users/somebody-else", Kind.USER)):
        await kit.run(once.once(request, adding("another")))

    assert await kit.read(labels) == ["another", "lamp"]


async def test_a_request_without_an_id_runs_every_time(kit, buyer):
    request = Request(request_id="")

    await kit.run(once.once(request, adding("a")))
    await kit.run(once.once(request, adding("b")))

    assert await kit.read(labels) == ["a", "b"]


async def test_an_id_that_is_no_uuid_is_refused(kit, buyer):
    with pytest.raises(once.BadRequestId):
        await kit.run(once.once(Request(request_id="again"), adding()))

    assert await kit.read(labels) == []


async def test_any_message_can_be_an_answer(kit, buyer):
    request = Request()
    answer = struct_pb2.Struct()
    answer.update({"a": [1, {"b": None}]})

    async def action(tx):
        return answer

    assert await kit.run(once.once(request, action)) == answer
    assert await kit.run(once.once(request, action)) == answer


async def test_answers_are_forgotten_after_a_day(kit, owner, buyer):
    old, recent = Request("old"), Request("recent")
    for request in (old, recent):
        await kit.run(once.once(request, adding(request.text)))
    await (await owner(kit)).execute(
        "update answered set create_time = now() - interval '25 hours' where request_id = %s",
        [old.request_id],
    )

    purged = await kit.run(once.purge)

    assert purged == 1
    assert await kit.run(once.once(recent, adding("never"))) == money_pb2.Money(units=2)
