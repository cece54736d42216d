"""Watching an event: everybody first, then what changes, and nothing twice."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import grpc
import pytest

from services.kit.ids import new_id
from services.kit.names import Name
from services.location.events import actions
from services.location.events.domain import EVENTS
from services.location.live.view import Area
from tests.location.world import DEGREE, VENUE, opened
from tests.serving import NOBODY, as_user, invalid, refused
from tests.waiting import running
from turnout.location.v1 import location_pb2

pytestmark = pytest.mark.server

STATE = location_pb2.Journey.State


@contextlib.asynccontextmanager
async def watching(world, house, event, token="", metadata=None):
    request = location_pb2.WatchArrivalsRequest(event=EVENTS.format(event.name), resume_token=token)
    call = world.stub.WatchArrivals(request, metadata=metadata or house.organizer)
    try:
        yield call
    finally:
        call.cancel()


async def until(call, condition):
    """Reads frames until one has a traveler that fits; gives both."""
    async with asyncio.timeout(60):
        while True:
            frame = await call.read()
            assert frame is not grpc.aio.EOF
            for traveler in frame.travelers:
                if condition(traveler):
                    return frame, traveler


async def drained(call):
    """Reads frames until the stream ends, and raises why."""
    async with asyncio.timeout(60):
        while await call.read() is not grpc.aio.EOF:
            pass


async def test_the_first_frame_has_everybody(world, house, event):
    ready = await house.traveler(event)
    moving = await house.traveler(event)
    await moving.record(1, moving.way(3000, 2900, 3))
    there = await house.traveler(event)
    await there.record(1, there.way(300, 50, 6))
    gone = await house.traveler(event)
    await gone.withdraw()

    async with watching(world, house, event) as call:
        frame = await call.read()

    found = {traveler.journey: traveler for traveler in frame.travelers}
    assert found.keys() == {ready.journey, moving.journey, there.journey}
    assert found[ready.journey].state == STATE.STATE_READY
    assert not found[ready.journey].HasField("position")
    assert found[moving.journey].traveler == moving.name
    assert found[moving.journey].state == STATE.STATE_UNDER_WAY
    assert found[moving.journey].position.sequence == 3
    assert found[there.journey].state == STATE.STATE_ARRIVED
    assert found[there.journey].arrival.method == location_pb2.Arrival.METHOD_ARRIVED
    assert not found[there.journey].HasField("position")
    assert frame.resume_token


async def test_an_event_to_which_nobody_is_on_the_way_has_an_empty_first_frame(world, house, event):
    async with watching(world, house, event) as call:
        frame = await call.read()

    assert not frame.travelers
    assert frame.resume_token


async def test_what_changes_is_shown(world, house, event, ada):
    async with watching(world, house, event) as call:
        await call.read()

        await ada.record(1, ada.way(200, 130, 3))
        _, moving = await until(call, lambda t: t.state == STATE.STATE_UNDER_WAY)
        await ada.record(4, [ada.at(90)])
        _, there = await until(call, lambda t: t.state == STATE.STATE_ARRIVED)

    assert moving.position.sequence == 3
    assert moving.journey == there.journey == ada.journey
    assert not there.HasField("position")


async def test_who_withdraws_vanishes_from_the_view(world, house, event, ada):
    await ada.record(1, ada.way(3000, 2900, 3))
    async with watching(world, house, event) as call:
        await call.read()

        await ada.withdraw()
        _, gone = await until(call, lambda t: t.state == STATE.STATE_WITHDRAWN)

    assert not gone.HasField("position")
    assert not gone.HasField("arrival")


async def test_what_a_worker_ends_is_seen_too(world, house, event, ada):
    async with watching(world, house, event) as call:
        await call.read()

        await house.act(actions.cancel, event.name, world.clock.now())
        await house.act(actions.expire, house.organization, event.name.id, world.clock.now())

        await until(call, lambda t: t.state == STATE.STATE_EXPIRED)


async def test_a_viewer_goes_on_from_the_token(world, house, event):
    first, second, third = [await house.traveler(event) for _ in range(3)]
    await first.record(1, first.way(3000, 2900, 3))
    async with watching(world, house, event) as call:
        token = (await call.read()).resume_token

    await second.record(1, second.way(3000, 2900, 3))
    await third.withdraw()
    async with watching(world, house, event, token) as call:
        frame = await call.read()

    found = {traveler.journey: traveler.state for traveler in frame.travelers}
    assert found[second.journey] == STATE.STATE_UNDER_WAY
    assert found[third.journey] == STATE.STATE_WITHDRAWN
    assert first.journey not in found


async def test_a_viewer_of_another_process_sees_the_same(world, database, redis_url, house, event):
    ada = await house.traveler(event)
    async with (
        opened(world.db, world.owner, redis_url) as other,
        watching(other, house, event) as call,
    ):
        await call.read()
        await ada.record(1, ada.way(3000, 2900, 3))
        _, moving = await until(call, lambda t: t.state == STATE.STATE_UNDER_WAY)

    assert moving.journey == ada.journey


async def test_many_changes_become_few_frames(world, house, event, ada):
    async with watching(world, house, event) as call:
        await call.read()
        for number in range(40):
            await ada.record(number + 1, [ada.at(3000 - number)])

        frames: list[location_pb2.WatchArrivalsResponse] = []
        async with asyncio.timeout(60):
            while not frames or frames[-1].travelers[0].position.sequence < 40:
                frames.append(await call.read())

    assert len(frames) < 20
    numbers = [frame.travelers[0].position.sequence for frame in frames]
    assert numbers == sorted(set(numbers))


async def test_a_slow_viewer_delays_nobody(world, house, event, ada):
    async with (
        watching(world, house, event) as quick,
        watching(world, house, event) as slow,
    ):
        await quick.read()
        await slow.read()
        for number in range(1, 6):
            await ada.record(number, [ada.at(3000 - number)])
            await until(quick, lambda t, number=number: t.position.sequence >= number)

        _, seen = await until(slow, lambda t: t.position.sequence == 5)

    assert seen.journey == ada.journey


async def test_without_redis_everybody_is_seen_all_the_same(world, house, event, ada):
    """What is live lies in Postgres: Redis only says when to look."""
    await ada.record(1, [ada.at(3000)])
    async with (
        opened(world.db, world.owner, "redis://127.0.0.1:1/0") as alone,
        watching(alone, house, event) as call,
    ):
        first = await call.read()
        # By another process, which cannot tell this one.
        await ada.record(2, [ada.at(2990, 1)])
        _, seen = await until(call, lambda one: one.position.sequence == 2)

    assert [one.position.sequence for one in first.travelers] == [1]
    assert seen.journey == ada.journey


async def test_a_quiet_stream_says_that_nothing_was_missed(world, redis_url, house, event):
    async with (
        opened(world.db, world.owner, redis_url, pulse=0.05) as brisk,
        watching(brisk, house, event) as call,
    ):
        await call.read()
        quiet = await call.read()

    assert not quiet.travelers
    assert quiet.resume_token


async def test_a_stream_ends_to_be_opened_again(world, redis_url, house, event):
    async with (
        opened(world.db, world.owner, redis_url, stream=0.2) as brief,
        watching(brief, house, event) as call,
    ):
        with refused(grpc.StatusCode.UNAVAILABLE, "STREAM_MOVED"):
            async for _ in call:
                pass


async def test_a_reader_that_cannot_keep_up_is_sent_away(world, redis_url, house, event):
    async with (
        opened(world.db, world.owner, redis_url, stalled=-1) as strict,
        watching(strict, house, event) as call,
    ):
        with refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_SLOW"):
            async for _ in call:
                pass


async def test_only_members_with_the_permission_and_who_has_a_seat_watch(world, house, event):
    elsewhere = await world.house()
    strangers = (
        as_user(),
        house.guest()[1],
        elsewhere.organizer,
        await world.member("VIEWER", house.organization),
    )

    for who in strangers:
        with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
            async with watching(world, house, event, metadata=who) as call:
                await call.read()
    with refused(grpc.StatusCode.PERMISSION_DENIED, "OTHER_ORGANIZATION"):
        async with watching(world, house, event, metadata=elsewhere.guest()[1]) as call:
            await call.read()
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        request = location_pb2.WatchArrivalsRequest(event=EVENTS.format(event.name))
        await world.stub.WatchArrivals(request, metadata=NOBODY).read()


async def test_staff_watch(world, house, event):
    staff = await world.member("STAFF", house.organization)

    async with watching(world, house, event, metadata=staff) as call:
        assert (await call.read()).resume_token


async def test_who_has_a_seat_sees_those_who_let_participants_see_them(world, house, event, ada):
    open_ = await house.traveler(event, viewers="VIEWERS_PARTICIPANTS")
    await house.traveler(event, viewers="VIEWERS_STAFF")
    widest = await house.traveler(event, viewers="VIEWERS_LINKS")

    async with watching(world, house, event, metadata=ada.metadata) as call:
        frame = await call.read()

    assert {one.journey for one in frame.travelers} == {open_.journey, widest.journey}


async def test_who_gives_the_seat_back_watches_no_more(world, redis_url, house, event):
    name, who = house.guest()
    booking = await house.attends(event, name)
    async with (
        opened(world.db, world.owner, redis_url, pulse=0.05) as brisk,
        watching(brisk, house, event, metadata=who) as call,
    ):
        await call.read()
        await house.act(actions.stay_away, booking, event.name, name)
        with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
            await drained(call)


# --- a part of the earth, and now and then


def area(south, north):
    """What lies so many metres south of the venue, or north of it."""
    west, east = VENUE[1] - 0.1, VENUE[1] + 0.1
    return {
        "south_west": {"latitude": VENUE[0] - south / DEGREE, "longitude": west},
        "north_east": {"latitude": VENUE[0] + north / DEGREE, "longitude": east},
    }


async def test_only_who_is_in_the_area_is_shown_and_who_leaves_it_once_more(world, house, event):
    near, far = await house.traveler(event), await house.traveler(event)
    await near.record(1, [near.at(1900, -20)])
    await far.record(1, [far.at(2200, -20)])
    request = location_pb2.WatchArrivalsRequest(event=EVENTS.format(event.name), **area(2000, 2000))
    call = world.stub.WatchArrivals(request, metadata=house.organizer)

    first = await call.read()
    await near.record(2, [near.at(2100)])
    _, gone = await until(call, lambda one: one.journey == near.journey)
    await far.record(2, [far.at(1950)])
    _, come = await until(call, lambda one: one.journey == far.journey)
    call.cancel()

    assert [one.journey for one in first.travelers] == [near.journey]
    assert gone.outside
    assert not gone.HasField("position")
    assert not come.outside
    assert come.HasField("position")


def test_an_area_may_lie_across_the_antimeridian():
    whole = Area(-20, 170, 0, -170)

    def at(latitude, longitude):
        place = {"latitude": latitude, "longitude": longitude}
        return location_pb2.WatchArrivalsResponse.Traveler(position={"location": place})

    assert whole.holds(at(-10, 175))
    assert whole.holds(at(-10, -175))
    assert not whole.holds(at(-10, 0))
    assert not whole.holds(at(10, 175))


async def test_an_area_upside_down_is_refused(world, house, event):
    request = location_pb2.WatchArrivalsRequest(
        event=EVENTS.format(event.name), **area(-2500, 2000)
    )
    with invalid("north_east.latitude"):
        await world.stub.WatchArrivals(request, metadata=house.organizer).read()
    request.ClearField("north_east")
    with invalid("north_east"):
        await world.stub.WatchArrivals(request, metadata=house.organizer).read()


async def test_who_wants_few_frames_gets_the_newest_of_what_passed(world, house, event, ada):
    request = location_pb2.WatchArrivalsRequest(
        event=EVENTS.format(event.name), interval={"seconds": 1}
    )
    call = world.stub.WatchArrivals(request, metadata=house.organizer)
    await call.read()

    async def walk():
        for number in range(1, 31):
            await ada.record(number, [ada.at(3000 - number)])

    numbers: list[int] = []
    async with running(walk()), asyncio.timeout(30):
        while not numbers or numbers[-1] < 30:
            frame = await call.read()
            numbers += [one.position.sequence for one in frame.travelers]
    call.cancel()

    assert len(numbers) < 15
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("seconds", [-1, 61])
async def test_frames_that_are_too_far_apart_are_refused(world, house, event, seconds):
    request = location_pb2.WatchArrivalsRequest(
        event=EVENTS.format(event.name), interval={"seconds": seconds}
    )
    with invalid("interval"):
        await world.stub.WatchArrivals(request, metadata=house.organizer).read()


async def test_what_was_never_published_cannot_be_watched(world, house, event):
    request = location_pb2.WatchArrivalsRequest(
        event=EVENTS.format(Name(house.organization, new_id()))
    )

    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
        await world.stub.WatchArrivals(request, metadata=house.organizer).read()


@pytest.mark.parametrize("token", ["nonsense!", "AAAA", "x" * 100])
async def test_a_token_that_nobody_gave_is_refused(world, house, event, token):
    with invalid("resume_token"):
        async with watching(world, house, event, token) as call:
            await call.read()


async def test_a_token_from_the_future_shows_everything(world, house, event, ada):
    from services.location.live import wire

    async with watching(world, house, event, wire.resume_token(2**60)) as call:
        frame = await call.read()

    assert [traveler.journey for traveler in frame.travelers] == [ada.journey]


async def test_somebody_silent_is_not_expected_for_ever(world, house, event, clock):
    walk = await house.traveler(event, travel_mode="TRAVEL_MODE_WALK")
    await walk.record(1, walk.way(3000, 2990, 10))

    async with watching(world, house, event) as call:
        first = await call.read()
        assert first.travelers[0].HasField("arrival")
        clock.ahead = timedelta(minutes=20)
        _, silent = await until(call, lambda t: not t.HasField("arrival"))

    assert silent.position.sequence == 10
