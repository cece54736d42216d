"""What location learns from the other services, in whatever order it is told."""

from __future__ import annotations

import uuid
from datetime import timedelta

import grpc
import pytest

from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.tenant import within
from services.kit.wire import timestamp
from services.location.events import actions, store
from services.location.events.actions import EXPIRE
from services.location.events.domain import BOOKINGS, EVENTS, TICKETS
from tests import estates
from tests.location.world import DEGREE, VENUE, Traveler, create
from tests.serving import as_user, refused
from tests.waiting import eventually, running
from turnout.auth.v1 import auth_pb2
from turnout.booking.v1 import booking_pb2, ticket_pb2
from turnout.event.v1 import event_pb2, participant_pb2
from turnout.location.v1 import location_pb2
from turnout.messaging.v1 import inbound_pb2

pytestmark = pytest.mark.server

STATE = location_pb2.Journey.State
UNMET = grpc.StatusCode.FAILED_PRECONDITION


def announcement(name, start, hours=3.0, radius=0):
    return event_pb2.Announcement(
        event=EVENTS.format(name),
        venue=event_pb2.Venue(
            location={"latitude": VENUE[0], "longitude": VENUE[1]}, arrival_radius_meters=radius
        ),
        start_time=timestamp(start),
        end_time=timestamp(start + timedelta(hours=hours)),
    )


async def publish(house, name, kind=event_pb2.EventPublished, begin=1.0, **given):
    start = house.world.clock.now() + timedelta(hours=begin)
    fact = kind(announcement=announcement(name, start, **given))
    await house.world.served.hear(fact, subject=EVENTS.format(name))


async def book(house, event, attendee, kind=booking_pb2.BookingConfirmed, booking=None):
    booking = booking or BOOKINGS.format(Name(house.organization, new_id()))
    fact = kind(booking=booking, event=EVENTS.format(event), buyer=attendee)
    await house.world.served.hear(fact, subject=booking)
    return booking


@pytest.fixture
def name(house):
    return Name(house.organization, new_id())


async def test_nobody_is_on_the_way_to_what_is_online(world, house, name):
    told = announcement(name, world.clock.now() + timedelta(hours=1))
    told.ClearField("venue")
    await world.served.hear(
        event_pb2.EventPublished(announcement=told), subject=EVENTS.format(name)
    )

    with within(house.organization):
        assert await world.db.read(store.find, name) is None


@pytest.mark.parametrize("published_first", [True, False])
async def test_who_booked_a_published_event_may_set_out(world, house, name, published_first):
    user = uuid.uuid4()
    if published_first:
        await publish(house, name)
    await book(house, name, f"users/{user}")
    if not published_first:
        await publish(house, name)

    request = create_for(name)
    journey = await world.stub.CreateJourney(request, metadata=as_user(user))

    assert journey.state == STATE.STATE_READY


def create_for(name):
    journey = location_pb2.Journey(event=EVENTS.format(name), consent=True)
    return location_pb2.CreateJourneyRequest(
        parent=f"organizations/{name.organization}", journey=journey
    )


async def test_one_hundred_metres_are_near_enough_unless_the_organizer_says_so(world, house, name):
    for radius, kept in ((0, 100), (800, 800)):
        await publish(house, name, radius=radius)
        rows = await world.owner.execute(
            "select radius_meters from events where id = %s", [name.id]
        )
        assert (await rows.fetchone()).radius_meters == kept


async def test_an_event_that_moves_takes_its_journeys_along(world, house, name):
    user = uuid.uuid4()
    await publish(house, name)
    await book(house, name, f"users/{user}")
    begun = await world.stub.CreateJourney(create_for(name), metadata=as_user(user))

    await publish(house, name, kind=event_pb2.EventRevised, begin=24)

    request = location_pb2.GetJourneyRequest(name=begun.name)
    moved = await world.stub.GetJourney(request, metadata=as_user(user))
    later = moved.expire_time.seconds - begun.expire_time.seconds
    assert later == pytest.approx(23 * 3600, abs=5)
    (due,) = await world.served.due(EXPIRE, house.organization)
    assert due.due_time.timestamp() == pytest.approx(moved.expire_time.seconds, abs=1)


