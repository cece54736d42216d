"""The end of holds: many at once, in few transactions, and none that is being paid."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from services.booking import actions
from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import create, ticket_type
from tests.booking.conftest import HOLD
from tests.serving import as_user
from tests.waiting import eventually, running
from turnout.booking.v1 import booking_pb2

pytestmark = pytest.mark.server


async def hold(booking, event, seats=1):
    return await booking.stub.CreateBooking(create(event, seats), metadata=as_user())


async def test_all_holds_of_an_event_have_one_wake_up_at_the_first_end(booking):
    event = await booking.on_sale(ticket_type(capacity=50))
    first, *_ = [await hold(booking, event) for _ in range(5)]

    [due] = await booking.world.due("lapse", event.organization)

    assert (due.id, due.due_time) == (event.id, first.expire_time.ToDatetime(due.due_time.tzinfo))


async def test_holds_of_many_events_are_made_together_and_lapse_apart(booking):
    organization = new_id()
    events = [
        await booking.on_sale(ticket_type(capacity=2), event=Name(organization, new_id()))
        for _ in range(10)
    ]

    await asyncio.gather(*(hold(booking, event) for event in events * 2))

    assert [await booking.seats(event) for event in events] == [(0, 2, 0)] * 10
    await booking.lapse(events[0])
    assert [await booking.seats(event) for event in events] == [(2, 0, 0)] * 10
    assert await booking.world.due("lapse", organization) == []


async def test_who_held_later_keeps_the_seat_until_the_own_end(booking, event):
    await hold(booking, event)
    booking.world.clock.ahead += HOLD / 2
    await hold(booking, event)

    await booking.lapse(event, ahead=HOLD / 2)

    assert await booking.seats(event) == (4, 1, 0)
    [due] = await booking.world.due("lapse", event.organization)
    assert due.due_time > booking.world.clock.now()


async def test_more_holds_than_a_batch_takes_end_in_several(booking):
    event = await booking.on_sale(ticket_type(capacity=100))
    await asyncio.gather(*(hold(booking, event) for _ in range(30)))
    now = booking.world.clock.now() + HOLD

    with booking.world.at_work(event.organization):
        more = [await booking.world.db.run(actions.lapse, event, now, 8) for _ in range(4)]

    assert more == [True, True, True, False]
    assert await booking.seats(event) == (100, 0, 0)
    assert len(await booking.world.facts(event.organization, "BookingLapsed")) == 30


async def test_a_hold_that_somebody_is_paying_for_is_left_alone(booking, event):
    """Its row is locked: the worker ends the others, and comes back for it."""
    one, _ = await hold(booking, event), await hold(booking, event)
    owner, id = booking.world.owner, one.name.rpartition("/")[2]
    booking.world.clock.ahead += HOLD

    async with owner.transaction():
        await owner.execute("select 1 from bookings where id = %s for update", [id])
        with booking.world.at_work(event.organization):
            await booking.world.db.run(actions.lapse, event, booking.world.clock.now())

    assert await booking.seats(event) == (4, 1, 0)
    [due] = await booking.world.due("lapse", event.organization)
    assert due.due_time < booking.world.clock.now() + timedelta(seconds=1)
    await booking.pay(one)
    assert await booking.seats(event) == (4, 0, 1)


async def test_holds_that_come_while_others_end_are_ended_in_their_turn(booking):
    """However holding and ending meet, no hold is forgotten."""
    event = await booking.on_sale(ticket_type(capacity=500))
    clock, facts = booking.world.clock, booking.world.facts

    async def buy():
        for _ in range(10):
            await hold(booking, event)
            # Each is over as soon as it is made.
            clock.ahead += HOLD + timedelta(seconds=1)
            await booking.world.owner.execute("update due set due_time = now()")

    async with running(booking.world.worker().run()):
        await asyncio.gather(*(buy() for _ in range(5)))
        clock.ahead += HOLD
        await booking.world.owner.execute(
            "update due set due_time = now() where lease_time is null"
        )

        async def over():
            await booking.world.owner.execute(
                "update due set due_time = now() where lease_time is null and due_time > now()"
            )
            return (await booking.entry(event)).held == 0

        await eventually(over)

    assert len(await facts(event.organization, "BookingLapsed")) == 50
    assert (await booking.entry(event)).sold == 0


async def test_a_booking_of_two_types_gives_both_back(booking):
    event = await booking.on_sale(ticket_type("floor"), ticket_type("balcony"))
    both = create(event, 2, "floor", more={"balcony": 1})
    made = await booking.stub.CreateBooking(both, metadata=as_user())

    await booking.lapse(event)

    assert made.state == booking_pb2.Booking.STATE_HELD
    assert await booking.seats(event, "floor") == (5, 0, 0)
    assert await booking.seats(event, "balcony") == (5, 0, 0)
