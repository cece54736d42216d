"""What providers say of messages later: in any order, more than once, and too early."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.names import Name
from services.messaging.dispatch import actions, domain
from services.messaging.dispatch.domain import Report, Taken, Unknown
from services.messaging.messages.domain import (
    MESSAGES,
    Channel,
    Failure,
    Kind,
    Message,
    State,
    Text,
)
from tests.serving import invalid, refused
from turnout.messaging.v1 import messaging_pb2

pytestmark = pytest.mark.server

M = messaging_pb2.Message
NOW = datetime(2026, 5, 1, tzinfo=UTC)
CLUB = uuid.uuid4()


def message(**changes):
    return replace(
        Message(
            name=Name(CLUB, uuid.uuid4()),
            recipient="users/ada",
            address="+4930123456",
            channel=Channel.SMS,
            kind=Kind.REMINDER,
            event=None,
            shown=Text("", "See you"),
            create_time=NOW,
            state=State.SENDING,
            open_attempt=True,
            provider="pigeons",
        ),
        **changes,
    )


def said(state, seconds=1, **more):
    failure = Failure.REFUSED if state is State.FAILED else Failure.NONE
    time = NOW + timedelta(seconds=seconds)
    return Report("pigeons", "p-1", None, state, time, **{"failure": failure} | more)


# --- the rules

SAID = [said(State.SENT), said(State.DELIVERED, 2), said(State.READ, 3), said(State.FAILED, 4)]


def outcome(before, steps):
    for step in steps:
        if isinstance(step, Report):
            before = domain.hear(before, step)
        else:
            before = domain.settle(before, step, provider="pigeons", now=NOW)
    return before


@given(st.sets(st.sampled_from(range(4)), min_size=1), st.data())
def test_the_order_of_what_is_said_makes_no_difference(chosen, data):
    steps = [SAID[number] for number in chosen]
    told = data.draw(st.permutations([*steps, *steps, Taken("p-1")]))
    straight = outcome(message(), [Taken("p-1"), *steps])

    crooked = outcome(message(), told)

    assert crooked.state is straight.state
    assert crooked.failure is straight.failure
    assert (crooked.deliver_time, crooked.read_time) == (
        straight.deliver_time,
        straight.read_time,
    )
    assert not crooked.open_attempt


def test_a_message_only_ever_gets_further():
    for steps in itertools.permutations(SAID):
        seen = message()
        for step in steps:
            after = domain.hear(seen, step)
            assert list(State).index(after.state) >= list(State).index(seen.state)
            seen = after
        assert seen.state is State.READ


def test_what_was_read_was_never_lost():
    lost = domain.hear(message(), said(State.FAILED))
    assert (lost.state, lost.failure) == (State.FAILED, Failure.REFUSED)

    read = domain.hear(lost, said(State.READ))

    assert (read.state, read.failure, read.failure_reason) == (State.READ, Failure.NONE, "")


def test_that_somebody_has_it_clears_up_a_doubt():
    doubted = domain.settle(message(), Unknown("silence"), provider="pigeons", now=NOW)
    assert doubted.failure is Failure.UNKNOWN_OUTCOME

    assert domain.hear(doubted, said(State.SENT)).state is State.SENT
    lost = domain.hear(doubted, said(State.FAILED, reason="no such number"))
    assert (lost.failure, lost.failure_reason) == (Failure.REFUSED, "no such number")


# --- the books


async def told(world, club, state, **more):
    now = world.clock.now()
    report = Report(
        **{
            "provider": "console",
            "provider_message": "",
            "message": None,
            "state": state,
            "time": now,
        }
        | more
    )
    with world.at_work(club.id):
        return await world.db.run(actions.report, club.id, report, now)


async def events(world, club, name, **fields):
    owner = await world.member("OWNER", club.id)
    request = messaging_pb2.ListMessageEventsRequest(parent=name, **fields)
    return await world.stub.ListMessageEvents(request, metadata=owner)


async def test_what_becomes_of_a_message_is_told_and_kept(world, club):
    ada = await club.invite()
    (sent,) = await club.send()

    await told(world, club, State.READ, provider_message=sent.provider_message)
    await told(world, club, State.DELIVERED, provider_message=sent.provider_message)

    (read,) = await club.messages()
    assert read.state == M.STATE_READ
    assert read.HasField("deliver_time")
    assert read.HasField("read_time")
    happened = (await events(world, club, sent.name)).message_events
    assert [M.State.Name(each.state)[6:] for each in happened] == [
        "SENDING",
        "SENT",
        "READ",
        "DELIVERED",
    ]
    kinds = [fact.DESCRIPTOR.name for fact in await world.facts(club.id)]
    assert kinds == ["MessageSent", "MessageDelivered", "MessageRead"]
    (delivered,) = await world.facts(club.id, "MessageDelivered")
    assert (delivered.message, delivered.recipient) == (sent.name, ada)


async def test_what_is_said_too_early_is_kept_until_we_know_of_what(world, club):
    await club.invite()

    assert await told(world, club, State.FAILED, provider_message="lost", reason="gone") is None
    (waiting,) = await club.messages()
    id = MESSAGES.parse(waiting.name).id
    assert await told(world, club, State.DELIVERED, provider_message=str(id)) is None
    (done,) = await club.send()

    assert done.state == M.STATE_DELIVERED
    happened = (await events(world, club, done.name)).message_events
    assert M.STATE_DELIVERED in [each.state for each in happened]
    assert len(await world.facts(club.id, "MessageDelivered")) == 1


async def test_a_provider_that_knows_our_name_needs_no_other(world, club):
    await club.invite()
    (sent,) = await club.send()

    id = MESSAGES.parse(sent.name).id
    failed = {"failure": Failure.REFUSED, "reason": "no such mailbox"}
    await told(world, club, State.FAILED, message=id, **failed)

    (lost,) = await club.messages()
    assert (lost.state, lost.failure) == (M.STATE_FAILED, M.FAILURE_REFUSED)
    assert lost.failure_reason == "no such mailbox"
    (fact,) = await world.facts(club.id, "MessageFailed")
    assert (fact.failure, fact.reason) == (M.FAILURE_REFUSED, "no such mailbox")


async def test_a_report_of_another_organization_changes_nothing(world, club):
    other = await world.club()
    await club.invite()
    (sent,) = await club.send()

    id = MESSAGES.parse(sent.name).id
    assert await told(world, other, State.DELIVERED, message=id) is None

    (still,) = await club.messages()
    assert still.state == M.STATE_SENT


async def test_what_happened_is_read_in_pages(world, club):
    await club.invite()
    (sent,) = await club.send()

    first = await events(world, club, sent.name, page_size=1)
    second = await events(world, club, sent.name, page_size=1, page_token=first.next_page_token)

    assert [len(first.message_events), len(second.message_events)] == [1, 1]
    assert second.next_page_token == ""
    with invalid("page_size"):
        await events(world, club, sent.name, page_size=-1)
    with refused(grpc.StatusCode.NOT_FOUND, "MESSAGE_NOT_FOUND"):
        await events(world, club, f"{club.name}/messages/{uuid.uuid4()}")
