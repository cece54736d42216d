"""Holding seats, over the wire and on a real Postgres."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import grpc
import pytest

from services.booking.domain import EVENTS
from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import create, ticket_type
from tests.serving import NOBODY, PARTICIPANTS, as_guest, as_user, invalid, name_of, refused
from turnout.booking.v1 import booking_pb2
from turnout.bus.v1 import bus_pb2

pytestmark = pytest.mark.server

DAY = timedelta(days=1)


async def test_a_booking_is_held_and_told(booking, event):
    ada = as_user()

    made = await booking.stub.CreateBooking(create(event, 2), metadata=ada)

    assert made.state == booking_pb2.Booking.STATE_HELD
    assert (made.total.units, made.total.nanos) == (25, 0)
    assert (made.buyer, made.etag) == (name_of(ada), '"1"')
    assert made.expire_time.ToSeconds() - made.create_time.ToSeconds() == 900
    assert not made.tickets
    [told] = await booking.world.facts(event.organization, "BookingHeld")
    assert (told.booking, told.buyer, told.total) == (made.name, made.buyer, made.total)
    assert (told.items, told.expire_time) == (made.items, made.expire_time)
    assert await booking.seats(event) == (3, 2, 0)


async def test_free_seats_are_confirmed_at_once_with_a_ticket_each(booking):
    event = await booking.on_sale(ticket_type(cents=0))

    made = await booking.stub.CreateBooking(create(event, 2), metadata=as_user())

    assert made.state == booking_pb2.Booking.STATE_CONFIRMED
    assert not made.HasField("expire_time")
    assert len({ticket.code for ticket in made.tickets}) == 2
    tickets = f"organizations/{event.organization}/tickets/"
    assert len({ticket.name.removeprefix(tickets) for ticket in made.tickets}) == 2
    assert all(ticket.name.startswith(tickets) for ticket in made.tickets)
    [told] = await booking.world.facts(event.organization)
    assert isinstance(told, booking_pb2.BookingConfirmed)
    assert list(told.tickets) == list(made.tickets)
    assert await booking.seats(event) == (3, 0, 2)
    assert await booking.world.due("lapse", event.organization) == []


async def test_several_types_are_held_together_or_not_at_all(booking):
    event = await booking.on_sale(ticket_type("floor"), ticket_type("balcony", capacity=1))
    both = create(event, 2, "floor", more={"balcony": 1})

    made = await booking.stub.CreateBooking(both, metadata=as_user())
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "SOLD_OUT", ticket_type="balcony", left="0"):
        await booking.stub.CreateBooking(both, metadata=as_user())

    assert [item.ticket_type for item in made.items] == ["floor", "balcony"]
    assert await booking.seats(event, "floor") == (3, 2, 0)
    assert await booking.seats(event, "balcony") == (0, 1, 0)


async def test_a_sold_out_event_says_how_many_are_left(booking, event):
    said = {"event": EVENTS.format(event), "ticket_type": "standard", "asked": "6", "left": "5"}

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "SOLD_OUT", **said):
        await booking.stub.CreateBooking(create(event, 6), metadata=as_user())

    assert await booking.seats(event) == (5, 0, 0)
    assert await booking.world.facts(event.organization) == []


@pytest.mark.parametrize("sale", [(DAY, 2 * DAY), (-2 * DAY, -DAY)], ids=["early", "late"])
async def test_outside_the_sale_window_nothing_is_sold(booking, sale):
    event = await booking.on_sale(ticket_type(sale=sale))

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "NOT_ON_SALE", ticket_type="standard"):
        await booking.stub.CreateBooking(create(event), metadata=as_user())


async def test_a_type_that_the_event_does_not_have_is_not_on_sale(booking, event):
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "NOT_ON_SALE", ticket_type="royal"):
        await booking.stub.CreateBooking(create(event, 1, "royal"), metadata=as_user())


async def test_an_event_that_is_not_announced_is_not_there(booking):
    nowhere = Name(new_id(), new_id())

    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND", event=EVENTS.format(nowhere)):
        await booking.stub.CreateBooking(create(nowhere), metadata=as_user())


async def test_what_is_told_belongs_to_the_trace_of_its_call(booking, event):
    traces = [uuid.uuid4().hex for _ in range(4)]
    headers = [("traceparent", f"00-{trace}-00f067aa0ba902b7-01") for trace in traces]

    calls = [
        booking.stub.CreateBooking(create(event), metadata=(*as_user(), header))
        for header in headers
    ]
    await asyncio.gather(*calls)

    rows = await booking.world.owner.execute(
        "select body from outbox where organization = %s", [event.organization]
    )
    told = [bus_pb2.Fact.FromString(row.body) for row in await rows.fetchall()]
    assert sorted(fact.traceparent.split("-")[1] for fact in told) == sorted(traces)


# --- once


async def test_a_retry_gets_the_first_answer(booking, event):
    request, ada = create(event, 2, request_id=str(uuid.uuid4())), as_user()

    calls = [booking.stub.CreateBooking(request, metadata=ada) for _ in range(8)]
    first, *others = await asyncio.gather(*calls)
    again = await booking.stub.CreateBooking(request, metadata=ada)

    assert all(other == first for other in [*others, again])
    assert await booking.seats(event) == (3, 2, 0)
    assert len(await booking.world.facts(event.organization)) == 1


async def test_a_request_id_is_good_for_one_request(booking, event):
    used, ada = str(uuid.uuid4()), as_user()
    requests = [create(event, seats, request_id=used) for seats in (1, 2)]

    calls = [booking.stub.CreateBooking(request, metadata=ada) for request in requests]
    results = await asyncio.gather(*calls, return_exceptions=True)

    kinds = [type(result).__name__ for result in results]
    assert sorted(kinds) == ["AioRpcError", "Booking"]
    with invalid("request_id"):
        await booking.stub.CreateBooking(requests[kinds.index("AioRpcError")], metadata=ada)


async def test_the_request_id_of_somebody_else_is_another_one(booking, event):
    request = create(event, request_id=str(uuid.uuid4()))

    first = await booking.stub.CreateBooking(request, metadata=as_user())
    second = await booking.stub.CreateBooking(request, metadata=as_user())

    assert first.name != second.name


async def test_a_refusal_is_not_remembered(booking):
    event = await booking.on_sale(ticket_type(capacity=1))
    first = await booking.stub.CreateBooking(create(event), metadata=as_user())
    request, bob = create(event, request_id=str(uuid.uuid4())), as_user()
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "SOLD_OUT"):
        await booking.stub.CreateBooking(request, metadata=bob)

    await booking.lapse(event)
    second = await booking.stub.CreateBooking(request, metadata=bob)

    assert second.name != first.name


# --- for whom


async def test_a_participant_books_by_the_link_of_the_invitation(booking, event):
    who = Name(event.organization, new_id())

    made = await booking.stub.CreateBooking(create(event), metadata=as_guest(who))

    assert made.buyer == PARTICIPANTS.format(who)


@pytest.mark.parametrize("role", ["OWNER", "ADMIN", "ORGANIZER"])
async def test_who_may_book_for_others_names_them(booking, event, role):
    organizer = await booking.world.member(role, event.organization)
    for buyer in (
        f"users/{uuid.uuid4()}",
        PARTICIPANTS.format(Name(event.organization, new_id())),
    ):
        made = await booking.stub.CreateBooking(create(event, buyer=buyer), metadata=organizer)

        assert made.buyer == buyer


@pytest.mark.parametrize("role", ["VIEWER", "STAFF", "FINANCE", None])
async def test_who_may_not_book_for_others_books_for_oneself_only(booking, event, role):
    who = await booking.world.member(role, event.organization) if role else as_user()

    with invalid("booking.buyer"):
        request = create(event, buyer=f"users/{uuid.uuid4()}")
        await booking.stub.CreateBooking(request, metadata=who)
    made = await booking.stub.CreateBooking(create(event, buyer=name_of(who)), metadata=who)

    assert made.buyer == name_of(who)


async def test_a_guest_cannot_book_for_another_guest(booking, event):
    ada, bob = (Name(event.organization, new_id()) for _ in range(2))

    with invalid("booking.buyer"):
        request = create(event, buyer=PARTICIPANTS.format(bob))
        await booking.stub.CreateBooking(request, metadata=as_guest(ada))


@pytest.mark.parametrize(
    "buyer",
    [
        "ada",
        "users/ada",
        "services/payment",
        f"organizations/{uuid.uuid4()}/participants/{uuid.uuid4()}",
        f"organizations/{uuid.uuid4()}",
    ],
)
async def test_a_buyer_is_a_user_or_a_participant_of_the_organization(booking, event, buyer):
    owner = await booking.world.member("OWNER", event.organization)

    with invalid("booking.buyer"):
        await booking.stub.CreateBooking(create(event, buyer=buyer), metadata=owner)


# --- who may call at all


async def test_nobody_books_without_saying_who(booking, event):
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await booking.stub.CreateBooking(create(event), metadata=NOBODY)


async def test_nobody_books_with_an_old_token(booking, event):
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED"):
        await booking.stub.CreateBooking(create(event), metadata=as_user(ttl=-60))


async def test_a_link_is_good_for_one_organization(booking, event):
    stranger = as_guest(Name(new_id(), new_id()))

    with refused(grpc.StatusCode.PERMISSION_DENIED, "OTHER_ORGANIZATION"):
        await booking.stub.CreateBooking(create(event), metadata=stranger)


async def test_another_organization_cannot_even_see_the_event(booking, event):
    elsewhere = new_id()
    owner = await booking.world.member("OWNER", elsewhere)

    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        request = create(event, organization=elsewhere)
        await booking.stub.CreateBooking(request, metadata=owner)
    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        own = create(Name(elsewhere, event.id))
        await booking.stub.CreateBooking(own, metadata=owner)


# --- what cannot be read


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("parent", {"parent": "organizations/me"}),
        ("parent", {"parent": ""}),
        ("parent", {"parent": "organizations/-"}),
        ("booking", {"booking": None}),
        ("booking.event", {"event": "gigs/1"}),
        ("booking.event", {"event": ""}),
        ("booking.event", {"event": f"organizations/{uuid.uuid4()}/bookings/{uuid.uuid4()}"}),
        ("booking.items", {"items": []}),
        ("booking.items", {"items": [("a", 1), ("a", 1)]}),
        ("booking.items", {"items": [(str(n), 1) for n in range(11)]}),
        ("booking.items[0].quantity", {"items": [("standard", 0)]}),
        ("booking.items[0].quantity", {"items": [("standard", -1)]}),
        ("booking.items[1].quantity", {"items": [("standard", 1), ("b", 1001)]}),
        ("booking.items[0].ticket_type", {"items": [("", 1)]}),
        ("booking.items[0].ticket_type", {"items": [("x" * 41, 1)]}),
        ("request_id", {"request_id": "again"}),
    ],
)
async def test_what_is_wrong_is_pointed_at(booking, event, field, change):
    request = create(event)
    for key, value in change.items():
        if value is None:
            request.ClearField(key)
        elif key == "items":
            del request.booking.items[:]
            for kind, quantity in value:
                request.booking.items.add(ticket_type=kind, quantity=quantity)
        else:
            setattr(request.booking if key == "event" else request, key, value)

    with invalid(field):
        await booking.stub.CreateBooking(request, metadata=as_user())


async def test_what_the_service_says_itself_is_not_read_from_a_request(booking, event):
    request = create(event)
    request.booking.state = booking_pb2.Booking.STATE_CONFIRMED
    request.booking.name = "organizations/x/bookings/mine"
    request.booking.total.units = 1
    request.booking.tickets.add(code="gold")

    made = await booking.stub.CreateBooking(request, metadata=as_user())

    assert made.state == booking_pb2.Booking.STATE_HELD
    assert made.total.units == 12
    assert not made.tickets
    assert made.name.startswith(f"organizations/{event.organization}/bookings/")


async def test_a_total_that_no_payment_carries_is_refused(booking):
    event = await booking.on_sale(ticket_type(cents=9 * 10**14, capacity=10))

    with invalid("booking.items"):
        await booking.stub.CreateBooking(create(event, 2), metadata=as_user())
