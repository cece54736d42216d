"""What somebody agrees to, and that it is kept: from when, by whom and how exactly it is seen."""

from __future__ import annotations

import json
import math
from datetime import timedelta

import grpc
import jwt
import pytest
from google.protobuf import duration_pb2

from tests.location.test_watching import until, watching
from tests.location.world import VENUE, create
from tests.serving import as_user, invalid, refused
from turnout.location.v1 import location_pb2

pytestmark = pytest.mark.server

Journey = location_pb2.Journey
UNMET, MISSING = grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND
DEGREE = 111_195.0


async def turned(traveler, word, metadata=None):
    kind = getattr(location_pb2, f"{word}JourneyRequest")
    call = getattr(traveler.stub, f"{word}Journey")
    return await call(kind(name=traveler.journey), metadata=metadata or traveler.metadata)


def lead(**span):
    found = duration_pb2.Duration()
    found.FromTimedelta(timedelta(**span))
    return found


# --- from when


async def test_what_was_agreed_is_written_down(house, event):
    ada = await house.traveler(
        event,
        purpose="so that the tour waits",
        viewers=Journey.VIEWERS_PARTICIPANTS,
        precision=Journey.PRECISION_COARSE,
        lead_time=lead(minutes=30),
    )

    found = await ada.read()

    assert found.purpose == "so that the tour waits"
    assert found.viewers == Journey.VIEWERS_PARTICIPANTS
    assert found.precision == Journey.PRECISION_COARSE
    assert found.consent_source == Journey.CONSENT_SOURCE_LINK
    begin = event.start_time - timedelta(minutes=30)
    assert abs(found.share_time.ToDatetime(begin.tzinfo) - begin) < timedelta(milliseconds=1)


async def test_who_says_nothing_is_seen_by_those_who_work_there_from_now_on(world, house, event):
    ada = await house.traveler(event)

    found = await ada.read()

    assert (found.viewers, found.precision) == (Journey.VIEWERS_STAFF, Journey.PRECISION_EXACT)
    assert found.share_time == found.create_time
    assert not found.HasField("lead_time")


async def test_a_member_agrees_in_the_app(world, house, event):
    user = as_user()
    # The name of a user is in the token only; whoever is refused hears it.
    with pytest.raises(grpc.aio.AioRpcError) as found:
        await world.stub.CreateJourney(create(event), metadata=user)
    name = str(found.value.details()).split(" ")[0]
    await house.attends(event, name)

    made = await world.stub.CreateJourney(create(event), metadata=user)

    assert made.consent_source == Journey.CONSENT_SOURCE_APP


@pytest.mark.parametrize("span", [{"seconds": -1}, {"days": 31}])
async def test_a_sharing_that_begins_at_no_sensible_time_is_refused(world, house, event, span):
    name, who = house.guest()
    await house.attends(event, name)

    with invalid("journey.lead_time"):
        await world.stub.CreateJourney(create(event, lead_time=lead(**span)), metadata=who)


async def test_before_the_sharing_begins_positions_are_refused_with_the_reason(
    world, house, event, clock
):
    ada = await house.traveler(event, lead_time=lead(minutes=30))

    with refused(UNMET, "SHARING_NOT_BEGUN", journey=ada.journey):
        await ada.record(1, [ada.at(3000)])
    clock.ahead = timedelta(minutes=31)
    answer = await ada.record(1, [ada.at(3000)])

    assert answer.kept_through == 1


async def test_a_stream_is_told_why_nothing_is_taken(world, house, event):
    ada = await house.traveler(event, lead_time=lead(minutes=30))
    report = location_pb2.TrackRequest.Report(first_sequence=1, positions=[ada.at(3000)])
    frames = [
        location_pb2.TrackRequest(open=location_pb2.TrackRequest.Open(name=ada.journey)),
        location_pb2.TrackRequest(report=report),
    ]

    with refused(UNMET, "SHARING_NOT_BEGUN"):
        async for _ in world.stub.Track(iter(frames), metadata=ada.metadata):
            pass


# --- pauses


async def test_while_it_pauses_nobody_sees_and_nothing_is_taken(world, house, event, clock):
    ada = await house.traveler(event)
    await ada.record(1, ada.way(3000, 2900, 30))

    paused = await turned(ada, "Pause")

    assert paused.HasField("pause_time")
    with refused(UNMET, "JOURNEY_PAUSED", journey=ada.journey):
        await ada.record(31, [ada.at(2890)])
    seen = await ada.read(house.organizer)
    assert not seen.HasField("arrival")
    assert await ada.positions(house.organizer) == []
    assert len(await ada.positions()) == 30
    async with watching(world, house, event) as call:
        frame = await call.read()
    assert not frame.travelers[0].HasField("position")