async def test_the_end_of_an_event_ends_its_journeys(world, house, clock):
    event = await house.event()
    travelers = [await house.traveler(event) for _ in range(3)]
    await travelers[0].record(1, travelers[0].way(3000, 2900, 3))
    await travelers[1].record(1, [travelers[1].at(10)])
    clock.ahead = timedelta(hours=5)

    await house.act(actions.expire, house.organization, event.name.id, clock.now())

    states = [(await traveler.read()).state for traveler in travelers]
    assert states == [STATE.STATE_EXPIRED, STATE.STATE_ARRIVED, STATE.STATE_EXPIRED]
    ended = await world.facts(house.organization, "JourneyEnded")
    assert {fact.journey for fact in ended} == {travelers[0].journey, travelers[2].journey}


async def test_a_cancelled_event_ends_its_journeys_at_once(world, house, event, ada):
    fact = event_pb2.EventCancelled(event=EVENTS.format(event.name))
    await world.served.hear(fact, subject=fact.event)

    async with running(world.served.worker().run()):
        await eventually(lambda: is_over(ada))

    assert (await ada.read()).state == STATE.STATE_EXPIRED


async def is_over(traveler):
    return (await traveler.read()).state == STATE.STATE_EXPIRED


async def test_who_gives_the_ticket_back_is_not_followed_any_more(world, house, event):
    user = uuid.uuid4()
    booking = await book(house, event.name, f"users/{user}")
    journey = await world.stub.CreateJourney(create(event), metadata=as_user(user))

    await book(house, event.name, f"users/{user}", booking_pb2.BookingCancelled, booking)

    request = location_pb2.GetJourneyRequest(name=journey.name)
    over = await world.stub.GetJourney(request, metadata=as_user(user))
    assert over.state == STATE.STATE_EXPIRED
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "NOT_ATTENDING"):
        await world.stub.CreateJourney(create(event), metadata=as_user(user))


async def test_an_event_that_is_not_over_ends_nothing(world, house, event, ada):
    assert await world.served.do_all(EXPIRE, house.organization) == 1

    assert (await ada.read()).state == STATE.STATE_READY
    assert len(await world.served.due(EXPIRE, house.organization)) == 1


# --- participants who are one


async def merge(house, event, kept, duplicate):
    fact = participant_pb2.ParticipantMerged(
        participant=kept, duplicate=duplicate, event=EVENTS.format(event.name)
    )
    await house.world.served.hear(fact, subject=kept)


async def test_the_way_of_a_duplicate_is_the_others(house):
    event = await house.event()
    ada = await house.traveler(event)
    kept, who = house.guest()

    await merge(house, event, kept, ada.name)

    assert (await ada.read(who)).traveler == kept


async def test_of_two_ways_of_one_person_one_goes_on(house):
    event = await house.event()
    kept, ada = await house.traveler(event), await house.traveler(event)

    await merge(house, event, kept.name, ada.name)

    assert (await kept.read()).state == STATE.STATE_READY
    assert (await ada.read()).state == STATE.STATE_EXPIRED


# --- tickets that are passed on


async def sold(house, event, buyer, tickets):
    """A booking of that buyer, and the names of its tickets."""
    booking = BOOKINGS.format(Name(house.organization, new_id()))
    names = [TICKETS.format(Name(house.organization, new_id())) for _ in range(tickets)]
    fact = booking_pb2.BookingConfirmed(
        booking=booking,
        event=EVENTS.format(event.name),
        buyer=buyer,
        tickets=[booking_pb2.Ticket(name=name) for name in names],
    )
    await house.world.served.hear(fact, subject=booking)
    return booking, names


