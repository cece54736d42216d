from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime

import grpc
import pytest

from services.messaging.dispatch import actions as dispatch
from services.messaging.inbound.actions import ACT
from tests.messaging.world import LINK
from tests.serving import as_user, invalid, refused
from turnout.event.v1 import participant_pb2
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import inbound_pb2, inbound_pb2_grpc, messaging_pb2

pytestmark = pytest.mark.server

M = messaging_pb2.Message
I = inbound_pb2.InboundMessage  # noqa: E741 - as short as its sister
Answer = participant_pb2.Participant.Answer
PHONE = "+491701234567"


def stub(club):
    return inbound_pb2_grpc.InboundServiceStub(club.world.channel)


async def hand_in(club, text="", *, by=M.CHANNEL_SMS, sender=PHONE, **more):
    """Hands in what somebody wrote, has it looked at, and says what became of it."""
    owner = await club.world.member("OWNER", club.id)
    sent = I(channel=by, sender=sender, text=text, **more)
    request = inbound_pb2.CreateInboundMessageRequest(parent=club.name, inbound_message=sent)
    made = await stub(club).CreateInboundMessage(request, metadata=owner)
    await club.world.do_all(ACT, club.id)
    get = inbound_pb2.GetInboundMessageRequest(name=made.name)
    return await stub(club).GetInboundMessage(get, metadata=owner)


async def phoned(club, **more):
    """Somebody who was invited by text message."""
    return await club.invite(email="", phone=PHONE, **more)


def taken(club, inbound, answer=Answer.ANSWER_YES, **more):
    return participant_pb2.ReplyTaken(
        participant=inbound.participant,
        event=inbound.event,
        inbound_message=inbound.name,
        answer=answer,
        **more,
    )


async def letters(world, club, messages):
    """What their providers will get."""
    ids = [uuid.UUID(message.name[-36:]) for message in messages]
    with world.at_work(club.id):
        found = await world.db.read(dispatch.letters, club.id, ids, world.parts.state.key)
    return [each.letter for each in found]


async def test_a_yes_by_text_message_is_an_answer(world, club):
    ada = await phoned(club)

    inbound = await hand_in(club, "Yes +2")

    (fact,) = await world.facts(club.id, "ReplyReceived")
    assert (fact.participant, fact.event) == (ada, club.event)
    assert (fact.answer, fact.guests, fact.note) == (Answer.ANSWER_YES, 2, "Yes +2")
    assert fact.inbound_message == inbound.name
    assert (inbound.participant, inbound.event) == (ada, club.event)
    assert (inbound.state, inbound.intent) == (I.STATE_OBEYED, I.INTENT_YES)
    assert inbound.guests == 2


async def test_who_says_yes_again_says_nothing_of_guests(world, club):
    await phoned(club)

    for words in ("yes", "+0"):
        await hand_in(club, words)

    first, second = await world.facts(club.id, "ReplyReceived")
    assert (first.guests, first.guests_unsaid) == (0, True)
    assert (second.guests, second.guests_unsaid) == (0, False)


async def test_an_answer_is_confirmed_by_what_it_came_by(club):
    ada = await club.invite(phone=PHONE, language_code="de")
    inbound = await hand_in(club, "ja", by=M.CHANNEL_WHATSAPP, sender=PHONE[1:])

    await club.hear(taken(club, inbound, guests=1))

    message = (await club.messages())[-1]
    assert (message.kind, message.recipient) == ("answer", ada)
    assert (message.channel, message.address) == (M.CHANNEL_WHATSAPP, PHONE)
    assert message.body == "Notiert: Du kommst zu Winter Gig und bringst 1 Gast mit."


async def test_an_answer_that_comes_too_late_is_answered_too(club):
    await phoned(club)
    inbound = await hand_in(club, "yes")

    await club.hear(taken(club, inbound, refusal="EVENT_OVER"))

    assert "too late" in (await club.messages())[-1].body


async def test_people_are_answered_in_languages_that_we_do_not_invite_in(club):
    await phoned(club, language_code="he")
    inbound = await hand_in(club, "לא")

    await club.hear(taken(club, inbound, Answer.ANSWER_NO))

    assert (await club.messages())[-1].body.startswith("נרשם: אין הגעה אל Winter Gig")


async def test_who_is_late_is_announced_to_the_organizer(club):
    ada = await phoned(club)

    inbound = await hand_in(club, "late 10")

    told, noted = (await club.messages())[-2:]
    assert (inbound.intent, inbound.late_minutes) == (I.INTENT_LATE, 10)
    assert (told.kind, told.recipient, told.address) == ("late", club.name, "club@example.org")
    assert told.body == "Ada comes 10 min late: Winter Gig.\n"
    assert (noted.kind, noted.recipient, noted.address) == ("late-noted", ada, PHONE)


