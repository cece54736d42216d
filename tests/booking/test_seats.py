"""Seats with names: who has which, and that nobody shares one."""

from __future__ import annotations

import asyncio
import random

import grpc
import pytest

from services.booking.domain import EVENTS
from tests.booking.builders import create, layout, ticket_type
from tests.serving import NOBODY, as_user, invalid, refused
from turnout.booking.v1 import booking_pb2, inventory_pb2, inventory_pb2_grpc

pytestmark = pytest.mark.server

UNMET = grpc.StatusCode.FAILED_PRECONDITION


def stalls(**more):
    return ticket_type("stalls", capacity=12, sections=["stalls"], **more)


@pytest.fixture
async def event(booking):
    """Two rows of six, with an aisle in the second."""
    plan = layout("......", "...|...", accessible="A/1")
    return await booking.on_sale(stalls(), layout=plan)


@pytest.fixture
def inventory(booking):
    return inventory_pb2_grpc.InventoryServiceStub(booking.world.channel)


async def hold(booking, event, count=1, *, who=None, **given):
    request = create(event, count, "stalls", **given)
    return await booking.stub.CreateBooking(request, metadata=who or as_user())


async def free(inventory, event):
    """The free seats, as `A1 A2`."""
    request = inventory_pb2.GetSeatMapRequest(name=f"{EVENTS.format(event)}/seatMap")
    found = await inventory.GetSeatMap(request, metadata=NOBODY)
    names = [seat.seat for row in found.rows for seat in row.seats if seat.free]
    return " ".join(name.removeprefix("stalls/").replace("/", "") for name in names)


async def test_a_named_seat_is_held_shown_and_printed_on_the_ticket(booking, event, inventory):
    wanted = ["stalls/B/2", "stalls/B/1"]

    made = await hold(booking, event, 2, named=wanted)

    assert list(made.items[0].seats) == wanted
    assert await free(inventory, event) == "A1 A2 A3 A4 A5 A6 B3 B4 B5 B6"
    await booking.pay(made)
    [told] = await booking.world.facts(event.organization, "BookingConfirmed")
    assert [ticket.seat for ticket in told.tickets] == wanted


async def test_who_names_no_seat_sits_beside_their_friends(booking, event):
    made = await hold(booking, event, 4)

    assert list(made.items[0].seats) == [f"stalls/A/{n}" for n in (3, 4, 5, 6)] or list(
        made.items[0].seats
    ) == [f"stalls/A/{n}" for n in (2, 3, 4, 5)]


async def test_a_place_for_a_wheelchair_goes_to_who_asks_for_it(booking, event):
    usual = await hold(booking, event, 5)
    asked = await hold(booking, event, 1, accessible=True)

    assert "stalls/A/1" not in usual.items[0].seats
    assert list(asked.items[0].seats) == ["stalls/A/1"]


async def test_two_who_want_one_seat_one_has_it_and_the_other_hears_at_once(booking, event):
    calls = [hold(booking, event, 1, named=["stalls/A/3"]) for _ in range(8)]

    results = await asyncio.gather(*calls, return_exceptions=True)

    assert sum(isinstance(result, booking_pb2.Booking) for result in results) == 1
    with refused(UNMET, "SEAT_TAKEN", seat="stalls/A/3", event=EVENTS.format(event)):
        await hold(booking, event, 1, named=["stalls/A/3"])


async def test_seats_come_back_with_their_booking(booking, event, inventory):
    ada = as_user()
    one = await hold(booking, event, 1, named=["stalls/A/3"], who=ada)
    await hold(booking, event, 1, named=["stalls/A/4"])

    await booking.stub.CancelBooking(booking_pb2.CancelBookingRequest(name=one.name), metadata=ada)
    assert await free(inventory, event) == "A1 A2 A3 A5 A6 B1 B2 B3 B4 B5 B6"
    await booking.lapse(event)

    assert await free(inventory, event) == "A1 A2 A3 A4 A5 A6 B1 B2 B3 B4 B5 B6"


async def test_a_hold_moves_to_other_seats(booking, event, inventory):
    ada = as_user()
    one = await hold(booking, event, 2, named=["stalls/A/3", "stalls/A/4"], who=ada)
    other = booking_pb2.Booking(name=one.name)
    other.items.add(ticket_type="stalls", quantity=2, seats=["stalls/A/4", "stalls/A/5"])

    await booking.stub.UpdateBooking(booking_pb2.UpdateBookingRequest(booking=other), metadata=ada)

    assert await free(inventory, event) == "A1 A2 A3 A6 B1 B2 B3 B4 B5 B6"