async def passed(house, event, booking, ticket, giver, holder):
    fact = ticket_pb2.TicketTransferred(
        ticket=ticket,
        booking=booking,
        event=EVENTS.format(event.name),
        giver=giver,
        holder=holder,
    )
    await house.world.served.hear(fact, subject=ticket)


async def returned(house, event, booking, ticket, holder):
    fact = ticket_pb2.TicketReturned(
        ticket=ticket, booking=booking, event=EVENTS.format(event.name), holder=holder
    )
    await house.world.served.hear(fact, subject=booking)


async def sets_out(house, event, who):
    return await house.world.stub.CreateJourney(create(event), metadata=who)


async def test_who_is_given_a_ticket_may_set_out_and_who_gave_the_last_one_not(house, event):
    (giver, by_giver), (holder, by_holder) = house.guest(), house.guest()
    booking, [first, second] = await sold(house, event, giver, 2)
    await passed(house, event, booking, first, giver, holder)
    own = await sets_out(house, event, by_giver)

    assert (await sets_out(house, event, by_holder)).traveler == holder
    other, by_other = house.guest()
    await passed(house, event, booking, second, giver, other)

    request = location_pb2.GetJourneyRequest(name=own.name)
    found = await house.world.stub.GetJourney(request, metadata=by_giver)
    assert found.state == STATE.STATE_EXPIRED
    with refused(UNMET, "NOT_ATTENDING"):
        await sets_out(house, event, by_giver)
    assert (await sets_out(house, event, by_other)).traveler == other


async def test_a_ticket_may_be_passed_on_before_its_booking_is_told(house, event):
    (giver, _), (holder, who) = house.guest(), house.guest()
    booking = BOOKINGS.format(Name(house.organization, new_id()))
    ticket = TICKETS.format(Name(house.organization, new_id()))

    await passed(house, event, booking, ticket, giver, holder)

    assert (await sets_out(house, event, who)).state == STATE.STATE_READY


@pytest.mark.parametrize("all_of_it", [True, False])
async def test_with_the_ticket_the_way_ends(house, event, all_of_it):
    (giver, _), (holder, who) = house.guest(), house.guest()
    booking, [ticket, _] = await sold(house, event, giver, 2)
    await passed(house, event, booking, ticket, giver, holder)
    journey = await sets_out(house, event, who)

    if all_of_it:
        await book(house, event.name, giver, booking_pb2.BookingCancelled, booking)
    else:
        await returned(house, event, booking, ticket, holder)

    request = location_pb2.GetJourneyRequest(name=journey.name)
    found = await house.world.stub.GetJourney(request, metadata=who)
    assert found.state == STATE.STATE_EXPIRED
    with refused(UNMET, "NOT_ATTENDING"):
        await sets_out(house, event, who)


# --- places that are shared in messages


async def told_place(house, event, who, meters):
    fact = inbound_pb2.LocationShared(
        participant=who,
        event=EVENTS.format(event.name),
        location={"latitude": VENUE[0] - meters / DEGREE, "longitude": VENUE[1]},
        capture_time=timestamp(house.world.clock.now()),
    )
    await house.world.served.hear(fact, subject=who)


async def test_a_place_in_a_message_is_a_position_of_who_agreed(world, house, event, ada):
    await told_place(house, event, ada.name, 3000)

    (found,) = await ada.positions()
    assert found.location.latitude == pytest.approx(VENUE[0] - 3000 / DEGREE, abs=1e-6)
    assert (await ada.read()).state == STATE.STATE_UNDER_WAY


async def test_a_place_of_who_did_not_agree_is_nowhere(world, house, event, ada):
    stranger, _ = house.guest()
    await told_place(house, event, stranger, 3000)
    request = location_pb2.PauseJourneyRequest(name=ada.journey)
    await world.stub.PauseJourney(request, metadata=ada.metadata)
    await told_place(house, event, ada.name, 3000)

    assert await ada.positions() == []
    assert (await ada.read()).state == STATE.STATE_READY


