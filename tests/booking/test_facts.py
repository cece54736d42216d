"""What booking makes of what the others tell: events, answers, money."""

from __future__ import annotations

import uuid

import pytest

from services.booking.actions import CALL_OFF
from services.booking.domain import EVENTS
from services.kit.ids import new_id
from services.kit.names import Name
from tests import estates
from tests.booking.builders import create, ticket_type
from tests.serving import PARTICIPANTS, as_user
from turnout.auth.v1 import auth_pb2
from turnout.booking.v1 import booking_pb2
from turnout.event.v1 import event_pb2, participant_pb2

pytestmark = pytest.mark.server

State = booking_pb2.Booking.State


async def hold(booking, event, seats=1, **given):
    return await booking.stub.CreateBooking(create(event, seats, **given), metadata=as_user())


async def read(booking, event, name):
    staff = await booking.world.member("STAFF", event.organization)
    return await booking.stub.GetBooking(booking_pb2.GetBookingRequest(name=name), metadata=staff)


async def told(booking, event, *kinds):
    facts = await booking.world.facts(event.organization)
    return [fact.DESCRIPTOR.name for fact in facts if not kinds or fact.DESCRIPTOR.name in kinds]


# --- events


async def test_a_revised_event_sells_at_the_new_price_and_capacity(booking, event):
    await hold(booking, event, 2)

    await booking.revise(event, ticket_type(capacity=8, cents=2000))

    assert await booking.seats(event) == (6, 2, 0)
    assert (await hold(booking, event)).total.units == 20


@pytest.mark.parametrize("kind", [event_pb2.EventUnpublished, event_pb2.EventCompleted])
async def test_what_is_taken_back_or_over_is_not_sold_and_nobody_loses_a_seat(booking, event, kind):
    made = await hold(booking, event, 2)
    name = EVENTS.format(event)

    await booking.world.hear(kind(event=name), subject=name)

    with pytest.raises(Exception, match="not on sale"):
        await hold(booking, event)
    assert (await read(booking, event, made.name)).state == State.STATE_HELD
    await booking.revise(event)
    assert await hold(booking, event)


async def test_a_capacity_below_what_is_taken_stops_the_sale_and_takes_nothing(booking, event):
    made = await hold(booking, event, 4)

    await booking.revise(event, ticket_type(capacity=2))

    entry = await booking.entry(event)
    assert (entry.capacity, entry.free, entry.held) == (2, 0, 4)
    with pytest.raises(Exception, match="0 seats of standard left"):
        await hold(booking, event)
    await booking.pay(made)
    assert await booking.seats(event) == (0, 0, 4)


async def test_seats_given_back_after_a_cut_are_sold_again_only_within_the_capacity(booking, event):
    first, second = await hold(booking, event, 2), await hold(booking, event, 3)
    await booking.revise(event, ticket_type(capacity=3))

    await booking.pay(first)
    await booking.lapse(event)

    assert (await read(booking, event, second.name)).state == State.STATE_LAPSED
    assert await booking.seats(event) == (1, 0, 2)
    await hold(booking, event, 1)
    with pytest.raises(Exception, match="0 seats of standard left"):
        await hold(booking, event, 1)


async def test_a_type_that_the_event_gave_up_is_not_sold_any_more(booking):
    event = await booking.on_sale(ticket_type("floor"), ticket_type("balcony"))
    made = await hold(booking, event, kind="balcony")

    await booking.revise(event, ticket_type("floor"))

    with pytest.raises(Exception, match=r"balcony of .* is not on sale now"):
        await hold(booking, event, kind="balcony")
    await booking.pay(made)
    assert (await read(booking, event, made.name)).state == State.STATE_CONFIRMED


async def test_an_event_that_is_called_off_cancels_every_booking(booking):
    event = await booking.on_sale(ticket_type(capacity=300))
    made = [await hold(booking, event) for _ in range(5)]
    await booking.pay(made[0])

    await booking.call_off(event)
    with pytest.raises(Exception, match="is not on sale now"):
        await hold(booking, event)
    while await booking.world.do_all(CALL_OFF, event.organization):
        pass

    for one in made:
        assert (await read(booking, event, one.name)).state == State.STATE_CANCELLED
    said = await booking.world.facts(event.organization, "BookingCancelled")
    assert [fact.cause for fact in said] == [booking_pb2.BookingCancelled.CAUSE_EVENT] * 5
    entry = await booking.entry(event)
    assert (entry.held, entry.sold, entry.on_sale) == (0, 0, False)


