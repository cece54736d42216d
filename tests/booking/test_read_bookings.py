"""Reading bookings, and how many seats are left."""

from __future__ import annotations

import uuid

import grpc
import pytest

from services.booking.domain import EVENTS
from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import create, ticket_type
from tests.serving import NOBODY, as_guest, as_user, invalid, refused
from turnout.booking.v1 import booking_pb2

pytestmark = pytest.mark.server


def get(name: str) -> booking_pb2.GetBookingRequest:
    return booking_pb2.GetBookingRequest(name=name)


def listing(at: Name, **given) -> booking_pb2.ListBookingsRequest:
    return booking_pb2.ListBookingsRequest(parent=f"organizations/{at.organization}", **given)


def availability(event: Name) -> booking_pb2.GetAvailabilityRequest:
    return booking_pb2.GetAvailabilityRequest(name=f"{EVENTS.format(event)}/availability")


# --- one


async def test_a_booking_is_read_as_it_was_answered(booking, event):
    ada = as_user()
    made = await booking.stub.CreateBooking(create(event, 2), metadata=ada)

    assert await booking.stub.GetBooking(get(made.name), metadata=ada) == made


async def test_a_participant_reads_the_own_booking_by_the_link(booking, event):
    guest = as_guest(Name(event.organization, new_id()))
    made = await booking.stub.CreateBooking(create(event), metadata=guest)

    assert await booking.stub.GetBooking(get(made.name), metadata=guest) == made


@pytest.mark.parametrize("role", ["OWNER", "ADMIN", "ORGANIZER", "FINANCE", "STAFF"])
async def test_who_may_read_bookings_reads_everybodys(booking, event, role):
    made = await booking.stub.CreateBooking(create(event), metadata=as_user())
    member = await booking.world.member(role, event.organization)

    assert await booking.stub.GetBooking(get(made.name), metadata=member) == made


@pytest.mark.parametrize("role", ["VIEWER", None])
async def test_the_booking_of_somebody_else_is_not_there(booking, event, role):
    made = await booking.stub.CreateBooking(create(event), metadata=as_user())
    who = await booking.world.member(role, event.organization) if role else as_user()

    with refused(grpc.StatusCode.NOT_FOUND, "BOOKING_NOT_FOUND", booking=made.name):
        await booking.stub.GetBooking(get(made.name), metadata=who)


async def test_another_organization_sees_no_booking(booking, event):
    made = await booking.stub.CreateBooking(create(event), metadata=as_user())
    elsewhere = new_id()
    owner = await booking.world.member("OWNER", elsewhere)
    there = made.name.replace(str(event.organization), str(elsewhere))

    for name in (made.name, there):
        with refused(grpc.StatusCode.NOT_FOUND, "BOOKING_NOT_FOUND"):
            await booking.stub.GetBooking(get(name), metadata=owner)


async def test_nobody_reads_without_saying_who(booking, event):
    name = f"organizations/{event.organization}/bookings/{uuid.uuid4()}"

    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await booking.stub.GetBooking(get(name), metadata=NOBODY)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await booking.stub.ListBookings(listing(event), metadata=NOBODY)


@pytest.mark.parametrize("name", ["", "bookings/1", f"organizations/{uuid.uuid4()}/events/1"])
async def test_what_is_no_name_of_a_booking_is_pointed_at(booking, name):
    with invalid("name"):
        await booking.stub.GetBooking(get(name), metadata=as_user())


# --- many


async def test_a_list_shows_ones_own_and_to_staff_everybodys(booking, event):
    ada, staff = as_user(), await booking.world.member("STAFF", event.organization)
    mine = [await booking.stub.CreateBooking(create(event), metadata=ada) for _ in range(2)]
    other = await booking.stub.CreateBooking(create(event), metadata=as_user())

    own = await booking.stub.ListBookings(listing(event), metadata=ada)
    everybodys = await booking.stub.ListBookings(listing(event), metadata=staff)

    assert list(own.bookings) == mine
    assert list(everybodys.bookings) == [*mine, other]
    assert not everybodys.next_page_token


async def test_a_list_goes_on_where_it_ended(booking):
    event = await booking.on_sale(ticket_type(capacity=20))
    ada = as_user()
    made = [await booking.stub.CreateBooking(create(event), metadata=ada) for _ in range(5)]

    pages, token = [], ""
    while True:
        request = listing(event, page_size=2, page_token=token)
        found = await booking.stub.ListBookings(request, metadata=ada)
        pages.append(list(found.bookings))
        if not (token := found.next_page_token):
            break

    assert pages == [made[:2], made[2:4], made[4:]]


async def test_a_list_can_be_of_one_event(booking, event):
    second = await booking.on_sale(event=Name(event.organization, new_id()))
    ada = as_user()
    await booking.stub.CreateBooking(create(event), metadata=ada)
    made = await booking.stub.CreateBooking(create(second), metadata=ada)

    request = listing(event, event=EVENTS.format(second))
    found = await booking.stub.ListBookings(request, metadata=ada)

    assert list(found.bookings) == [made]


async def test_a_page_token_belongs_to_its_list(booking, event):
    ada = as_user()
    for _ in range(2):
        await booking.stub.CreateBooking(create(event), metadata=ada)
    first = await booking.stub.ListBookings(listing(event, page_size=1), metadata=ada)
    other = listing(event, page_token=first.next_page_token, event=EVENTS.format(event))

    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_MISMATCH"):
        await booking.stub.ListBookings(other, metadata=ada)
    for request in (listing(event, page_token="x"), listing(event, page_size=-1)):
        with pytest.raises(grpc.aio.AioRpcError) as wrong:
            await booking.stub.ListBookings(request, metadata=ada)
        assert wrong.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("event_name", ["x", f"organizations/{uuid.uuid4()}/events/{uuid.uuid4()}"])
async def test_a_list_of_no_event_of_the_organization_is_pointed_at(booking, event, event_name):
    with invalid("event"):
        await booking.stub.ListBookings(listing(event, event=event_name), metadata=as_user())


async def test_a_list_of_another_organization_is_empty(booking, event):
    ada = as_user()
    await booking.stub.CreateBooking(create(event), metadata=ada)

    found = await booking.stub.ListBookings(listing(Name(new_id(), new_id())), metadata=ada)

    assert not found.bookings


# --- what is left


async def test_anybody_may_ask_what_is_left(booking):
    event = await booking.on_sale(ticket_type("floor"), ticket_type("balcony", capacity=2))
    await booking.stub.CreateBooking(create(event, 2, "floor"), metadata=as_user())

    found = await booking.stub.GetAvailability(availability(event), metadata=NOBODY)

    assert found.name == f"{EVENTS.format(event)}/availability"
    told = [(e.ticket_type, e.capacity, e.free, e.held, e.sold, e.on_sale) for e in found.entries]
    assert told == [("floor", 5, 3, 2, 0, True), ("balcony", 2, 2, 0, 0, True)]


async def test_what_is_left_of_an_unknown_event_is_not_there(booking, event):
    for other in (Name(event.organization, new_id()), Name(new_id(), event.id)):
        with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND", event=EVENTS.format(other)):
            await booking.stub.GetAvailability(availability(other), metadata=NOBODY)


@pytest.mark.parametrize("name", ["", "x", f"organizations/{uuid.uuid4()}/events/{uuid.uuid4()}"])
async def test_what_is_no_name_of_an_availability_is_pointed_at(booking, name):
    with invalid("name"):
        request = booking_pb2.GetAvailabilityRequest(name=name)
        await booking.stub.GetAvailability(request, metadata=NOBODY)