# --- what ends before its time


@pytest.mark.parametrize("kind", [event_pb2.EventCompleted, event_pb2.EventUnpublished])
async def test_what_is_over_early_is_followed_no_more(world, house, event, kind):
    ada = await house.traveler(event)

    name = EVENTS.format(event.name)
    await world.served.hear(kind(event=name), subject=name)
    await world.served.do_all(EXPIRE, house.organization)

    assert (await ada.read()).state == STATE.STATE_EXPIRED


@pytest.mark.parametrize("with_venue", [True, False])
async def test_nobody_goes_to_what_went_online(world, house, event, with_venue):
    ada = await house.traveler(event)
    told = announcement(event.name, event.start_time)
    told.mode = event_pb2.Event.MODE_ONLINE
    if not with_venue:
        told.ClearField("venue")

    fact = event_pb2.EventRevised(announcement=told)
    await world.served.hear(fact, subject=EVENTS.format(event.name))
    await world.served.do_all(EXPIRE, house.organization)

    assert (await ada.read()).state == STATE.STATE_EXPIRED
    with refused(UNMET, "EVENT_OVER"):
        await sets_out(house, event, ada.metadata)

    await publish(house, event.name, event_pb2.EventRevised)
    assert (await sets_out(house, event, ada.metadata)).state == STATE.STATE_READY


async def test_who_deletes_the_account_was_nowhere(world):
    who = uuid.uuid4()
    houses = [await world.house() for _ in range(2)]
    journeys = []
    for house in houses:
        event = await house.event()
        for user in (who, uuid.uuid4()):
            name, metadata = f"users/{user}", as_user(user)
            await house.attends(event, name)
            made = await world.stub.CreateJourney(create(event), metadata=metadata)
            traveler = Traveler(house, event, name, metadata, made.name)
            await traveler.record(1, traveler.way(2000, 1500, 20))
            journeys.append(traveler)

    fact = auth_pb2.UserDeleted(user=f"users/{who}")
    await world.served.hear(fact, subject=fact.user)
    for house in houses:
        await world.served.do_all("erase", house.organization)

    found = [(await one.read(), one.id) for one in journeys]
    rows = await (await world.owner.execute("select journey from segments")).fetchall()
    kept = {row[0] for row in rows}
    assert [journey.state for journey, _ in found] == [
        STATE.STATE_WITHDRAWN,
        STATE.STATE_UNDER_WAY,
    ] * 2
    assert [id in kept for _, id in found] == [False, True] * 2


async def test_of_a_deleted_organization_nobody_was_anywhere(world):
    houses = [await world.house() for _ in range(2)]
    for house in houses:
        event, who = await house.event(), uuid.uuid4()
        await house.attends(event, f"users/{who}")
        made = await world.stub.CreateJourney(create(event), metadata=as_user(who))
        traveler = Traveler(house, event, f"users/{who}", as_user(who), made.name)
        await traveler.record(1, traveler.way(2000, 1500, 20))
    gone, kept = [house.organization for house in houses]
    before = await estates.rows(world.db, world.owner, kept)

    await estates.erase(world.db, gone)

    assert before.keys() >= {"journeys", "segments"}
    assert await estates.rows(world.db, world.owner, gone) == {}
    assert await estates.rows(world.db, world.owner, kept) == before


# --- consents in messages


