"""What a buyer may do with a hold: change it, extend it once, and find it again."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import grpc
import pytest

from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import create, ticket_type
from tests.booking.conftest import HOLD
from tests.serving import NOBODY, as_guest, as_user, invalid, refused
from turnout.booking.v1 import booking_pb2

pytestmark = pytest.mark.server

UNMET = grpc.StatusCode.FAILED_PRECONDITION
State = booking_pb2.Booking.State


@pytest.fixture
def ada():
    return as_user()


@pytest.fixture
async def event(booking):
    return await booking.on_sale(ticket_type("floor"), ticket_type("balcony", cents=2000))


@pytest.fixture
async def held(booking, event, ada):
    return await booking.stub.CreateBooking(create(event, 2, "floor"), metadata=ada)


def update(name, wanted=None, *, mask=(), attendees=(), **given):
    made = booking_pb2.Booking(name=name, etag=given.pop("etag", ""))
    for kind, quantity in (wanted or {}).items():
        made.items.add(ticket_type=kind, quantity=quantity)
    for one in attendees:
        made.attendees.add(display_name=one)
    request = booking_pb2.UpdateBookingRequest(booking=made, **given)
    request.update_mask.paths.extend(mask)
    return request


def extend(name, **given):
    return booking_pb2.ExtendBookingRequest(name=name, **given)


# --- other seats


async def test_a_hold_changes_its_quantity_and_its_types(booking, event, held, ada):
    after = await booking.stub.UpdateBooking(
        update(held.name, {"floor": 1, "balcony": 3}), metadata=ada
    )

    assert {item.ticket_type: item.quantity for item in after.items} == {"floor": 1, "balcony": 3}
    assert (after.total.units, after.total.nanos) == (72, 500_000_000)
    assert (after.expire_time, after.create_time) == (held.expire_time, held.create_time)
    assert await booking.seats(event, "floor") == (4, 1, 0)
    assert await booking.seats(event, "balcony") == (2, 3, 0)
    told = await booking.world.facts(event.organization, "BookingHeld")
    assert told[-1].total == after.total
    await booking.pay(after)
    assert await booking.seats(event, "balcony") == (2, 0, 3)


async def test_a_change_is_all_or_nothing_and_may_use_the_own_seats(booking, event, held, ada):
    with refused(UNMET, "SOLD_OUT", ticket_type="balcony"):
        await booking.stub.UpdateBooking(
            update(held.name, {"floor": 1, "balcony": 6}), metadata=ada
        )
    assert await booking.seats(event, "floor") == (3, 2, 0)

    await booking.stub.UpdateBooking(update(held.name, {"floor": 5}), metadata=ada)

    assert await booking.seats(event, "floor") == (0, 5, 0)


async def test_a_change_to_free_seats_confirms(booking, ada):
    event = await booking.on_sale(ticket_type("floor"), ticket_type("child", cents=0))
    held = await booking.stub.CreateBooking(create(event, 1, "floor"), metadata=ada)

    after = await booking.stub.UpdateBooking(update(held.name, {"child": 2}), metadata=ada)

    assert (after.state, len(after.tickets)) == (State.STATE_CONFIRMED, 2)
    assert await booking.seats(event, "child") == (3, 0, 2)
    assert await booking.seats(event, "floor") == (5, 0, 0)


async def test_what_is_paid_for_keeps_its_seats_and_may_change_its_people(
    booking, event, held, ada
):
    await booking.pay(held)

    with refused(UNMET, "WRONG_BOOKING_STATE", state="CONFIRMED"):
        await booking.stub.UpdateBooking(update(held.name, {"floor": 1}), metadata=ada)
    after = await booking.stub.UpdateBooking(
        update(held.name, attendees=["Bob", "Cleo"]), metadata=ada
    )

    assert [one.display_name for one in after.attendees] == ["Bob", "Cleo"]
    assert len(after.tickets) == 2


async def test_people_who_are_not_sent_are_cleared_if_the_mask_says_so(booking, held, ada):
    await booking.stub.UpdateBooking(update(held.name, attendees=["Bob"]), metadata=ada)

    after = await booking.stub.UpdateBooking(update(held.name, mask=["attendees"]), metadata=ada)

    assert not after.attendees


async def test_more_people_than_seats_are_refused(booking, held, ada):
    with invalid("booking.attendees"):
        await booking.stub.UpdateBooking(update(held.name, attendees=list("ABC")), metadata=ada)


async def test_what_lapsed_does_not_change(booking, event, held, ada):
    await booking.lapse(event)

    with refused(UNMET, "WRONG_BOOKING_STATE", state="LAPSED"):
        await booking.stub.UpdateBooking(update(held.name, {"floor": 1}), metadata=ada)
    with refused(UNMET, "WRONG_BOOKING_STATE", state="LAPSED"):
        await booking.stub.UpdateBooking(update(held.name, attendees=["Bob"]), metadata=ada)


async def test_a_change_says_which_version_it_means(booking, held, ada):
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await booking.stub.UpdateBooking(update(held.name, {"floor": 1}, etag='"7"'), metadata=ada)
    await booking.stub.UpdateBooking(update(held.name, {"floor": 1}, etag=held.etag), metadata=ada)


async def test_what_does_not_change_is_pointed_at(booking, held, ada):
    with invalid("update_mask"):
        await booking.stub.UpdateBooking(
            update(held.name, {"floor": 1}, mask=["buyer"]), metadata=ada
        )


async def test_a_change_that_is_tried_again_is_answered(booking, event, held, ada):
    request = update(held.name, {"floor": 4}, request_id=str(uuid.uuid4()))

    calls = [booking.stub.UpdateBooking(request, metadata=ada) for _ in range(3)]
    first, *others = await asyncio.gather(*calls)

    assert others == [first] * 2
    assert await booking.seats(event, "floor") == (1, 4, 0)


# --- longer


async def test_a_hold_is_extended_once(booking, event, held, ada):
    after = await booking.stub.ExtendBooking(extend(held.name), metadata=ada)

    longer = after.expire_time.ToDatetime() - held.expire_time.ToDatetime()
    assert (longer, after.extended) == (HOLD, True)
    with refused(UNMET, "ALREADY_EXTENDED", booking=held.name):
        await booking.stub.ExtendBooking(extend(held.name), metadata=ada)
    told = await booking.world.facts(event.organization, "BookingHeld")
    assert told[-1].expire_time == after.expire_time


async def test_an_extended_hold_lapses_at_its_new_time(booking, event, held, ada):
    await booking.stub.ExtendBooking(extend(held.name), metadata=ada)

    await booking.lapse(event)
    assert await booking.seats(event, "floor") == (3, 2, 0)
    await booking.lapse(event)

    assert await booking.seats(event, "floor") == (5, 0, 0)


async def test_what_is_over_is_not_extended(booking, event, held, ada):
    booking.world.clock.ahead += HOLD

    with refused(UNMET, "WRONG_BOOKING_STATE", state="LAPSED"):
        await booking.stub.ExtendBooking(extend(held.name), metadata=ada)


async def test_extending_again_with_the_same_id_gives_the_first_answer(booking, held, ada):
    request = extend(held.name, request_id=str(uuid.uuid4()), etag=held.etag)

    first = await booking.stub.ExtendBooking(request, metadata=ada)

    assert await booking.stub.ExtendBooking(request, metadata=ada) == first


async def test_a_hold_of_somebody_else_is_not_there(booking, held):
    for call in (
        booking.stub.ExtendBooking(extend(held.name), metadata=as_user()),
        booking.stub.UpdateBooking(update(held.name, {"floor": 1}), metadata=as_user()),
    ):
        with refused(grpc.StatusCode.NOT_FOUND, "BOOKING_NOT_FOUND"):
            await call


async def test_a_guest_does_all_of_it_with_the_link(booking, event):
    guest = as_guest(Name(event.organization, new_id()))
    made = await booking.stub.CreateBooking(create(event, 1, "floor"), metadata=guest)

    await booking.stub.ExtendBooking(extend(made.name), metadata=guest)
    after = await booking.stub.UpdateBooking(update(made.name, {"balcony": 1}), metadata=guest)

    assert after.items[0].ticket_type == "balcony"
    assert after.extended


# --- mine


async def test_everybody_finds_their_bookings_of_all_organizations(booking, ada):
    made = []
    for _ in range(3):
        event = await booking.on_sale()
        made.append(await booking.stub.CreateBooking(create(event), metadata=ada))
        await booking.stub.CreateBooking(create(event), metadata=as_user())
    free = await booking.on_sale(ticket_type(cents=0))
    made.append(await booking.stub.CreateBooking(create(free), metadata=ada))

    names, token, pages = [], "", 0
    while True:
        request = booking_pb2.ListMyBookingsRequest(page_size=3, page_token=token)
        found = await booking.stub.ListMyBookings(request, metadata=ada)
        names += list(found.bookings)
        token, pages = found.next_page_token, pages + 1
        if not token:
            break

    assert names == made
    assert pages == 2
    assert len(names[-1].tickets) == 1


async def test_strangers_have_no_bookings_and_nobody_has_no_list(booking, held):
    none = await booking.stub.ListMyBookings(
        booking_pb2.ListMyBookingsRequest(), metadata=as_user()
    )

    assert not none.bookings
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await booking.stub.ListMyBookings(booking_pb2.ListMyBookingsRequest(), metadata=NOBODY)


async def test_a_longer_hold_leaves_others_their_end(booking, event, held, ada):
    await booking.stub.ExtendBooking(extend(held.name), metadata=ada)
    await booking.stub.CreateBooking(create(event, 1, "floor"), metadata=as_user())

    await booking.lapse(event, ahead=HOLD + timedelta(seconds=1))

    assert await booking.seats(event, "floor") == (3, 2, 0)
