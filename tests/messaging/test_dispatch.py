from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from datetime import timedelta

import pytest

from services.kit.names import Name
from services.messaging.channels.console import Console
from services.messaging.channels.provider import LOST, HandedAlready
from services.messaging.dispatch import actions, domain
from services.messaging.dispatch.domain import Report, Taken, Unknown
from services.messaging.messages import store
from services.messaging.messages.domain import MESSAGES, Channel, Letter, State, Text
from tests.messaging.world import opened
from tests.waiting import eventually, running
from turnout.messaging.v1 import messaging_pb2

pytestmark = pytest.mark.server

M = messaging_pb2.Message


def letter(body="Will you?"):
    name = Name(uuid.uuid4(), uuid.uuid4())
    return Letter(name, Channel.EMAIL, "Ada", "ada@example.org", Text("Come", body))


async def claim():
    """Whoever asks may go on."""


async def name_of(club):
    (message,) = await club.messages()
    return MESSAGES.parse(message.name)


async def claimed(world, name, provider):
    """Whether somebody passed the point of no return with a message, and then died."""
    with world.at_work(name.organization):
        read = await world.db.read(store.message, name)
        claims = [(read, provider), (read, provider)]
        passed = await world.db.run(actions.claim, name.organization, claims, world.clock.now())
        assert passed[1] is None
        # Whoever has read it before somebody else was past that point is too late.
        assert await world.db.run(actions.claim, name.organization, claims, world.clock.now()) == [
            None,
            None,
        ]
    await world.owner.execute("update messages set wait_time = null where id = %s", [name.id])
    return passed[0] is not None


# --- the dispatcher


async def test_a_message_is_sent_and_all_are_told(world, club):
    ada = await club.invite()

    (message,) = await club.send()

    assert (message.state, message.provider) == (M.STATE_SENT, "console")
    assert message.HasField("send_time")
    assert message.provider_message
    assert message.etag == '"3"'
    (told,) = await world.facts(club.id, "MessageSent")
    assert told == messaging_pb2.MessageSent(
        message=message.name,
        recipient=ada,
        kind="invitation",
        event=club.event,
        channel=M.CHANNEL_EMAIL,
    )
    (line,) = world.written(club)
    assert (line["message"], line["to"]) == (message.name, "ada@example.org")
    assert (line["channel"], line["subject"]) == ("email", "Winter Gig: will you come?")


async def test_nothing_is_left_to_do_once_a_message_is_sent(world, club):
    await club.invite()
    await club.send()

    assert await club.send()
    assert await world.due("send", club.id) == []
    assert len(world.written(club)) == 1


async def test_the_worker_sends_what_is_due_by_itself(world, club):
    people = [await club.invite() for _ in range(20)]

    async with running(*world.workers()):
        await eventually(club.all_sent)
    assert len({line["message"] for line in world.written(club)}) == len(people)


async def test_two_workers_send_no_message_twice(world, club):
    for _ in range(20):
        await club.invite()

    async with running(*world.workers(2)):
        await eventually(club.all_sent)
    assert len(world.written(club)) == 20


async def test_of_two_who_send_one_message_at_once_one_does(world, club):
    await club.invite()
    (due,) = await world.due("send", club.id)

    await asyncio.gather(*(world.do(due) for _ in range(4)))

    assert len(world.written(club)) == 1
    (message,) = await club.messages()
    assert message.state == M.STATE_SENT


async def test_a_crash_before_the_message_got_out_sends_it_again(world, club):
    await club.invite()
    name = await name_of(club)
    with world.at_work(club.id):
        assert await claimed(world, name, "console")
    (message,) = await club.messages()
    assert message.state == M.STATE_SENDING

    await club.send()
    (message,) = await club.send()

    assert message.state == M.STATE_SENT
    assert len(world.written(club)) == 1


async def test_a_crash_after_the_message_got_out_sends_it_no_more(world, club):
    await club.invite()
    name = await name_of(club)
    with world.at_work(club.id):
        key = world.parts.state.key
        (found,) = await world.db.read(actions.letters, club.id, [name.id], key)
        await claimed(world, name, "console")
    assert isinstance(await Console(world.log).send(found.letter, claim), Taken)

    (message,) = await club.send()

    assert message.state == M.STATE_SENT
    assert len(world.written(club)) == 1
    assert len(await world.facts(club.id, "MessageSent")) == 1


async def test_what_a_provider_that_is_gone_may_have_is_not_sent_again(world, club):
    await club.invite()
    name = await name_of(club)
    with world.at_work(club.id):
        await claimed(world, name, "pigeons")

    (message,) = await club.send()

    assert message.state == M.STATE_FAILED
    assert message.failure_reason.startswith("unknown outcome: it was handed to pigeons")
    assert world.written(club) == []
    (told,) = await world.facts(club.id, "MessageFailed")
    assert told.reason == message.failure_reason


