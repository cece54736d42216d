"""Many at once, on a real Postgres: nobody gets a seat that somebody else has."""

from __future__ import annotations

import asyncio
import contextlib
import random

import grpc
import psycopg
import pytest

from services.booking import servicer
from services.booking.actions import CALL_OFF
from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import create, ticket_type
from tests.serving import as_user, serving
from tests.waiting import eventually, running
from turnout.booking.v1 import booking_pb2, booking_pb2_grpc

pytestmark = pytest.mark.server

State = booking_pb2.Booking.State


async def attempt(stub, request, who=None):
    """What comes of an order: the booking, or why not."""
    try:
        return await stub.CreateBooking(request, metadata=who or as_user())
    except grpc.aio.AioRpcError as error:
        return error.code()


@pytest.fixture
async def twin(booking):
    """A second server of booking on the same database."""
    world = booking.world
    async with serving(world.service, world.db, world.owner, config=world.parts.config) as other:
        yield booking_pb2_grpc.BookingServiceStub(other.channel)


async def test_twelve_buyers_share_out_exactly_the_five_seats_there_are(booking, event):
    results = await asyncio.gather(*(attempt(booking.stub, create(event)) for _ in range(12)))

    assert sum(isinstance(result, booking_pb2.Booking) for result in results) == 5
    assert results.count(grpc.StatusCode.FAILED_PRECONDITION) == 7
    assert await booking.seats(event) == (0, 5, 0)


async def test_two_servers_sell_no_more_than_one(booking, twin):
    event = await booking.on_sale(ticket_type(capacity=50))
    stubs = [booking.stub, twin]

    results = await asyncio.gather(*(attempt(stubs[n % 2], create(event)) for n in range(200)))

    assert sum(isinstance(result, booking_pb2.Booking) for result in results) == 50
    assert await booking.seats(event) == (0, 50, 0)


async def test_two_servers_answer_one_request_once(booking, twin):
    event = await booking.on_sale(ticket_type(capacity=100))
    requests = [create(event, request_id=str(new_id())) for _ in range(20)]
    calls = [(stub, request) for request in requests for stub in (booking.stub, twin)]
    random.shuffle(calls)
    ada = as_user()

    results = await asyncio.gather(*(attempt(stub, request, ada) for stub, request in calls))

    names: dict[str, set[str]] = {}
    for (_, request), result in zip(calls, results, strict=True):
        names.setdefault(request.request_id, set()).add(result.name)
    assert all(len(found) == 1 for found in names.values())
    assert await booking.seats(event) == (80, 20, 0)


async def test_orders_of_several_types_never_wait_for_each_other_in_a_circle(booking, twin):
    event = await booking.on_sale(*(ticket_type(kind, capacity=30) for kind in ("a", "b", "c")))
    orders = [("a", {"b": 1}), ("b", {"c": 1}), ("c", {"a": 1}), ("c", {"b": 1, "a": 1})]
    stubs = [booking.stub, twin]

    results = await asyncio.gather(
        *(
            attempt(stubs[n % 2], create(event, 1, kind, more=dict(more)))
            for n in range(80)
            for kind, more in [orders[n % 4]]
        )
    )

    made = [result for result in results if isinstance(result, booking_pb2.Booking)]
    for kind in ("a", "b", "c"):
        taken = sum(i.quantity for one in made for i in one.items if i.ticket_type == kind)
        assert (await booking.seats(event, kind))[1] == taken <= 30


async def test_two_workers_let_a_hold_lapse_once(booking):
    event = await booking.on_sale(ticket_type(capacity=40))
    for _ in range(20):
        await attempt(booking.stub, create(event, 2))
    booking.world.clock.ahead += booking.world.parts.config.hold
    await booking.world.owner.execute(
        "update due set due_time = now() where organization = %s", [event.organization]
    )

    async with running(booking.world.worker().run(), booking.world.worker().run()):
        await eventually(lambda: all_free(booking, event))

    assert len(await booking.world.facts(event.organization, "BookingLapsed")) == 20
    assert await booking.seats(event) == (40, 0, 0)


async def all_free(booking, event):
    return (await booking.entry(event)).held == 0


async def test_money_and_the_end_of_a_hold_meet_without_losing_the_seat(booking):
    """Whichever is first, the buyer who paid has the seat, and it is counted once."""
    event = await booking.on_sale(ticket_type(capacity=20))
    made = [await attempt(booking.stub, create(event, 1)) for _ in range(20)]
    booking.world.clock.ahead += booking.world.parts.config.hold
    lapses = await booking.world.due("lapse", event.organization)

    meetings = [
        *(booking.pay(one) for one in made),
        *(booking.world.do(due) for due in lapses),
    ]
    random.shuffle(meetings)
    await asyncio.gather(*meetings)

    assert await booking.seats(event) == (0, 0, 20)
    facts = await booking.world.facts(event.organization)
    kinds = [fact.DESCRIPTOR.name for fact in facts]
    assert kinds.count("BookingConfirmed") == 20
    assert kinds.count("BookingForfeited") == 0


