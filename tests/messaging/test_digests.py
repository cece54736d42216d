"""What can wait goes together, to one person as one message, and each knows what became of it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from services.kit.names import Name
from services.messaging.digests import domain
from services.messaging.dispatch import actions as dispatch
from services.messaging.dispatch.domain import Report
from services.messaging.messages import store
from services.messaging.messages.content import Content
from services.messaging.messages.domain import (
    Channel,
    Failure,
    Kind,
    Link,
    Message,
    State,
    Text,
)
from tests.messaging.test_decency import listed, policy
from tests.messaging.world import LINK
from turnout.messaging.v1 import messaging_pb2

M = messaging_pb2.Message
NOW = datetime(2026, 6, 1, 18, tzinfo=UTC)
WINDOW = {"seconds": 600}


def message(kind=Kind.REMINDER, **changes):
    name = Name(uuid.uuid4(), uuid.uuid4())
    text = Text("Gig: see you soon", "Hello")
    made = Message(name, "users/ada", "ada@example.org", Channel.EMAIL, kind, None, text, NOW)
    return replace(made, **changes)


# --- what goes together


def test_each_goes_once_with_what_is_for_the_same_person():
    a, b, c, d, e = sorted(uuid.uuid4() for _ in range(5))

    assert domain.grouped([b, c, d], [[a, b, d], [c]]) == [[a, b, d], [c]]
    assert domain.grouped([e], []) == [[e]]


def test_a_digest_says_no_more_than_so_many():
    ids = sorted(uuid.uuid4() for _ in range(domain.MOST + 2))

    found = domain.grouped([ids[-1], ids[-2]], [ids])

    assert [len(each) for each in found] == [domain.MOST, 2]
    assert sorted(id for each in found for id in each) == [*ids]


def test_a_digest_says_all_of_them():
    parts = [Text("Gig: see you soon", "Hello\n"), Text("Ball: thank you", "It was good.\n")]
    mail = domain.text(Channel.EMAIL, parts)
    short = domain.text(Channel.SMS, [Text("", "See you."), Text("", "Thanks.")])

    assert mail.subject == "Gig: see you soon (+1)"
    assert mail.body == ("Gig: see you soon\n\nHello\n\n———\n\nBall: thank you\n\nIt was good.\n")
    assert short == Text("", "See you.\n\nThanks.")


def test_what_is_done_with_each_is_done_with_the_digest():
    link = Link("Answer", LINK)
    parts = [("a", Content("one", "de", links=(link,))), ("b", Content("two", links=(link,)))]

    found = domain.content(Channel.EMAIL, parts)

    assert (found.links, found.language) == ((link,), "de")


def test_what_became_of_it_became_of_each():
    part = message()
    sent = message(Kind.DIGEST, state=State.SENT, provider="smtp", provider_message="1")

    after = domain.mirrored(part, replace(sent, send_time=NOW))

    assert (after.state, after.provider, after.send_time) == (State.SENT, "smtp", NOW)
    assert after.provider_message == ""  # of which there is one
    assert domain.mirrored(after, replace(sent, send_time=NOW)) == after


def test_what_was_given_up_meanwhile_stays_so_until_it_got_there():
    part = message(state=State.FAILED)

    assert domain.mirrored(part, message(Kind.DIGEST, state=State.SENDING)) == part
    assert domain.mirrored(part, message(Kind.DIGEST, state=State.FAILED)) == part
    got = domain.mirrored(part, message(Kind.DIGEST, state=State.DELIVERED))
    assert got.state is State.DELIVERED


# --- what is sent


@pytest.fixture
async def clock(world, club):
    await policy(world, club, digest_window=WINDOW)
    yield world.clock
    world.clock.ahead = timedelta()


async def asked_twice(club, **changes):
    """Somebody who is written to twice."""
    ada = await club.invite(**changes)
    await club.hear(club.invitation(ada, **changes), ada)
    return ada


async def later(club, clock):
    clock.ahead += timedelta(minutes=11)
    return await club.send()


@pytest.mark.server
async def test_what_can_wait_goes_together(world, club, clock):
    ada = await asked_twice(club)
    assert {m.state for m in await club.send()} == {M.STATE_QUEUED}

    *parts, digest = await later(club, clock)

    assert [m.kind for m in parts] == ["invitation", "invitation"]
    assert (digest.kind, digest.recipient, digest.event) == ("digest", ada, club.event)
    assert {m.digest for m in parts} == {digest.name}
    assert {m.state for m in (*parts, digest)} == {M.STATE_SENT}
    assert {m.provider for m in parts} == {digest.provider}
    [line] = world.written(club)
    assert (line["message"], line["subject"]) == (digest.name, "Winter Gig: will you come? (+1)")
    assert line["body"].count(LINK + ada[-36:]) == 2
    assert LINK not in digest.body
    told = [fact.message for fact in await world.facts(club.id, "MessageSent")]
    assert sorted(told) == sorted(m.name for m in (*parts, digest))


@pytest.mark.server
async def test_each_person_gets_their_own(world, club, clock):
    for name in ("ada", "bob"):
        await asked_twice(club, email=f"{name}@example.org")
    await club.invite(email="cleo@example.org")

    found = await later(club, clock)

    assert {m.state for m in found} == {M.STATE_SENT}
    to = sorted(line["to"] for line in world.written(club))
    assert to == ["ada@example.org", "bob@example.org", "cleo@example.org"]
    assert [m.digest for m in found if m.address == "cleo@example.org"] == [""]


@pytest.mark.server
async def test_a_ticket_waits_for_nothing(world, club, clock):
    ada = await asked_twice(club)
    await club.hear(club.confirmed(ada, "code-1"))

    found = await club.send()

    assert [m.kind for m in found if m.state == M.STATE_SENT] == ["ticket"]


@pytest.mark.server
async def test_who_wants_no_more_gets_no_digest(world, club, clock):
    await asked_twice(club)
    await club.send()
    await listed(world, club, "ada@example.org")

    found = await later(club, clock)

    assert [(m.kind, m.failure) for m in found] == [("invitation", M.FAILURE_SUPPRESSED)] * 2
    assert world.written(club) == []


@pytest.mark.server
async def test_a_digest_counts_once_a_day(world, club, clock):
    await policy(world, club, daily_cap=2)
    ada = await asked_twice(club)
    await later(club, clock)
    await club.hear(club.invitation(ada), ada)

    found = await later(club, clock)

    assert {m.state for m in found} == {M.STATE_SENT}
    assert len(world.written(club)) == 2


@pytest.mark.server
async def test_what_was_to_go_together_is_let_go_when_that_may_not(world, club, clock):
    await asked_twice(club)
    clock.ahead += timedelta(minutes=11)
    with world.at_work(club.id):
        [id] = await world.parts.state._take(world.db, club.id, Channel.EMAIL)
    *parts, digest = await club.messages()
    assert digest.name.endswith(str(id))
    assert [m.digest for m in parts] == [digest.name] * 2
    # Nobody has it yet.
    await world.owner.execute("update messages set expire_time = create_time where id = %s", [id])

    await club.send()
    *parts, dropped, again = await club.send()

    assert (dropped.state, dropped.failure) == (M.STATE_FAILED, M.FAILURE_EXPIRED)
    assert again.state == M.STATE_SENT
    assert [(m.digest, m.state) for m in parts] == [(again.name, M.STATE_SENT)] * 2


@pytest.mark.server
async def test_who_read_a_message_before_it_went_with_others_cannot_send_it(world, club, clock):
    await asked_twice(club)
    clock.ahead += timedelta(minutes=11)
    ids = [uuid.UUID(m.name[-36:]) for m in await club.messages()]
    with world.at_work(club.id):
        read = await world.db.run(store.lock_all, club.id, ids)
        await world.parts.state._take(world.db, club.id, Channel.EMAIL)

        claims = [(each, "console") for each in read]
        claimed = await world.db.run(dispatch.claim, club.id, claims, clock.now())

    assert claimed == [None, None]


@pytest.mark.server
async def test_what_is_heard_of_a_digest_later_is_heard_of_each(world, club, clock):
    await asked_twice(club, phone="+491701234567")
    *_, digest = await later(club, clock)
    name = uuid.UUID(digest.name[-36:])
    said = Report(digest.provider, digest.provider_message, name, State.FAILED, NOW)

    with world.at_work(club.id):
        refused = replace(said, failure=Failure.REFUSED, reason="no such mailbox")
        await world.db.run(dispatch.report, club.id, refused, world.clock.now())
    await world.do_all("cascade", club.id)

    found = await club.messages()
    mails = [m for m in found if m.channel == M.CHANNEL_EMAIL]
    assert [(m.failure, m.failure_reason) for m in mails] == [
        (M.FAILURE_REFUSED, "no such mailbox")
    ] * 3
    # Each goes on by the next channel.
    assert [m.kind for m in found if m.channel == M.CHANNEL_SMS] == ["invitation"] * 2
    told = await world.facts(club.id, "MessageFailed")
    assert sorted(fact.message for fact in told) == sorted(m.name for m in mails)


@pytest.mark.server
async def test_without_a_window_each_goes_alone_and_at_once(world, club):
    await asked_twice(club)

    found = await club.send()

    assert [(m.kind, m.state) for m in found] == [("invitation", M.STATE_SENT)] * 2


@pytest.mark.server
async def test_a_window_is_read_as_it_was_written(world, club):
    changed = await policy(world, club, digest_window=WINDOW)
    cleared = await policy(world, club, mask=["digest_window"])

    assert changed.digest_window.seconds == 600
    assert not cleared.HasField("digest_window")
    for seconds in (0, 59, 86_401):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await policy(world, club, digest_window={"seconds": seconds})
        assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "digest_window" in str(error.value.details())
