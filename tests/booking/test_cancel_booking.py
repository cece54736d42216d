"""Giving seats back."""

from __future__ import annotations

import asyncio
import uuid

import grpc
import pytest

from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import create, ticket_type
from tests.serving import NOBODY, as_guest, as_user, invalid, refused
from turnout.booking.v1 import booking_pb2

pytestmark = pytest.mark.server

CANCELLED = booking_pb2.Booking.STATE_CANCELLED


def cancel(name: str, **given) -> booking_pb2.CancelBookingRequest:
    return booking_pb2.CancelBookingRequest(name=name, **given)


@pytest.fixture
def ada():
    return as_user()


@pytest.fixture
async def held(booking, event, ada):
    return await booking.stub.CreateBooking(create(event, 2), metadata=ada)


async def test_seats_that_are_given_back_are_free_again(booking, event, held, ada):
    after = await booking.stub.CancelBooking(cancel(held.name, etag=held.etag), metadata=ada)

    assert (after.state, after.etag) == (CANCELLED, '"2"')
    assert not after.HasField("expire_time")
    assert await booking.seats(event) == (5, 0, 0)
    [told] = await booking.world.facts(event.organization, "BookingCancelled")
    assert (told.booking, told.buyer) == (held.name, held.buyer)
    assert told.cause == booking_pb2.BookingCancelled.CAUSE_BUYER


async def test_a_booking_that_the_organizer_cancels_says_so(booking, event, held):
    organizer = await booking.world.member("ORGANIZER", event.organization)

    await booking.stub.CancelBooking(cancel(held.name), metadata=organizer)

    [told] = await booking.world.facts(event.organization, "BookingCancelled")
    assert told.cause == booking_pb2.BookingCancelled.CAUSE_ORGANIZER


async def test_a_ticket_ends_with_its_booking(booking, ada):
    event = await booking.on_sale(ticket_type(cents=0))
    made = await booking.stub.CreateBooking(create(event, 2), metadata=ada)

    after = await booking.stub.CancelBooking(cancel(made.name), metadata=ada)

    assert made.tickets
    assert not after.tickets
    assert await booking.seats(event) == (5, 0, 0)


async def test_cancelling_again_is_no_error_and_gives_nothing_back_twice(booking, event, held, ada):
    first = await booking.stub.CancelBooking(cancel(held.name), metadata=ada)

    again = await booking.stub.CancelBooking(cancel(held.name), metadata=ada)

    assert again == first
    assert await booking.seats(event) == (5, 0, 0)
    assert len(await booking.world.facts(event.organization, "BookingCancelled")) == 1


async def test_many_who_cancel_at_once_give_the_seats_back_once(booking, event, held, ada):
    calls = [booking.stub.CancelBooking(cancel(held.name), metadata=ada) for _ in range(8)]

    await asyncio.gather(*calls)

    assert await booking.seats(event) == (5, 0, 0)
    assert len(await booking.world.facts(event.organization, "BookingCancelled")) == 1


async def test_a_retry_gets_the_first_answer(booking, held, ada):
    request = cancel(held.name, etag=held.etag, request_id=str(uuid.uuid4()))

    calls = [booking.stub.CancelBooking(request, metadata=ada) for _ in range(2)]
    first, second = await asyncio.gather(*calls)

    assert first == second


async def test_a_booking_that_has_changed_since_is_not_cancelled(booking, held, ada):
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG", name=held.name):
        await booking.stub.CancelBooking(cancel(held.name, etag='"7"'), metadata=ada)
    with invalid("etag"):
        await booking.stub.CancelBooking(cancel(held.name, etag="7"), metadata=ada)


async def test_what_lapsed_cannot_be_cancelled(booking, event, held, ada):
    await booking.lapse(event)

    said = {"booking": held.name, "state": "LAPSED"}
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_BOOKING_STATE", **said):
        await booking.stub.CancelBooking(cancel(held.name), metadata=ada)


async def test_who_may_book_for_others_cancels_for_them(booking, event, held):
    organizer = await booking.world.member("ORGANIZER", event.organization)

    after = await booking.stub.CancelBooking(cancel(held.name), metadata=organizer)

    assert after.state == CANCELLED


@pytest.mark.parametrize("role", ["VIEWER", "STAFF", "FINANCE", None])
async def test_nobody_else_cancels(booking, event, held, role):
    who = await booking.world.member(role, event.organization) if role else as_user()

    with refused(grpc.StatusCode.NOT_FOUND, "BOOKING_NOT_FOUND", booking=held.name):
        await booking.stub.CancelBooking(cancel(held.name), metadata=who)
    assert await booking.seats(event) == (3, 2, 0)


async def test_another_organization_cancels_nothing(booking, event, held):
    owner = await booking.world.member("OWNER", new_id())

    with refused(grpc.StatusCode.NOT_FOUND, "BOOKING_NOT_FOUND"):
        await booking.stub.CancelBooking(cancel(held.name), metadata=owner)
    with refused(grpc.StatusCode.PERMISSION_DENIED, "OTHER_ORGANIZATION"):
        guest = as_guest(Name(new_id(), new_id()))
        await booking.stub.CancelBooking(cancel(held.name), metadata=guest)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await booking.stub.CancelBooking(cancel(held.name), metadata=NOBODY)


async def test_a_name_of_nothing_is_pointed_at(booking):
    with invalid("name"):
        await booking.stub.CancelBooking(cancel("bookings/1"), metadata=as_user())
