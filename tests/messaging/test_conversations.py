from __future__ import annotations

import uuid
from datetime import timedelta

import grpc
import pytest

from services.messaging.inbound.actions import ACT
from services.messaging.people.actions import FORGET
from tests.messaging.test_inbound import PHONE, hand_in, phoned
from tests.serving import as_user, invalid, refused
from turnout.event.v1 import participant_pb2
from turnout.messaging.v1 import conversation_pb2 as pb2
from turnout.messaging.v1 import conversation_pb2_grpc, messaging_pb2

pytestmark = pytest.mark.server

M = messaging_pb2.Message
C = pb2.Conversation


def stub(club):
    return conversation_pb2_grpc.ConversationServiceStub(club.world.channel)


async def listed(club, **filters):
    owner = await club.world.member("OWNER", club.id)
    request = pb2.ListConversationsRequest(parent=club.name, **filters)
    return list((await stub(club).ListConversations(request, metadata=owner)).conversations)


async def said(club, conversation):
    owner = await club.world.member("OWNER", club.id)
    request = pb2.ListConversationEntriesRequest(parent=conversation.name)
    return list((await stub(club).ListConversationEntries(request, metadata=owner)).entries)


@pytest.fixture
async def organizer(club):
    user = uuid.uuid4()
    await club.world.owner.execute(
        'insert into members (organization, "user", role) values (%s, %s, %s)',
        [club.id, user, "ORGANIZER"],
    )
    return f"users/{user}", as_user(user)


async def test_what_no_program_understands_is_in_a_conversation(club):
    ada = await phoned(club)
    inbound = await hand_in(club, "Is there parking nearby?")

    (conversation,) = await listed(club)
    (entry,) = await said(club, conversation)

    assert (conversation.participant, conversation.display_name) == (ada, "Ada")
    assert (conversation.channel, conversation.address) == (M.CHANNEL_SMS, PHONE)
    assert (conversation.state, conversation.entry_count) == (C.STATE_OPEN, 1)
    assert (conversation.event, conversation.assignee) == (club.event, "")
    assert conversation.snippet == entry.text == "Is there parking nearby?"
    assert (entry.number, entry.inbound_message, entry.author) == (1, inbound.name, "")


async def test_a_person_has_one_conversation_whatever_they_write_on(club):
    await club.invite(phone=PHONE)
    await hand_in(club, "Is there parking?")
    await hand_in(club, "Hello?", by=M.CHANNEL_EMAIL, sender="ADA@example.org")
    await hand_in(club, "Anybody?", by=M.CHANNEL_WHATSAPP, sender=PHONE[1:])

    (conversation,) = await listed(club)
    entries = await said(club, conversation)

    assert [entry.text for entry in entries] == ["Is there parking?", "Hello?", "Anybody?"]
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert (conversation.channel, conversation.address) == (M.CHANNEL_WHATSAPP, PHONE)


async def test_strangers_have_conversations_of_their_own(club):
    await hand_in(club, "yes", sender="+4915112345678", sender_name="Bob")
    await hand_in(club, "no", by=M.CHANNEL_EMAIL, sender="bob@example.org")

    first, second = await listed(club)

    assert (first.participant, first.display_name) == ("", "Bob")
    assert first.name != second.name


async def test_an_answer_goes_out_on_what_the_person_wrote_on(world, club, organizer):
    name, caller = organizer
    ada = await phoned(club)
    await hand_in(club, "Is there parking?", by=M.CHANNEL_WHATSAPP, sender=PHONE)
    (conversation,) = await listed(club)
    text = "Yes: behind the hall.\n{{ 7 * 7 }} <b>spaces</b> 🚗"

    request = pb2.SendReplyRequest(name=conversation.name, text=text, request_id=str(uuid.uuid4()))
    entry = await stub(club).SendReply(request, metadata=caller)
    again = await stub(club).SendReply(request, metadata=caller)

    assert again == entry
    assert (entry.number, entry.text, entry.author) == (2, text, name)
    (after,) = await listed(club)
    assert (after.state, after.assignee, after.entry_count) == (C.STATE_ANSWERED, name, 2)
    message = (await club.messages())[-1]
    assert (message.name, message.kind, message.recipient) == (entry.message, "reply", ada)
    assert (message.channel, message.address) == (M.CHANNEL_WHATSAPP, PHONE)
    await club.send()
    assert world.written(club)[-1]["body"] == text


