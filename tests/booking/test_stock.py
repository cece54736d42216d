"""What an event allows: bounds, pools, prices by time and count, and types that are hidden."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import grpc
import pytest

from services.booking.domain import EVENTS
from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import create, step, ticket_type
from tests.serving import as_user, invalid, name_of, refused
from turnout.booking.v1 import booking_pb2

pytestmark = pytest.mark.server

UNMET = grpc.StatusCode.FAILED_PRECONDITION
HOUR = timedelta(hours=1)


async def hold(booking, event, seats=1, kind="standard", *, who=None, **given):
    request = create(event, seats, kind, **given)
    return await booking.stub.CreateBooking(request, metadata=who or as_user())


# --- bounds


@pytest.mark.parametrize("seats", [1, 5])
async def test_an_order_keeps_to_the_bounds_of_its_type(booking, seats):
    event = await booking.on_sale(ticket_type(capacity=50, min_per_order=2, max_per_order=4))

    with invalid("booking.items[0].quantity"):
        await hold(booking, event, seats)
    await hold(booking, event, 2)
    await hold(booking, event, 4)


async def test_a_group_may_be_as_large_as_its_type_allows(booking):
    event = await booking.on_sale(ticket_type(capacity=500, max_per_order=200))

    made = await hold(booking, event, 120, attendees=["Ada", "Bob"])

    assert made.items[0].quantity == 120
    assert [one.display_name for one in made.attendees] == ["Ada", "Bob"]


async def test_one_person_has_no_more_than_one_person_may(booking):
    event = await booking.on_sale(ticket_type(capacity=50, max_per_person=3))
    ada = as_user()
    first = await hold(booking, event, 2, who=ada)

    said = {"ticket_type": "standard", "most": "3", "had": "2", "buyer": name_of(ada)}
    with refused(UNMET, "TOO_MANY", **said):
        await hold(booking, event, 2, who=ada)
    await hold(booking, event, 3)
    await booking.stub.CancelBooking(
        booking_pb2.CancelBookingRequest(name=first.name), metadata=ada
    )
    await hold(booking, event, 3, who=ada)


async def test_one_person_at_many_doors_at_once_has_no_more_either(booking):
    event = await booking.on_sale(ticket_type(capacity=50, max_per_person=3))
    ada = as_user()

    calls = [hold(booking, event, 1, who=ada) for _ in range(10)]
    results = await asyncio.gather(*calls, return_exceptions=True)

    assert sum(isinstance(result, booking_pb2.Booking) for result in results) == 3
    assert await booking.seats(event) == (47, 3, 0)


async def test_more_people_than_seats_are_refused(booking, event):
    with invalid("booking.attendees"):
        await hold(booking, event, 1, attendees=["Ada", "Bob"])


# --- pools


@pytest.fixture
async def shared(booking):
    """Floor and balcony with five seats each, and six together."""
    types = [ticket_type(kind, pool="house") for kind in ("floor", "balcony")]
    return await booking.on_sale(*types, pools={"house": 6})


async def test_types_of_a_pool_share_its_seats(booking, shared):
    await hold(booking, shared, 4, "floor")

    assert await booking.seats(shared, "balcony") == (2, 0, 0)
    with refused(UNMET, "SOLD_OUT", ticket_type="balcony", asked="3", left="2"):
        await hold(booking, shared, 3, "balcony")


async def test_an_order_of_two_types_fits_their_pool_together_or_not_at_all(booking, shared):
    with refused(UNMET, "SOLD_OUT", ticket_type="balcony", left="2"):
        await hold(booking, shared, 4, "floor", more={"balcony": 3})
    await hold(booking, shared, 4, "floor", more={"balcony": 2})

    assert await booking.seats(shared, "floor") == (0, 4, 0)


async def test_what_is_given_back_is_the_pools_again(booking, shared):
    made = await hold(booking, shared, 5, "floor")
    other = await hold(booking, shared, 1, "balcony")
    await booking.pay(other)

    await booking.lapse(shared)

    assert await booking.seats(shared, "floor") == (5, 0, 0)
    assert await booking.seats(shared, "balcony") == (4, 0, 1)
    await booking.pay(made)
    assert await booking.seats(shared, "balcony") == (0, 0, 1)


async def test_many_at_once_take_no_more_than_the_pool_has(booking, shared):
    calls = [hold(booking, shared, 1, kind) for kind in ("floor", "balcony") * 6]

    results = await asyncio.gather(*calls, return_exceptions=True)

    assert sum(isinstance(result, booking_pb2.Booking) for result in results) == 6


async def test_a_type_that_joins_a_pool_brings_what_it_has_taken(booking):
    event = await booking.on_sale(ticket_type("floor"), ticket_type("balcony"))
    await hold(booking, event, 4, "floor")
    types = [ticket_type(kind, pool="house") for kind in ("floor", "balcony")]

    await booking.revise(event, *types, pools={"house": 6})

    assert await booking.seats(event, "balcony") == (2, 0, 0)


async def test_the_database_itself_refuses_one_too_many_of_a_pool(booking, shared):
    await hold(booking, shared, 4, "floor")

    with pytest.raises(Exception, match="never_oversold"):
        await booking.world.owner.execute(
            "update pools set held = held + 3 where event = %s", [shared.id]
        )


# --- prices


async def test_early_birds_pay_less_until_so_many_seats_are_taken(booking):
    early = ticket_type(capacity=10, cents=2000, price_steps=[step(1000, seats=2)])
    event = await booking.on_sale(early)

    first, second, third = [await hold(booking, event) for _ in range(3)]

    assert [one.total.units for one in (first, second, third)] == [10, 10, 20]
    assert first.items[0].price.units == 10


async def test_a_price_by_the_clock_ends_on_time(booking):
    steps = [step(1000, ends=HOUR), step(1500, ends=2 * HOUR)]
    event = await booking.on_sale(ticket_type(cents=2000, price_steps=steps))

    prices = []
    for _ in range(3):
        prices.append((await hold(booking, event)).total.units)
        booking.world.clock.ahead += HOUR

    assert prices == [10, 15, 20]


# --- hidden types


async def test_a_hidden_type_is_not_there_for_strangers(booking):
    event = await booking.on_sale(ticket_type(), ticket_type("backstage", hidden=True))

    with refused(UNMET, "NOT_ON_SALE", ticket_type="backstage"):
        await hold(booking, event, 1, "backstage")

    name = f"{EVENTS.format(event)}/availability"
    found = await booking.stub.GetAvailability(booking_pb2.GetAvailabilityRequest(name=name))
    assert [entry.ticket_type for entry in found.entries] == ["standard"]


async def test_an_answer_without_a_type_never_means_a_hidden_one(booking):
    event = await booking.on_sale(ticket_type("backstage", hidden=True), ticket_type())

    await booking.answer(event, "YES", kind="", who=Name(event.organization, new_id()))

    assert await booking.seats(event) == (4, 1, 0)