async def test_bookings_of_an_event_that_is_called_off_go_in_batches(booking):
    event = await booking.on_sale(ticket_type(capacity=300, cents=0))
    organizer = await booking.world.member("OWNER", event.organization)
    for _ in range(120):
        await booking.stub.CreateBooking(create(event, 1), metadata=organizer)

    await booking.call_off(event)
    rounds = 0
    while await booking.world.do_all(CALL_OFF, event.organization):
        rounds += 1

    assert rounds == 3
    assert await booking.seats(event) == (300, 0, 0)


async def test_an_event_told_again_after_it_was_called_off_stays_so(booking, event):
    await booking.call_off(event)

    await booking.revise(event, ticket_type(capacity=50))

    assert not (await booking.entry(event)).on_sale


async def test_nobody_else_hears_of_it_when_an_unknown_event_is_called_off(booking):
    event = Name(new_id(), new_id())

    await booking.call_off(event)
    await booking.world.do_all(CALL_OFF, event.organization)

    assert await told(booking, event) == []


# --- answers


async def test_yes_holds_a_seat_for_the_participant(booking, event):
    who = await booking.answer(event, "YES")

    [held] = await booking.world.facts(event.organization)
    assert isinstance(held, booking_pb2.BookingHeld)
    assert (held.buyer, len(held.items), held.items[0].quantity) == (who, 1, 1)
    assert await booking.seats(event) == (4, 1, 0)


async def test_yes_to_a_free_event_is_a_ticket(booking):
    event = await booking.on_sale(ticket_type(cents=0))

    await booking.answer(event, "YES")

    assert await told(booking, event) == ["BookingConfirmed"]


async def test_yes_without_a_type_is_the_first_type_of_the_event(booking):
    event = await booking.on_sale(ticket_type("zebra"), ticket_type("apple"))

    await booking.answer(event, "YES", kind="")

    assert await booking.seats(event, "zebra") == (4, 1, 0)


async def test_yes_again_changes_nothing(booking, event):
    who = Name(event.organization, new_id())
    for _ in range(2):
        await booking.answer(event, "YES", who=who)

    assert await told(booking, event) == ["BookingHeld"]
    assert await booking.seats(event) == (4, 1, 0)


async def test_no_gives_the_seat_back_and_yes_takes_one_again(booking, event):
    who = Name(event.organization, new_id())
    for answer in ("YES", "NO", "YES"):
        await booking.answer(event, answer, who=who)

    assert await told(booking, event) == ["BookingHeld", "BookingCancelled", "BookingHeld"]
    assert await booking.seats(event) == (4, 1, 0)


async def test_no_gives_back_what_is_paid_too(booking, event):
    who = Name(event.organization, new_id())
    await booking.answer(event, "YES", who=who)
    [held] = await booking.world.facts(event.organization)
    await booking.pay(await read(booking, event, held.booking))

    await booking.answer(event, "NO", who=who)

    [said] = await booking.world.facts(event.organization, "BookingCancelled")
    assert said.cause == booking_pb2.BookingCancelled.CAUSE_BUYER
    assert await booking.seats(event) == (5, 0, 0)


async def test_guests_have_seats_beside_the_participant(booking, event):
    who = Name(event.organization, new_id())

    await booking.answer(event, "YES", who=who, guests=2)
    held = await booking.seats(event)
    await booking.answer(event, "YES", who=who, guests=4)

    assert held == (2, 3, 0)
    assert await booking.seats(event) == (0, 5, 0)
    assert await told(booking, event) == ["BookingHeld", "BookingCancelled", "BookingHeld"]


async def test_who_can_have_no_seats_for_more_guests_keeps_those_there_are(booking, event):
    who = Name(event.organization, new_id())
    await booking.answer(event, "YES", who=who, guests=1)
    await hold(booking, event, 2)

    await booking.answer(event, "YES", who=who, guests=7)

    assert await booking.seats(event) == (1, 4, 0)
    assert (await told(booking, event))[-1] == "BookingRefused"