async def test_who_does_not_say_how_late_is_asked_where_they_are(world, club):
    await phoned(club)
    await hand_in(club, "late", by=M.CHANNEL_WHATSAPP, sender=PHONE[1:], provider_message="wamid.9")

    found = [each for each in await club.messages() if each.channel == M.CHANNEL_WHATSAPP]

    (asked,) = await letters(world, club, found)
    assert asked.asks_location
    assert asked.reply_to == "wamid.9"


async def test_who_asks_where_it_is_gets_the_place_and_the_link(world, club):
    ada = await phoned(club)
    await club.send()

    await hand_in(club, "where?")

    await club.send()
    said = world.written(club)[-1]
    assert said["to"] == PHONE
    assert "Alte Halle, Kastanienallee 1, Berlin" in said["body"]
    assert LINK + ada[-36:] in said["body"]


async def test_a_button_counts_as_what_it_says(world, club):
    await phoned(club)

    await hand_in(club, "Leider nicht dabei", button="no", by=M.CHANNEL_WHATSAPP)

    (fact,) = await world.facts(club.id, "ReplyReceived")
    assert fact.answer == Answer.ANSWER_NO


async def test_a_place_that_is_shared_is_told(world, club):
    ada = await phoned(club)

    inbound = await hand_in(club, location={"latitude": 52.5, "longitude": 13.4})

    (fact,) = await world.facts(club.id, "LocationShared")
    assert (fact.participant, fact.event) == (ada, club.event)
    assert (fact.location.latitude, fact.location.longitude) == (52.5, 13.4)
    assert fact.capture_time == inbound.send_time
    assert (inbound.state, inbound.intent) == (I.STATE_OBEYED, I.INTENT_LOCATION)


@pytest.mark.parametrize(
    ("language", "words", "stop"),
    [("en", "Share", "stop sharing"), ("de", "Teilen!", "nicht teilen"), ("he", "שתף", "לא לשתף")],
)
async def test_who_agrees_to_be_seen_says_so_in_a_word(world, club, language, words, stop):
    ada = await phoned(club, language_code=language)

    inbound = await hand_in(club, words)
    ended = await hand_in(club, stop)

    (fact,) = await world.facts(club.id, "SharingAgreed")
    assert (fact.participant, fact.event, fact.text) == (ada, club.event, words)
    assert (fact.inbound_message, fact.send_time) == (inbound.name, inbound.send_time)
    assert (inbound.state, inbound.intent) == (I.STATE_OBEYED, I.INTENT_SHARE)
    (fact,) = await world.facts(club.id, "SharingRefused")
    assert (fact.participant, fact.inbound_message, fact.held) == (ada, ended.name, False)
    assert ended.intent == I.INTENT_UNSHARE


async def test_who_wants_no_more_messages_is_not_seen_any_more(world, club):
    ada = await phoned(club)

    await hand_in(club, "STOP")

    (fact,) = await world.facts(club.id, "SharingRefused")
    assert (fact.participant, fact.held) == (ada, True)


@pytest.mark.parametrize(
    ("consent", "refusal", "said"),
    [
        (True, "", "Du teilst deinen Weg zu Winter Gig mit The Club"),
        (False, "", "Du teilst deinen Weg zu Winter Gig nicht mehr."),
        (False, "NOT_ATTENDING", "kann jetzt nicht geteilt werden"),
    ],
)
async def test_a_consent_is_confirmed_by_what_it_came_by(world, club, consent, refusal, said):
    ada = await club.invite(phone=PHONE, language_code="de")
    await club.send()
    inbound = await hand_in(club, "", button="share", by=M.CHANNEL_WHATSAPP, sender=PHONE[1:])

    await club.hear(
        location_pb2.ConsentTaken(
            participant=ada,
            event=club.event,
            inbound_message=inbound.name,
            consent=consent,
            refusal=refusal,
        )
    )

    message = (await club.messages())[-1]
    assert (message.kind, message.recipient) == ("sharing", ada)
    assert (message.channel, message.address) == (M.CHANNEL_WHATSAPP, PHONE)
    assert said in message.body
    (letter,) = await letters(world, club, [message])
    assert (LINK + ada[-36:] in letter.text.body) == consent


async def test_of_an_e_mail_what_stands_on_top_counts(world, club):
    await club.invite()

    await hand_in(
        club,
        "Maybe\n\nAda\n\n> Will you come?",
        by=M.CHANNEL_EMAIL,
        sender="Ada <ADA@example.org>",
    )

    (fact,) = await world.facts(club.id, "ReplyReceived")
    assert fact.answer == Answer.ANSWER_MAYBE


async def test_everything_else_is_for_somebody_to_read(world, club):
    ada = await phoned(club)

    inbound = await hand_in(club, "Is there parking nearby?")

    assert (inbound.participant, inbound.state) == (ada, I.STATE_FILED)
    assert inbound.intent == I.INTENT_UNSPECIFIED
    assert not await world.facts(club.id, "ReplyReceived")


