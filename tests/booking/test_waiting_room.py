"""A rush: people are let in one after the other, and nobody gets ahead by asking more often."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from services.booking.domain import EVENTS
from services.booking.waiting_room import domain
from services.booking.waiting_room.domain import Mode, Room
from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import NOW, create, ticket_type
from tests.serving import as_guest, as_user, invalid, name_of, refused
from turnout.booking.v1 import waiting_room_pb2, waiting_room_pb2_grpc

pytestmark = pytest.mark.server

STATE = waiting_room_pb2.WaitingRoomPlace.State
ROOM = waiting_room_pb2.WaitingRoom
DENIED = grpc.StatusCode.FAILED_PRECONDITION


class Rush:
    """An event that everybody wants to go to."""

    def __init__(self, booking, event):
        self.booking, self.event = booking, event
        self.stub = waiting_room_pb2_grpc.WaitingRoomServiceStub(booking.world.channel)

    @property
    def name(self):
        return f"{EVENTS.format(self.event)}/waitingRoom"

    async def change(self, **given):
        organizer = await self.booking.world.member("ORGANIZER", self.event.organization)
        room = ROOM(name=self.name, **given)
        request = waiting_room_pb2.UpdateWaitingRoomRequest(waiting_room=room)
        return await self.stub.UpdateWaitingRoom(request, metadata=organizer)

    async def enter(self, who=None, **given):
        place = waiting_room_pb2.WaitingRoomPlace(event=EVENTS.format(self.event))
        parent = f"organizations/{self.event.organization}"
        request = waiting_room_pb2.CreateWaitingRoomPlaceRequest(
            parent=parent, waiting_room_place=place, **given
        )
        return await self.stub.CreateWaitingRoomPlace(request, metadata=who or as_user())

    async def get(self, place, who):
        request = waiting_room_pb2.GetWaitingRoomPlaceRequest(name=place.name)
        return await self.stub.GetWaitingRoomPlace(request, metadata=who)

    async def admit(self, ahead=timedelta()):
        """Lets time pass and does what is due."""
        self.booking.world.clock.ahead += ahead
        await self.booking.world.do_all("admit", self.event.organization)

    async def buy(self, who, token=""):
        request = create(self.event, admission=token)
        return await self.booking.stub.CreateBooking(request, metadata=who)


@pytest.fixture
async def rush(booking):
    return Rush(booking, await booking.on_sale(ticket_type(capacity=500)))


@pytest.fixture
async def on(rush):
    """One a second."""
    await rush.change(mode=ROOM.MODE_ON, rate_per_minute=60)
    return rush


@pytest.fixture
def ada():
    return as_user()


@pytest.fixture
def bob():
    return as_user()


# --- waiting


async def test_who_was_not_let_in_does_not_book(on, ada):
    with refused(DENIED, "ADMISSION_NEEDED", event=EVENTS.format(on.event)):
        await on.buy(ada)
    with refused(DENIED, "ADMISSION_NEEDED"):
        await on.buy(ada, "made.up")


async def test_people_are_let_in_in_the_order_in_which_they_came(on, ada, bob):
    first, second = await on.enter(ada), await on.enter(bob)
    assert [(p.state, p.position) for p in (first, second)] == [
        (STATE.STATE_WAITING, 1),
        (STATE.STATE_WAITING, 2),
    ]
    assert second.estimated_wait.ToTimedelta() == timedelta(seconds=2)
    assert (first.person, first.token) == (name_of(ada), "")

    await on.admit()

    first, second = await on.get(first, ada), await on.get(second, bob)
    assert (first.state, first.position) == (STATE.STATE_ADMITTED, 0)
    assert (second.state, second.position) == (STATE.STATE_WAITING, 1)
    assert await on.buy(ada, first.token)
    await on.admit(timedelta(seconds=2))
    assert (await on.get(second, bob)).token


async def test_a_token_is_good_for_one_person_at_one_event_for_a_while(booking, on, ada, bob):
    await on.enter(ada)
    await on.admit()
    token = (await on.enter(ada)).token
    assert token
    other = Rush(booking, await booking.on_sale(event=Name(on.event.organization, new_id())))
    await other.change(mode=ROOM.MODE_ON)

    for rush, who in ((on, bob), (other, ada)):
        with refused(DENIED, "ADMISSION_NEEDED"):
            await rush.buy(who, token)
    assert await on.buy(ada, token)
    booking.world.clock.ahead = domain.ADMISSION
    with refused(DENIED, "ADMISSION_NEEDED"):
        await on.buy(ada, token)


async def test_asking_again_and_again_gains_nothing(on, ada, bob):
    first = await on.enter(ada)
    await on.enter(bob)

    again = await asyncio.gather(*(on.enter(bob) for _ in range(5)))

    assert {(p.name, p.position) for p in again} == {(again[0].name, 2)}
    assert (await on.enter(ada)).name == first.name
    request_id = str(uuid.uuid4())
    assert await on.enter(ada, request_id=request_id) == await on.enter(ada, request_id=request_id)


async def test_who_let_the_time_pass_stands_at_the_end(on, ada, bob):
    place = await on.enter(ada)
    await on.admit()
    on.booking.world.clock.ahead += domain.ADMISSION
    await on.enter(bob)

    again = await on.enter(ada)

    assert (again.name, again.state, again.position) == (place.name, STATE.STATE_WAITING, 2)


async def test_a_guest_has_a_place_too(on):
    assert await on.enter(as_guest(Name(on.event.organization, new_id())))


async def test_who_may_book_for_others_and_who_was_invited_need_no_place(booking, on):
    organizer = await booking.world.member("ORGANIZER", on.event.organization)

    assert await on.buy(organizer)
    await booking.answer(on.event, "YES")
    assert await booking.seats(on.event) == (498, 2, 0)


async def test_where_nobody_has_to_wait_nobody_can(rush, ada):
    with refused(DENIED, "ROOM_OFF", event=EVENTS.format(rush.event)):
        await rush.enter(ada)
    assert await rush.buy(ada)
    rush.event = Name(rush.event.organization, new_id())
    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        await rush.enter(ada)


async def test_one_sees_ones_own_place_and_staff_all(booking, on, ada, bob):
    place = await on.enter(ada)
    staff = await booking.world.member("STAFF", on.event.organization)

    with refused(grpc.StatusCode.NOT_FOUND, "PLACE_NOT_FOUND", place=place.name):
        await on.get(place, bob)
    assert (await on.get(place, staff)).person == name_of(ada)


async def test_who_waits_sees_the_room_move(on, ada, bob):
    await on.enter(ada)
    place = await on.enter(bob)
    request = waiting_room_pb2.WatchWaitingRoomPlaceRequest(name=place.name)
    call = on.stub.WatchWaitingRoomPlace(request, metadata=bob)
    async with asyncio.timeout(60):
        frame = await call.read()
        assert frame.position == 2
        await on.admit()
        while frame.position != 1:
            frame = await call.read()
        await on.admit(timedelta(seconds=3))
        while frame.state != STATE.STATE_ADMITTED:
            frame = await call.read()
    call.cancel()

    assert await on.buy(bob, frame.token)


# --- how a room works


async def test_before_a_room_opens_nobody_is_let_in_and_then_the_order_is_drawn(rush):
    opening = datetime.now(UTC) + timedelta(hours=1)
    await rush.change(mode=ROOM.MODE_ON, rate_per_minute=6000, shuffling=True, open_time=opening)
    people = [as_user() for _ in range(12)]
    early = [await rush.enter(who) for who in people]
    assert early[0].estimated_wait.ToTimedelta() > timedelta(minutes=59)
    await rush.admit()
    assert (await rush.get(early[0], people[0])).state == STATE.STATE_WAITING

    rush.booking.world.clock.ahead = timedelta(hours=1, seconds=1)
    numbers = "select number from places where event = %s order by id"
    before = await rows(rush, numbers)
    await rush.admit()
    after = await rows(rush, numbers)

    assert sorted(before) == sorted(after)
    states = [(await rush.get(p, who)).state for p, who in zip(early, people, strict=True)]
    assert STATE.STATE_ADMITTED in states


async def rows(rush, text):
    found = await rush.booking.world.owner.execute(text, [rush.event.id])
    return [row.number for row in await found.fetchall()]


async def test_an_automatic_room_is_turned_on_by_load_and_off_when_it_is_empty(
    booking, rush, ada, monkeypatch
):
    monkeypatch.setattr("services.booking.waiting_room.actions.LOAD", 3)
    room = await rush.change(mode=ROOM.MODE_AUTOMATIC, rate_per_minute=600)
    assert not room.guarding
    assert await rush.buy(ada)

    await asyncio.gather(*(rush.buy(as_user()) for _ in range(30)))
    await booking.world.do_all("turn-on", rush.event.organization)

    with refused(DENIED, "ADMISSION_NEEDED"):
        await rush.buy(ada)
    place = await rush.enter(ada)
    await rush.admit(timedelta(seconds=5))
    assert (await rush.get(place, ada)).state == STATE.STATE_ADMITTED
    assert await rush.buy(as_user())


async def test_an_organizer_says_how_a_room_works(booking, rush):
    made = await rush.change(mode=ROOM.MODE_ON, rate_per_minute=10)
    staff = await booking.world.member("STAFF", rush.event.organization)

    request = waiting_room_pb2.GetWaitingRoomRequest(name=rush.name)
    assert await rush.stub.GetWaitingRoom(request, metadata=staff) == made
    assert (made.mode, made.rate_per_minute, made.guarding) == (ROOM.MODE_ON, 10, True)
    with refused(grpc.StatusCode.ABORTED, "STALE_ETAG"):
        await rush.change(mode=ROOM.MODE_OFF, etag='"7"')
    off = await rush.change(mode=ROOM.MODE_OFF)
    assert (off.guarding, off.rate_per_minute) == (False, 10)
    organizer = await booking.world.member("ORGANIZER", rush.event.organization)
    for field in ("mode", "rate_per_minute"):
        wrong = waiting_room_pb2.UpdateWaitingRoomRequest(waiting_room=ROOM(name=rush.name))
        wrong.update_mask.paths.append(field)
        with invalid(f"waiting_room.{field}"):
            await rush.stub.UpdateWaitingRoom(wrong, metadata=organizer)
    rush.event = Name(rush.event.organization, new_id())
    with refused(grpc.StatusCode.NOT_FOUND, "OFFER_NOT_FOUND"):
        await rush.change(mode=ROOM.MODE_ON)


# --- the rules


@pytest.mark.parametrize(("rate", "seconds"), [(60, 10), (600, 7), (7, 120), (6000, 3)])
def test_as_many_are_let_in_as_the_rate_allows_and_no_more(rate, seconds):
    room, total = Room(Mode.ON, rate, guarded=True), 0
    for beat in range(seconds * 4 + 1):
        room, number = domain.admit(room, 10**6, NOW + timedelta(seconds=beat / 4))
        total += number

    assert abs(total - (rate * seconds / 60 + 1)) <= 1


def test_what_nobody_came_for_is_not_saved_up():
    room = Room(Mode.ON, 60, guarded=True)
    for beat in range(100):
        room, _ = domain.admit(room, 0, NOW + timedelta(seconds=beat))

    room, number = domain.admit(room, 50, NOW + timedelta(seconds=100))

    assert number <= 2