async def test_guests_of_a_free_event_may_be_more_or_fewer(booking):
    event = await booking.on_sale(ticket_type(cents=0))
    who = Name(event.organization, new_id())

    for guests in (3, 1):
        await booking.answer(event, "YES", who=who, guests=guests)

    assert await booking.seats(event) == (3, 0, 2)


async def test_seats_that_were_paid_for_are_not_given_back_for_another_number(booking, event):
    who = Name(event.organization, new_id())
    await booking.answer(event, "YES", who=who)
    [held] = await booking.world.facts(event.organization)
    await booking.pay(await read(booking, event, held.booking))

    await booking.answer(event, "YES", who=who, guests=2)

    assert await booking.seats(event) == (4, 0, 1)


async def test_who_is_removed_from_the_list_gives_back_what_they_have(booking, event):
    who = await booking.answer(event, "YES", guests=1)

    fact = participant_pb2.ParticipantRemoved(participant=who, event=EVENTS.format(event))
    await booking.world.hear(fact, subject=who)

    assert await booking.seats(event) == (5, 0, 0)
    assert (await told(booking, event))[-1] == "BookingCancelled"


async def test_the_bookings_of_a_duplicate_are_the_others(booking, event):
    kept, gone = [await booking.answer(event, "YES") for _ in range(2)]
    elsewhere = await booking.on_sale(event=Name(event.organization, new_id()))
    other = PARTICIPANTS.parse(gone)
    await booking.answer(elsewhere, "YES", who=other)

    fact = participant_pb2.ParticipantMerged(
        participant=kept, duplicate=gone, event=EVENTS.format(event)
    )
    await booking.world.hear(fact, subject=kept)
    await booking.answer(event, "NO", who=PARTICIPANTS.parse(kept))

    assert await booking.seats(event) == (5, 0, 0)
    assert await booking.seats(elsewhere) == (4, 1, 0)


async def test_maybe_leaves_things_as_they_are(booking, event):
    who = Name(event.organization, new_id())
    for answer in ("MAYBE", "YES", "MAYBE"):
        await booking.answer(event, answer, who=who)

    assert await booking.seats(event) == (4, 1, 0)


async def test_yes_to_another_type_changes_the_hold(booking):
    event = await booking.on_sale(ticket_type("floor"), ticket_type("balcony"))
    who = Name(event.organization, new_id())

    await booking.answer(event, "YES", who=who, kind="floor")
    await booking.answer(event, "YES", who=who, kind="balcony")

    assert await booking.seats(event, "floor") == (5, 0, 0)
    assert await booking.seats(event, "balcony") == (4, 1, 0)


@pytest.mark.parametrize(("kind", "reason"), [("standard", "SOLD_OUT"), ("royal", "NOT_ON_SALE")])
async def test_who_says_yes_and_gets_no_seat_is_told(booking, kind, reason):
    event = await booking.on_sale(ticket_type(capacity=1))
    await hold(booking, event)

    who = await booking.answer(event, "YES", kind=kind)

    [refused] = await booking.world.facts(event.organization, "BookingRefused")
    assert (refused.buyer, refused.reason) == (who, reason)
    assert await booking.seats(event) == (0, 1, 0)


async def test_yes_to_an_event_that_is_not_on_sale_yet_is_told(booking):
    event = Name(new_id(), new_id())

    await booking.answer(event, "YES")

    [refused] = await booking.world.facts(event.organization)
    assert refused.reason == "OFFER_NOT_FOUND"


# --- money


async def test_money_confirms_a_hold_and_issues_tickets(booking, event):
    made = await hold(booking, event, 2)

    await booking.pay(made)

    after = await read(booking, event, made.name)
    assert (after.state, len(after.tickets)) == (State.STATE_CONFIRMED, 2)
    assert not after.HasField("expire_time")
    [fact] = await booking.world.facts(event.organization, "BookingConfirmed")
    assert (list(fact.tickets), fact.total) == (list(after.tickets), made.total)
    assert await booking.seats(event) == (3, 0, 2)