async def test_a_stranger_is_answered_too(world, club, organizer):
    _, caller = organizer
    await hand_in(club, "Who are you?", by=M.CHANNEL_EMAIL, sender="bob@example.org")
    (conversation,) = await listed(club)

    await stub(club).SendReply(
        pb2.SendReplyRequest(name=conversation.name, text="The Club."), metadata=caller
    )

    await club.send()
    letter = world.written(club)[-1]
    assert (letter["to"], letter["body"]) == ("bob@example.org", "The Club.\n")


async def test_who_writes_again_opens_what_was_closed(club, organizer):
    name, caller = organizer
    await phoned(club)
    await hand_in(club, "Is there parking?")
    (conversation,) = await listed(club)

    closed = await stub(club).CloseConversation(
        pb2.CloseConversationRequest(name=conversation.name), metadata=caller
    )
    assert closed.state == C.STATE_CLOSED
    await hand_in(club, "Hello?")
    assigned = await stub(club).AssignConversation(
        pb2.AssignConversationRequest(name=conversation.name, assignee="users/me"),
        metadata=caller,
    )
    assert (assigned.state, assigned.assignee) == (C.STATE_OPEN, name)
    free = await stub(club).AssignConversation(
        pb2.AssignConversationRequest(name=conversation.name), metadata=caller
    )
    assert free.assignee == ""


async def test_conversations_can_be_chosen(club, organizer):
    name, caller = organizer
    ada = await phoned(club)
    await hand_in(club, "Is there parking?")
    await hand_in(club, "Who are you?", sender="+4915112345678")
    hers, other = await listed(club)
    await stub(club).AssignConversation(
        pb2.AssignConversationRequest(name=hers.name, assignee=name), metadata=caller
    )
    await stub(club).CloseConversation(
        pb2.CloseConversationRequest(name=other.name), metadata=caller
    )

    for filters, found in [
        ({"participant": ada}, hers.name),
        ({"assignee": name}, hers.name),
        ({"state": C.STATE_CLOSED}, other.name),
    ]:
        assert [each.name for each in await listed(club, **filters)] == [found]


async def test_a_console_sees_and_does_it_all(club, organizer):
    name, caller = organizer
    await phoned(club)
    await hand_in(club, "Is there parking?")
    call = stub(club).Converse(metadata=caller)
    await call.write(pb2.ConverseRequest(open=pb2.ConverseRequest.Open(parent=club.name)))

    first = await call.read()
    assert first.conversation.snippet == "Is there parking?"
    await hand_in(club, "Hello?")
    frames = [await call.read(), await call.read()]
    assert frames[0].entry.text == "Hello?"
    assert frames[1].conversation.entry_count == 2

    id = str(uuid.uuid4())
    reply = pb2.SendReplyRequest(name=first.conversation.name, text="Yes.", request_id=id)
    await call.write(pb2.ConverseRequest(reply=reply))
    frames = [await call.read() for _ in range(3)]
    (done,) = (frame.done for frame in frames if frame.HasField("done"))
    (entry,) = (frame.entry for frame in frames if frame.HasField("entry"))
    assert done.request_id == id
    assert done.entry == entry
    assert (entry.text, entry.author) == ("Yes.", name)

    id = str(uuid.uuid4())
    ghost = pb2.CloseConversationRequest(
        name=f"{club.name}/conversations/{uuid.uuid4()}", request_id=id
    )
    await call.write(pb2.ConverseRequest(close=ghost))
    refusal = (await call.read()).refused
    assert (refusal.request_id, refusal.status.code) == (id, 5)
    await call.done_writing()
    assert await call.read() is grpc.aio.EOF
    assert await call.code() is grpc.StatusCode.OK


async def test_a_console_reaches_no_other_organization(world, club, organizer):
    _, caller = organizer
    other = await world.club()
    await hand_in(other, "Is there parking?")
    (conversation,) = await listed(other)
    call = stub(club).Converse(metadata=caller)
    await call.write(pb2.ConverseRequest(open=pb2.ConverseRequest.Open(parent=club.name)))

    await call.write(
        pb2.ConverseRequest(close=pb2.CloseConversationRequest(name=conversation.name))
    )

    assert (await call.read()).refused.status.code == 5
    call.cancel()
    assert (await listed(other))[0].state == C.STATE_OPEN


