"""Lanes: who goes first, how many, and whether at all."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from services.messaging.dispatch import domain
from services.messaging.dispatch.domain import USUAL, Lane, Rate
from services.messaging.messages.domain import PLATFORM, Channel
from tests.messaging.world import opened
from tests.serving import invalid, refused
from tests.waiting import eventually, running
from turnout.messaging.v1 import (
    dispatcher_pb2,
    dispatcher_pb2_grpc,
    messaging_pb2,
    rate_policy_pb2,
    rate_policy_pb2_grpc,
)

pytestmark = pytest.mark.server

D = dispatcher_pb2.Dispatcher
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def slow(database, owner, tmp_path_factory):
    """Messaging as it is when nobody says how fast it is to be."""
    db = await database("messaging")
    log = tmp_path_factory.mktemp("slow") / "messages.jsonl"
    async with opened(db, await owner(db), log, rate=USUAL) as found:
        yield found


@pytest.fixture
async def guild(slow):
    slow.clock.ahead = timedelta()
    return await slow.club()


def dispatchers(world):
    return dispatcher_pb2_grpc.DispatcherServiceStub(world.channel)


def policies(world):
    return rate_policy_pb2_grpc.RatePolicyServiceStub(world.channel)


def named(club):
    return f"{club.name}/dispatcher"


def policy(club, channel="email", **fields):
    return rate_policy_pb2.RatePolicy(name=f"{club.name}/ratePolicies/{channel}", **fields)


def states(messages):
    return [messaging_pb2.Message.State.Name(m.state)[6:] for m in messages]


async def moved(world, club, verb, **fields):
    owner = await world.member("OWNER", club.id)
    request = getattr(dispatcher_pb2, f"{verb}DispatcherRequest")(name=named(club), **fields)
    return await getattr(dispatchers(world), f"{verb}Dispatcher")(request, metadata=owner)


# --- how fast


async def test_two_messages_go_in_two_minutes_unless_somebody_says_otherwise(slow, guild):
    for _ in range(5):
        await guild.invite()

    assert states(await guild.send()) == ["SENT", "SENT", "QUEUED", "QUEUED", "QUEUED"]
    assert states(await guild.send()) == ["SENT", "SENT", "QUEUED", "QUEUED", "QUEUED"]
    slow.clock.ahead += timedelta(minutes=2)
    assert states(await guild.send()) == ["SENT"] * 4 + ["QUEUED"]
    (later,) = await slow.due("send", guild.id)
    assert timedelta(seconds=110) < later.due_time - slow.clock.now() <= timedelta(minutes=2)
    slow.clock.ahead += timedelta(minutes=2)
    assert states(await guild.send()) == ["SENT"] * 5
    assert await slow.due("send", guild.id) == []


async def test_a_lane_that_is_full_is_not_looked_at_before_its_time(slow, guild):
    for _ in range(2):
        await guild.invite()
    await guild.send()

    await guild.invite()

    (later,) = await slow.due("send", guild.id)
    assert later.due_time > slow.clock.now() + timedelta(minutes=1)


async def test_each_channel_moves_by_itself(guild):
    for _ in range(3):
        await guild.invite()
        await guild.invite(email="", phone="+4930123456")

    sent = [m for m in await guild.send() if m.state == messaging_pb2.Message.STATE_SENT]

    assert sorted(m.channel for m in sent) == [
        messaging_pb2.Message.CHANNEL_EMAIL,
        messaging_pb2.Message.CHANNEL_EMAIL,
        messaging_pb2.Message.CHANNEL_SMS,
        messaging_pb2.Message.CHANNEL_SMS,
    ]


async def test_what_somebody_waits_for_goes_before_what_was_there_first(guild):
    people = [await guild.invite() for _ in range(4)]
    await guild.hear(guild.confirmed(people[3], "code-1"))
    await guild.hear(guild.confirmed(people[2], "code-2"))

    found = await guild.send()

    sent = [m.kind for m in found if m.state == messaging_pb2.Message.STATE_SENT]
    assert sent == ["ticket", "ticket"]


async def test_a_rate_holds_from_the_moment_it_is_changed(slow, guild):
    for _ in range(12):
        await guild.invite()
    await guild.send()
    owner = await slow.member("OWNER", guild.id)
    wanted = policy(guild, count=10)
    wanted.interval.FromSeconds(60)

    changed = await policies(slow).UpdateRatePolicy(
        rate_policy_pb2.UpdateRatePolicyRequest(rate_policy=wanted), metadata=owner
    )

    assert (changed.count, changed.interval.seconds) == (10, 60)
    assert states(await guild.send()).count("SENT") == 10
    slow.clock.ahead += timedelta(minutes=1)
    assert states(await guild.send()).count("SENT") == 12


async def test_what_the_platform_says_waits_for_no_rate(slow):
    # A code of a login is not a newsletter.
    lane = Lane(PLATFORM, Channel.EMAIL)
    rows = [(uuid.uuid4(), 1) for _ in range(5)]
    for id, priority in rows:
        await slow.owner.execute(
            "insert into messages (organization, id, recipient, to_name, address, channel, kind,"
            " subject, body, state, provider, provider_message, failure_reason, attempts,"
            " open_attempt, create_time, version, priority) values (%s, %s, 'users/x', '', 'a@b.c',"
            " 'email', 'email-code', '', '', 'queued', '', '', '', 0, false, now(), 1, %s)",
            [PLATFORM, id, priority],
        )
    from services.messaging.dispatch import actions

    with slow.at_work(PLATFORM):
        taken = await slow.db.run(
            actions.take,
            PLATFORM,
            lane.channel,
            most=10,
            usual=USUAL,
            key=slow.parts.state.key,
            now=slow.clock.now(),
        )

    assert set(taken) == {id for id, _ in rows}


async def test_a_campaign_of_one_organization_does_not_hold_up_another(world, club):
    other = await world.club()
    for _ in range(150):
        await club.invite()
    await other.invite()
    order = []

    async def reached():
        order.append((await other.all_sent(), await club.all_sent()))
        return order[-1] == (True, True)

    async with running(*world.workers()):
        await eventually(reached)
    assert (False, True) not in order


def test_an_interval_begins_with_its_first_message():
    rate = Rate(3, timedelta(minutes=1))
    lane = Lane(uuid.uuid4(), Channel.SMS)

    assert domain.allowance(lane, rate, NOW) == 3
    lane = domain.spend(lane, rate, 2, NOW)
    assert domain.allowance(lane, rate, NOW + timedelta(seconds=59)) == 1
    assert lane.next_time == NOW
    lane = domain.spend(lane, rate, 1, NOW + timedelta(seconds=59))
    assert domain.allowance(lane, rate, NOW + timedelta(seconds=59)) == 0
    assert lane.next_time == NOW + timedelta(minutes=1)
    assert domain.allowance(lane, rate, NOW + timedelta(minutes=1)) == 3


# --- whether


async def test_what_is_stopped_sends_nothing_until_it_is_started(world, club):
    stopped = await moved(world, club, "Stop")
    await club.invite()

    assert stopped.state == D.STATE_STOPPED
    assert states(await club.send()) == ["QUEUED"]
    owner = await world.member("OWNER", club.id)
    seen = await dispatchers(world).GetDispatcher(
        dispatcher_pb2.GetDispatcherRequest(name=named(club)), metadata=owner
    )
    (waiting,) = await club.messages()
    assert seen.oldest_queue_time == waiting.create_time
    started = await moved(world, club, "Start")
    assert started.state == D.STATE_RUNNING
    assert states(await club.send()) == ["SENT"]


async def test_starting_wakes_the_worker(world, club):
    await moved(world, club, "Stop")
    await club.invite()
    async with running(*world.workers()):
        await moved(world, club, "Start")
        await eventually(club.all_sent)


async def test_a_pause_ends_by_itself(world, club):
    until = world.clock.now() + timedelta(minutes=5)
    paused = await moved(world, club, "Pause", resume_time=until)
    await club.invite()

    assert paused.state == D.STATE_PAUSED
    assert states(await club.send()) == ["QUEUED"]
    (later,) = await world.due("send", club.id)
    assert later.due_time == paused.resume_time.ToDatetime(UTC)
    world.clock.ahead = timedelta(minutes=5)
    sent = states(await club.send())
    seen = await moved(world, club, "Resume")
    world.clock.ahead = timedelta()
    assert sent == ["SENT"]
    assert seen.state == D.STATE_RUNNING


async def test_a_pause_ends_when_somebody_resumes_it(world, club):
    await moved(world, club, "Pause")
    await club.invite()

    assert states(await club.send()) == ["QUEUED"]
    assert await world.due("send", club.id) == []
    await moved(world, club, "Resume")
    assert states(await club.send()) == ["SENT"]


@pytest.mark.parametrize("verb", ["Pause", "Resume"])
async def test_what_is_stopped_has_to_be_started(world, club, verb):
    await moved(world, club, "Stop")

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_DISPATCHER_STATE", state="stopped"):
        await moved(world, club, verb)


async def test_a_pause_ends_ahead(world, club):
    past = world.clock.now() - timedelta(seconds=1)

    with invalid("resume_time"):
        await moved(world, club, "Pause", resume_time=past)


async def test_an_etag_keeps_two_from_steering_at_once(world, club):
    seen = await moved(world, club, "Stop")
    await moved(world, club, "Start")

    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await moved(world, club, "Stop", etag=seen.etag)


async def test_a_dispatcher_has_one_name(world, club):
    owner = await world.member("OWNER", club.id)
    request = dispatcher_pb2.GetDispatcherRequest(name=f"{club.name}/messages/{uuid.uuid4()}")

    with invalid("name"):
        await dispatchers(world).GetDispatcher(request, metadata=owner)


# --- policies


async def test_policies_are_listed_by_channel(world, club):
    owner = await world.member("OWNER", club.id)
    stub, found, token = policies(world), [], None
    while token != "":
        request = rate_policy_pb2.ListRatePoliciesRequest(
            parent=club.name, page_size=1, page_token=token or ""
        )
        answer = await stub.ListRatePolicies(request, metadata=owner)
        found += answer.rate_policies
        token = answer.next_page_token

    words = [each.name.rpartition("/")[2] for each in found]
    assert words == sorted(words)
    assert {"email", "sms", "whatsapp"} <= set(words)
    one = await stub.GetRatePolicy(
        rate_policy_pb2.GetRatePolicyRequest(name=found[0].name), metadata=owner
    )
    assert one == found[0]


@pytest.mark.parametrize(
    ("field", "count", "interval"),
    [
        ("rate_policy.interval", 1, timedelta(milliseconds=500)),
        ("rate_policy.interval", 1, timedelta(seconds=1.5)),
        ("rate_policy.interval", 1, timedelta(days=2)),
        ("rate_policy.count", -1, timedelta(seconds=1)),
    ],
)
async def test_a_rate_that_none_can_be_is_refused(world, club, field, count, interval):
    owner = await world.member("OWNER", club.id)
    wanted = policy(club, count=count)
    wanted.interval.FromTimedelta(interval)

    with invalid(field):
        await policies(world).UpdateRatePolicy(
            rate_policy_pb2.UpdateRatePolicyRequest(rate_policy=wanted), metadata=owner
        )


async def test_a_rate_is_no_higher_than_the_provider_takes(world, club):
    owner = await world.member("OWNER", club.id)
    wanted = policy(club, count=100_000)
    wanted.interval.FromSeconds(1)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "RATE_TOO_HIGH"):
        await policies(world).UpdateRatePolicy(
            rate_policy_pb2.UpdateRatePolicyRequest(rate_policy=wanted), metadata=owner
        )


async def test_two_who_change_a_rate_at_once_do_not_undo_each_other(world, club):
    owner = await world.member("OWNER", club.id)
    stub = policies(world)
    seen = await stub.GetRatePolicy(
        rate_policy_pb2.GetRatePolicyRequest(name=policy(club).name), metadata=owner
    )

    def change(count):
        wanted = policy(club, count=count, etag=seen.etag)
        request = rate_policy_pb2.UpdateRatePolicyRequest(rate_policy=wanted)
        return stub.UpdateRatePolicy(request, metadata=owner)

    done = await asyncio.gather(change(5), change(6), return_exceptions=True)

    codes = [each.code() for each in done if isinstance(each, grpc.aio.AioRpcError)]
    assert codes == [grpc.StatusCode.ABORTED]


# --- what was sent


async def test_what_was_sent_is_listed_with_what_its_provider_calls_it(world, club):
    for _ in range(3):
        await club.invite()
    sent = {m.name: m for m in await club.send()}
    owner = await world.member("OWNER", club.id)

    found, token = [], None
    while token != "":
        request = messaging_pb2.ListSentMessagesRequest(
            parent=club.name, page_size=2, page_token=token or ""
        )
        answer = await world.stub.ListSentMessages(request, metadata=owner)
        found += answer.sent_messages
        token = answer.next_page_token

    assert {each.message for each in found} == set(sent)
    for each in found:
        message = sent[each.message]
        assert (each.provider, each.provider_message) == ("console", message.provider_message)
        assert each.send_time == message.send_time
    times = [each.send_time.ToDatetime(UTC) for each in found]
    assert times == sorted(times)