async def test_late_money_and_new_buyers_never_share_a_seat(booking):
    event = await booking.on_sale(ticket_type(capacity=10))
    late = [await attempt(booking.stub, create(event)) for _ in range(10)]
    await booking.lapse(event)

    await asyncio.gather(
        *(booking.pay(one) for one in late),
        *(attempt(booking.stub, create(event)) for _ in range(10)),
    )

    free, held, sold = await booking.seats(event)
    assert (free, held + sold) == (0, 10)
    facts = await booking.world.facts(event.organization)
    forfeited = [fact for fact in facts if fact.DESCRIPTOR.name == "BookingForfeited"]
    assert sold + len(forfeited) == 10


async def test_an_event_called_off_in_the_middle_of_the_sale_keeps_no_booking(booking, twin):
    event = await booking.on_sale(ticket_type(capacity=100))
    stubs = [booking.stub, twin]

    async def buy(number):
        await asyncio.sleep(random.random() / 20)
        return await attempt(stubs[number % 2], create(event))

    async def call_off():
        await asyncio.sleep(0.02)
        await booking.call_off(event)

    *results, _ = await asyncio.gather(*(buy(n) for n in range(60)), call_off())
    while await booking.world.do_all(CALL_OFF, event.organization):
        pass

    made = sum(isinstance(result, booking_pb2.Booking) for result in results)
    assert len(await booking.world.facts(event.organization, "BookingCancelled")) == made
    entry = await booking.entry(event)
    assert (entry.held, entry.sold) == (0, 0)


async def test_a_caller_who_goes_away_harms_nobody_else(booking):
    event = await booking.on_sale(ticket_type(capacity=30))
    calls = [
        booking.stub.CreateBooking(create(event), metadata=as_user(), timeout=timeout)
        for timeout in [0.001, 10] * 10
    ]

    results = await asyncio.gather(*calls, return_exceptions=True)

    stayed = [result for result in results if isinstance(result, booking_pb2.Booking)]
    assert len(stayed) >= 10
    free, held, sold = await booking.seats(event)
    assert (free + held, sold) == (30, 0)
    assert held >= len(stayed)


async def test_a_line_that_cannot_move_is_told_so_and_moves_on_later(booking, event, monkeypatch):
    monkeypatch.setattr(servicer, "PATIENCE", 0.2)
    lock = "select * from offers where event = %s for update"
    owner = booking.world.owner

    async with owner.transaction():
        await owner.execute(lock, [event.id])
        results = await asyncio.gather(*(attempt(booking.stub, create(event)) for _ in range(3)))
    after = await attempt(booking.stub, create(event))

    assert results == [grpc.StatusCode.DEADLINE_EXCEEDED] * 3
    assert isinstance(after, booking_pb2.Booking)
    assert await booking.seats(event) == (4, 1, 0)


# --- the database itself


CHANGES = [
    "update offers set held = held + 1 where event = %s",
    "update offers set sold = sold + 1 where event = %s",
    "update offers set held = held - 6 where event = %s",
    "update offers set ceiling = ceiling + 1 where event = %s",
]


@pytest.mark.parametrize("change", CHANGES)
async def test_the_database_itself_refuses_to_sell_one_too_many(booking, event, change):
    await attempt(booking.stub, create(event, 5))

    with pytest.raises(psycopg.errors.CheckViolation):
        await booking.world.owner.execute(change, [event.id])


async def test_the_seats_of_every_event_are_those_of_its_bookings(booking, event):
    """The counts of the offers, the items of the bookings and the ledger never disagree."""
    made = [await attempt(booking.stub, create(event, 1)) for _ in range(3)]
    await booking.pay(made[0])
    with contextlib.suppress(grpc.aio.AioRpcError):
        await attempt(booking.stub, create(Name(event.organization, new_id())))

    rows = await booking.world.owner.execute(
        """
        with items as (
          select b.organization, b.event, b.state, i ->> 0 as ticket_type, (i ->> 1)::int as seats
          from bookings b, jsonb_array_elements(b.items) i
        ), booked as (
          select organization, event, ticket_type,
            coalesce(sum(seats) filter (where state = 'held'), 0) as held,
            coalesce(sum(seats) filter (where state = 'confirmed'), 0) as sold
          from items group by organization, event, ticket_type
        ), ledger as (
          select organization, event, ticket_type, sum(held) as held, sum(sold) as sold
          from movements group by organization, event, ticket_type
        )
        select o.held, o.sold, b.held as items_held, b.sold as items_sold,
          l.held as moved_held, l.sold as moved_sold
        from offers o
        left join booked b using (organization, event, ticket_type)
        left join ledger l using (organization, event, ticket_type)
        """
    )

    for row in await rows.fetchall():
        assert (row.held, row.sold) == (row.items_held or 0, row.items_sold or 0)
        assert (row.held, row.sold) == (row.moved_held or 0, row.moved_sold or 0)


@pytest.mark.parametrize("change", ["update movements set held = 9", "delete from movements"])
async def test_nobody_changes_the_ledger(booking, event, change):
    await attempt(booking.stub, create(event))

    with pytest.raises(psycopg.errors.RaiseException):
        await booking.world.owner.execute(f"{change} where event = %s", [event.id])