async def test_a_stop_at_any_moment_sends_every_message_once(world, club):
    """Workers that are stopped and started again and again, as if killed in between."""
    for _ in range(30):
        await club.invite()

    for delay in (0.005, 0.01, 0.02, 0.03, 0.05):
        async with running(*world.workers()):
            await asyncio.sleep(delay)

    async with running(*world.workers()):
        await eventually(club.all_sent)
    assert len(world.written(club)) == 30
    assert len({line["message"] for line in world.written(club)}) == 30
    assert len(await world.facts(club.id, "MessageSent")) == 30


async def test_a_disk_that_is_full_only_delays(database, owner, tmp_path):
    db = await database("messaging")
    async with opened(db, await owner(db), tmp_path) as world:  # a folder takes no lines
        club = await world.club()
        await club.invite()

        (message,) = await club.send()

        assert message.state == M.STATE_SENDING
        assert message.failure_reason == ""
        (later,) = await world.due("send", club.id)
        assert timedelta(0) < later.due_time - world.clock.now() < timedelta(seconds=3)


async def test_a_provider_that_stays_away_is_given_up_after_a_day(database, owner, tmp_path):
    db = await database("messaging")
    async with opened(db, await owner(db), tmp_path) as world:
        club = await world.club()
        await club.invite()
        await club.send()
        world.clock.ahead = domain.GIVE_UP
        await world.do_all("send", club.id)
        world.clock.ahead = timedelta()

        (message,) = await club.messages()
        assert message.state == M.STATE_FAILED
        assert message.failure_reason.startswith("given up after 2 attempts: ")
        assert await world.due("send", club.id) == []


# --- the console


async def test_the_console_finds_what_it_wrote_and_nothing_else(tmp_path):
    console = Console(tmp_path / "new folder" / "messages.jsonl")
    written, lost = letter("ünï 🐘\nline"), letter()

    assert await console.find(written) == LOST
    assert isinstance(await console.send(written, claim), Taken)

    assert isinstance(await console.find(written), Taken)
    assert await console.find(lost) == LOST
    said = json.loads(console.path.read_text())
    assert said["body"] == "ünï 🐘\nline"
    assert console.path.stat().st_mode & 0o077 == 0


async def test_half_a_line_is_no_message_and_spoils_no_other(tmp_path):
    console = Console(tmp_path / "messages.jsonl")
    torn, whole = letter(), letter()
    await console.send(torn, claim)
    console.path.write_bytes(console.path.read_bytes()[:-20])

    assert await console.find(torn) == LOST
    await console.send(whole, claim)

    assert isinstance(await console.find(whole), Taken)
    assert await console.find(torn) == LOST


async def test_many_writers_make_whole_lines(tmp_path):
    console = Console(tmp_path / "messages.jsonl")
    letters = [letter("b" * 5000) for _ in range(20)]

    await asyncio.gather(*(console.send(each, claim) for each in letters))

    lines = console.path.read_text().splitlines()
    assert {json.loads(line)["message"] for line in lines} == {
        MESSAGES.format(each.name) for each in letters
    }


async def test_nothing_goes_out_without_the_claim(tmp_path):
    console = Console(tmp_path / "messages.jsonl")

    async def taken():
        raise HandedAlready

    with contextlib.suppress(HandedAlready):
        await console.send(letter(), taken)

    assert not console.path.exists()


async def test_nothing_is_sent_inside_a_transaction(world, club):
    async def send(tx):
        await Console(world.log).send(letter(), claim)

    with pytest.raises(RuntimeError, match="inside a transaction"):
        await world.db.run(send)


async def test_what_was_said_while_a_message_was_handed_over_counts(world, club):
    """A provider says that it was delivered before it has answered; ours died of boredom."""
    await club.invite()
    name = await name_of(club)
    now = world.clock.now()
    with world.at_work(club.id):
        read = await world.db.read(store.message, name)
        (ours,) = await world.db.run(actions.claim, club.id, [(read, "pigeons")], now)
        said = Report("pigeons", "p-1", name.id, State.DELIVERED, now)
        await world.db.run(actions.report, club.id, said, now)

        ended = [(ours, "pigeons", Unknown("the line broke"))]
        assert await world.db.run(actions.settle, club.id, ended, now) == []
        (after,) = await club.messages()
        assert (after.state, after.failure_reason) == (M.STATE_DELIVERED, "")

        late = [(ours, "pigeons", Taken("p-1"))]
        (kept,) = await world.db.run(actions.settle, club.id, late, now)
    assert (kept.state, kept.provider_message, kept.attempts) == (State.DELIVERED, "p-1", 1)
    assert len(await world.facts(club.id, "MessageDelivered")) == 1
