"""Watching how many seats are left: all of it at first, then whenever it changes."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import grpc
import pytest

from services.booking import live, store
from services.booking.domain import EVENTS
from services.booking.live import Hub, Limits, Live, StreamMoved, TooSlow
from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import create, ticket_type
from tests.serving import NOBODY, as_user, invalid, refused
from tests.waiting import running
from turnout.booking.v1 import availability_pb2, availability_pb2_grpc, booking_pb2

pytestmark = pytest.mark.server


@pytest.fixture
def stub(booking):
    return availability_pb2_grpc.AvailabilityServiceStub(booking.world.channel)


def asking(event, *, short=False):
    name = f"events/{event.id}" if short else EVENTS.format(event)
    return availability_pb2.WatchAvailabilityRequest(name=f"{name}/availability")


@contextlib.asynccontextmanager
async def watching(stub, event, **how):
    call = stub.WatchAvailability(asking(event, **how), metadata=NOBODY)
    try:
        yield call
    finally:
        call.cancel()


async def until(call, free):
    """Reads frames until so many seats of the first type are free."""
    async with asyncio.timeout(60):
        while True:
            frame = await call.read()
            assert frame is not grpc.aio.EOF
            if frame.entries[0].free == free:
                return frame


async def test_anybody_may_watch_and_the_first_frame_has_it_all(booking, stub, event):
    async with watching(stub, event) as call:
        frame = await call.read()

    request = booking_pb2.GetAvailabilityRequest(name=f"{EVENTS.format(event)}/availability")
    assert frame == await booking.stub.GetAvailability(request)


async def test_whatever_moves_a_seat_is_shown(booking, stub, event):
    ada = as_user()
    async with watching(stub, event) as call:
        await until(call, 5)
        made = await booking.stub.CreateBooking(create(event, 2), metadata=ada)
        await until(call, 3)
        request = booking_pb2.CancelBookingRequest(name=made.name)
        await booking.stub.CancelBooking(request, metadata=ada)
        await until(call, 5)
        paid = await booking.stub.CreateBooking(create(event), metadata=ada)
        await booking.pay(paid)
        frame = await until(call, 4)
        while not frame.entries[0].sold:
            frame = await call.read()
        await booking.stub.CreateBooking(create(event), metadata=ada)
        await until(call, 3)
        await booking.lapse(event)
        await until(call, 4)
        await booking.revise(event, ticket_type(capacity=9))
        await until(call, 8)
        await booking.call_off(event)
        while frame.entries[0].on_sale:
            frame = await call.read()


async def test_the_last_state_always_arrives(booking, stub):
    event = await booking.on_sale(ticket_type(capacity=60))
    name = f"{EVENTS.format(event)}/availability"

    async def waver(who):
        """Takes a seat, gives it back and takes two others, so that what is last comes last."""
        made = await booking.stub.CreateBooking(create(event), metadata=who)
        request = booking_pb2.CancelBookingRequest(name=made.name)
        await booking.stub.CancelBooking(request, metadata=who)
        await booking.stub.CreateBooking(create(event, 2), metadata=who)

    async with contextlib.AsyncExitStack() as stack:
        calls = [await stack.enter_async_context(watching(stub, event)) for _ in range(3)]
        for _ in range(3):
            await asyncio.gather(*(waver(as_user()) for _ in range(8)))
            last = await booking.stub.GetAvailability(
                booking_pb2.GetAvailabilityRequest(name=name), metadata=NOBODY
            )
            for call in calls:
                assert await until(call, last.entries[0].free) == last


async def test_the_event_can_be_named_without_its_organization(booking, stub, event):
    async with watching(stub, event, short=True) as call:
        frame = await call.read()
        await booking.stub.CreateBooking(create(event, 2), metadata=as_user())
        await until(call, 3)

    request = booking_pb2.GetAvailabilityRequest(name=f"events/{event.id}/availability")
    assert (await booking.stub.GetAvailability(request)).name == frame.name
    assert frame.name == f"{EVENTS.format(event)}/availability"


async def test_who_stalls_delays_nobody_and_then_sees_the_newest(booking, stub, event):
    async with watching(stub, event) as stalled, watching(stub, event) as quick:
        await stalled.read()
        await until(quick, 5)
        for left in (4, 3, 2):
            await booking.stub.CreateBooking(create(event), metadata=as_user())
            await until(quick, left)

        await until(stalled, 2)


async def test_what_is_not_there_cannot_be_watched(stub, event):
    for other in (Name(event.organization, new_id()), Name(new_id(), event.id)):
        with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
            async with watching(stub, other) as call:
                await call.read()
    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        async with watching(stub, Name(new_id(), new_id()), short=True) as call:
            await call.read()


@pytest.mark.parametrize("name", ["", "events/1/availability", "events", "availability"])
async def test_what_is_no_name_of_an_availability_is_pointed_at(stub, name):
    with invalid("name"):
        request = availability_pb2.WatchAvailabilityRequest(name=name)
        await stub.WatchAvailability(request, metadata=NOBODY).read()


async def test_a_batch_of_sales_is_one_piece_of_news(booking, event):
    with booking.world.db.news.watching(store.seats_of(event.id)) as news:
        with pytest.raises(grpc.aio.AioRpcError):
            await booking.stub.CreateBooking(create(event, 6), metadata=as_user())
        assert not news.is_set()

        await booking.stub.CreateBooking(create(event), metadata=as_user())

        assert news.is_set()


# --- hubs


@pytest.fixture
async def db(booking):
    return booking.world.db


@contextlib.asynccontextmanager
async def hubs(db, **limits):
    made = Live(db, Limits(**limits))
    async with running(made.run()):
        yield made


async def one(tx):
    return 1


def frames(made, read=one, show=lambda view: view):
    return made.frames(f"topic {new_id()}", new_id(), read, show)


async def test_nothing_new_is_said_again_now_and_then(db):
    async with hubs(db, pulse=0.01) as made, contextlib.aclosing(frames(made)) as stream:
        assert [await anext(stream) for _ in range(3)] == [1, 1, 1]


async def test_a_stream_ends_when_it_was_open_for_long_enough(db):
    async with hubs(db, stream=0.05, pulse=0.01) as made:
        with pytest.raises(StreamMoved):
            async for _ in frames(made):
                pass


async def test_a_stream_ends_when_its_reader_is_too_slow(db):
    async with hubs(db, stalled=0.0) as made, contextlib.aclosing(frames(made)) as stream:
        await anext(stream)
        await asyncio.sleep(0.01)
        with pytest.raises(TooSlow):
            await anext(stream)


async def test_a_stream_ends_where_there_is_nothing_more_to_show(db):
    async with hubs(db) as made:
        assert [frame async for frame in frames(made, show=lambda _: None)] == []


async def test_who_watches_hears_what_went_wrong_and_may_try_again(db):
    broken = [True]

    async def read(tx):
        if broken:
            raise live.TooSlow()
        return 2

    async with hubs(db) as made:
        with pytest.raises(TooSlow):
            await anext(frames(made, read))
        broken.clear()
        stream = frames(made, read)
        assert await anext(stream) == 2
        await stream.aclose()


async def test_a_hub_looks_now_and_then_although_nobody_tells_it():
    values = iter(range(100))

    async def read():
        return next(values)

    hub = Hub(read, Limits(tick=0.001, look=0.002))
    async with running(hub.run(asyncio.Event())):
        async with asyncio.timeout(60):
            look = 0
            while look < 3:
                look = await hub.after(look)


def test_looking_without_news_is_rarer_than_with():
    assert Limits().tick < Limits().look < timedelta(seconds=5).total_seconds()
