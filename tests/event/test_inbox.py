"""What other services tell takes a participant on, whenever it is heard."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.event import inbox
from services.event.__main__ import SERVICE
from services.kit.carrier import carrier
from services.kit.inbox import Heard
from services.kit.outbox import stream_of
from services.kit.server import parts_of, working
from services.kit.tenant import within
from tests.event.builders import id_at
from tests.event.world import CONFIG, House, World
from tests.waiting import eventually
from turnout.auth.v1 import organization_pb2
from turnout.booking.v1 import booking_pb2, check_in_pb2
from turnout.bus.v1 import bus_pb2
from turnout.event.v1 import participant_pb2
from turnout.event.v1.event_pb2 import Event
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import messaging_pb2

pytestmark = pytest.mark.server

Participant = participant_pb2.Participant
# After everything that these tests do, whenever they are run.
START = datetime.now(UTC) + timedelta(hours=2)


class News:
    """What the others tell of one participant: each fact a minute after the one before."""

    def __init__(self, world: World, house: House, participant: Any) -> None:
        self.world, self.house, self.ada = world, house, participant
        self.minutes = 0
        # The second one was made after the first.
        self.bookings = [f"{house.name}/bookings/{id_at(minute)}" for minute in range(2)]
        self.journey = f"{house.name}/journeys/{id_at(60)}"

    def booking(self, kind: Any, number: int = 0) -> Any:
        return kind(booking=self.bookings[number], event=self.ada.event, buyer=self.ada.name)

    def way(self, kind: Any, **given: Any) -> Any:
        return kind(journey=self.journey, event=self.ada.event, traveler=self.ada.name, **given)

    async def tell(self, fact: Any, *, minutes: int | None = None) -> participant_pb2.Participant:
        """Has event hear a fact, and reads what has become of the participant."""
        self.minutes += 1
        at = START + timedelta(minutes=self.minutes if minutes is None else minutes)
        heard = Heard(uuid.uuid4(), "", "", self.house.organization, at)
        with within(self.house.organization):
            await self.world.db.run(inbox.HEARS[type(fact)], fact, heard)
        return await self.house.read(self.ada)


@pytest.fixture
async def news(world, house):
    ada, _ = await house.guest()
    return News(world, house, ada)


async def test_a_participant_is_followed_to_the_arrival(house, news):
    await news.tell(news.booking(booking_pb2.BookingHeld))
    await news.tell(news.booking(booking_pb2.BookingConfirmed))
    under_way = await news.tell(news.way(location_pb2.JourneyStarted))
    there = START + timedelta(minutes=3, seconds=30)
    arrived = await news.tell(news.way(location_pb2.JourneyArrived, arrive_time=there))

    assert under_way.state == Participant.STATE_UNDER_WAY
    assert arrived.state == Participant.STATE_ARRIVED
    assert (arrived.booking, arrived.journey) == (news.bookings[0], news.journey)
    assert [step.state for step in arrived.steps] == [
        Participant.STATE_LISTED,
        Participant.STATE_INVITED,
        Participant.STATE_HELD,
        Participant.STATE_CONFIRMED,
        Participant.STATE_UNDER_WAY,
        Participant.STATE_ARRIVED,
    ]
    assert arrived.steps[-1].reach_time.ToDatetime(UTC) == there
    assert int(arrived.etag.strip('"')) == int(under_way.etag.strip('"')) + 1


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (booking_pb2.BookingHeld, Participant.STATE_HELD),
        (booking_pb2.BookingConfirmed, Participant.STATE_CONFIRMED),
        (booking_pb2.BookingLapsed, Participant.STATE_LAPSED),
        (booking_pb2.BookingCancelled, Participant.STATE_CANCELLED),
    ],
)
async def test_every_turn_of_a_booking_is_a_step(news, kind, state):
    ada = await news.tell(news.booking(kind))

    assert (ada.state, ada.booking) == (state, news.bookings[0])


async def test_who_got_no_seat_is_refused_and_may_try_again(world, house, news):
    fact = booking_pb2.BookingRefused(event=news.ada.event, buyer=news.ada.name, reason="SOLD_OUT")
    request = participant_pb2.AnswerInvitationRequest(
        name=news.ada.name, answer=Participant.ANSWER_YES
    )
    await world.people.AnswerInvitation(request, metadata=house.organizer)

    refused = await news.tell(fact)
    again = await world.people.AnswerInvitation(request, metadata=house.organizer)

    assert (refused.state, refused.booking) == (Participant.STATE_REFUSED, "")
    assert again.state == Participant.STATE_ACCEPTED
    assert len(await world.facts(house.organization, "ParticipantAnswered")) == 2


async def test_news_of_an_older_booking_undoes_nothing(news):
    await news.tell(news.booking(booking_pb2.BookingConfirmed, 1))
    ada = await news.tell(news.booking(booking_pb2.BookingLapsed, 0))

    assert (ada.state, ada.booking) == (Participant.STATE_CONFIRMED, news.bookings[1])


async def test_a_start_that_is_heard_after_the_arrival_undoes_nothing(news):
    await news.tell(news.way(location_pb2.JourneyArrived), minutes=9)
    ada = await news.tell(news.way(location_pb2.JourneyStarted), minutes=5)

    assert ada.state == Participant.STATE_ARRIVED
    assert ada.steps[-1].state == Participant.STATE_ARRIVED


async def test_an_arrival_by_a_clock_that_is_ahead_is_when_it_was_told(news):
    later = START + timedelta(days=1)

    ada = await news.tell(news.way(location_pb2.JourneyArrived, arrive_time=later), minutes=9)

    assert ada.steps[-1].reach_time.ToDatetime(UTC) == START + timedelta(minutes=9)


async def test_who_was_let_in_has_arrived_without_a_journey(house, news):
    await news.tell(news.booking(booking_pb2.BookingConfirmed))
    scanned = check_in_pb2.TicketCheckedIn(
        ticket=f"{house.name}/tickets/{uuid.uuid4()}", event=news.ada.event, holder=news.ada.name
    )
    ada = await news.tell(scanned)

    assert (ada.state, ada.journey) == (Participant.STATE_ARRIVED, "")


async def test_an_arrival_that_was_none_is_taken_back(news):
    there, truly = START + timedelta(minutes=3), START + timedelta(minutes=2)
    await news.tell(news.booking(booking_pb2.BookingConfirmed))
    await news.tell(news.way(location_pb2.JourneyStarted))
    await news.tell(news.way(location_pb2.JourneyArrived, arrive_time=there), minutes=9)
    gone = await news.tell(news.way(location_pb2.ArrivalRetracted, arrive_time=there))
    again = await news.tell(news.way(location_pb2.JourneyArrived, arrive_time=there), minutes=9)
    moved = await news.tell(news.way(location_pb2.ArrivalCorrected, arrive_time=truly), minutes=9)

    assert gone.state == Participant.STATE_UNDER_WAY
    assert gone.steps[-1].state == Participant.STATE_UNDER_WAY
    assert [again.state, moved.state] == [Participant.STATE_ARRIVED] * 2
    assert again.steps[-1].reach_time.ToDatetime(UTC) - there < timedelta(milliseconds=1)
    arrivals = [each for each in moved.steps if each.state == Participant.STATE_ARRIVED]
    assert [each.reach_time.ToDatetime(UTC) for each in arrivals] == [truly]


async def test_who_was_let_in_is_there_whatever_becomes_of_the_journey(house, news):
    scan = START + timedelta(minutes=1)
    about = {"ticket": f"{house.name}/tickets/{uuid.uuid4()}", "event": news.ada.event}
    about["holder"] = news.ada.name
    await news.tell(check_in_pb2.TicketCheckedIn(**about, scan_time=scan), minutes=9)
    await news.tell(news.way(location_pb2.JourneyStarted))
    await news.tell(news.way(location_pb2.JourneyArrived))
    inside = await news.tell(news.way(location_pb2.ArrivalRetracted))
    outside = await news.tell(check_in_pb2.TicketCheckInReverted(**about, scan_time=scan))

    assert inside.state == Participant.STATE_ARRIVED
    assert outside.state == Participant.STATE_UNDER_WAY


async def test_a_journey_that_ended_leaves_the_ticket(news):
    await news.tell(news.booking(booking_pb2.BookingConfirmed))
    await news.tell(news.way(location_pb2.JourneyStarted))
    ended = location_pb2.Journey.STATE_WITHDRAWN
    ada = await news.tell(news.way(location_pb2.JourneyEnded, state=ended))

    assert ada.state == Participant.STATE_CONFIRMED


async def test_an_invitation_that_was_sent_was_delivered(house, news):
    sent = messaging_pb2.MessageSent(
        message=f"{house.name}/messages/{uuid.uuid4()}",
        recipient=news.ada.name,
        kind="invitation",
        event=news.ada.event,
    )

    ada = await news.tell(sent, minutes=1)
    assert ada.send_time.ToDatetime(UTC) == START + timedelta(minutes=1)
    assert await news.tell(sent, minutes=1) == ada

    sent.kind = "ticket"
    assert await news.tell(sent, minutes=2) == ada


async def test_news_of_anybody_else_is_passed_over(house, news):
    nobody = f"{house.name}/participants/{uuid.uuid4()}"
    before = await house.read(news.ada)

    for who in ("users/" + str(uuid.uuid4()), house.name, nobody):
        fact = news.booking(booking_pb2.BookingHeld)
        fact.buyer = who
        await news.tell(fact)
        await news.tell(
            messaging_pb2.MessageSent(
                message=f"{house.name}/messages/{id_at(1)}", recipient=who, kind="invitation"
            )
        )

    assert await house.read(news.ada) == before


async def test_what_a_participant_does_at_another_event_is_no_step_on_this_way(house, news):
    fact = news.booking(booking_pb2.BookingHeld)
    fact.event = (await house.published()).name

    ada = await news.tell(fact)

    assert (ada.state, ada.booking) == (Participant.STATE_INVITED, "")


async def everything_told(world: World, house: House) -> bool:
    untold = await world.owner.execute(
        "select from outbox where organization = %s and told_time is null", [house.organization]
    )
    return await untold.fetchone() is None


async def test_facts_come_through_redis_and_count_once(world, house, news):
    redis = carrier(world.settings.redis_url)
    fact = bus_pb2.Fact(id=str(uuid.uuid4()), source="booking", subject=news.bookings[0])
    fact.create_time.GetCurrentTime()
    fact.body.Pack(news.booking(booking_pb2.BookingHeld))

    async with (
        parts_of(SERVICE, world.settings, CONFIG, db=world.db) as parts,
        working(SERVICE, parts),
    ):
        for _ in range(2):
            await redis.xadd(stream_of("booking"), {"body": fact.SerializeToString()})

        async def held():
            return (await house.read(news.ada)).state == Participant.STATE_HELD

        await eventually(held)
        await eventually(lambda: everything_told(world, house))

    ada = await house.read(news.ada)
    assert [step.state for step in ada.steps].count(Participant.STATE_HELD) == 1
    await redis.aclose()


async def test_an_organization_that_closes_calls_off_what_is_still_to_come(world, house):
    ahead = await house.published()
    draft = await house.draft()
    fact = organization_pb2.OrganizationDeleted(organization=house.name)

    with within(house.organization):
        await world.db.run(inbox.HEARS[type(fact)], fact, None)

    told = await world.facts(house.organization, "EventCancelled")
    assert [(one.event, one.reason) for one in told] == [(ahead.name, inbox.CLOSED)]
    assert draft.name not in {one.event for one in told}


async def test_an_invitation_that_was_delivered_is_a_step(news):
    about = {"recipient": news.ada.name, "event": news.ada.event}
    about["message"] = f"{news.house.name}/messages/{uuid.uuid4()}"
    sms = messaging_pb2.Message.CHANNEL_SMS

    sent = await news.tell(messaging_pb2.MessageSent(kind="invitation", channel=sms, **about))
    other = await news.tell(messaging_pb2.MessageDelivered(kind="ticket", **about))
    ada = await news.tell(messaging_pb2.MessageDelivered(kind="invitation", **about))

    assert sent.channel == Participant.CHANNEL_SMS
    assert other.state == Participant.STATE_INVITED
    assert ada.state == Participant.STATE_DELIVERED
    assert ada.steps[-1].state == Participant.STATE_DELIVERED


async def test_a_message_that_did_not_get_there_is_shown_until_another_one_does(news):
    said = {
        "message": f"{news.house.name}/messages/{uuid.uuid4()}",
        "recipient": news.ada.name,
        "event": news.ada.event,
        "kind": "reminder",
    }

    ada = await news.tell(messaging_pb2.MessageFailed(reason="no such mailbox", **said))
    assert ada.undelivered_reason == "no such mailbox"
    ada = await news.tell(messaging_pb2.MessageSent(**said))
    assert ada.undelivered_reason == ""


def reply(news, **given):
    return messaging_pb2.ReplyReceived(participant=news.ada.name, event=news.ada.event, **given)


async def test_a_reply_is_an_answer(world, house, news):
    ada = await news.tell(reply(news, answer=Participant.ANSWER_YES, guests=99, note="yes, all!"))

    (fact,) = await world.facts(house.organization, "ParticipantAnswered")
    assert (ada.state, ada.note, ada.guests) == (Participant.STATE_ACCEPTED, "yes, all!", 9)
    assert (fact.answer, fact.ticket_type, fact.guests) == (Participant.ANSWER_YES, "standard", 9)


async def test_words_that_say_neither_yes_nor_no_change_nothing(news):
    before = await news.house.read(news.ada)

    assert await news.tell(reply(news, note="who is this?")) == before


async def test_a_reply_that_comes_too_late_or_to_another_event_changes_nothing(house, news):
    other = await house.published()
    before = await house.read(news.ada)
    elsewhere = reply(news, answer=Participant.ANSWER_YES)
    elsewhere.event = other.name

    assert await news.tell(elsewhere) == before
    await house.cancel(Event(name=news.ada.event))
    assert await news.tell(reply(news, answer=Participant.ANSWER_YES)) == before


async def test_what_came_of_a_reply_is_told_by_the_name_of_what_was_written(world, house, news):
    written = f"organizations/{house.organization}/inboundMessages/{uuid.uuid4()}"
    await news.tell(reply(news, answer=Participant.ANSWER_YES, guests=99, inbound_message=written))
    await house.cancel(Event(name=news.ada.event))
    await news.tell(reply(news, answer=Participant.ANSWER_NO, inbound_message=written))

    told, late = await world.facts(house.organization, "ReplyTaken")
    assert (told.inbound_message, told.participant) == (written, news.ada.name)
    assert (told.answer, told.guests, told.refusal) == (Participant.ANSWER_YES, 9, "")
    assert (late.answer, late.refusal) == (Participant.ANSWER_YES, "WRONG_EVENT_STATE")


async def test_a_whole_way_heard_backwards_reads_the_same(house, news):
    about = {"recipient": news.ada.name, "event": news.ada.event, "kind": "invitation"}
    about["message"] = f"{house.name}/messages/{uuid.uuid4()}"
    way = [
        (news.way(location_pb2.JourneyArrived), 9),
        (news.way(location_pb2.JourneyStarted), 8),
        (news.booking(booking_pb2.BookingConfirmed), 7),
        (news.booking(booking_pb2.BookingHeld), 6),
        (messaging_pb2.MessageDelivered(**about), 5),
    ]

    for fact, minutes in way:
        ada = await news.tell(fact, minutes=minutes)

    assert ada.state == Participant.STATE_ARRIVED
    assert [step.state for step in ada.steps] == [
        Participant.STATE_LISTED,
        Participant.STATE_INVITED,
        Participant.STATE_DELIVERED,
        Participant.STATE_HELD,
        Participant.STATE_CONFIRMED,
        Participant.STATE_UNDER_WAY,
        Participant.STATE_ARRIVED,
    ]


async def test_facts_about_a_duplicate_that_was_merged_are_the_others(world, house, news):
    one = await house.enlist(Event(name=news.ada.event))
    request = participant_pb2.MergeParticipantRequest(name=one.name, duplicate=news.ada.name)
    await world.people.MergeParticipant(request, metadata=house.organizer)

    ada = await news.tell(news.booking(booking_pb2.BookingConfirmed))

    assert (ada.name, ada.state) == (one.name, Participant.STATE_CONFIRMED)