async def test_it_goes_on_without_what_was_captured_meanwhile(world, house, event, clock):
    ada = await house.traveler(event)
    await turned(ada, "Pause")
    meanwhile = ada.at(3000, seconds=60)
    clock.ahead = timedelta(minutes=5)

    resumed = await turned(ada, "Resume")

    assert not resumed.HasField("pause_time")
    with invalid("positions[0].capture_time"):
        await ada.record(1, [meanwhile])
    await ada.record(1, [ada.at(2900, seconds=1)])
    seen = await ada.read(house.organizer)
    assert seen.state == Journey.STATE_UNDER_WAY


async def test_who_watches_sees_the_pause_and_the_going_on(world, house, event):
    ada = await house.traveler(event)
    await ada.record(1, ada.way(3000, 2900, 3))
    async with watching(world, house, event) as call:
        await until(call, lambda one: one.HasField("position"))
        await turned(ada, "Pause")
        await until(call, lambda one: not one.HasField("position"))
        await turned(ada, "Resume")
        await until(call, lambda one: one.HasField("position"))


async def test_pausing_twice_is_no_error(house, event):
    ada = await house.traveler(event)

    first, second = await turned(ada, "Pause"), await turned(ada, "Pause")
    third, fourth = await turned(ada, "Resume"), await turned(ada, "Resume")

    assert first == second
    assert third == fourth


async def test_what_is_over_does_not_pause(house, event):
    ada = await house.traveler(event)
    await ada.withdraw()

    for word in ("Pause", "Resume"):
        with refused(UNMET, "JOURNEY_OVER"):
            await turned(ada, word)


async def test_nobody_else_pauses_or_goes_on(house, event):
    ada = await house.traveler(event)

    for word in ("Pause", "Resume"):
        for who in (house.organizer, as_user(), house.guest()[1]):
            with refused(MISSING, "JOURNEY_NOT_FOUND"):
                await turned(ada, word, who)


# --- who sees, and how exactly


async def test_who_works_at_the_event_sees_only_those_who_let_them(world, house, event):
    shy = await house.traveler(event, viewers=Journey.VIEWERS_ORGANIZERS)
    open_ = await house.traveler(event)
    for one in (shy, open_):
        await one.record(1, one.way(3000, 2900, 3))
    staff = await world.member("STAFF", house.organization)

    async def seen(who):
        request = location_pb2.ListJourneysRequest(parent=house.parent)
        listed = await world.stub.ListJourneys(request, metadata=who)
        async with watching(world, house, event, metadata=who) as call:
            frame = await call.read()
        assert {one.name for one in listed.journeys} == {one.journey for one in frame.travelers}
        return {one.name for one in listed.journeys}

    assert await seen(house.organizer) == {shy.journey, open_.journey}
    assert await seen(staff) == {open_.journey}
    with refused(MISSING, "JOURNEY_NOT_FOUND"):
        await shy.read(staff)
    with refused(MISSING, "JOURNEY_NOT_FOUND"):
        await shy.positions(staff)


async def test_who_chose_so_is_seen_coarsely(world, house, event):
    ada = await house.traveler(event, precision=Journey.PRECISION_COARSE)
    await ada.record(1, ada.way(3290, 3201, 90))

    async with watching(world, house, event) as call:
        frame = await call.read()
    listed = await ada.positions(house.organizer)
    exact = await ada.positions()

    shown = [frame.travelers[0].position, *listed]
    for position in shown:
        assert position.horizontal_accuracy_meters >= 1000
        assert not position.HasField("speed_meters_per_second")
        assert position.location.latitude == pytest.approx(VENUE[0] - 0.03, abs=0.0051)
        assert position.location.latitude * 100 == pytest.approx(
            round(position.location.latitude * 100), abs=1e-6
        )
    assert {round(one.horizontal_accuracy_meters) for one in exact} == {5}
    away = frame.travelers[0].arrival.distance_meters
    assert math.fmod(away, 1000) == 0
    mine = await ada.read()
    assert mine.arrival.distance_meters == pytest.approx(3201, abs=30)


# --- the end


async def test_who_takes_it_back_gets_proof(world, house, event):
    ada = await house.traveler(event)
    await ada.record(1, ada.way(3000, 2900, 30))

    withdrawn = await ada.withdraw()

    answer = await world.stub.GetReceiptKeys(location_pb2.GetReceiptKeysRequest())
    (key,) = json.loads(answer.data)["keys"]
    header = jwt.get_unverified_header(withdrawn.receipt)
    assert (header["kid"], header["typ"]) == (key["kid"], "receipt")
    body = jwt.api_jws.decode(withdrawn.receipt, jwt.PyJWK(key).key, algorithms=["EdDSA"])
    said = json.loads(body)
    assert (said["sub"], said["who"], said["del"]) == (ada.journey, ada.name, 30)
    assert said["iat"] == withdrawn.withdraw_time.seconds >= said["nbf"]
    assert (await ada.read()).receipt == withdrawn.receipt
    assert not (await ada.read(house.organizer)).receipt


async def test_what_was_not_taken_back_has_no_receipt(house, event):
    ada = await house.traveler(event)

    assert not (await ada.read()).receipt
