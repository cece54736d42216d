"""One stream of one device: open, report, hear; and nothing lost when it breaks."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import grpc
import pytest

from services.location.events import actions
from tests.location.test_positions import stored
from tests.location.world import opened, position
from tests.serving import NOBODY, as_user, invalid, refused
from turnout.location.v1 import location_pb2, location_pb2_grpc

pytestmark = pytest.mark.server

Frame = location_pb2.TrackRequest
BAD = grpc.StatusCode.INVALID_ARGUMENT
STATE = location_pb2.Journey.State


def opening(name):
    return Frame(open=Frame.Open(name=name))


def report(first, positions):
    return Frame(report=Frame.Report(first_sequence=first, positions=positions))


def columns(first, positions):
    """The same in the other form."""
    base = positions[0].capture_time.ToMilliseconds()
    batteries = [p.battery_percent for p in positions if p.HasField("battery_percent")]
    packed = location_pb2.Columns(
        base_time_ms=base,
        time_offsets_ms=[p.capture_time.ToMilliseconds() - base for p in positions],
        latitudes_e7=[round(p.location.latitude * 1e7) for p in positions],
        longitudes_e7=[round(p.location.longitude * 1e7) for p in positions],
        horizontal_accuracies_meters=[p.horizontal_accuracy_meters for p in positions],
        battery_percents=batteries,
    )
    return Frame(report=Frame.Report(first_sequence=first, columns=packed))


@contextlib.asynccontextmanager
async def tracking(traveler, stub=None, metadata=None, name=None):
    """A stream after its first frame."""
    call = (stub or traveler.stub).Track(metadata=metadata or traveler.metadata)
    try:
        with contextlib.suppress(asyncio.InvalidStateError):
            await call.write(opening(name or traveler.journey))
        yield call
    finally:
        call.cancel()


async def kept(call, number):
    """Reads answers until so many positions are on disk; gives the frames."""
    frames: list[location_pb2.TrackResponse] = []
    async with asyncio.timeout(60):
        while not frames or frames[-1].kept_through < number:
            frame = await call.read()
            assert frame is not grpc.aio.EOF, await call.code()
            frames.append(frame)
    return frames


async def rest(call):
    """The frames up to the end of the stream, and how it ended."""
    frames = []
    async with asyncio.timeout(60):
        while (frame := await call.read()) is not grpc.aio.EOF:
            frames.append(frame)
        return frames, await call.code()


async def test_what_is_acknowledged_is_on_disk(ada):
    way = ada.way(3000, 2000, 30)
    async with tracking(ada) as call:
        for first in (1, 11, 21):
            await call.write(report(first, way[first - 1 : first + 9]))
            await kept(call, first + 9)
            assert await stored(ada) == list(range(1, first + 10))

        await call.done_writing()
        _, code = await rest(call)

    assert code is grpc.StatusCode.OK


async def test_columns_say_the_same_as_positions(house, event):
    ada, eve = await house.traveler(event), await house.traveler(event)
    way = ada.way(3000, 2000, 20)
    for left, one in enumerate(way):
        one.battery_percent = left

    for traveler, form in ((ada, report), (eve, columns)):
        async with tracking(traveler) as call:
            await call.write(form(1, way))
            await kept(call, 20)

    for plain, packed in zip(await ada.positions(), await eve.positions(), strict=True):
        assert packed.location == plain.location
        assert packed.capture_time.ToMilliseconds() == plain.capture_time.ToMilliseconds()
        assert packed.horizontal_accuracy_meters == plain.horizontal_accuracy_meters
        assert packed.battery_percent == plain.battery_percent == plain.sequence - 1
        assert not packed.HasField("bearing_degrees")
        assert not packed.HasField("speed_meters_per_second")


async def test_many_reports_in_flight_are_kept_in_order(ada):
    way = ada.way(3000, 2000, 100)
    async with tracking(ada) as call:
        for first in range(1, 101, 2):
            await call.write(report(first, way[first - 1 : first + 1]))
        frames = await kept(call, 100)

    numbers = [frame.kept_through for frame in frames]
    assert numbers == sorted(numbers)
    assert await stored(ada) == list(range(1, 101))


async def test_a_stream_goes_on_where_the_one_before_broke(ada):
    way = ada.way(3000, 2000, 30)
    async with tracking(ada) as call:
        await call.write(report(1, way[:10]))
        await kept(call, 10)

    async with tracking(ada) as call:
        first = await call.read()
        assert first.kept_through == 10
        await call.write(report(8, way[7:]))
        await kept(call, 30)

    assert await stored(ada) == list(range(1, 31))


async def test_two_streams_of_one_journey_neither_double_nor_lose(world, redis_url, ada):
    way = ada.way(3000, 2000, 100)
    async with (
        opened(world.db, world.owner, redis_url) as other,
        tracking(ada) as one,
        tracking(ada, other.stub) as two,
    ):
        for first in range(1, 101, 10):
            for call in (one, two):
                await call.write(report(first, way[first - 1 : first + 9]))
            await asyncio.gather(kept(one, first + 9), kept(two, first + 9))

    assert await stored(ada) == list(range(1, 101))


async def test_the_person_hears_how_often_to_look_and_when_they_arrive(house, event):
    ada = await house.traveler(event, travel_mode="TRAVEL_MODE_WALK")
    async with tracking(ada) as call:
        await call.write(report(1, [ada.at(1500, seconds=-60), ada.at(1430)]))
        frames = await kept(call, 2)
        while not any(frame.HasField("arrival") for frame in frames):
            frames.append(await call.read())

    paces = [frame.pace.interval.seconds for frame in frames if frame.HasField("pace")]
    (arrival,) = [frame.arrival for frame in frames if frame.HasField("arrival")]
    assert paces[-1] == 5
    assert arrival.distance_meters == pytest.approx(1430, abs=2)
    left = arrival.p50_time.seconds - arrival.position_time.seconds
    assert 900 < left < 2700
    assert arrival.p90_time.seconds > arrival.p50_time.seconds


async def test_a_journey_that_is_played_faster_is_expected_sooner(house, event):
    walk = {"travel_mode": "TRAVEL_MODE_WALK"}
    real, played = [await house.traveler(event, playback_rate=rate, **walk) for rate in (1, 60)]

    answers = []
    for traveler, seconds in ((real, 60), (played, 1)):
        way = [traveler.at(1500, seconds=-seconds), traveler.at(1430)]
        answers.append(await traveler.record(1, way))

    real_left, played_left = [
        (a.arrival.p50_time.ToMilliseconds() - a.arrival.position_time.ToMilliseconds()) / 1000
        for a in answers
    ]
    assert real_left / played_left == pytest.approx(60, rel=0.05)


async def test_the_stream_ends_with_the_arrival(ada):
    async with tracking(ada) as call:
        await call.write(report(1, ada.way(600, 0, 13)))
        frames, code = await rest(call)

    assert code is grpc.StatusCode.OK
    assert frames[-1].end.state == STATE.STATE_ARRIVED
    assert frames[-1].kept_through == 11
    assert frames[-2].arrival.method == location_pb2.Arrival.METHOD_ARRIVED


async def test_who_opens_a_journey_that_is_over_hears_so(ada):
    await ada.record(1, ada.way(600, 0, 13))

    async with tracking(ada) as call:
        frames, code = await rest(call)

    assert code is grpc.StatusCode.OK
    assert frames[-1].end.state == STATE.STATE_ARRIVED
    assert frames[-1].kept_through == 11


async def test_a_stream_ends_when_the_consent_is_taken_back_elsewhere(world, redis_url, ada):
    async with (
        opened(world.db, world.owner, redis_url) as other,
        tracking(ada, other.stub) as call,
    ):
        await call.read()
        await ada.withdraw()
        frames, code = await rest(call)

    assert code is grpc.StatusCode.OK
    assert frames[-1].end.state == STATE.STATE_WITHDRAWN


async def test_a_stream_ends_when_a_worker_ended_the_journey(world, house, ada):
    async with tracking(ada) as call:
        await call.read()
        await house.act(actions.cancel, ada.event.name, world.clock.now())
        await house.act(actions.expire, house.organization, ada.event.name.id, world.clock.now())
        await call.write(report(1, ada.way(3000, 2900, 3)))
        frames, code = await rest(call)

    assert code is grpc.StatusCode.OK
    assert frames[-1].end.state == STATE.STATE_EXPIRED
    assert await stored(ada) == []


async def test_a_stream_ends_with_the_event(world, house):
    now = world.clock.now()
    event = await house.event(end_time=now + timedelta(seconds=1))
    ada = await house.traveler(event)

    async with tracking(ada) as call:
        frames, code = await rest(call)

    assert code is grpc.StatusCode.OK
    assert frames[-1].end.state == STATE.STATE_EXPIRED


async def test_a_quiet_stream_says_that_nothing_was_missed(world, redis_url, ada):
    await ada.record(1, ada.way(3000, 2900, 3))
    async with (
        opened(world.db, world.owner, redis_url, pulse=0.05) as brisk,
        tracking(ada, brisk.stub) as call,
    ):
        frames = [await call.read() for _ in range(4)]

    assert frames[-1].HasField("pulse")
    assert {frame.kept_through for frame in frames} == {3}


async def test_a_stream_ends_to_be_opened_again(world, redis_url, ada):
    async with (
        opened(world.db, world.owner, redis_url, stream=0.2) as brief,
        tracking(ada, brief.stub) as call,
    ):
        with refused(grpc.StatusCode.UNAVAILABLE, "STREAM_MOVED"):
            await rest(call)


async def test_a_server_that_stops_sends_its_streams_elsewhere(world, redis_url, ada):
    async with contextlib.AsyncExitStack() as stack:
        async with opened(world.db, world.owner, redis_url, grace=60) as stopping:
            channel = grpc.aio.insecure_channel(stopping.address)
            await stack.enter_async_context(channel)
            call = location_pb2_grpc.LocationServiceStub(channel).Track(metadata=ada.metadata)
            await call.write(opening(ada.journey))
            await call.read()

        with refused(grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN"):
            await rest(call)


async def test_a_device_that_does_not_read_is_sent_away(world, redis_url, ada):
    async with (
        opened(world.db, world.owner, redis_url, stalled=-1) as strict,
        tracking(ada, strict.stub) as call,
    ):
        with refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_SLOW"):
            await rest(call)


# --- frames out of turn, and bad ones


async def test_the_first_frame_opens(ada):
    call = ada.stub.Track(metadata=ada.metadata)
    await call.write(report(1, ada.way(3000, 2900, 1)))

    with refused(BAD, "BAD_FRAME", field="open"):
        await rest(call)


async def test_a_stream_that_says_nothing_is_refused(ada):
    call = ada.stub.Track(metadata=ada.metadata)
    await call.done_writing()

    with refused(BAD, "BAD_FRAME", field="open"):
        await rest(call)


async def test_no_later_frame_opens(ada):
    async with tracking(ada) as call:
        await call.write(report(1, ada.way(3000, 2900, 3)))
        await call.write(opening(ada.journey))
        with refused(BAD, "BAD_FRAME", field="open"):
            await rest(call)

    assert await stored(ada) == [1, 2, 3]


async def test_an_empty_frame_is_refused(ada):
    async with tracking(ada) as call:
        await call.write(Frame())
        with refused(BAD, "BAD_FRAME", field="frame"):
            await rest(call)


async def test_a_malformed_name_is_pointed_at(ada):
    async with tracking(ada, name="journeys/1") as call:
        with pytest.raises(grpc.aio.AioRpcError) as found:
            await rest(call)

    assert found.value.code() in (BAD, grpc.StatusCode.PERMISSION_DENIED)


async def test_only_the_person_tracks(world, house, event, ada):
    eve = await house.traveler(event)
    for who in (as_user(), eve.metadata, house.organizer):
        async with tracking(ada, metadata=who) as call:
            with refused(grpc.StatusCode.NOT_FOUND, "JOURNEY_NOT_FOUND"):
                await rest(call)
    call = world.stub.Track(metadata=NOBODY)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        await rest(call)


async def test_a_gap_is_refused_and_what_came_before_is_kept(ada):
    way = ada.way(3000, 2000, 10)
    async with tracking(ada) as call:
        await call.write(report(1, way[:3]))
        await call.write(report(5, way[4:]))
        with refused(grpc.StatusCode.FAILED_PRECONDITION, "SEQUENCE_GAP", kept_through="3"):
            await rest(call)

    assert await stored(ada) == [1, 2, 3]


async def test_what_was_captured_long_before_the_consent_is_named(ada):
    old = position(3000, ada.house.world.clock.now() - timedelta(days=19))
    for form, field in (
        (report, "report.positions[1].capture_time"),
        (columns, "report.columns.time_offsets_ms[1]"),
    ):
        async with tracking(ada) as call:
            await call.write(form(1, [ada.at(3000), old]))
            with refused(BAD, "BAD_REPORT", field=field):
                await rest(call)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda c: c.latitudes_e7.append(1), "report.columns.latitudes_e7"),
        (lambda c: c.longitudes_e7.pop(), "report.columns.longitudes_e7"),
        (lambda c: c.speeds_meters_per_second.append(1), "report.columns.speeds_meters_per_second"),
        (lambda c: c.latitudes_e7.__setitem__(1, 900_000_001), "report.columns.latitudes_e7[1]"),
        (lambda c: c.longitudes_e7.__setitem__(0, -(2**31)), "report.columns.longitudes_e7[0]"),
        (
            lambda c: c.horizontal_accuracies_meters.__setitem__(2, -5),
            "report.columns.horizontal_accuracies_meters[2]",
        ),
        (lambda c: c.bearings_degrees.extend([-2, 0, 0]), "report.columns.bearings_degrees[0]"),
        (lambda c: c.altitudes_meters.append(1), "report.columns.altitudes_meters"),
        (lambda c: c.altitudes_meters.extend([0, -1001, 0]), "report.columns.altitudes_meters[1]"),
        (lambda c: c.battery_percents.append(1), "report.columns.battery_percents"),
        (lambda c: c.battery_percents.extend([0, 0, 101]), "report.columns.battery_percents[2]"),
        (lambda c: c.battery_percents.extend([-2, 0, 0]), "report.columns.battery_percents[0]"),
        (lambda c: c.sources.append(1), "report.columns.sources"),
        (lambda c: c.ClearField("time_offsets_ms"), "report.columns.time_offsets_ms"),
        (lambda c: setattr(c, "base_time_ms", 2**62), "report.columns.base_time_ms"),
        (
            lambda c: c.time_offsets_ms.__setitem__(0, -(2**62)),
            "report.columns.time_offsets_ms",
        ),
    ],
)
async def test_columns_that_do_not_fit_are_pointed_at(ada, change, field):
    frame = columns(1, ada.way(3000, 2900, 3))
    change(frame.report.columns)

    async with tracking(ada) as call:
        await call.write(frame)
        with refused(BAD, "BAD_REPORT", field=field):
            await rest(call)
    assert await stored(ada) == []


async def test_a_report_has_one_form(ada):
    frame = columns(1, ada.way(3000, 2900, 3))
    frame.report.positions.extend(ada.way(3000, 2900, 3))

    async with tracking(ada) as call:
        await call.write(frame)
        with refused(BAD, "BAD_REPORT", field="report.columns"):
            await rest(call)


async def test_a_position_that_is_no_number_is_pointed_at(ada):
    way = ada.way(3000, 2900, 3)
    way[2].location.longitude = float("nan")

    async with tracking(ada) as call:
        await call.write(report(1, way))
        with invalid("report.positions[2].location.longitude"):
            await rest(call)


async def test_too_many_positions_are_refused(ada):
    async with tracking(ada) as call:
        await call.write(report(1, ada.way(3000, 2900, 501)))
        with invalid("report.positions"):
            await rest(call)


async def test_a_journey_goes_on_in_another_process_as_if_it_had_begun_there(
    world, redis_url, house, event
):
    stays, moves = [await house.traveler(event, travel_mode="TRAVEL_MODE_WALK") for _ in range(2)]
    way = stays.way(1500, 1200, 240)
    async with opened(world.db, world.owner, redis_url) as other:
        for begin in range(0, 240, 60):
            for ada, place in ((stays, world), (moves, world if begin < 120 else other)):
                # Unlike a stream, this has the estimate know of each report at once.
                request = location_pb2.RecordPositionsRequest(
                    name=ada.journey,
                    first_sequence=begin + 1,
                    positions=way[begin : begin + 60],
                )
                await place.stub.RecordPositions(request, metadata=ada.metadata)

    one, same = [await forecast(world, ada) for ada in (stays, moves)]
    assert one == same
    assert one.followed_through == 240
    assert one.p50_time is not None


async def forecast(world, ada):
    """What is expected of a journey, and on how many positions it rests."""
    rows = await world.owner.execute(
        "select followed_through, distance_meters, p50_time, apparent_mode"
        " from journeys where id = %s",
        [ada.id],
    )
    return await rows.fetchone()