async def test_the_same_money_twice_confirms_once(booking, event):
    made, payment = await hold(booking, event), uuid.uuid4()

    for _ in range(2):
        await booking.pay(made, payment)

    assert await told(booking, event) == ["BookingHeld", "BookingConfirmed"]


async def test_what_is_paid_outlives_its_hold(booking, event):
    made = await hold(booking, event)
    await booking.pay(made)

    await booking.lapse(event)

    assert (await read(booking, event, made.name)).state == State.STATE_CONFIRMED
    assert await booking.seats(event) == (4, 0, 1)


async def test_late_money_gets_the_seat_while_it_is_free(booking, event):
    made = await hold(booking, event, 5)
    await booking.lapse(event)

    await booking.pay(made)

    after = await read(booking, event, made.name)
    assert (after.state, len(after.tickets)) == (State.STATE_CONFIRMED, 5)
    assert await booking.seats(event) == (0, 0, 5)


async def test_late_money_without_a_seat_is_forfeited_once(booking, event):
    made = await hold(booking, event, 5)
    await booking.lapse(event)
    await hold(booking, event, 1)

    payment = await booking.pay(made)

    [fact] = await booking.world.facts(event.organization, "BookingForfeited")
    assert (fact.booking, fact.payment, fact.buyer) == (made.name, payment, made.buyer)
    assert (await read(booking, event, made.name)).state == State.STATE_LAPSED
    assert await booking.seats(event) == (4, 1, 0)


async def test_money_for_a_booking_that_was_cancelled_is_forfeited(booking, event):
    who = Name(event.organization, new_id())
    await booking.answer(event, "YES", who=who)
    [held] = await booking.world.facts(event.organization)
    await booking.answer(event, "NO", who=who)

    await booking.pay(await read(booking, event, held.booking))

    assert (await told(booking, event))[-1] == "BookingForfeited"
    assert held.buyer == PARTICIPANTS.format(who)


# --- time


async def test_a_hold_that_nobody_paid_lapses_and_its_seats_are_free(booking, event):
    made = await hold(booking, event, 2)

    await booking.lapse(event)

    assert (await read(booking, event, made.name)).state == State.STATE_LAPSED
    [fact] = await booking.world.facts(event.organization, "BookingLapsed")
    assert (fact.booking, fact.buyer) == (made.name, made.buyer)
    assert await booking.seats(event) == (5, 0, 0)


async def test_a_worker_whose_clock_is_behind_comes_back(booking, event):
    await hold(booking, event)
    [due] = await booking.world.due("lapse", event.organization)

    await booking.world.do_all("lapse", event.organization)

    assert await booking.seats(event) == (4, 1, 0)
    assert await booking.world.due("lapse", event.organization) == [due]


async def test_who_deletes_their_account_is_named_in_no_booking_any_more(booking):
    ada, bob = [f"users/{uuid.uuid4()}" for _ in range(2)]
    made = []
    for _ in range(2):
        event = await booking.on_sale(ticket_type())
        for who in (ada, bob):
            wanted = create(event, 2, attendees=["me", "a friend"])
            user = as_user(uuid.UUID(who.removeprefix("users/")))
            held = await booking.stub.CreateBooking(wanted, metadata=user)
            made.append((event, who, held))

    await booking.world.hear(auth_pb2.UserDeleted(user=ada), subject=ada)
    for event, _, _ in made[::2]:
        await booking.world.do_all("erase", event.organization)

    for event, who, held in made:
        found = await read(booking, event, held.name)
        assert (found.state, len(found.tickets)) == (held.state, len(held.tickets))
        assert len(found.attendees) == (0 if who == ada else 2)
        assert await booking.seats(event, "standard") == (1, 4, 0)


async def test_of_a_deleted_organization_no_booking_stays(booking):
    events = [await booking.on_sale(ticket_type()) for _ in range(2)]
    for event in events:
        await hold(booking, event, 2, attendees=["Ada", "Bob"])
    gone, kept = [event.organization for event in events]
    world = booking.world
    before = await estates.rows(world.db, world.owner, kept)

    await estates.erase(world.db, gone)

    assert before.keys() >= {"bookings", "movements", "offers"}
    assert (await estates.rows(world.db, world.owner, gone)).keys() == {"movements"}
    assert await estates.rows(world.db, world.owner, kept) == before