async def test_who_wants_no_more_messages_gets_none(world, club):
    await club.invite(phone=PHONE)

    stopped = await hand_in(club, "STOP")

    assert (stopped.state, stopped.intent) == (I.STATE_OBEYED, I.INTENT_STOP)
    states = {m.kind: m.state for m in await club.send()}
    assert states == {"invitation": M.STATE_FAILED, "stopped": M.STATE_SENT}
    await phoned(club)
    assert (await club.send())[-1].state == M.STATE_FAILED
    await hand_in(club, "start")
    await phoned(club)
    assert (await club.send())[-1].state == M.STATE_SENT


async def test_one_need_not_be_known_to_want_no_more(world, club):
    await hand_in(club, "stop", by=M.CHANNEL_WHATSAPP, sender=PHONE[1:])

    await phoned(club)

    (dropped,) = await club.send()
    assert (dropped.state, dropped.failure) == (M.STATE_FAILED, M.FAILURE_SUPPRESSED)


async def test_whom_nobody_knows_gives_no_commands(world, club):
    inbound = await hand_in(club, "yes", sender="+4915112345678")

    assert (inbound.participant, inbound.state) == ("", I.STATE_FILED)
    assert not await world.facts(club.id, "ReplyReceived")


async def test_of_several_events_the_one_that_was_written_of_last_is_meant(club):
    await phoned(club)
    later = dataclasses.replace(club, event_id=uuid.uuid4())
    await later.publish("Spring Gig")
    ada = await phoned(later)

    inbound = await hand_in(club, "yes")

    assert (inbound.participant, inbound.event) == (ada, later.event)


async def test_an_answer_to_a_message_is_about_what_that_was_about(world, club):
    first = await phoned(club)
    (sent,) = await club.send()
    other = f"{club.name}/participants/{uuid.uuid4()}"
    await club.hear(club.invitation(other, email="", phone=PHONE), other)

    inbound = await hand_in(club, "yes", reply_to=sent.provider_message)

    assert inbound.participant == first


async def test_the_same_message_again_is_the_same(world, club):
    await phoned(club)

    first = await hand_in(club, "yes", provider_message="SM1")
    second = await hand_in(club, "no", provider_message="SM1")

    assert second == first
    assert len(await world.facts(club.id, "ReplyReceived")) == 1


async def test_nothing_is_written_in_the_future(club):
    sent = I(channel=M.CHANNEL_SMS, sender=PHONE, text="hello")
    sent.send_time.FromDatetime(datetime(2099, 1, 1, tzinfo=UTC))
    owner = await club.world.member("OWNER", club.id)
    request = inbound_pb2.CreateInboundMessageRequest(parent=club.name, inbound_message=sent)

    made = await stub(club).CreateInboundMessage(request, metadata=owner)

    assert made.send_time == made.create_time


async def test_what_was_written_can_be_listed(club):
    await phoned(club)
    first = await hand_in(club, "hello")
    second = await hand_in(club, "hello?", sender="+4915112345678")
    owner = await club.world.member("ORGANIZER", club.id)

    def listing(**filters):
        request = inbound_pb2.ListInboundMessagesRequest(parent=club.name, **filters)
        return stub(club).ListInboundMessages(request, metadata=owner)

    everything = (await listing()).inbound_messages
    assert [one.name for one in everything] == [first.name, second.name]
    hers = (await listing(participant=first.participant)).inbound_messages
    assert [one.name for one in hers] == [first.name]
    page = await listing(page_size=1)
    rest = await listing(page_size=1, page_token=page.next_page_token)
    assert [one.name for one in rest.inbound_messages] == [second.name]
    assert not rest.next_page_token


async def test_what_says_nothing_and_comes_by_nothing_is_refused(club):
    owner = await club.world.member("OWNER", club.id)

    def hand(**sent):
        request = inbound_pb2.CreateInboundMessageRequest(
            parent=club.name, inbound_message=I(**sent)
        )
        return stub(club).CreateInboundMessage(request, metadata=owner)

    with invalid("inbound_message.text"):
        await hand(channel=M.CHANNEL_SMS, sender=PHONE, text="  ")
    with invalid("inbound_message.channel"):
        await hand(sender=PHONE, text="hello")


async def test_strangers_hand_in_and_read_nothing(world, club):
    inbound = await hand_in(club, "hello")
    viewer = await world.member("VIEWER", club.id)
    get = inbound_pb2.GetInboundMessageRequest(name=inbound.name)

    for caller in (as_user(), viewer):
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await stub(club).GetInboundMessage(get, metadata=caller)
    owner = await world.member("OWNER", club.id)
    ghost = inbound_pb2.GetInboundMessageRequest(name=inbound.name[:-36] + str(uuid.uuid4()))
    with refused(grpc.StatusCode.NOT_FOUND, "INBOUND_MESSAGE_NOT_FOUND"):
        await stub(club).GetInboundMessage(ghost, metadata=owner)