class Words:
    """Somebody with a seat who writes what they want."""

    def __init__(self, house, event) -> None:
        self.house, self.event = house, event
        self.name, self.metadata = house.guest()

    async def write(self, kind, **given):
        """What comes of it."""
        message = f"{self.house.parent}/inboundMessages/{new_id()}"
        fact = kind(
            participant=self.name,
            event=EVENTS.format(self.event.name),
            inbound_message=message,
            **given,
        )
        await self.house.world.served.hear(fact, subject=self.name)
        told = await self.house.world.facts(self.house.organization, "ConsentTaken")
        return message, [each for each in told if each.inbound_message == message]

    async def agree(self, text="share"):
        now = timestamp(self.house.world.clock.now())
        message, (taken,) = await self.write(inbound_pb2.SharingAgreed, text=text, send_time=now)
        return message, taken

    async def journey(self, taken):
        request = location_pb2.GetJourneyRequest(name=taken.journey)
        return await self.house.world.stub.GetJourney(request, metadata=self.metadata)


@pytest.fixture
async def bob(house, event):
    bob = Words(house, event)
    await house.attends(event, bob.name)
    return bob


async def test_words_in_a_message_are_a_consent_with_its_proof(house, bob):
    message, taken = await bob.agree("Teilen!")

    journey = await bob.journey(taken)
    assert (taken.consent, taken.refusal) == (True, "")
    assert (taken.participant, taken.event) == (bob.name, journey.event)
    assert taken.share_time == journey.share_time
    assert (journey.traveler, journey.state) == (bob.name, STATE.STATE_READY)
    assert journey.consent_source == location_pb2.Journey.CONSENT_SOURCE_MESSAGE
    proof = journey.consent_proof
    assert (proof.inbound_message, proof.text) == (message, "Teilen!")
    assert proof.HasField("send_time")
    # The page that they open goes on with the same journey, and saying it again changes nothing.
    opened = await house.world.stub.CreateJourney(create(bob.event), metadata=bob.metadata)
    _, again = await bob.agree()
    assert opened.name == again.journey == taken.journey
    assert (await bob.journey(again)).consent_proof == proof


async def test_who_has_no_seat_is_told_so(house, event):
    eve = Words(house, event)
    _, taken = await eve.agree()
    assert (taken.consent, taken.journey, taken.refusal) == (False, "", "NOT_ATTENDING")
    assert not taken.HasField("share_time")
    _, (nothing,) = await eve.write(inbound_pb2.SharingRefused)
    assert (nothing.consent, nothing.journey, nothing.refusal) == (False, "", "")
    assert (await eve.write(inbound_pb2.SharingRefused, held=True))[1] == []


async def test_what_was_agreed_in_a_message_is_taken_back_in_one(house, bob):
    _, taken = await bob.agree()
    traveler = Traveler(house, bob.event, bob.name, bob.metadata, taken.journey)
    await traveler.record(1, traveler.way(3000, 2900, 3))

    _, (ended,) = await bob.write(inbound_pb2.SharingRefused)

    journey = await bob.journey(taken)
    assert (ended.consent, ended.journey) == (False, taken.journey)
    assert (journey.state, journey.position_count) == (STATE.STATE_WITHDRAWN, 0)
    assert journey.receipt
    _, anew = await bob.agree()
    assert anew.consent
    assert anew.journey != taken.journey


async def test_who_wants_no_more_messages_is_seen_again_when_they_say_so(house, bob):
    _, taken = await bob.agree()

    assert (await bob.write(inbound_pb2.SharingRefused, held=True))[1] == []
    assert (await bob.journey(taken)).HasField("pause_time")
    assert (await bob.write(inbound_pb2.SharingRefused, held=True))[1] == []
    _, again = await bob.agree()

    assert (again.consent, again.journey) == (True, taken.journey)
    assert not (await bob.journey(taken)).HasField("pause_time")


async def test_who_is_there_shares_nothing_more(house, bob):
    _, taken = await bob.agree()
    traveler = Traveler(house, bob.event, bob.name, bob.metadata, taken.journey)
    await traveler.record(1, traveler.way(900, 0, 31))

    _, again = await bob.agree()
    assert (await bob.write(inbound_pb2.SharingRefused, held=True))[1] == []

    assert (again.consent, again.refusal) == (False, "JOURNEY_OVER")
    assert (await bob.journey(taken)).state == STATE.STATE_ARRIVED