async def test_a_console_says_first_whose_it_is(club, organizer):
    _, caller = organizer
    frame = pb2.ConverseRequest.Open(parent=club.name)
    call = stub(club).Converse(metadata=caller)
    await call.write(pb2.ConverseRequest(open=frame))
    await call.write(pb2.ConverseRequest(open=frame))

    with invalid("open"):
        while await call.read() is not grpc.aio.EOF:
            pass


async def test_who_watches_sees_what_happens(club, organizer):
    _, caller = organizer
    await phoned(club)
    call = stub(club).WatchConversations(
        pb2.WatchConversationsRequest(parent=club.name), metadata=caller
    )
    await hand_in(club, "Is there parking?")

    # Whether what was said is told too depends on when the stream was opened.
    frames = [await call.read()]
    while not frames[-1].HasField("conversation"):
        frames.append(await call.read())
    assert frames[-1].conversation.snippet == "Is there parking?"
    call.cancel()


async def test_who_watches_their_own_sees_nothing_of_others(club, organizer):
    _, caller = organizer
    await phoned(club)
    await hand_in(club, "Is there parking?")
    await hand_in(club, "Who are you?", sender="+4915112345678")
    mine, other = await listed(club)
    await stub(club).AssignConversation(
        pb2.AssignConversationRequest(name=other.name, assignee=f"users/{uuid.uuid4()}"),
        metadata=caller,
    )

    call = stub(club).WatchConversations(
        pb2.WatchConversationsRequest(parent=club.name, assignee="users/me"), metadata=caller
    )

    assert (await call.read()).conversation.name == mine.name
    await hand_in(club, "Hello? Anybody?", sender="+4915112345678")
    await hand_in(club, "Hello?")
    while (frame := await call.read()).WhichOneof("frame") == "entry":
        assert frame.entry.conversation == mine.name
    assert frame.conversation.name == mine.name
    call.cancel()


async def test_strangers_see_no_conversation(world, club):
    await hand_in(club, "hello")
    (conversation,) = await listed(club)
    viewer = await world.member("VIEWER", club.id)
    get = pb2.GetConversationRequest(name=conversation.name)

    for caller in (as_user(), viewer):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await stub(club).GetConversation(get, metadata=caller)
    owner = await world.member("OWNER", club.id)
    ghost = pb2.GetConversationRequest(name=f"{club.name}/conversations/{uuid.uuid4()}")
    with refused(grpc.StatusCode.NOT_FOUND, "CONVERSATION_NOT_FOUND"):
        await stub(club).GetConversation(ghost, metadata=owner)


async def test_two_messages_at_once_begin_one_conversation(world, club):
    await phoned(club)
    await hand_in(club, "first")
    await hand_in(club, "second")

    assert len(await listed(club)) == 1
    assert not await world.due(ACT, club.id)


async def test_who_is_removed_from_the_list_is_forgotten_after_a_while(club):
    ada, world = await phoned(club), club.world
    await hand_in(club, "Is there parking nearby?")
    await hand_in(club, "Anybody?", sender="+4917099999999")

    fact = participant_pb2.ParticipantRemoved(participant=ada, event=club.event)
    await world.hear(fact, subject=ada)
    (due,) = await world.due(FORGET, club.id)
    assert due.due_time > world.clock.now() + timedelta(days=6)
    assert len(await listed(club)) == 2
    await world.do(due)
    for erasing in await world.due("erase", club.id):
        await world.do(erasing)

    (left,) = await listed(club)
    assert left.address == "+4917099999999"
    tables = {
        "participants": 0,
        "inbound_messages": 1,
        "conversation_entries": 1,
        "conversation_addresses": 1,
    }
    for table, count in tables.items():
        query = f"select count(*) as n from {table} where organization = %s"  # noqa: S608
        cursor = await world.owner.execute(query, [club.id])
        assert (await cursor.fetchone()).n == count, table
    assert {message.recipient for message in await club.messages()} <= {ada}
    assert all(not message.address for message in await club.messages())
