"""Positions: kept once, in order, and only while the consent stands."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import grpc
import pytest

from services.location.events import actions
from services.location.journeys.domain import AHEAD, WINDOW
from tests.location.world import create, position
from tests.serving import NOBODY, as_user, invalid, refused
from turnout.location.v1 import location_pb2

pytestmark = pytest.mark.server

UNDER_WAY = location_pb2.Journey.STATE_UNDER_WAY
ARRIVED = location_pb2.Journey.STATE_ARRIVED
BAD = grpc.StatusCode.INVALID_ARGUMENT
UNMET = grpc.StatusCode.FAILED_PRECONDITION
MISSING = grpc.StatusCode.NOT_FOUND


async def stored(traveler) -> list[int]:
    """The numbers on disk, in the order of the disk."""
    cursor = await traveler.house.world.owner.execute(
        "select first_sequence, count from segments where journey = %s order by first_sequence",
        [traveler.id],
    )
    rows = await cursor.fetchall()
    return [row[0] + n for row in rows for n in range(row[1])]


async def test_positions_are_kept_and_come_back_as_they_were(ada):
    sent = ada.way(3000, 2500, 7)
    sent[2].bearing_degrees = 12.5
    sent[3].speed_meters_per_second = 1.5
    sent[4].speed_meters_per_second = 0

    answer = await ada.record(1, sent)
    found = await ada.positions()

    assert answer.kept_through == 7
    assert [p.sequence for p in found] == list(range(1, 8))
    assert [p.capture_time for p in found] == [p.capture_time for p in sent]
    for ours, theirs in zip(found, sent, strict=True):
        assert ours.location.latitude == pytest.approx(theirs.location.latitude, abs=1e-7)
        assert ours.location.longitude == pytest.approx(theirs.location.longitude, abs=1e-7)
        assert ours.horizontal_accuracy_meters == theirs.horizontal_accuracy_meters
    assert [p.HasField("bearing_degrees") for p in found] == [n == 2 for n in range(7)]
    assert found[2].bearing_degrees == 12.5
    assert [p.HasField("speed_meters_per_second") for p in found] == [n in (3, 4) for n in range(7)]
    assert [p.speed_meters_per_second for p in found[3:5]] == [1.5, 0]


async def test_the_first_position_starts_the_journey(world, house, ada):
    await ada.record(1, ada.way(3000, 2900, 3))
    await ada.record(4, ada.way(2900, 2800, 3))

    journey = await ada.read()
    (started,) = await world.facts(house.organization, "JourneyStarted")
    assert journey.state == UNDER_WAY
    assert journey.etag == '"2"'
    assert (journey.position_count, journey.kept_through) == (6, 6)
    assert (started.journey, started.event) == (ada.journey, journey.event)
    assert started.traveler == ada.name


async def test_positions_told_twice_are_kept_once(ada):
    way = ada.way(3000, 2000, 10)

    first = await ada.record(1, way[:6])
    again = await ada.record(1, way[:6])
    overlapping = await ada.record(4, way[3:])

    assert (first.kept_through, again.kept_through, overlapping.kept_through) == (6, 6, 10)
    assert await stored(ada) == list(range(1, 11))
    assert [p.capture_time for p in await ada.positions()] == [p.capture_time for p in way]


async def test_a_gap_is_refused_and_says_where_to_go_on(ada):
    way = ada.way(3000, 2000, 10)
    await ada.record(1, way[:3])

    with refused(UNMET, "SEQUENCE_GAP", kept_through="3", first_sequence="5", journey=ada.journey):
        await ada.record(5, way[4:])

    assert await stored(ada) == [1, 2, 3]


async def test_many_writers_of_one_journey_neither_double_nor_lose(world, ada):
    way = ada.way(3000, 1000, 60)

    async def insist(begin: int) -> None:
        """Tells its ten positions, and waits its turn."""
        while True:
            try:
                await ada.record(begin + 1, way[begin : begin + 10])
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.005)
            else:
                return

    await asyncio.gather(*(insist(begin) for begin in (50, 20, 0, 40, 10, 30, 0, 20, 40)))

    assert await stored(ada) == list(range(1, 61))
    assert (await ada.read()).position_count == 60


async def test_reports_of_many_organizations_share_a_commit_and_nothing_else(world):
    houses = [await world.house() for _ in range(6)]
    travelers = [await house.traveler(await house.event()) for house in houses]

    answers = await asyncio.gather(
        *(t.record(1, t.way(3000, 2000, n + 1)) for n, t in enumerate(travelers))
    )

    assert [answer.kept_through for answer in answers] == [1, 2, 3, 4, 5, 6]
    for number, traveler in enumerate(travelers):
        assert await stored(traveler) == list(range(1, number + 2))
        with refused(MISSING, "JOURNEY_NOT_FOUND"):
            await traveler.positions(houses[number - 1].organizer)


async def test_one_bad_report_does_not_keep_the_others_out(house, event):
    one, bad, two = [await house.traveler(event) for _ in range(3)]

    outcomes = await asyncio.gather(
        one.record(1, one.way(3000, 2900, 3)),
        bad.record(7, bad.way(3000, 2900, 3)),
        two.record(1, two.way(3000, 2900, 3)),
        return_exceptions=True,
    )

    assert isinstance(outcomes[1], grpc.aio.AioRpcError)
    assert await stored(one) == await stored(two) == [1, 2, 3]
    assert await stored(bad) == []


# --- arrival


async def test_who_comes_within_the_radius_has_arrived(world, house, ada):
    way = ada.way(600, 0, 13)  # 50 metres apart

    answer = await ada.record(1, way)

    journey = await ada.read()
    (arrived,) = await world.facts(house.organization, "JourneyArrived")
    inside = way[10]  # 100 metres away
    assert journey.state == ARRIVED
    assert journey.arrive_time == inside.capture_time
    assert answer.kept_through == 11
    assert answer.arrival.method == location_pb2.Arrival.METHOD_ARRIVED
    assert answer.arrival.p50_time == inside.capture_time
    assert answer.arrival.lateness.seconds == pytest.approx(-3600, abs=5)
    assert (arrived.journey, arrived.traveler) == (ada.journey, ada.name)
    assert arrived.arrive_time == inside.capture_time
    assert arrived.lateness == answer.arrival.lateness
    # Nobody could tell anything before they were there.
    assert not arrived.HasField("expected_time")


async def test_an_arrival_tells_when_it_was_expected_first(world, house, ada):
    way = ada.way(1200, 0, 121)
    first = await ada.record(1, way[:60])
    await ada.record(61, way[60:90])
    await ada.record(91, way[90:])

    (arrived,) = await world.facts(house.organization, "JourneyArrived")

    assert first.arrival.HasField("p50_time")
    assert arrived.expected_time == first.arrival.p50_time
    assert arrived.estimate_time == way[59].capture_time


async def test_what_comes_after_the_arrival_is_not_kept(ada):
    await ada.record(1, ada.way(600, 0, 13))

    assert await stored(ada) == list(range(1, 12))
    with refused(UNMET, "JOURNEY_OVER", journey=ada.journey, state="ARRIVED"):
        await ada.record(12, ada.way(0, 0, 1))


async def test_the_report_that_arrived_may_be_told_again(ada):
    way = ada.way(600, 0, 13)

    first = await ada.record(1, way)
    again = await ada.record(1, way)

    assert again == first
    assert await stored(ada) == list(range(1, 12))


async def test_asking_again_after_the_arrival_gives_the_journey_that_arrived(world, ada):
    await ada.record(1, ada.way(600, 0, 13))

    again = await world.stub.CreateJourney(create(ada.event), metadata=ada.metadata)

    assert again.name == ada.journey


async def test_a_coarse_position_at_the_venue_is_no_arrival(ada):
    coarse = [ada.at(meters, horizontal_accuracy_meters=150) for meters in (500, 0)]

    await ada.record(1, coarse)

    assert (await ada.read()).state == UNDER_WAY


async def test_a_single_jump_to_the_venue_is_no_arrival(ada):
    way = [
        ada.at(40_000, seconds=-3),
        ada.at(0, seconds=-2),
        ada.at(40_010, seconds=-1),
    ]

    await ada.record(1, way)

    assert (await ada.read()).state == UNDER_WAY


async def test_somebody_who_is_there_already_arrives_at_once(world, house, ada):
    await ada.record(1, [ada.at(20)])

    assert (await ada.read()).state == ARRIVED
    told = [type(fact).__name__ for fact in await world.facts(house.organization)]
    assert told == ["JourneyStarted", "JourneyArrived"]


async def test_others_are_told_when_somebody_is_expected(world, house, ada):
    await ada.record(1, ada.way(3000, 2700, 60))

    (told,) = await world.facts(house.organization, "ArrivalExpected")
    journey = await ada.read()
    assert (told.journey, told.event, told.traveler) == (ada.journey, journey.event, ada.name)
    assert told.p50_time == journey.arrival.p50_time
    assert told.p90_time == journey.arrival.p90_time
    assert told.lateness == journey.arrival.lateness
    assert told.distance_meters == journey.arrival.distance_meters
    assert told.position_time == journey.arrival.position_time
    assert told.expire_time.seconds - told.position_time.seconds == 900


async def test_others_hear_again_only_of_what_is_worth_it(world, house, ada, clock):
    await ada.record(1, ada.way(3000, 2700, 60))
    clock.ahead = timedelta(seconds=60)
    # At the same speed as before.
    await ada.record(61, ada.way(2700, 2400, 60))
    heard = await world.facts(house.organization, "ArrivalExpected")

    # Standing at a shop window for some minutes.
    clock.ahead = timedelta(seconds=360)
    await ada.record(121, [ada.at(2400, seconds=10 * n - 290) for n in range(30)])

    before, *after = await world.facts(house.organization, "ArrivalExpected")
    assert heard == [before]
    assert after[-1].p50_time.seconds - before.p50_time.seconds >= 120


async def test_who_is_seen_coarsely_is_expected_from_about_a_place(world, house, event):
    shy = await house.traveler(event, precision=location_pb2.Journey.PRECISION_COARSE)
    await shy.record(1, shy.way(3400, 3100, 60))

    (told,) = await world.facts(house.organization, "ArrivalExpected")
    assert told.distance_meters == 3000


# --- when nobody may be followed


async def test_nobody_is_followed_after_the_event(world, house, ada, clock):
    await ada.record(1, ada.way(3000, 2900, 3))
    clock.ahead = timedelta(hours=5)
    who = ada.metadata

    with refused(UNMET, "JOURNEY_OVER", state="EXPIRED"):
        await ada.record(4, ada.way(2900, 2800, 3))

    await house.act(actions.expire, house.organization, ada.event.name.id, clock.now())
    assert (await ada.read(who)).state == location_pb2.Journey.STATE_EXPIRED
    (ended,) = await world.facts(house.organization, "JourneyEnded")
    assert ended.state == location_pb2.Journey.STATE_EXPIRED


async def test_who_withdrew_is_not_followed(ada):
    await ada.record(1, ada.way(3000, 2900, 3))
    await ada.withdraw()

    with refused(UNMET, "JOURNEY_OVER", state="WITHDRAWN"):
        await ada.record(1, ada.way(3000, 2900, 3))
    assert await stored(ada) == []


async def test_withdrawing_while_positions_come_leaves_none(ada):
    way = ada.way(3000, 2000, 40)

    await asyncio.gather(
        *(ada.record(1, way[: n + 1]) for n in range(0, 40, 4)),
        ada.withdraw(),
        return_exceptions=True,
    )

    assert await stored(ada) == []
    assert (await ada.read()).state == location_pb2.Journey.STATE_WITHDRAWN


async def test_only_the_person_tells_positions(world, house, ada):
    for who in (as_user(), house.organizer):
        with refused(MISSING, "JOURNEY_NOT_FOUND"):
            await ada.record(1, ada.way(3000, 2900, 3), who)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
        request = location_pb2.RecordPositionsRequest(
            name=ada.journey, first_sequence=1, positions=ada.way(3000, 2900, 1)
        )
        await world.stub.RecordPositions(request, metadata=NOBODY)


async def test_organizers_see_positions_while_the_consent_stands(house, ada):
    await ada.record(1, ada.way(3000, 2500, 5))
    assert len(await ada.positions(house.organizer)) == 5

    await ada.record(6, ada.way(600, 0, 13))

    with refused(UNMET, "JOURNEY_OVER", state="ARRIVED"):
        await ada.positions(house.organizer)
    assert len(await ada.positions()) == 16


async def test_organizers_do_not_see_where_somebody_was_before_the_consent(house, ada):
    now = house.world.clock.now()
    await ada.record(1, [position(9000, now - timedelta(hours=1)), ada.at(3000)])

    assert [p.sequence for p in await ada.positions(house.organizer)] == [2]
    assert [p.sequence for p in await ada.positions()] == [1, 2]


async def test_positions_are_listed_page_by_page(ada):
    for first in range(1, 60, 3):
        await ada.record(first, ada.way(3000, 2900, 3))
    request = location_pb2.ListPositionsRequest(parent=ada.journey, page_size=25)

    pages = []
    while True:
        page = await ada.stub.ListPositions(request, metadata=ada.metadata)
        pages.append([p.sequence for p in page.positions])
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break

    assert [len(page) for page in pages] == [25, 25, 10]
    assert [number for page in pages for number in page] == list(range(1, 61))


# --- bad input


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"location": {"latitude": float("nan")}}, "location.latitude"),
        ({"location": {"latitude": 90.5}}, "location.latitude"),
        ({"location": {"longitude": -180.5}}, "location.longitude"),
        ({"horizontal_accuracy_meters": -1}, "horizontal_accuracy_meters"),
        ({"horizontal_accuracy_meters": float("inf")}, "horizontal_accuracy_meters"),
        ({"speed_meters_per_second": -1}, "speed_meters_per_second"),
        ({"bearing_degrees": 400}, "bearing_degrees"),
    ],
)
async def test_what_makes_no_sense_is_pointed_at(ada, given, field):
    with invalid(f"positions[1].{field}"):
        await ada.record(1, [ada.at(3000), ada.at(2900, **given)])
    assert await stored(ada) == []


async def test_a_position_needs_a_place_and_a_time(ada):
    nowhere, never = ada.at(1), ada.at(1)
    nowhere.ClearField("location")
    never.ClearField("capture_time")

    with invalid("positions[0].location", "positions[1].capture_time"):
        await ada.record(1, [nowhere, never])


async def test_a_report_has_a_number_and_positions(ada):
    with invalid("first_sequence"):
        await ada.record(0, ada.way(3000, 2900, 1))
    with invalid("positions"):
        await ada.record(1, [])
    with invalid("positions"):
        await ada.record(1, ada.way(3000, 2900, 501))
    with refused(BAD, "BAD_REPORT", field="first_sequence"):
        await ada.record(2**60, ada.way(3000, 2900, 1))


async def test_what_was_captured_long_before_the_consent_is_named_and_refused(ada):
    now = ada.house.world.clock.now()
    old = position(3000, now - timedelta(days=19))
    way = [ada.at(3000), ada.at(2990), old, ada.at(2980)]

    with refused(BAD, "BAD_REPORT", field="positions[2].capture_time"):
        await ada.record(1, way)
    assert await stored(ada) == []

    way.remove(old)
    assert (await ada.record(1, way)).kept_through == 3


async def test_what_is_to_come_long_after_the_event_is_refused(ada):
    late = position(3000, ada.event.end_time + WINDOW + timedelta(minutes=1))

    with refused(BAD, "BAD_REPORT", field="positions[0].capture_time"):
        await ada.record(1, [late])


async def test_a_clock_that_runs_ahead_moves_nothing_and_blocks_nothing(house, event):
    ada = await house.traveler(event, travel_mode="TRAVEL_MODE_WALK")
    ahead = ada.at(50, seconds=AHEAD.total_seconds() + 600)

    await ada.record(1, [ada.at(3000, seconds=-1), ahead, ada.at(2999)])

    journey = await ada.read()
    assert journey.state == UNDER_WAY
    assert journey.kept_through == 3
    assert journey.arrival.distance_meters == pytest.approx(2999, abs=2)


async def test_dirty_positions_are_kept_and_believed_by_nobody(ada):
    same = ada.at(2990, seconds=-20)
    way = [
        ada.at(3000, seconds=-30),
        same,
        same,  # told twice by the device
        ada.at(2000, seconds=-25),  # older than the newest
        ada.at(0, location={"latitude": 0, "longitude": 0}),  # in the sea
        ada.at(800_000, seconds=-5),  # a jump
        ada.at(0, seconds=-4, horizontal_accuracy_meters=12_000),  # a cell tower
        ada.at(2980, seconds=-2),
    ]

    answer = await ada.record(1, way)

    journey = await ada.read()
    assert answer.kept_through == 8
    assert journey.position_count == 8
    assert journey.arrival.distance_meters == pytest.approx(2980, abs=2)
