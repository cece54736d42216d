"""Near the start, seats that nobody came for go to who waits, and first to who is close."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.booking.domain import EVENTS
from services.booking.no_shows import domain
from services.booking.no_shows.domain import Absence, Expected
from services.booking.waitlist.domain import Entry, State
from services.kit.names import Name
from tests.booking import builders
from tests.booking.builders import GIG, NOW, announcement, offer, ticket_type
from tests.booking.test_waitlist import Line
from tests.serving import as_user, invalid, name_of
from turnout.booking.v1 import booking_pb2, check_in_pb2, check_in_pb2_grpc, waitlist_pb2
from turnout.event.v1 import event_pb2
from turnout.location.v1 import location_pb2

LEAD, NEAR = timedelta(minutes=20), timedelta(minutes=15)
STATE = waitlist_pb2.WaitlistEntry.State
MINUTE = timedelta(minutes=1)


# --- the service


class Evening(Line):
    """A sold out event whose start comes near."""

    async def expected(self, who, minutes):
        """Location tells when somebody will be there, seen from now; None: nobody can tell."""
        now = datetime.now(UTC)
        told = location_pb2.ArrivalExpected(
            journey=f"organizations/{self.event.organization}/journeys/{uuid.uuid4()}",
            event=EVENTS.format(self.event),
            traveler=name_of(who),
        )
        if minutes is not None:
            told.p50_time.FromDatetime(now + timedelta(minutes=minutes))
            told.expire_time.FromDatetime(now + timedelta(hours=1))
        await self.booking.world.hear(told, subject=told.journey)

    async def begins(self, lead):
        """Has the event begin that much later than now, and does what is due; says when."""
        told = announcement(self.event, ticket_type(capacity=2, cents=0))
        start = datetime.now(UTC) + lead
        told.start_time.FromDatetime(start)
        told.end_time.FromDatetime(start + timedelta(hours=3))
        revised = event_pb2.EventRevised(announcement=told)
        await self.booking.world.hear(revised, subject=EVENTS.format(self.event))
        await self.look()
        return start

    async def look(self):
        await self.booking.world.do_all("no-shows", self.event.organization)
        await self.promote()

    async def booked(self, made, who):
        request = booking_pb2.GetBookingRequest(name=made.name)
        return (await self.booking.stub.GetBooking(request, metadata=who)).state

    async def scan(self, made, who):
        """Lets somebody in at the door."""
        request = booking_pb2.GetBookingRequest(name=made.name)
        [ticket] = (await self.booking.stub.GetBooking(request, metadata=who)).tickets
        staff = await self.booking.world.member("STAFF", self.event.organization)
        door = check_in_pb2_grpc.CheckInServiceStub(self.booking.world.channel)
        shown = check_in_pb2.CheckInTicketRequest(
            parent=f"organizations/{self.event.organization}",
            event=EVENTS.format(self.event),
            code=ticket.code,
        )
        await door.CheckInTicket(shown, metadata=staff)


@pytest.fixture
async def evening(booking):
    """Two seats for nothing, and nobody has them yet."""
    return Evening(booking, await booking.on_sale(ticket_type(capacity=2, cents=0)))


CONFIRMED, CANCELLED = booking_pb2.Booking.STATE_CONFIRMED, booking_pb2.Booking.STATE_CANCELLED


@pytest.mark.server
async def test_the_seat_of_who_is_far_goes_to_who_is_close(evening):
    here, absent, far, close = (as_user() for _ in range(4))
    kept, lost = await evening.buy(who=here), await evening.buy(who=absent)
    first, second = await evening.join(far), await evening.join(close)
    policy = await evening.policy(no_show_lead=LEAD)
    await evening.expected(here, 5)
    await evening.expected(close, 10)
    await evening.expected(far, 200)

    start = await evening.begins(NEAR)

    assert policy.no_show_lead.ToTimedelta() == LEAD
    assert await evening.booked(kept, here) == CONFIRMED
    assert await evening.booked(lost, absent) == CANCELLED
    offered = await evening.get(second, close)
    assert offered.state == STATE.STATE_OFFERED
    assert (await evening.get(first, far)).state == STATE.STATE_WAITING
    assert offered.expire_time.ToDatetime(UTC) == start
    cancelled = [
        fact
        for fact in await evening.booking.world.facts(evening.event.organization)
        if isinstance(fact, booking_pb2.BookingCancelled)
    ]
    assert [(fact.booking, fact.cause) for fact in cancelled] == [
        (lost.name, booking_pb2.BookingCancelled.CAUSE_BUYER)
    ]


@pytest.mark.server
async def test_who_came_in_or_of_whom_nobody_wants_the_seat_keeps_it(evening):
    ada, bob = as_user(), as_user()
    inside, absent = await evening.buy(who=ada), await evening.buy(who=bob)
    await evening.policy(no_show_lead=LEAD)
    await evening.scan(inside, ada)

    await evening.begins(NEAR)
    assert await evening.booked(absent, bob) == CONFIRMED

    # The next look finds that somebody waits.
    await evening.join()
    await evening.look()

    assert await evening.booked(inside, ada) == CONFIRMED
    assert await evening.booked(absent, bob) == CANCELLED


@pytest.mark.server
async def test_who_is_there_is_not_absent_and_who_says_nothing_more_is(evening):
    ada, bob = as_user(), as_user()
    there, gone = await evening.buy(who=ada), await evening.buy(who=bob)
    await evening.join()
    await evening.join()
    await evening.policy(no_show_lead=LEAD)
    await evening.expected(bob, 5)
    await evening.expected(bob, None)
    told = location_pb2.JourneyArrived(
        journey=f"organizations/{evening.event.organization}/journeys/{uuid.uuid4()}",
        event=EVENTS.format(evening.event),
        traveler=name_of(ada),
    )
    await evening.booking.world.hear(told, subject=told.journey)
    await evening.expected(ada, 500)  # heard late

    await evening.begins(NEAR)

    assert await evening.booked(there, ada) == CONFIRMED
    assert await evening.booked(gone, bob) == CANCELLED


@pytest.mark.server
async def test_nobody_loses_a_seat_unless_the_organizer_wants_it(evening):
    ada = as_user()
    kept = await evening.buy(2, who=ada)
    await evening.join()
    await evening.policy(no_show_lead=LEAD)
    await evening.policy(no_show_lead=None, skipping=True)
    changed = await evening.stub.UpdateWaitlist(
        waitlist_pb2.UpdateWaitlistRequest(
            waitlist=waitlist_pb2.Waitlist(name=f"{EVENTS.format(evening.event)}/waitlist"),
            update_mask={"paths": ["no_show_lead"]},
        ),
        metadata=await evening.booking.world.member("ORGANIZER", evening.event.organization),
    )
    await evening.begins(NEAR)

    assert not changed.HasField("no_show_lead")
    assert await evening.booked(kept, ada) == CONFIRMED
    with invalid("waitlist.no_show_lead"):
        await evening.policy(no_show_lead=timedelta(seconds=5))


@pytest.mark.server
async def test_after_the_start_nobody_loses_a_seat_and_nothing_is_known_of_the_way(evening):
    ada = as_user()
    kept = await evening.buy(2, who=ada)
    await evening.policy(no_show_lead=LEAD)
    await evening.expected(ada, 5)
    await evening.join()

    await evening.begins(-MINUTE)

    assert await evening.booked(kept, ada) == CONFIRMED
    found = await evening.booking.world.owner.execute(
        "select count(*) from expected where event = %s", [evening.event.id]
    )
    assert await found.fetchone() == (0,)


# --- the rules

IDS = itertools.count(1)


def entry(number, quantity=1, kinds=("standard",)):
    given: dict[str, Any] = {"create_time": NOW, "update_time": NOW, "state": State.WAITING}
    name = Name(GIG.organization, uuid.uuid4())
    return Entry(name, GIG, f"users/{number}", tuple(kinds), quantity, number, **given)


def absent(holder, kind="standard"):
    # Ids in the order of being made.
    return Absence(Name(GIG.organization, uuid.UUID(int=next(IDS))), kind, holder)


def released(entries, absences, *, sold=3, present=(), near=(), skips=False, **given):
    stock = builders.offers(offer(capacity=3, sold=sold, waiting=1, **given))
    found = domain.released(entries, absences, present, near, stock, NOW, skips=skips)
    return [one.holder for one in found]


def test_as_many_seats_are_released_as_who_waits_takes_and_the_last_ones_first():
    three = [absent("a"), absent("b"), absent("c")]

    assert released([entry(1)], three) == ["c"]
    assert released([entry(1, 2)], three) == ["c", "b"]
    assert released([entry(1), entry(2)], three) == ["c", "b"]
    assert released([], three) == []


def test_seats_that_are_free_anyway_are_given_first():
    assert released([entry(1, 2)], [absent("a"), absent("b")], sold=2) == ["b"]


def test_who_is_close_or_came_with_one_of_their_tickets_keeps_all():
    seats = [absent("here"), absent("close"), absent("far")]

    assert released([entry(1), entry(2)], seats, present={"here"}, near={"close"}) == ["far"]


def test_who_wants_more_than_there_is_costs_nobody_a_seat_and_holds_up_who_joined_later():
    entries = [entry(1, 3), entry(2, 1)]

    assert released(entries, [absent("a")]) == []
    assert released(entries, [absent("a")], skips=True) == ["a"]
    assert released(entries, [absent("a")], near={"users/2"}) == ["a"]


def test_seats_that_are_sold_no_more_are_not_released():
    assert released([entry(1)], [absent("a")], sale_end=NOW) == []


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (Expected("a"), True),
        (Expected("a", NOW + 30 * MINUTE, NOW + MINUTE), True),
        (Expected("a", NOW + 36 * MINUTE, NOW + MINUTE), False),
        (Expected("a", NOW + 30 * MINUTE, NOW), False),
        (Expected("a", NOW + 30 * MINUTE), True),
    ],
)
def test_close_is_who_will_be_there_a_quarter_of_an_hour_after_the_start(one, expected):
    assert domain.close(one, NOW + 20 * MINUTE, NOW) is expected
