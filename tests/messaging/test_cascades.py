"""One thing to say, by one channel after the other until it has arrived."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest

from services.messaging.dispatch import actions
from services.messaging.dispatch.domain import Refused, Report, Taken
from services.messaging.messages.actions import CASCADE
from services.messaging.messages.domain import Channel, State
from tests.messaging.test_failover import Pigeons
from tests.messaging.world import LINK
from tests.serving import refused
from turnout.messaging.v1 import (
    cascade_plan_pb2,
    cascade_plan_pb2_grpc,
    messaging_pb2,
)

pytestmark = pytest.mark.server

M = messaging_pb2.Message
P = cascade_plan_pb2.CascadePlan
PHONE = "+4930123456"


def stub(world):
    return cascade_plan_pb2_grpc.CascadePlanServiceStub(world.channel)


async def planned(world, club, *steps, **more):
    """Has invitations go by those channels, each with its seconds."""
    owner = await world.member("OWNER", club.id)
    plan = P(name=f"{club.name}/cascadePlans/invitation", **more)
    for channel, seconds in steps:
        step = plan.steps.add(channel=channel)
        if seconds:
            step.deadline.FromMilliseconds(int(seconds * 1000))
    request = cascade_plan_pb2.UpdateCascadePlanRequest(cascade_plan=plan)
    return await stub(world).UpdateCascadePlan(request, metadata=owner)


@pytest.fixture
def mail(world):
    """Carries e-mails, as a test says."""
    pigeons = Pigeons("pigeons", Taken("p-1"))
    providers = world.parts.state.providers
    world.parts.state.providers = {**providers, Channel.EMAIL: pigeons}
    yield pigeons
    world.parts.state.providers = providers
    world.clock.ahead = timedelta()


async def told(world, club, state, provider_message="p-1"):
    now = world.clock.now()
    said = Report("pigeons", provider_message, None, state, now)
    with world.at_work(club.id):
        await world.db.run(actions.report, club.id, said, now)


def seen(messages):
    return [(m.channel, m.state) for m in messages]


async def test_what_fails_by_one_channel_goes_by_the_next(world, club, mail):
    mail.outcome = Refused("no such mailbox")
    ada = await club.invite(phone=PHONE)
    await club.send()

    assert await world.do_all(CASCADE, club.id) == 1
    found = await club.send()

    assert seen(found) == [(M.CHANNEL_EMAIL, M.STATE_FAILED), (M.CHANNEL_SMS, M.STATE_SENT)]
    assert found[0].cascade == found[1].cascade == found[0].name
    (line,) = world.written(club)
    assert (line["to"], line["channel"]) == (PHONE, "sms")
    assert LINK + ada[-36:] in line["body"]
    assert LINK not in found[1].body


async def test_what_is_not_delivered_in_time_goes_by_the_next(world, club, mail):
    await planned(world, club, (M.CHANNEL_EMAIL, 60), (M.CHANNEL_SMS, 0))
    await club.invite(phone=PHONE)
    await club.send()
    await world.do_all(CASCADE, club.id)
    assert seen(await club.send()) == [(M.CHANNEL_EMAIL, M.STATE_SENT)]
    (later,) = await world.due(CASCADE, club.id)
    assert timedelta(seconds=50) < later.due_time - world.clock.now() <= timedelta(minutes=1)

    world.clock.ahead = timedelta(minutes=1)
    await world.do_all(CASCADE, club.id)

    assert seen(await club.send()) == [
        (M.CHANNEL_EMAIL, M.STATE_SENT),
        (M.CHANNEL_SMS, M.STATE_SENT),
    ]


async def test_what_is_delivered_in_time_goes_by_no_other(world, club, mail):
    await planned(world, club, (M.CHANNEL_EMAIL, 60), (M.CHANNEL_SMS, 0))
    await club.invite(phone=PHONE)
    await club.send()

    await told(world, club, State.DELIVERED)
    await world.do_all(CASCADE, club.id)

    assert await world.due(CASCADE, club.id) == []
    assert seen(await club.messages()) == [(M.CHANNEL_EMAIL, M.STATE_DELIVERED)]


async def test_what_is_delivered_late_stops_the_rest(world, club, mail):
    await planned(world, club, (M.CHANNEL_EMAIL, 60), (M.CHANNEL_SMS, 0))
    await club.invite(phone=PHONE)
    await club.send()
    world.clock.ahead = timedelta(minutes=1)
    await world.do_all(CASCADE, club.id)

    await told(world, club, State.READ)
    await world.do_all(CASCADE, club.id)
    found = await club.send()

    assert seen(found) == [(M.CHANNEL_EMAIL, M.STATE_READ), (M.CHANNEL_SMS, M.STATE_FAILED)]
    assert found[1].failure == M.FAILURE_SUPERSEDED
    assert world.written(club) == []
    assert await world.facts(club.id, "MessageFailed") == []


async def test_what_never_went_out_is_taken_back_when_another_channel_takes_over(world, club, mail):
    await planned(world, club, (M.CHANNEL_EMAIL, 60), (M.CHANNEL_SMS, 0))
    await club.invite(phone=PHONE)
    world.clock.ahead = timedelta(minutes=1)

    await world.do_all(CASCADE, club.id)
    found = await club.send()

    assert seen(found) == [(M.CHANNEL_EMAIL, M.STATE_FAILED), (M.CHANNEL_SMS, M.STATE_SENT)]
    assert mail.got == []


async def test_who_has_one_address_has_one_step(world, club):
    await club.invite()

    (message,) = await club.messages()

    assert message.cascade == ""
    assert await world.due(CASCADE, club.id) == []


async def test_a_plan_says_what_goes_first(world, club):
    await planned(world, club, (M.CHANNEL_SMS, 0), (M.CHANNEL_EMAIL, 0))

    await club.invite(phone=PHONE)

    (message,) = await club.send()
    assert (message.channel, message.address) == (M.CHANNEL_SMS, PHONE)


async def test_who_is_reached_by_no_step_is_reached_as_ever(world, club):
    await planned(world, club, (M.CHANNEL_SMS, 0))

    await club.invite()

    (message,) = await club.send()
    assert (message.channel, message.state) == (M.CHANNEL_EMAIL, M.STATE_SENT)


async def test_a_code_goes_by_nothing_but_what_it_proves(world, club):
    owner = await world.member("OWNER", club.id)
    name = f"{club.name}/cascadePlans/email-code"

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_NAME"):
        await stub(world).GetCascadePlan(
            cascade_plan_pb2.GetCascadePlanRequest(name=name), metadata=owner
        )


async def test_plans_are_read_as_they_were_written(world, club):
    owner = await world.member("OWNER", club.id)
    changed = await planned(world, club, (M.CHANNEL_WHATSAPP, 90), (M.CHANNEL_SMS, 0))
    found, token = [], None
    while token != "":
        request = cascade_plan_pb2.ListCascadePlansRequest(
            parent=club.name, page_size=5, page_token=token or ""
        )
        answer = await stub(world).ListCascadePlans(request, metadata=owner)
        found += answer.cascade_plans
        token = answer.next_page_token

    kinds = [plan.name.rpartition("/")[2] for plan in found]
    assert kinds == sorted(kinds)
    assert {"invitation", "reminder", "ticket"} <= set(kinds)
    assert changed in found
    assert [step.deadline.seconds for step in changed.steps] == [90, 0]
    usual = next(plan for plan in found if plan.name.endswith("/reminder"))
    assert [step.channel for step in usual.steps] == [M.CHANNEL_EMAIL, M.CHANNEL_SMS]
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await planned(world, club, (M.CHANNEL_SMS, 0), etag='"1"')


@pytest.mark.parametrize(
    "steps",
    [
        [(M.CHANNEL_SMS, 0), (M.CHANNEL_SMS, 0)],
        [(M.CHANNEL_SMS, 1)],
        [(M.CHANNEL_SMS, 8 * 86_400)],
    ],
)
async def test_a_plan_that_nobody_can_follow_is_refused(world, club, steps):
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "BAD_CASCADE_PLAN"):
        await planned(world, club, *steps)