async def test_late_money_gets_the_same_seats_or_none(booking, event):
    one = await hold(booking, event, 1, named=["stalls/A/3"])
    two = await hold(booking, event, 1, named=["stalls/A/4"])
    await booking.lapse(event)
    await hold(booking, event, 1, named=["stalls/A/4"])

    await booking.pay(one)
    await booking.pay(two)

    [told] = await booking.world.facts(event.organization, "BookingForfeited")
    assert told.booking == two.name
    [told] = await booking.world.facts(event.organization, "BookingConfirmed")
    assert [ticket.seat for ticket in told.tickets] == ["stalls/A/3"]


@pytest.mark.parametrize(
    "seats", [["stalls/A/9"], ["stalls/A"], ["stalls/A/1", "stalls/A/2"], ["x"]]
)
async def test_seats_that_cannot_be_are_pointed_at(booking, event, seats):
    with invalid("booking.items[0].seats"):
        await hold(booking, event, 1, named=seats)


async def test_a_seat_is_named_once(booking, event):
    with invalid("booking.items[0].seats"):
        await hold(booking, event, 2, named=["stalls/A/1"] * 2)


async def test_where_seats_have_no_names_none_can_be_named(booking):
    event = await booking.on_sale()

    with invalid("booking.items[0].seats"):
        await booking.stub.CreateBooking(create(event, 1, named=["stalls/A/1"]), metadata=as_user())


async def test_when_no_seat_is_left_it_is_sold_out(booking):
    event = await booking.on_sale(stalls(), layout=layout("..."))
    await hold(booking, event, 2)

    with refused(UNMET, "SOLD_OUT", left="1"):
        await hold(booking, event, 2)


async def test_many_at_once_share_out_the_house_and_nobody_a_seat(booking, inventory):
    event = await booking.on_sale(stalls(), layout=layout("......", "...|..."))
    calls = [hold(booking, event, random.randint(1, 3)) for _ in range(20)]
    calls += [hold(booking, event, 1, named=[f"stalls/A/{n}"]) for n in range(1, 7)]
    random.shuffle(calls)

    results = await asyncio.gather(*calls, return_exceptions=True)

    made = [result for result in results if isinstance(result, booking_pb2.Booking)]
    seats = [seat for one in made for seat in one.items[0].seats]
    assert len(seats) == len(set(seats)) == 12
    assert await free(inventory, event) == ""


async def test_a_new_layout_keeps_who_sits_where(booking, event, inventory):
    await hold(booking, event, 1, named=["stalls/B/6"])

    await booking.revise(event, stalls(), layout=layout("...", "...|..."))

    assert await free(inventory, event) == "A1 A2 A3 B1 B2 B3 B4 B5"
    await booking.revise(event, stalls(), layout=layout("..."))
    assert await free(inventory, event) == "A1 A2 A3"
    await booking.lapse(event)
    assert await free(inventory, event) == "A1 A2 A3"


async def test_the_map_shows_what_a_seat_is_like(booking, event, inventory):
    request = inventory_pb2.GetSeatMapRequest(name=f"{EVENTS.format(event)}/seatMap")

    found = await inventory.GetSeatMap(request, metadata=NOBODY)

    first, second = found.rows
    assert (first.section, first.row, list(first.ticket_types)) == ("stalls", "A", ["stalls"])
    assert [seat.accessible for seat in first.seats] == [True] + [False] * 5
    assert [seat.gap for seat in second.seats] == [False, False, True, False, False, False]


async def test_an_event_that_is_not_announced_has_no_map(booking, inventory):
    nowhere = f"organizations/{EVENTS.format(await booking.on_sale()).split('/')[1]}"
    name = f"{nowhere}/events/00000000-0000-4000-8000-000000000000/seatMap"

    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        await inventory.GetSeatMap(inventory_pb2.GetSeatMapRequest(name=name), metadata=NOBODY)


async def test_the_database_itself_seats_one_person_on_a_seat(booking, event):
    """Another way in than the rule: the row that is taken is not taken again."""
    await hold(booking, event, 1, named=["stalls/A/3"])
    from services.booking.seats import store

    with booking.world.at_work(event.organization):
        taken = await booking.world.db.run(
            store.take, event.organization, [(event.id, event.id, "stalls/A/3")]
        )

    assert taken == 0
